"""Pieces laid out on sheets: all sizes of a piece over one another (nested grading), pieces in rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, cos, inf, pi, radians, sin

from zhizao.records.patterns import LineKind, Notch, Pattern, Piece, bounds
from zhizao.records.patterns.model import Point, Points

WIDTH_MM = 1500.0
"""Width of a sheet: pattern plotters take paper of 1.5 to 1.8 m. A wider piece makes the sheet wider."""
MARGIN_MM = 20.0
SCALE_BAR_MM = 100.0
"""A line of known length on each sheet, to check the print with a ruler."""
TEXT_MM = 6.0
NOTCH_MM = 4.0
"""Length of a notch whose depth the file does not state."""
HOLE_MM = 3.0
_MARKED = {LineKind.GRADE_REFERENCE: "reference", LineKind.MIRROR: "mirror", LineKind.GRAIN: "grain"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line in mm from the lower left corner of the sheet; `pen` says what it is, `size` of which size."""

    pen: str
    size: str
    points: Points


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and where it begins, in mm."""

    text: str
    at: Point


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of paper; lengths in mm."""

    width_mm: float
    height_mm: float
    strokes: tuple[Stroke, ...]
    captions: tuple[Caption, ...]
    sizes: tuple[str, ...]


@dataclass(slots=True)
class _Cell:
    """A piece in all its sizes, with the lower left corner of its bounds at `at`."""

    name: str
    sizes: list[str]
    strokes: list[Stroke]
    box: tuple[float, float, float, float]
    at: Point = (0.0, 0.0)

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1] + 2 * TEXT_MM


def sheets(pattern: Pattern, *, highest_mm: float = inf) -> tuple[Sheet, ...]:
    """Lay a pattern out.

    Parameters
    ----------
    pattern
        The pieces to plot, in all sizes that it has.
    highest_mm
        Largest height of a sheet in mm; what does not fit goes to further sheets.

    Returns
    -------
    One sheet or several; a piece higher than `highest_mm` has a sheet of its own.
    """
    cells = [cell for name in pattern.names if (cell := _cell(pattern, name)) is not None]
    width = max([WIDTH_MM, *(cell.width + 2 * MARGIN_MM for cell in cells)])
    pages: list[list[list[_Cell]]] = [[]]
    used = first = 3 * MARGIN_MM
    for row in _rows(cells, width):
        height = max(cell.height for cell in row) + MARGIN_MM
        if pages[-1] and used + height > highest_mm:
            pages.append([])
            used = first
        pages[-1].append(row)
        used += height
    return tuple(_sheet(rows, width, pattern) for rows in pages)


def _rows(cells: Sequence[_Cell], width: float) -> list[list[_Cell]]:
    """Cells in rows, in their order."""
    rows: list[list[_Cell]] = []
    used = inf
    for cell in cells:
        if used + cell.width + MARGIN_MM > width:
            rows.append([])
            used = MARGIN_MM
        rows[-1].append(cell)
        used += cell.width + MARGIN_MM
    return rows


def _sheet(rows: list[list[_Cell]], width: float, pattern: Pattern) -> Sheet:
    """Place rows one above the other, above the scale bar."""
    strokes = [Stroke("scale", "", ((MARGIN_MM, MARGIN_MM), (MARGIN_MM + SCALE_BAR_MM, MARGIN_MM)))]
    captions = [Caption(f"{pattern.style}: scale 1:1, this line is 100 mm", (MARGIN_MM, MARGIN_MM + 3))]
    y = 3 * MARGIN_MM
    for row in rows:
        x = MARGIN_MM
        for cell in row:
            shift = (x - cell.box[0], y - cell.box[1])
            strokes.extend(Stroke(s.pen, s.size, _moved(s.points, shift)) for s in cell.strokes)
            above = y + cell.box[3] - cell.box[1] + TEXT_MM / 2
            captions.append(Caption(f"{cell.name}: {', '.join(cell.sizes)}", (x, above)))
            x += cell.width + MARGIN_MM
        y += max(cell.height for cell in row) + MARGIN_MM
    return Sheet(width, y, tuple(strokes), tuple(captions), pattern.sizes)


def _cell(pattern: Pattern, name: str) -> _Cell | None:
    drawn = [piece for piece in pattern.pieces if piece.name == name]
    strokes = [stroke for piece in drawn for stroke in _strokes(piece)]
    if not strokes:
        return None
    box = bounds(stroke.points for stroke in strokes)
    return _Cell(name, [piece.size for piece in drawn], strokes, box)


def _strokes(piece: Piece) -> Iterable[Stroke]:
    for edge in piece.edges:
        yield Stroke("boundary", piece.size, edge)
    for line in piece.lines:
        yield Stroke(_MARKED.get(line.kind, "internal"), piece.size, line.points)
        if line.kind is LineKind.GRAIN:
            yield Stroke("grain", piece.size, _arrow(line.points))
    for notch in piece.notches:
        yield Stroke("notch", piece.size, _notch(notch))
    for x, y in piece.drill_holes:
        yield Stroke("hole", piece.size, ((x - HOLE_MM, y), (x + HOLE_MM, y)))
        yield Stroke("hole", piece.size, ((x, y - HOLE_MM), (x, y + HOLE_MM)))


def _notch(notch: Notch) -> Points:
    """A notch: a line in its direction, or a small square where the file states none."""
    x, y = notch.at
    if notch.angle_deg is None:
        half = NOTCH_MM / 2
        corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
        return tuple((x + dx, y + dy) for dx, dy in corners)
    reach, angle = abs(notch.depth_mm) or NOTCH_MM, radians(notch.angle_deg)
    return ((x, y), (x + reach * cos(angle), y + reach * sin(angle)))


def _arrow(line: Points) -> Points:
    """The head of an arrow at the end of a line."""
    (x1, y1), (x, y) = line[0], line[-1]
    back = atan2(y1 - y, x1 - x)
    sides = [(x + 8 * cos(back + turn), y + 8 * sin(back + turn)) for turn in (pi / 7, -pi / 7)]
    return (sides[0], (x, y), sides[1])


def _moved(points: Points, by: Point) -> Points:
    return tuple((x + by[0], y + by[1]) for x, y in points)
