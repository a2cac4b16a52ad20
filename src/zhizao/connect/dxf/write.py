"""A pattern into a DXF file (R12, as pattern systems read it), AAMA or ASTM."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zhizao.connect.dxf.drawing import QUIET, refusal
from zhizao.connect.dxf.read import BOUNDARY, CURVES, DRILL, INNER_CURVES
from zhizao.records.patterns import GradePoint, LengthUnit, Notch, Pattern, Piece, Standard, bounds
from zhizao.records.patterns.model import Facts, LineKind, Point, Points

DIGITS = 9
"""Decimals that are written; a file with up to so many is read again as it was."""
TEXT_HEIGHT_MM = 6.35
_STATED = {LengthUnit.MILLIMETRE: "METRIC", LengthUnit.INCH: "ENGLISH", LengthUnit.CENTIMETRE: "CM"}


def write_pattern(pattern: Pattern, path: str | Path) -> None:
    """Write a pattern in its own standard and unit; `dataclasses.replace` gives it another.

    Raises
    ------
    PatternError
        The extra `garment` is not installed.
    OSError
        The file cannot be written.
    """
    try:
        from ezdxf.filemanagement import new
    except ImportError as error:
        raise refusal(Path(path), "ezdxf is not installed", "pip install 'zhizao[garment]'") from error
    logging.getLogger("ezdxf").addHandler(QUIET)  # it reports that R12 has no unit in its header
    document = new("R12")
    document.encoding = _code_page(pattern)
    names: set[str] = set()
    for piece in pattern.pieces:
        name = _block_name(piece, names)
        _draw(document.blocks.new(name), piece, pattern)
        document.modelspace().add_blockref(name, (0, 0), dxfattribs={"layer": "1"})
    heads = (
        ("STYLE NAME", pattern.style),
        ("SAMPLE SIZE", pattern.sample_size),
        ("UNITS", _STATED[pattern.unit]),
    )
    _texts(document.modelspace(), (*heads, *pattern.facts), (0.0, 0.0), 1.0)
    document.saveas(path)


def _draw(block: Any, piece: Piece, pattern: Pattern) -> None:
    """Draw a piece into its block."""
    mm, astm = pattern.unit.mm, pattern.standard is Standard.ASTM
    left, bottom, right, top = bounds(piece.edges) if piece.edges else (0.0, 0.0, 0.0, 0.0)
    facts = (("PIECE NAME", piece.name), ("SIZE", piece.size), *piece.facts)
    _texts(block, facts, ((left + right) / 2, (bottom + top) / 2), mm)
    for edge in piece.edges:
        _polyline(block, edge, BOUNDARY, mm)
    for line in piece.lines:
        _polyline(block, line.points, int(line.kind), mm)
    if astm:
        _curves(block, piece, mm)
    for notch in piece.notches:
        _notch(block, notch, mm)
    for hole in piece.drill_holes:
        block.add_point(_in_unit(hole, mm), dxfattribs={"layer": str(DRILL)})
    for point in piece.points:
        _grade_point(block, point, BOUNDARY if astm else int(point.kind), mm)
    for label in piece.labels:
        _text(block, label.text, label.at, label.layer, mm)


def _curves(block: Any, piece: Piece, mm: float) -> None:
    """Draw the validation curves: those of the piece, else its edges and internal lines again."""
    inner = tuple(line.points for line in piece.lines_of(LineKind.INTERNAL))
    for curve in piece.curves or piece.edges:
        _polyline(block, curve, CURVES, mm)
    for curve in piece.inner_curves or inner:
        _polyline(block, curve, INNER_CURVES, mm)


def _notch(block: Any, notch: Notch, mm: float) -> None:
    at = (*_in_unit(notch.at, mm), _round(notch.depth_mm / mm))
    attributes: dict[str, Any] = {"layer": str(int(notch.kind)), "thickness": _round(notch.width_mm / mm)}
    if notch.angle_deg is not None:
        attributes["angle"] = notch.angle_deg or 360.0  # ezdxf leaves out 0, its default
    block.add_point(at, dxfattribs=attributes)


def _grade_point(block: Any, point: GradePoint, rule_layer: int, mm: float) -> None:
    block.add_point(_in_unit(point.at, mm), dxfattribs={"layer": str(int(point.kind))})
    if point.rule is not None:
        _text(block, f"# {point.rule}", point.at, rule_layer, mm)


def _polyline(block: Any, line: Points, layer: int, mm: float) -> None:
    points = [_in_unit(point, mm) for point in line]
    closed = len(points) > 3 and points[0] == points[-1]
    block.add_polyline2d(points[:-1] if closed else points, close=closed, dxfattribs={"layer": str(layer)})


def _texts(block: Any, facts: Facts, at: Point, mm: float) -> None:
    """Write facts one below the other."""
    for number, (key, value) in enumerate(facts):
        _text(block, f"{key}: {value}", (at[0], at[1] - 2 * TEXT_HEIGHT_MM * number), BOUNDARY, mm)


def _text(block: Any, text: str, at: Point, layer: int, mm: float) -> None:
    attributes = {"layer": str(layer), "insert": _in_unit(at, mm), "height": _round(TEXT_HEIGHT_MM / mm)}
    block.add_text(text, dxfattribs=attributes)


def _in_unit(point: Point, mm: float) -> Point:
    return _round(point[0] / mm), _round(point[1] / mm)


def _round(length: float) -> float:
    return round(length, DIGITS)


def _block_name(piece: Piece, taken: set[str]) -> str:
    """A name for a block that no other has."""
    name = base = f"{piece.name}_{piece.size}".lstrip("*$_") or "piece"
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name.casefold())
    return name


def _code_page(pattern: Pattern) -> str:
    """The encoding of a file's texts: Western, else Chinese; ezdxf writes other signs as their number."""
    texts: Iterable[str] = (
        pattern.style, *(text for fact in pattern.facts for text in fact),
        *(text for piece in pattern.pieces for fact in piece.facts for text in fact),
        *(f"{piece.name}{piece.size}" for piece in pattern.pieces),
        *(label.text for piece in pattern.pieces for label in piece.labels),
    )  # fmt: skip
    try:
        "".join(texts).encode("cp1252")
    except UnicodeEncodeError:
        return "gbk"
    return "cp1252"
