"""Cut lines against shapely's offset, with one allowance all around, and by hand with several."""

from __future__ import annotations

import pytest

pytest.importorskip("shapely", reason="takes the extra [garment]")

from shapely import Polygon

from zhizao.records.patterns.model import Points
from zhizao.studies.draft import SIZES, STYLES, body_of_size
from zhizao.studies.draft.allowance import MITRE, cut_edges

SQUARE: tuple[Points, ...] = (
    ((0.0, 0.0), (100.0, 0.0)), ((100.0, 0.0), (100.0, 100.0)),
    ((100.0, 100.0), (0.0, 100.0)), ((0.0, 100.0), (0.0, 0.0)),
)  # fmt: skip


def around(edges: tuple[Points, ...]) -> Polygon:
    return Polygon([point for edge in edges for point in edge[:-1]])


def backwards(edges: tuple[Points, ...]) -> tuple[Points, ...]:
    return tuple(edge[::-1] for edge in edges[::-1])


def test_a_square_with_four_allowances_is_the_rectangle_that_one_draws_by_hand() -> None:
    assert around(cut_edges(SQUARE, (10, 20, 30, 0))).bounds == (0, -10, 120, 130)
    turned = cut_edges(backwards(SQUARE), (0, 30, 20, 10))
    assert around(turned).equals(around(cut_edges(SQUARE, (10, 20, 30, 0))))


def test_edges_that_run_on_smoothly_with_other_allowances_meet_in_a_step() -> None:
    halves = (((0.0, 0.0), (50.0, 0.0)), ((50.0, 0.0), (100.0, 0.0)), *SQUARE[1:])
    edges = cut_edges(halves, (10, 15, 5, 5, 5))
    assert edges[0][-2:] == ((50.0, -10.0), (50.0, -15.0))
    assert around(edges).area == pytest.approx(110 * 105 + 55 * 10 + 55 * 15)


@pytest.mark.parametrize("thigh_ease", [100.0, 160.0])
def test_a_step_is_kept_where_the_next_edge_bends_into_the_way_of_the_wider_one(thigh_ease: float) -> None:
    design = {one.name: one.default_mm for one in STYLES["trousers"].parameters} | {"thigh_ease": thigh_ease}
    front = STYLES["trousers"].draw(body_of_size("S"), design).shapes[0]
    edges = cut_edges([side.line for side in front.sides], [side.allowance_mm for side in front.sides])
    step = edges[front.index("crotch")][-2:]
    hip = front.side("crotch").line[-1]
    assert step[1] == edges[front.index("centre")][0]
    for (x, y), far in zip(step, (10, 15), strict=True):
        assert ((x - hip[0]) ** 2 + (y - hip[1]) ** 2) ** 0.5 == pytest.approx(far, abs=1e-6)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("size", SIZES)
def test_with_one_allowance_the_cut_line_is_the_offset_of_shapely(style: str, size: str) -> None:
    design = {one.name: one.default_mm for one in STYLES[style].parameters}
    for shape in STYLES[style].draw(body_of_size(size), design).shapes:
        lines = tuple(side.line for side in shape.sides)
        ours = around(cut_edges(lines, [10.0] * len(lines)))
        theirs = around(lines).buffer(10.0, join_style="mitre", mitre_limit=MITRE)
        assert ours.is_valid
        assert ours.symmetric_difference(theirs).area < 1e-4 * theirs.area, shape.name


def test_a_corner_sharper_than_the_mitre_is_cut_off() -> None:
    needle: tuple[Points, ...] = (
        ((0.0, 0.0), (300.0, 10.0)), ((300.0, 10.0), (0.0, 20.0)), ((0.0, 20.0), (0.0, 0.0)),
    )  # fmt: skip
    right = around(cut_edges(needle, (10, 10, 10))).bounds[2]
    assert 300 < right < 300 + MITRE * 10
