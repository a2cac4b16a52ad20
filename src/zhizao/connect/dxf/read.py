"""Blocks of a DXF file into a pattern: one block is one piece in one size (ASTM D6673, ANSI/AAMA-292).

Layers: 1 boundary, 2 turn points, 3 curve points, 4 and 80 to 83 notches, 5 grade reference, 6 mirror,
7 grain, 8 internal lines, 9 stripe, 10 plaid, 11 cutouts, 13 drill holes, 14 sew lines, 15 annotation,
84 and 85 quality validation curves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from zhizao.connect.dxf.drawing import MOST_BYTES, Block, Dot, blocks_of, refusal
from zhizao.quantities.errors import Fault, PatternError, nearest_name
from zhizao.records.patterns import (
    GradePoint,
    Label,
    LengthUnit,
    LineKind,
    Notch,
    NotchKind,
    Pattern,
    Piece,
    PieceLine,
    PointKind,
    Standard,
    UnitSource,
    checked,
)
from zhizao.records.patterns.model import Point, Points

__all__ = ["MOST_BYTES", "PatternFile", "read_pattern", "read_with_faults"]

BOUNDARY, DRILL = 1, 13
VALIDATION = CURVES, INNER_CURVES = 84, 85
"""Quality validation curves of the boundary and of internal lines; they are kept where they differ."""
UNITS = {
    "METRIC": LengthUnit.MILLIMETRE, "MM": LengthUnit.MILLIMETRE, "CM": LengthUnit.CENTIMETRE,
    "ENGLISH": LengthUnit.INCH, "INCH": LengthUnit.INCH, "IN": LengthUnit.INCH,
}  # fmt: skip
_LINES = {int(kind): kind for kind in LineKind}
_NOTCHES = {int(kind): kind for kind in NotchKind}
_POINTS = {int(kind): kind for kind in PointKind}
_RULE = re.compile(r"#\s*(\S+)")


@dataclass(frozen=True, slots=True)
class PatternFile:
    """A pattern as it was read, and what is wrong with it."""

    pattern: Pattern
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def read_pattern(path: str | Path, *, unit: LengthUnit | None = None) -> Pattern:
    """Read a garment pattern; lengths become mm.

    Parameters
    ----------
    path
        DXF file, AAMA or ASTM.
    unit
        Unit of the coordinates, in place of what the file states.

    Raises
    ------
    PatternError
        With file, piece and layer: no DXF, too large, an unknown unit, an open or crossing boundary.
    """
    read = read_with_faults(path, unit=unit)
    if read.errors:
        raise PatternError(read.errors)
    return read.pattern


def read_with_faults(path: str | Path, *, unit: LengthUnit | None = None) -> PatternFile:
    """Read a garment pattern with the faults of its pieces; parameters as in `read_pattern`.

    Raises
    ------
    PatternError
        The file cannot be read at all: no DXF, too large, no pieces, an unknown unit.
    """
    path = Path(path)
    blocks, outside = blocks_of(path)
    facts, _ = _facts_of(outside)
    unit, source = (unit, UnitSource.GIVEN) if unit else _unit(facts.get("UNITS"), path)
    drawn = [block for block in blocks if _is_piece(block)]
    if not drawn:
        found = f"no piece among {len(blocks)} blocks"
        raise refusal(path, found, "blocks with a boundary on layer 1 (AAMA or ASTM export)")
    sample = facts.pop("SAMPLE SIZE", "")
    pattern = Pattern(
        style=facts.pop("STYLE NAME", ""), sample_size=sample, standard=_standard(drawn, facts),
        unit=unit, unit_source=source,
        pieces=tuple(_piece(block, unit.mm, sample) for block in drawn),
        facts=tuple((key, value) for key, value in facts.items() if key != "UNITS"),
    )  # fmt: skip
    errors, warnings = checked(pattern, str(path))
    invalid = tuple(fault for block in drawn for fault in _invalid(block, str(path)))
    return PatternFile(pattern, invalid + errors, (*_notes(pattern, blocks, outside, str(path)), *warnings))


def _is_piece(block: Block) -> bool:
    return any(layer == BOUNDARY for layer, _ in block.lines) or "PIECE NAME" in _facts_of(block)[0]


def _unit(stated: str | None, path: Path) -> tuple[LengthUnit, UnitSource]:
    if stated is None:
        return LengthUnit.MILLIMETRE, UnitSource.ASSUMED
    known = UNITS.get(stated.upper())
    if known is None:
        near = nearest_name(stated, UNITS)
        right = f"one of {', '.join(UNITS)}, or the unit given (--unit)"
        raise PatternError((Fault(str(path), 0, "units", f"unknown unit {stated!r}", right, near),))
    return known, UnitSource.STATED


def _standard(drawn: list[Block], facts: dict[str, str]) -> Standard:
    """ASTM where validation curves are drawn or the standard is named."""
    curves = any(layer in VALIDATION for block in drawn for layer, _ in block.lines)
    named = any(key.startswith("ASTM") for key in facts)
    return Standard.ASTM if curves or named else Standard.AAMA


def _facts_of(block: Block) -> tuple[dict[str, str], list[Label]]:
    """Texts `key: value` of layer 1 (keys in capitals), and all other texts."""
    facts: dict[str, str] = {}
    others: list[Label] = []
    for text in block.texts:
        key, colon, value = text.text.partition(":")
        key = key.strip().upper()
        if text.layer == BOUNDARY and colon and key and key not in facts:
            facts[key] = value.strip()
        else:
            others.append(Label(text.text, text.at, text.layer))
    return facts, others


def _piece(block: Block, mm: float, sample: str) -> Piece:
    facts, texts = _facts_of(block)
    edges = _on(block, BOUNDARY, mm)
    inner = _on(block, int(LineKind.INTERNAL), mm)
    points, labels = _ruled([dot for dot in block.dots if dot.layer in _POINTS], texts)
    return Piece(
        name=facts.pop("PIECE NAME", "") or block.name,
        size=facts.pop("SIZE", "") or sample,
        edges=edges,
        lines=tuple(
            PieceLine(_LINES[layer], _scaled(line, mm)) for layer, line in block.lines if layer in _LINES
        ),
        notches=tuple(_notch(dot, mm) for dot in block.dots if dot.layer in _NOTCHES),
        drill_holes=tuple(_at(dot.at, mm) for dot in block.dots if dot.layer == DRILL),
        points=tuple(GradePoint(point.kind, _at(point.at, mm), point.rule) for point in points),
        labels=tuple(
            Label(label.text, _at(label.at, mm), label.layer)
            for label in labels
            if label.layer not in VALIDATION
        ),
        facts=tuple(facts.items()),
        curves=_other_than(edges, _on(block, CURVES, mm)),
        inner_curves=_other_than(inner, _on(block, INNER_CURVES, mm)),
    )


def _on(block: Block, layer: int, mm: float) -> tuple[Points, ...]:
    """The lines of one layer, in mm."""
    return tuple(_scaled(line, mm) for on, line in block.lines if on == layer)


def _other_than(lines: tuple[Points, ...], curves: tuple[Points, ...]) -> tuple[Points, ...]:
    """Validation curves, unless they repeat the lines."""
    return () if curves == lines else curves


def _ruled(dots: list[Dot], texts: list[Label]) -> tuple[list[GradePoint], list[Label]]:
    """Give each text `# 5` to the first point at its place that has no rule yet; other texts are labels.

    AAMA writes the rule on the layer of the point, ASTM on the layer of the line.
    """
    points = [GradePoint(_POINTS[dot.layer], dot.at) for dot in dots]
    free: dict[Point, list[int]] = {}
    for number, point in enumerate(points):
        free.setdefault(point.at, []).append(number)
    labels = []
    for text in texts:
        rule = _RULE.fullmatch(text.text)
        if rule and free.get(text.at) and text.layer not in VALIDATION:
            number = free[text.at].pop(0)
            points[number] = GradePoint(points[number].kind, text.at, rule.group(1))
        else:
            labels.append(text)
    return points, labels


def _notch(dot: Dot, mm: float) -> Notch:
    angle = 0.0 if dot.angle_deg == 360 else dot.angle_deg  # how `write_pattern` writes 0
    return Notch(_NOTCHES[dot.layer], _at(dot.at, mm), dot.z * mm, dot.thickness * mm, angle)


def _at(point: Point, mm: float) -> Point:
    return point[0] * mm, point[1] * mm


def _scaled(line: Points, mm: float) -> Points:
    return tuple(_at(point, mm) for point in line)


def _invalid(block: Block, file: str) -> Iterable[Fault]:
    for layer, count in block.invalid.items():
        where = f"block {block.name}, layer {layer}"
        yield Fault(file, 0, where, f"{count} entities without valid coordinates", "finite numbers")


def _notes(pattern: Pattern, blocks: list[Block], outside: Block, file: str) -> Iterable[Fault]:
    """What was assumed, and what was not read."""
    if pattern.unit_source is UnitSource.ASSUMED:
        yield Fault(
            file, 0, "units", "no unit stated; mm assumed", "a text `Units: METRIC` or `Units: ENGLISH`"
        )
    kept = {BOUNDARY, DRILL, *VALIDATION, *_LINES, *_NOTCHES, *_POINTS}
    for block in (*blocks, outside):
        where = f"block {block.name}" if block.name else "outside of blocks"
        for what, count in block.skipped.items():
            yield Fault(
                file, 0, where, f"{count} {what} not read", "lines, points and texts on numbered layers"
            )
        layers = [layer for layer, _ in block.lines] + [dot.layer for dot in block.dots]
        strange = sorted(set(layers) - (kept if block.name else set()))
        if strange:
            numbers = ", ".join(map(str, strange))
            yield Fault(
                file, 0, where, f"drawings on layers {numbers} not read", "layers of ASTM D6673, in blocks"
            )
