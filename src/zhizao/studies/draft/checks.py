"""Whether a draft can be sewn and cut: seams, notches, curves, grain and outlines, each with piece and edge.

The checks read the records alone, not what the style meant to draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import acos, dist, inf

from zhizao.quantities import Fault
from zhizao.records.patterns.checks import crossing, place
from zhizao.records.patterns.model import LineKind, Piece, Points
from zhizao.records.patterns.outline import length_mm, outline
from zhizao.records.patterns.seams import Draft, Edge, Seam, SeamKind, place_in_chain, sewn_length_mm
from zhizao.studies.draft.curves import CHORD_MM

SEAM_MM = 0.1
"""Largest difference between the two sides of a seam, beside the ease that it states."""
NOTCH_MM = 0.5
"""Largest distance of a notch from its place."""
RADIUS_MM = 12.0
"""Smallest radius of a sewing line: tighter curves do not pass a presser foot smoothly."""
REACH_MM = 60.0
"""Farthest that a notch of the cut line is sought from its seam: no allowance is wider."""


def faults_of(draft: Draft) -> tuple[Fault, ...]:
    """All faults of a draft in one size; none means that it can be cut and sewn.

    Checked: seams of equal length but for their ease and darts; notches in pairs; one grain line per piece,
    inside of it; sewing and cut lines closed and without crossing; chords within 0.1 mm of their curve; no
    radius below 12 mm.
    """
    sewing = {piece.name: piece for piece in draft.sewing}
    cut = {piece.name: piece for piece in draft.cut}
    return (
        *(fault for seam in draft.seams for fault in _seam(seam, draft, sewing)),
        *(fault for seam in draft.seams for fault in _notches(seam, draft, sewing, cut)),
        *(fault for piece in draft.cut for fault in _grain(piece, draft)),
        *(fault for piece in draft.sewing for fault in _outline(piece, draft, "sewing line")),
        *(fault for piece in draft.cut for fault in _outline(piece, draft, "cut line")),
        *(fault for piece in draft.sewing for fault in _curves(piece, draft)),
    )


def _fault(draft: Draft, where: str, found: str, right: str) -> Fault:
    return Fault(draft.style, 0, where, found, right)


def _named(draft: Draft, edge: Edge) -> str:
    """Piece, size, number and name of an edge."""
    names = draft.edge_names.get(edge.piece, ())
    name = names[edge.index] if edge.index < len(names) else "?"
    return place(edge.piece, draft.size, f"edge {edge.index} ({name})")


def _seam(seam: Seam, draft: Draft, sewing: dict[str, Piece]) -> Iterator[Fault]:
    missing = [
        edge for edge in (*seam.first, *seam.second)
        if edge.piece not in sewing or edge.index >= len(sewing[edge.piece].edges)
    ]  # fmt: skip
    for edge in missing:
        yield _fault(
            draft, _named(draft, edge), f"seam {seam.name!r} names it, but it is not drawn", "a drawn edge"
        )
    if missing:
        return
    first, second = (sewn_length_mm(chain, sewing, draft.darts) for chain in (seam.first, seam.second))
    if abs(second - first - seam.ease_mm) > SEAM_MM:
        where = f"{_named(draft, seam.second[0])}, seam {seam.name!r}"
        found = f"{second:.1f} mm against {first:.1f} mm of {_named(draft, seam.first[0])}"
        yield _fault(draft, where, found, f"{seam.ease_mm:.1f} mm longer, within {SEAM_MM:g} mm")


def _notches(seam: Seam, draft: Draft, sewing: dict[str, Piece], cut: dict[str, Piece]) -> Iterator[Fault]:
    """Notches that the seam states but a piece lacks, and notches that it does not state."""
    chains = (seam.first, seam.second) if seam.kind is SeamKind.PLAIN else (seam.first,)
    if any(e.piece not in sewing or e.index >= len(sewing[e.piece].edges) for chain in chains for e in chain):
        return
    for number, chain in enumerate(chains):
        stated = [pair[number] for pair in seam.notches]
        if any(at_mm > sum(length_mm(sewing[e.piece].edges[e.index]) for e in chain) for at_mm in stated):
            yield _fault(
                draft, _named(draft, chain[0]), f"seam {seam.name!r}: a notch beyond its end", "a place on it"
            )
            continue
        drawn = list(_drawn_along(chain, draft, sewing, cut))
        for at_mm in stated:
            if not any(abs(at_mm - one) <= NOTCH_MM for one in drawn):
                edge, along = place_in_chain(chain, at_mm, sewing)
                found = f"no notch {along:.1f} mm along it"
                yield _fault(draft, f"{_named(draft, edge)}, seam {seam.name!r}", found, "notches in pairs")
        if len(drawn) > len(stated):
            found = f"{len(drawn)} notches, the seam states {len(stated)}"
            yield _fault(draft, f"{_named(draft, chain[0])}, seam {seam.name!r}", found, "notches in pairs")


def _drawn_along(
    chain: tuple[Edge, ...], draft: Draft, sewing: dict[str, Piece], cut: dict[str, Piece]
) -> Iterator[float]:
    """Distances in mm along a chain at which its pieces have notches, without those of darts."""
    from shapely import LineString, Point

    passed = 0.0
    for edge in chain:
        line = sewing[edge.piece].edges[edge.index]
        length = length_mm(line)
        ends = {
            end for dart in draft.darts if (dart.piece, dart.edge) == (edge.piece, edge.index)
            for end in (dart.from_mm, dart.to_mm)
        }  # fmt: skip
        for notch in cut[edge.piece].notches if edge.piece in cut else ():
            if _nearest(notch.at, cut[edge.piece]) != edge.index:
                continue
            along = LineString(line).project(Point(notch.at))
            if all(abs(along - end) > NOTCH_MM for end in ends):
                yield passed + (length - along if edge.reversed else along)
        passed += length


def _nearest(at: tuple[float, float], piece: Piece) -> int:
    """Number of the cut edge on which a notch lies."""
    from shapely import LineString, Point

    far = [LineString(edge).distance(Point(at)) for edge in piece.edges]
    return far.index(min(far)) if min(far) < REACH_MM else -1


def _grain(piece: Piece, draft: Draft) -> Iterator[Fault]:
    from shapely import LineString, Polygon

    grain = piece.lines_of(LineKind.GRAIN)
    where = place(piece.name, draft.size, "grain")
    if len(grain) != 1:
        yield _fault(draft, where, f"{len(grain)} grain lines", "one")
        return
    closed = outline(piece)
    if (
        closed is not None
        and crossing(closed) is None
        and not Polygon(closed).covers(LineString(grain[0].points))
    ):
        yield _fault(draft, where, "it leaves the piece", "a grain line inside of the piece")


def _outline(piece: Piece, draft: Draft, line: str) -> Iterator[Fault]:
    ends = zip(piece.edges, [*piece.edges[1:], *piece.edges[:1]], strict=True)
    for number, (edge, following) in enumerate(ends):
        gap = dist(edge[-1], following[0])
        if gap > SEAM_MM:
            where = _named(draft, Edge(piece.name, number))
            yield _fault(draft, where, f"{line}: {gap:.1f} mm from the next edge", "edges that meet")
    closed = outline(piece)
    crossed = crossing(closed) if closed is not None else None
    if crossed is not None:
        where = _named(draft, Edge(piece.name, _edge_at(crossed, piece)))
        yield _fault(draft, where, f"the {line} crosses itself at {crossed}", "a line without crossing")


def _edge_at(text: str, piece: Piece) -> int:
    """Number of the edge next to a place `(x, y) mm`."""
    from shapely import LineString, Point

    x, y = (float(part) for part in text.removesuffix(" mm").strip("()").split(","))
    far = [LineString(edge).distance(Point(x, y)) for edge in piece.edges]
    return far.index(min(far))


def _curves(piece: Piece, draft: Draft) -> Iterator[Fault]:
    for number, edge in enumerate(piece.edges):
        radius, chord = smallest_radius_mm(edge), largest_chord_mm(edge)
        where = _named(draft, Edge(piece.name, number))
        if radius < RADIUS_MM:
            yield _fault(draft, where, f"radius {radius:.1f} mm", f"curves of at least {RADIUS_MM:g} mm")
        elif chord > CHORD_MM:
            found = f"a chord lies {chord:.2f} mm beside its curve"
            yield _fault(draft, where, found, f"chords within {CHORD_MM:g} mm")


def smallest_radius_mm(line: Points) -> float:
    """Smallest radius of curvature of a line of chords in mm: mean length of two chords over their turn."""
    return min((((a + b) / 2 / turn) for a, b, turn in _turns(line)), default=inf)


def largest_chord_mm(line: Points) -> float:
    """Largest distance of a chord from the arc that it stands for, in mm: length times turn over 8."""
    return max((min(a, b) * turn / 8 for a, b, turn in _turns(line)), default=0.0)


def _turns(line: Points) -> Iterator[tuple[float, float, float]]:
    """Lengths of neighbouring chords, and the angle between them in radians, where there is one."""
    for a, b, c in zip(line, line[1:], line[2:], strict=False):
        first, second = dist(a, b), dist(b, c)
        if first == 0 or second == 0:
            continue
        scalar = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
        turn = acos(max(-1.0, min(1.0, scalar / first / second)))
        if turn > 1e-6:  # acos of rounded coordinates
            yield first, second, turn
