"""What is wrong with a pattern: errors, with which a piece cannot be cut, and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from zhizao.quantities.errors import Fault
from zhizao.records.patterns.model import LineKind, Pattern, Piece, Points
from zhizao.records.patterns.outline import JOIN_MM, bounds, joined_edges, outline

LARGEST_MM = 5000.0
"""A piece longer than this has probably the wrong unit: cloth is 1 to 3 m wide."""
SMALLEST_MM = 50.0
"""A style whose largest piece is smaller than this has probably the wrong unit."""

CURVE_MM = 0.2
"""A boundary farther from its curve gets a warning; AccuMark states a curve tolerance of 0.152 mm."""


def checked(pattern: Pattern, file: str) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """Check all pieces; give errors and warnings, each with file, piece, size and layer.

    Errors: no boundary, an open or crossing boundary, several boundaries, the same piece twice in one size.
    Warnings: no grain line, sizes without grading, lengths that suggest the wrong unit.
    """
    errors = [*_repeated(pattern, file)]
    for piece in pattern.pieces:
        errors.extend(_outline_faults(piece, file))
    warnings = [
        *_grain(pattern, file),
        *_grading(pattern, file),
        *_scale(pattern, file),
        *_curves(pattern, file),
    ]
    return tuple(errors), tuple(warnings)


def place(piece: str, size: str | None = None, layer: str = "") -> str:
    """Where a fault is: piece, size, layer."""
    parts = (f"piece {piece}", "" if size is None else f"size {size or '(none)'}", layer)
    return ", ".join(part for part in parts if part)


def _repeated(pattern: Pattern, file: str) -> Iterator[Fault]:
    for (name, size), count in Counter((p.name, p.size) for p in pattern.pieces).items():
        if count > 1:
            yield Fault(file, 0, place(name, size), f"drawn {count} times", "one drawing per piece and size")


def _outline_faults(piece: Piece, file: str) -> Iterator[Fault]:
    where = place(piece.name, piece.size, "layer 1 (boundary)")
    if not piece.edges:
        yield Fault(file, 0, where, "no boundary", "a closed line")
        return
    closed = outline(piece)
    if closed is None:
        yield Fault(file, 0, where, _opening(piece), f"edges that meet within {JOIN_MM:g} mm")
        return
    at = crossing(closed)
    if at is not None:
        yield Fault(file, 0, where, f"the boundary crosses itself at {at}", "a boundary without crossing")


def _opening(piece: Piece) -> str:
    """Say where the edges of a piece do not meet."""
    joined, left = joined_edges(piece.edges)
    (x1, y1), (x2, y2) = joined[0], joined[-1]
    gap = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    if left and gap <= JOIN_MM:
        return f"{left} of {len(piece.edges)} edges lie apart from the boundary"
    if gap <= JOIN_MM:
        return "the boundary has no area"
    return f"the boundary is open: {gap:.2f} mm from ({x2:.1f}, {y2:.1f}) to ({x1:.1f}, {y1:.1f}) mm"


def crossing(closed: Points) -> str | None:
    """The place where a closed line crosses or touches itself, as text in mm; None if it does not."""
    from shapely import Polygon
    from shapely.validation import explain_validity

    polygon = Polygon(closed)
    if polygon.is_valid:
        return None
    x, y = explain_validity(polygon).partition("[")[2].rstrip("]").split()
    return f"({float(x):.1f}, {float(y):.1f}) mm"


def _grain(pattern: Pattern, file: str) -> Iterator[Fault]:
    for name in pattern.names:
        without = [p.size for p in pattern.pieces if p.name == name and not p.lines_of(LineKind.GRAIN)]
        if without:
            where = place(name, layer="layer 7 (grain)")
            yield Fault(file, 0, where, f"no grain line in {_listed(without)}", "one grain line")


def _grading(pattern: Pattern, file: str) -> Iterator[Fault]:
    """Pieces that lack sizes, or whose sizes are all drawn alike; grade rules without graded sizes."""
    for name in pattern.names:
        drawn = [piece for piece in pattern.pieces if piece.name == name]
        missing = [size for size in pattern.sizes if size not in {piece.size for piece in drawn}]
        if missing:
            yield Fault(file, 0, place(name), f"not drawn in {_listed(missing)}", "every size of the style")
        if len(drawn) > 1 and len({piece.edges for piece in drawn}) == 1:
            found = f"sizes without grading: {len(drawn)} sizes have the same boundary"
            yield Fault(
                file, 0, place(name, layer="layer 1 (boundary)"), found, "sizes that differ, or one size"
            )
    ruled = sum(point.rule is not None for piece in pattern.pieces for point in piece.points)
    if len(pattern.sizes) == 1 and ruled:
        found = f"{ruled} points name grade rules, but only size {pattern.sizes[0]} is drawn"
        yield Fault(
            file, 0, f"style {pattern.style}", found, "an export with all sizes; rule tables are not read"
        )


def _scale(pattern: Pattern, file: str) -> Iterator[Fault]:
    """Lengths that suggest the wrong unit."""
    largest = max((_extent(piece) for piece in pattern.pieces if piece.edges), default=0.0)
    if largest > LARGEST_MM or 0 < largest < SMALLEST_MM:
        unit = f"{pattern.unit} ({pattern.unit_source})"
        found = f"the largest piece measures {largest:.0f} mm, with the unit {unit}"
        yield Fault(
            file, 0, f"style {pattern.style}", found, "the right unit; check it against a known length"
        )


def _curves(pattern: Pattern, file: str) -> Iterator[Fault]:
    """The piece whose boundary departs most from its validation curve."""
    from shapely import MultiLineString

    apart = [
        (MultiLineString(piece.edges).hausdorff_distance(MultiLineString(piece.curves)), piece)
        for piece in pattern.pieces
        if piece.edges and piece.curves
    ]
    beyond = [(distance, piece) for distance, piece in apart if distance > CURVE_MM]
    if beyond:
        most, worst = max(beyond, key=lambda one: one[0])
        where = place(worst.name, worst.size, "layer 84 (validation curve)")
        found = (
            f"the boundary lies up to {most:.2f} mm beside it (over {CURVE_MM:g} mm in {len(beyond)} pieces)"
        )
        yield Fault(file, 0, where, found, "chords as fine as the curve; areas are those of the chords")


def _extent(piece: Piece) -> float:
    left, bottom, right, top = bounds(piece.edges)
    return max(right - left, top - bottom)


def _listed(sizes: list[str]) -> str:
    """Sizes by name; of many the first."""
    shown = ", ".join(size or "(none)" for size in sizes[:5])
    more = f" and {len(sizes) - 5} more" if len(sizes) > 5 else ""
    return f"size{'s' if len(sizes) > 1 else ''} {shown}{more}"
