"""A DXF file as blocks of plain lines, points and texts, each with its layer number."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhizao.quantities.errors import Fault, PatternError
from zhizao.records.patterns.model import Point, Points

if TYPE_CHECKING:
    from ezdxf.document import Drawing

MOST_BYTES = 32_000_000
"""Largest file that is read: ezdxf builds all of it in memory (see docs/garment.md).
The largest real export that we know has 0.7 MB."""
FLAT = 0.001
"""Largest distance of a curve (arc, spline, bulge) from its chords, as a share of the extent of the curve."""
_CURVES = {"ARC", "CIRCLE", "ELLIPSE", "LWPOLYLINE", "POLYLINE", "SPLINE"}
QUIET = logging.NullHandler()


@dataclass(frozen=True, slots=True)
class Dot:
    """A point entity; coordinates in the unit of the file."""

    layer: int
    at: Point
    z: float
    thickness: float
    angle_deg: float | None


@dataclass(frozen=True, slots=True)
class Text:
    """A text entity."""

    layer: int
    at: Point
    text: str


@dataclass(slots=True)
class Block:
    """What is drawn in one block, in the order of the file; coordinates in the unit of the file."""

    name: str
    lines: list[tuple[int, Points]] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    invalid: Counter[int] = field(default_factory=Counter)
    """Entities by layer whose coordinates are no finite numbers."""


def blocks_of(path: Path) -> tuple[list[Block], Block]:
    """Read a DXF file; give its blocks, and what is drawn outside of them.

    Raises
    ------
    PatternError
        There is no such file, it is too large, it is no DXF, or the extra `garment` is not installed.
    """
    document = _document(path)
    page = _unstated_code_page(path)
    named = [block for block in document.blocks if not block.name.startswith(("*", "$", "_"))]
    return [_block(b.name, b, page) for b in named], _block("", document.modelspace(), page)


def refusal(path: Path, found: str, right: str) -> PatternError:
    """The error for a file that cannot be read at all."""
    return PatternError((Fault(str(path), 0, "file", found, right),))


def _document(path: Path) -> Drawing:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise refusal(path, f"cannot be read ({error.strerror})", "a DXF file") from error
    if size > MOST_BYTES:
        found = f"{size / 1e6:.0f} MB, more than the {MOST_BYTES / 1e6:.0f} MB that are read"
        raise refusal(path, found, "an export of one style; split the file by style")
    try:
        from ezdxf import recover
    except ImportError as error:
        raise refusal(path, "ezdxf is not installed", "pip install 'zhizao[garment]'") from error
    logging.getLogger("ezdxf").addHandler(QUIET)  # it reports each integer written as 0.000000
    try:
        return recover.readfile(path)[0]
    except Exception as error:  # a damaged file fails in ezdxf in many ways
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise refusal(
            path, f"no DXF that can be read ({reason})", "a DXF file as pattern systems export it"
        ) from error


def _unstated_code_page(path: Path) -> str | None:
    """The encoding of a file with signs beyond ASCII that states none: UTF-8 or Chinese, if it can be one."""
    raw = path.read_bytes()
    if raw.isascii() or b"$DWGCODEPAGE" in raw:
        return None
    for page in ("utf-8", "gb18030"):
        try:
            raw.decode(page)
        except UnicodeDecodeError:
            continue
        return page
    return None


def _block(name: str, layout: Any, page: str | None) -> Block:
    block = Block(_decoded(name, page))
    for entity in layout:
        _add(block, entity)
    block.texts = [replace(text, text=_decoded(text.text, page)) for text in block.texts]
    return block


def _decoded(text: str, page: str | None) -> str:
    """A text that ezdxf read as Western, in the encoding that it has."""
    return text if page is None else text.encode("cp1252", "surrogateescape").decode(page, "replace")


def _add(block: Block, entity: Any) -> None:
    """Add an entity to its block, or count it as skipped or invalid."""
    kind, layer = entity.dxftype(), _number(entity.dxf.layer)
    if kind == "INSERT" and any(abs(entity.dxf.get(f"{axis}scale", 1.0)) != 1 for axis in "xy"):
        block.skipped[f"scale of a reference to block {entity.dxf.name}"] += 1
    if kind in ("INSERT", "ATTDEF"):  # a place on the sheet, not a part of the piece
        return
    if layer is None or kind not in _CURVES | {"LINE", "POINT", "TEXT", "MTEXT"}:
        block.skipped[f"{kind} on layer {entity.dxf.layer}"] += 1
        return
    if kind in ("TEXT", "MTEXT"):
        text = entity.dxf.text if kind == "TEXT" else entity.plain_text()
        block.texts.append(Text(layer, _flat(entity.dxf.insert), text.strip()))
        return
    points = (_flat(entity.dxf.location),) if kind == "POINT" else _line(entity, kind)
    if not points or not all(isfinite(x) and isfinite(y) for x, y in points):
        block.invalid[layer] += 1
    elif kind == "POINT":
        block.dots.append(_dot(layer, entity))
    else:
        block.lines.append((layer, points))


def _dot(layer: int, entity: Any) -> Dot:
    dxf = entity.dxf
    angle = float(dxf.angle) if dxf.hasattr("angle") else None
    return Dot(layer, _flat(dxf.location), float(dxf.location.z), float(dxf.thickness), angle)


def _line(entity: Any, kind: str) -> Points:
    """Vertices of a line; a closed one repeats its first at the end."""
    if kind == "LINE":
        return (_flat(entity.dxf.start), _flat(entity.dxf.end))
    if kind == "POLYLINE" and not entity.has_arc:
        points = tuple(_flat(point) for point in entity.points())
        return (*points, points[0]) if entity.is_closed and points and points[-1] != points[0] else points
    from ezdxf.path import make_path

    path = make_path(entity)
    box = path.control_vertices()
    extent = (
        max((max(v[n] for v in box) - min(v[n] for v in box) for n in (0, 1)), default=0.0) if box else 0.0
    )
    return tuple(_flat(point) for point in path.flattening(max(extent * FLAT, 1e-9)))


def _flat(point: Any) -> Point:
    return float(point[0]), float(point[1])


def _number(layer: str) -> int | None:
    """The number of a layer; None for one with another name."""
    return int(layer) if layer.isascii() and layer.isdigit() else None
