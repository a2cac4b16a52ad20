"""What cannot be scheduled is named, with the smallest set that conflicts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.solvers.shop.tiny import tiny_shop
from zhizao.quantities.errors import InputError
from zhizao.solvers.shop.problem import LATEST, Breaks, Objective, Pools, Problem, SetUps, Transport
from zhizao.solvers.shop.sound import problem_faults, require_sound

SHOP = Problem.of_routes("two jobs", [[[(0, 3)], [(1, 2)]], [[(0, 2)], [(1, 4)]]], 2)


def row(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def only(shop: Problem) -> str:
    found = problem_faults(shop)
    assert len(found) == 1, found
    return found[0]


def before(*pairs: tuple[int, int]) -> Problem:
    """The shop with other precedence: pairs (operation, the one before it)."""
    counts = np.bincount([o for o, _ in pairs], minlength=4)
    rows = row(*(b for _, b in sorted(pairs)))
    return replace(SHOP, before_first=np.r_[0, np.cumsum(counts)].astype(np.int64), before=rows)


def test_a_sound_shop_has_no_faults() -> None:
    assert problem_faults(SHOP) == ()
    require_sound(SHOP)


def test_all_tiny_shops_of_the_tests_are_sound_but_for_breaks_that_touch() -> None:
    found = [problem_faults(tiny_shop(np.random.default_rng(seed))) for seed in range(200)]
    assert not any(found)


def test_the_shortest_ring_of_precedence_is_named() -> None:
    ring = before((0, 1), (1, 2), (2, 3), (3, 0), (1, 3), (3, 1))
    assert "1 after 3 after 1; take one of these 2 away" in only(ring)


def test_an_operation_that_waits_for_itself_is_a_ring_of_one() -> None:
    assert "2 after 2" in only(before((2, 2)))


def test_an_operation_that_no_unit_can_do_is_named() -> None:
    shop = replace(SHOP, mode_first=row(0, 1, 1, 2, 3), mode_unit=row(0, 0, 1), mode_time=row(3, 2, 4))
    assert only(shop) == "operation 1 (job 0) has no mode: no unit can do it"


def test_times_below_zero_and_beyond_all_bounds_are_refused() -> None:
    assert "time of mode 1 is -2" in only(replace(SHOP, mode_time=row(3, -2, 2, 4)))
    assert "time of mode 1 is" in only(replace(SHOP, mode_time=row(3, 2**51, 2, 4)))
    assert "coarser tick" in only(replace(SHOP, mode_time=row(2**49, 2**49, 2, 4)))


def test_weights_that_would_overflow_the_objective_are_refused() -> None:
    shop = replace(SHOP, objective=Objective.TARDINESS, weight=row(2**50, 2**50))
    assert problem_faults(shop) == ()
    assert "smaller weights" in only(replace(shop, mode_time=row(10**4, 2, 2, 4)))


def test_numbers_of_things_that_are_not_there_are_refused() -> None:
    assert "a unit has number 7; there are 2" in only(replace(SHOP, mode_unit=row(0, 7, 0, 1)))
    assert "a job has number 9" in problem_faults(replace(SHOP, job=row(0, 0, 1, 9)))[0]
    assert "an operation before has number 4" in only(replace(SHOP, before=row(0, 4)))


def test_a_job_without_operations_is_refused() -> None:
    three = {name: np.r_[getattr(SHOP, name), 0] for name in ("release", "due", "weight")}
    assert only(replace(SHOP, **three)) == "job 2 has no operation"


def test_a_need_that_no_pool_can_meet_is_named() -> None:
    shop = replace(SHOP, pools=Pools(row(1, 5), np.array([[1, 5], [2, 0], [0, 0], [1, 1]])))
    assert only(shop) == "operation 1 needs 2 of pool 0; there are 1"


def test_a_calendar_that_is_never_long_enough_is_named() -> None:
    ends = Breaks(row(0, 2, 2), row(1, 4), row(3, LATEST))  # unit 0 works from 0 to 1 and from 3 to 4
    assert "operation 0 takes longer than any of its units ever works (at most 2)" in only(
        replace(SHOP, breaks=ends)
    )


def test_breaks_in_the_wrong_order_are_reported() -> None:
    assert "breaks of unit 1" in only(replace(SHOP, breaks=Breaks(row(0, 0, 2), row(5, 1), row(6, 2))))


def test_what_may_not_wait_or_blocks_or_rides_is_a_chain() -> None:
    merged = before((2, 0), (2, 1), (3, 2))
    assert "operation 2 may not wait" in only(replace(merged, no_wait=np.array([False, False, True, False])))
    assert "several before it, of which one blocks" in only(replace(merged, blocking=np.array([True, False])))
    ways = Transport(np.array([[0, 1], [1, 0]]), 1, 0)
    assert "vehicles bring chains" in problem_faults(replace(merged, transport=ways))[0]


def test_tables_of_the_wrong_shape_are_reported_before_anything_else() -> None:
    shop = replace(SHOP, setups=SetUps(row(0, 0, 0), np.zeros((3, 2, 2), np.int64), row(0, 0)))
    found = problem_faults(shop)
    assert "setups.family has shape (3,); it should be (4,)" in found
    assert "setups.time has shape (3, 2, 2); it should be (1 or 2, families, families)" in found


def test_all_faults_are_reported_in_one_error() -> None:
    shop = replace(SHOP, mode_time=row(-1, -2, 2, 4))
    with pytest.raises(InputError, match=r"(?s)two jobs: this shop cannot be scheduled:.*mode 0.*mode 1"):
        require_sound(shop)
