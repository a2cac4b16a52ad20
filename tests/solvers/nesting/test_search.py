"""Layouts that are found: proved, as short as the optimum where that is known, and kept at Ctrl-C."""

from __future__ import annotations

from itertools import product
from math import dist

import pytest

pytest.importorskip("shapely")
pytest.importorskip("spyrrow")

from zhizao.quantities import InputError
from zhizao.solvers.nesting import Layout, Nesting, Part, Placement, Settings, faults, nest
from zhizao.solvers.nesting.boxes import by_boxes
from zhizao.solvers.nesting.settle import settle

Cells = frozenset[tuple[int, int]]
BAR = ((0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0))
POST = ((0.0, 0.0), (2.0, 0.0), (2.0, 3.0), (0.0, 3.0))
L = ((0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0))


# ---------------------------------------------------------------- the optimum, by trying everything
def naive_length(shapes: list[list[Cells]], width: int) -> int:
    """Least length on the integer grid: each shape in each of its rotations at each place."""
    length = 1
    while not fits(shapes, width, length, frozenset()):
        length += 1
    return length


def fits(shapes: list[list[Cells]], width: int, length: int, taken: Cells) -> bool:
    if not shapes:
        return True
    for turned in shapes[0]:
        for x, y in product(range(length), range(width)):
            cells = frozenset((x + i, y + j) for i, j in turned)
            inside = all(i < length and j < width for i, j in cells)
            if inside and not cells & taken and fits(shapes[1:], width, length, taken | cells):
                return True
    return False


def cells_of(part: Part) -> list[Cells]:
    """The unit squares that a part covers, for each rotation."""
    from shapely import Point, Polygon

    found = []
    for angle in part.rotations_deg:
        outline = part.rotated(angle)
        polygon = Polygon(outline - outline.min(axis=0))
        across = product(range(8), repeat=2)
        found.append(frozenset((i, j) for i, j in across if polygon.contains(Point(i + 0.5, j + 0.5))))
    return found


@pytest.mark.parametrize(
    ("parts", "width"),
    [
        ((Part("post", POST, 3), Part("bar", BAR, 2)), 5),
        ((Part("l", L, 4, (0.0, 180.0)),), 4),
        ((Part("l", L, 2, (0.0, 90.0, 180.0, 270.0)), Part("bar", BAR, 2)), 4),
        ((Part("bar", BAR, 4),), 4),
    ],
)
def test_tiny_nestings_reach_the_optimum(parts: tuple[Part, ...], width: int) -> None:
    optimum = naive_length([cells_of(part) for part in parts for _ in range(part.demand)], width)
    found = nest(Nesting(parts, float(width)), settings=Settings(seconds=2, fitting=0.5))
    assert faults(found.layout) == ()
    assert found.layout.length == pytest.approx(optimum, rel=1e-5)


# ---------------------------------------------------------------- a search
def test_a_gap_is_kept_between_parts_and_not_at_the_edges() -> None:
    nesting = Nesting((Part("bar", BAR, 4),), 5.2, gap=1.0)
    found = nest(nesting, settings=Settings(seconds=1.5))
    assert faults(found.layout) == ()
    assert found.layout.length == pytest.approx(9.0, rel=1e-5)


def test_ctrl_c_keeps_the_best_layout_so_far() -> None:
    calls: list[tuple[float, float]] = []

    def stop(share: float, density: float) -> None:
        calls.append((share, density))
        raise KeyboardInterrupt

    nesting = Nesting((Part("l", L, 20, (0.0, 180.0)),), 7.0)
    found = nest(nesting, settings=Settings(seconds=300), progress=stop)
    assert found.interrupted
    assert len(calls) == 1
    assert 0 <= calls[0][0] < 0.2
    assert found.layout.density >= calls[0][1] * (1 - 1e-3)
    assert found.layout.length < by_boxes(nesting).length
    assert faults(found.layout) == ()


def test_the_time_is_kept_and_the_progress_reaches_the_end() -> None:
    calls: list[float] = []
    found = nest(
        Nesting((Part("l", L, 20, (0.0, 180.0)),), 7.0),
        settings=Settings(seconds=1.5),
        progress=lambda share, _: calls.append(share),
    )
    assert not found.interrupted
    assert calls == sorted(calls)
    assert 0.8 < calls[-1] <= 1.0
    assert found.searched_length is not None
    assert found.layout.length < found.searched_length


def test_a_part_as_wide_as_the_strip_is_placed() -> None:
    panel = Part("panel", ((0.0, 0.0), (2.0, 0.0), (3.0, 4.0), (1.0, 4.0)), 3)
    found = nest(Nesting((panel,), 4.0), settings=Settings(seconds=1.0))
    assert faults(found.layout) == ()
    assert found.layout.length == pytest.approx(7.0, rel=1e-5)


def test_where_a_search_with_slack_cannot_be_settled_the_true_strip_has_the_answer() -> None:
    nesting = Nesting((Part("bar", BAR, 4),), 3.999 * 2)
    loose = nest(nesting, settings=Settings(seconds=1.0, fitting=1.0, slack=1e-3))
    assert faults(loose.layout) == ()
    found = nest(nesting, settings=Settings(seconds=1.0))
    assert faults(found.layout) == ()
    assert found.layout.length == pytest.approx(8.0, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Settings(seconds=0.0), "seconds: found 0"),
        (lambda: Settings(workers=0), "workers: found 0"),
        (lambda: Settings(exploring=0.0), "exploring: found 0"),
        (lambda: Settings(fitting=1.5), "fitting: found 1.5"),
        (lambda: Settings(slack=-0.1), "slack: found -0.1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


# ---------------------------------------------------------------- settling
def test_parts_that_overlap_are_moved_apart_and_loose_ones_together() -> None:
    nesting = Nesting((Part("bar", BAR, 3),), 4.0)
    at = ((0.0, 0.01), (0.02, 1.99), (4.01, 0.0))
    loose = Layout(nesting, tuple(Placement("bar", 0.0, x, y) for x, y in at))
    assert any("overlap" in fault for fault in faults(loose))
    settled = settle(loose, margin=1e-6)
    assert settled is not None
    assert not any("overlap" in fault for fault in faults(settled))
    assert settled.length == pytest.approx(8.0, abs=1e-4)
    moves = [dist((a.x, a.y), (b.x, b.y)) for a, b in zip(loose.placements, settled.placements, strict=True)]
    assert max(moves) < 0.2


def test_parts_that_do_not_fit_side_by_side_cannot_be_settled() -> None:
    nesting = Nesting((Part("bar", BAR, 2),), 3.9)
    side_by_side = Layout(nesting, (Placement("bar", 0.0, 0.0, 0.0), Placement("bar", 0.0, 0.0, 1.9)))
    assert settle(side_by_side) is None
