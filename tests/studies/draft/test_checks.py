"""The checks of a draft find what was broken on purpose, and name piece and edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

pytest.importorskip("shapely", reason="takes the extra [garment]")

from zhizao.records.patterns import Draft, Edge, LineKind, Piece
from zhizao.studies.draft import draft, faults_of


@pytest.fixture(scope="module")
def vest() -> Draft:
    return draft("vest").sizes[0]


def with_piece(one: Draft, name: str, change: Callable[[Piece], Piece], *, cut: bool) -> Draft:
    """A draft with one of its pieces changed."""
    pieces = one.cut if cut else one.sewing
    changed = tuple(change(piece) if piece.name == name else piece for piece in pieces)
    return replace(one, cut=changed) if cut else replace(one, sewing=changed)


def with_edge(index: int, change: Callable[..., object]) -> Callable[[Piece], Piece]:
    def changed(piece: Piece) -> Piece:
        edges = list(piece.edges)
        edges[index] = tuple(change(edges[index]))  # type: ignore[arg-type]
        return replace(piece, edges=tuple(edges))

    return changed


def found(one: Draft) -> list[tuple[str, str]]:
    return [(fault.where, fault.found) for fault in faults_of(one)]


def test_a_draft_as_drawn_has_no_fault(vest: Draft) -> None:
    assert found(vest) == []


def test_a_seam_of_unequal_sides_is_found(vest: Draft) -> None:
    (x, y) = vest.sewing[0].edges[1][1]
    broken = with_piece(vest, "BACK", with_edge(1, lambda line: (line[0], (x + 3, y))), cut=False)
    where, said = found(broken)[0]
    assert where == "piece FRONT, size M, edge 1 (shoulder), seam 'shoulder'"
    assert said == "127.2 mm against 130.1 mm of piece BACK, size M, edge 1 (shoulder)"
    gaps = [said for where, said in found(broken) if "sewing line: 3.0 mm from the next edge" in said]
    assert len(gaps) == 1


def test_a_seam_with_ease_that_the_edges_do_not_have_is_found(vest: Draft) -> None:
    seams = tuple(replace(seam, ease_mm=5.0) if seam.name == "side" else seam for seam in vest.seams)
    ((where, said),) = found(replace(vest, seams=seams))
    assert where == "piece FRONT, size M, edge 3 (side), seam 'side'"
    assert "piece BACK, size M, edge 3 (side)" in said


def test_a_seam_with_an_edge_that_is_not_there_is_found(vest: Draft) -> None:
    seams = (replace(vest.seams[0], second=(Edge("FRONT", 9),)), *vest.seams[1:])
    ((where, _),) = found(replace(vest, seams=seams))
    assert where == "piece FRONT, size M, edge 9 (?)"


def test_a_lost_notch_and_one_too_many_are_found(vest: Draft) -> None:
    lost = with_piece(vest, "FRONT", lambda piece: replace(piece, notches=piece.notches[1:]), cut=True)
    ((where, said),) = found(lost)
    assert where == "piece FRONT, size M, edge 3 (side), seam 'side'"
    assert said == "no notch 192.0 mm along it"
    front = next(piece for piece in vest.cut if piece.name == "FRONT")
    at = front.edges[3][20]
    more = replace(front.notches[0], at=at)
    twice = with_piece(vest, "FRONT", lambda piece: replace(piece, notches=(*piece.notches, more)), cut=True)
    assert ("piece FRONT, size M, edge 3 (side), seam 'side'", "2 notches, the seam states 1") in found(twice)


def test_a_grain_line_that_is_missing_or_outside_is_found(vest: Draft) -> None:
    def without(piece: Piece) -> Piece:
        return replace(piece, lines=tuple(x for x in piece.lines if x.kind is not LineKind.GRAIN))

    def outside(piece: Piece) -> Piece:
        moved = [
            replace(x, points=tuple((a + 900, b) for a, b in x.points)) if x.kind is LineKind.GRAIN else x
            for x in piece.lines
        ]
        return replace(piece, lines=tuple(moved))

    assert found(with_piece(vest, "BACK", without, cut=True)) == [
        ("piece BACK, size M, grain", "0 grain lines")
    ]
    assert found(with_piece(vest, "BACK", outside, cut=True)) == [
        ("piece BACK, size M, grain", "it leaves the piece")
    ]


def test_a_line_that_crosses_itself_is_found_with_its_edge(vest: Draft) -> None:
    def crossed(line: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        (x, y) = line[30]
        return (*line[:30], (x - 600, y), (x - 600, y + 5), (x - 600, y - 5), *line[31:])

    faults = found(with_piece(vest, "BACK", with_edge(3, crossed), cut=True))
    assert any(
        where.startswith("piece BACK, size M, edge ") and said.startswith("the cut line crosses itself at (")
        for where, said in faults
    )


def test_a_corner_inside_of_an_edge_and_coarse_chords_are_found(vest: Draft) -> None:
    def cornered(line: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        (x, y) = line[30]
        return (*line[:30], (x + 5, y), *line[31:])

    kinked = found(with_piece(vest, "BACK", with_edge(2, cornered), cut=False))
    assert any(where.endswith("edge 2 (armhole)") and said.startswith("radius") for where, said in kinked)
    coarse = found(with_piece(vest, "BACK", with_edge(2, lambda line: line[::16]), cut=False))
    assert any(
        where.endswith("edge 2 (armhole)") and said.startswith("a chord lies") for where, said in coarse
    )
