"""The check of a layout: exact, against areas of shapely, and for each fault that there can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("shapely")

from zhizao.quantities import InputError
from zhizao.solvers.nesting import Layout, Nesting, Part, Placement, faults, interiors_meet, outline_of
from zhizao.solvers.nesting.boxes import by_boxes
from zhizao.solvers.nesting.problem import BITS

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
L = ((0.0, 0.0), (6.0, 0.0), (6.0, 2.0), (2.0, 2.0), (2.0, 6.0), (0.0, 6.0))
BAR = ((0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0))
POST = ((0.0, 0.0), (2.0, 0.0), (2.0, 4.0), (0.0, 4.0))
C = np.array([(0, 0), (6, 0), (6, 2), (2, 2), (2, 4), (6, 4), (6, 6), (0, 6)])


def star(rng: np.random.Generator, vertices: int, reach: int) -> np.ndarray:
    """A star-shaped polygon on small integers, counter-clockwise."""
    while True:
        from shapely import Polygon

        points = rng.integers(0, reach, (vertices, 2))
        around = np.arctan2(*(points - points.mean(axis=0) - 1e-3).T[::-1])
        points = points[np.argsort(around)]
        polygon = Polygon(points)
        if polygon.is_valid and polygon.area > 0 and polygon.exterior.is_ccw:
            return points.astype(np.int64)


def test_whether_interiors_meet_agrees_with_the_area_of_the_intersection() -> None:
    from shapely import Polygon

    rng = np.random.default_rng(7)
    seen = {False: 0, True: 0}
    for _ in range(3000):
        a = star(rng, int(rng.integers(3, 9)), 7)
        b = star(rng, int(rng.integers(3, 9)), 7) + rng.integers(-6, 7, 2)
        meet = bool(Polygon(a).intersection(Polygon(b)).area > 1e-9)
        assert interiors_meet(a, b) == meet == interiors_meet(b, a), (a.tolist(), b.tolist())
        seen[meet] += 1
    assert min(seen.values()) > 500


def test_what_only_touches_does_not_meet_and_one_unit_more_does() -> None:
    far = 2 ** (BITS - 1)
    a = np.array([(0, 0), (far, 0), (far, far), (0, far)])
    assert not interiors_meet(a, a + np.array([far, 0]))
    assert not interiors_meet(a, a + np.array([far, far]))
    assert interiors_meet(a, a + np.array([far - 1, 0]))
    assert interiors_meet(a, a)


def test_a_part_in_a_bay_touches_only_and_a_part_inside_meets() -> None:
    plug = np.array([(2, 2), (6, 2), (6, 4), (2, 4)])
    assert not interiors_meet(C, plug)
    assert interiors_meet(C, plug - np.array([1, 0]))
    assert interiors_meet(C, np.array([(0, 0), (1, 0), (1, 1), (0, 1)]))
    assert interiors_meet(np.array([(-1, -1), (9, -1), (9, 9), (-1, 9)]), C)


def two(gap: float = 0.0) -> Layout:
    nesting = Nesting((Part("a", SQUARE, 2, (0.0, 180.0)),), 20.0, gap)
    return Layout(nesting, (Placement("a", 0.0, 0.0, 0.0), Placement("a", 180.0, 20.0, 10.0)))


def test_a_layout_without_fault() -> None:
    assert faults(two()) == ()
    assert (two().length, two().density) == (20.0, 0.5)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (Placement("a", 180.0, 20.0 - 1e-6, 10.0), "copies 0 of a and 1 of a: they overlap"),
        (Placement("a", 180.0, 9.0, 20.0), "copy 1 of a: beyond an edge of the strip"),
        (Placement("a", 180.0, 20.0, 20.0 + 1e-6), "copy 1 of a: beyond an edge of the strip"),
        (Placement("a", 90.0, 30.0, 0.0), "copy 1 of a: found a rotation of 90°"),
    ],
)
def test_each_fault_is_found(second: Placement, said: str) -> None:
    wrong = replace(two(), placements=(two().placements[0], second))
    assert faults(wrong) == (said,)


def test_a_copy_that_is_missing_is_found() -> None:
    assert faults(replace(two(), placements=two().placements[:1])) == ("part a: found 1 copies; expected 2",)


def test_parts_that_are_too_near_are_found() -> None:
    assert faults(two(gap=0.5)) == ("copies 0 and 1: found 0 between them; expected 0.5",)


def test_the_grid_moves_no_vertex_by_more_than_a_part_in_a_hundred_million() -> None:
    part = Part("l", L, 1, (0.0, 7.0))
    nesting = Nesting((part,), 31 / 3)
    placed = outline_of(nesting, Placement("l", 7.0, 1 / 3, 2 / 3))
    assert np.abs(placed - part.rotated(7.0) - (1 / 3, 2 / 3)).max() < 1e-8 * nesting.width
    assert (placed / nesting.unit == np.rint(placed / nesting.unit)).all()


@pytest.mark.parametrize(
    ("parts", "width", "gap", "length"),
    [
        ((Part("bar", BAR, 4),), 4.0, 0.0, 8.0),
        ((Part("bar", BAR, 4),), 5.0, 1.0, 9.0),
        ((Part("post", POST, 2), Part("bar", BAR, 3)), 4.0, 0.0, 12.0),
        ((Part("bar", BAR, 2, (0.0, 90.0)),), 4.0, 0.0, 4.0),
    ],
)
def test_boxes_that_fit_exactly_are_placed_so(
    parts: tuple[Part, ...], width: float, gap: float, length: float
) -> None:
    layout = by_boxes(Nesting(parts, width, gap))
    assert faults(layout) == ()
    assert layout.length == pytest.approx(length, rel=1e-7)


def test_the_layout_by_boxes_has_no_fault() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        parts = tuple(
            Part(str(n), tuple(map(tuple, star(rng, 6, 9).tolist())), 3, (0.0, 7.0, 180.0)) for n in range(4)
        )
        assert faults(by_boxes(Nesting(parts, 31 / 2, float(rng.uniform(0, 1))))) == ()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Part("a", SQUARE[:2]), "found no polygon"),
        (lambda: Part("a", (*SQUARE[:2], SQUARE[3], SQUARE[2])), "crosses or touches itself"),
        (lambda: Part("a", SQUARE, 0), "found a demand of 0"),
        (lambda: Part("a", SQUARE, 1, ()), "found no rotation"),
        (lambda: Nesting((), 1.0), "parts: found none"),
        (lambda: Nesting((Part("a", SQUARE),), 9.0), "part a: found a width of 10"),
        (lambda: Nesting((Part("a", SQUARE), Part("a", L)), 20.0), "found one id twice"),
        (lambda: Nesting((Part("a", SQUARE),), 0.0), "width: found 0"),
        (lambda: Nesting((Part("a", SQUARE),), 20.0, -1.0), "gap: found -1"),
    ],
)
def test_what_cannot_be_placed_is_refused(make, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()
