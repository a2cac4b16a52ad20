"""The checker: hand-worked schedules, one broken rule each; its verdict is that of a plain look."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from tests.naive import shop as naive
from tests.solvers.shop.test_bounds import best_of_all
from tests.solvers.shop.tiny import tiny_shop
from tests.solvers.shop.walks import walk
from zhizao.solvers.shop.bounds import lower_bound
from zhizao.solvers.shop.check import completion, faults, value
from zhizao.solvers.shop.problem import (
    LATEST,
    Breaks,
    Objective,
    Pools,
    Problem,
    Schedule,
    SetUps,
    Transport,
)
from zhizao.solvers.shop.search import general
from zhizao.solvers.shop.search.context import SearchContext

TWO_JOBS = Problem.of_routes("two jobs", [[[(0, 3)], [(1, 2)]], [[(0, 2)], [(1, 4)]]], 2)


def row(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def at(*starts: int, shop: Problem = TWO_JOBS, moves: list[list[int]] | None = None) -> Schedule:
    """Operations that start then, in their first modes, without breaks."""
    start, mode = row(*starts), shop.mode_first[:-1]
    return Schedule(start, start + shop.mode_time[mode], mode, None if moves is None else np.array(moves))


def only(found: tuple[str, ...]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_a_schedule_in_which_all_is_right_has_no_faults_and_ends_when_its_last_job_does() -> None:
    assert faults(TWO_JOBS, at(0, 3, 3, 5)) == ()
    assert value(TWO_JOBS, at(0, 3, 3, 5)) == 9


def test_tardiness_counts_weight_times_time_after_the_due_date_and_flow_time_from_release() -> None:
    late = replace(TWO_JOBS, due=row(4, LATEST), weight=row(3, 5), objective=Objective.TARDINESS)
    assert value(late, at(0, 3, 3, 5)) == 3 * (5 - 4)
    flow = replace(late, release=row(0, 2), objective=Objective.FLOW_TIME)
    assert value(flow, at(0, 3, 3, 5)) == 3 * 5 + 5 * 7


def test_two_operations_on_one_unit_at_one_time_are_reported() -> None:
    assert "unit 0: operation 2 starts at 2, operation 0 is there until 3" in faults(TWO_JOBS, at(0, 3, 2, 5))


def test_an_operation_before_the_end_of_the_one_before_it_is_reported() -> None:
    assert only(faults(TWO_JOBS, at(0, 2, 3, 5))).startswith("operation 1 starts at 2; operation 0 ends at 3")


def test_an_operation_that_is_cut_short_is_reported() -> None:
    good = at(0, 3, 3, 5)
    assert "it takes 3" in only(faults(TWO_JOBS, replace(good, end=row(2, 5, 5, 9))))


def test_a_mode_of_another_operation_is_reported() -> None:
    assert "operation 0 has mode 1" in only(faults(TWO_JOBS, replace(at(0, 3, 3, 5), mode=row(1, 1, 2, 3))))


def test_a_start_before_time_begins_and_an_end_at_the_end_of_time_are_reported() -> None:
    assert "operation 0 is from -1" in only(faults(TWO_JOBS, at(-1, 3, 3, 5)))
    assert "operation 3" in only(faults(TWO_JOBS, at(0, 3, 3, LATEST)))


def test_a_start_before_release_is_reported() -> None:
    shop = replace(TWO_JOBS, release=row(1, 0))
    assert "released at 1" in only(faults(shop, at(0, 3, 3, 5)))


def test_a_worker_does_one_thing_at_a_time() -> None:
    shop = replace(TWO_JOBS, workers=1, mode_worker=row(-1, 0, 0, -1))
    assert "worker 0" in only(faults(shop, at(0, 3, 3, 5)))
    assert faults(shop, at(0, 3, 5, 7)) == ()


def test_a_set_up_takes_its_time_between_two_families_and_at_the_start() -> None:
    shop = replace(TWO_JOBS, setups=SetUps(row(0, 0, 1, 0), np.array([[[0, 2], [0, 0]]]), row(-1, -1)))
    assert "set-up from operation 0 to 2 takes 2, has 1" in only(faults(shop, at(0, 3, 4, 6)))
    assert faults(shop, at(0, 3, 5, 7)) == ()
    cold = replace(shop, setups=SetUps(row(0, 0, 1, 0), np.array([[[0, 2], [1, 0]]]), row(1, -1)))
    assert "the first set-up, for operation 0, takes 1" in only(faults(cold, at(0, 3, 5, 7)))


INSTANT = Problem.of_routes("instant", [[[(0, 0)]], [[(0, 0)]], [[(0, 0)]]], 1)


def test_operations_without_time_at_one_moment_may_be_in_any_sequence_that_keeps_the_set_ups() -> None:
    there = SetUps(row(1, 0, 2), np.array([[[0, 0, 9], [9, 0, 0], [9, 9, 0]]]), row(0))
    assert faults(replace(INSTANT, setups=there), at(0, 0, 0, shop=INSTANT)) == ()  # operations 1, 0, 2
    back = replace(there, start=row(2))
    assert "the first set-up" in faults(replace(INSTANT, setups=back), at(0, 0, 0, shop=INSTANT))[0]
    later = at(9, 9, 9, shop=INSTANT)  # time for the first set-up, to family 0 or 1
    assert faults(replace(INSTANT, setups=back), later) == ()
    only_one_way = replace(there, time=np.array([[[0, 9, 9], [9, 0, 9], [0, 9, 0]]]), start=row(-1))
    assert faults(replace(INSTANT, setups=only_one_way), later)  # nothing leads to family 1 and on


def test_the_sequence_at_one_moment_lets_the_next_moment_be_kept() -> None:
    shop = Problem.of_routes("two moments", [[[(0, 0)]], [[(0, 0)]], [[(0, 0)]], [[(0, 0)]]], 1)
    setups = SetUps(row(0, 1, 0, 1), np.array([[[0, 0], [3, 0]]]), row(0))
    shop = replace(shop, setups=setups)
    assert faults(shop, at(0, 0, 3, 3, shop=shop)) == ()  # 0 1, set-up of 3, 0 1
    assert "takes 3, has 2" in faults(shop, at(0, 0, 2, 2, shop=shop))[0]


def test_a_set_up_with_the_job_begins_when_the_job_has_come() -> None:
    setups = SetUps(row(0, 0, 0, 1), np.array([[[0, 2], [2, 0]]]), row(0, 0), with_job=True)
    shop = replace(TWO_JOBS, setups=setups)
    assert "takes 2, has 1" in only(faults(shop, at(0, 3, 4, 7)))  # the job comes at 6, unit 1 is free at 5
    assert faults(shop, at(0, 3, 4, 8)) == ()


def test_an_operation_stops_in_a_break_and_goes_on_after_it() -> None:
    shop = replace(TWO_JOBS, breaks=Breaks(row(0, 1, 1), row(2), row(4)))
    through = Schedule(row(0, 5, 5, 7), row(5, 7, 7, 11), row(0, 1, 2, 3))
    assert faults(shop, through) == ()
    resting = Schedule(row(3, 7, 0, 2), row(7, 9, 2, 6), row(0, 1, 2, 3))
    assert "starts at 3, in a break" in only(faults(shop, resting))


def test_who_may_not_wait_starts_when_the_one_before_ends() -> None:
    shop = replace(TWO_JOBS, no_wait=np.array([False, True, False, True]))
    assert faults(shop, at(0, 3, 3, 5)) == ()
    assert "operation 3 may not wait" in only(faults(shop, at(0, 3, 3, 6)))


def test_a_job_blocks_its_unit_until_the_next_takes_it() -> None:
    shop = replace(TWO_JOBS, blocking=np.array([True, False]))
    assert "operation 0 is there until 6" in only(faults(shop, at(0, 6, 3, 8)))
    assert faults(shop, at(0, 6, 6, 8)) == ()


def test_in_a_permutation_shop_jobs_keep_their_order() -> None:
    shop = replace(TWO_JOBS, same_order=True)
    assert "different orders" in only(faults(shop, at(0, 9, 3, 5)))
    assert faults(shop, at(0, 3, 3, 5)) == ()


def test_a_pool_lends_what_it_has_and_no_more() -> None:
    shop = replace(TWO_JOBS, pools=Pools(row(2), np.array([[1], [1], [2], [2]])))
    assert "pool 0: 3 are used at 3, there are 2" in only(faults(shop, at(0, 3, 3, 5)))
    assert faults(shop, at(0, 3, 5, 7)) == ()


WAYS = np.array([[0, 1, 2], [1, 0, 2], [2, 3, 0]])  # units 0 and 1, and home


def test_travel_is_a_lag_where_vehicles_are_plenty() -> None:
    shop = replace(TWO_JOBS, transport=Transport(WAYS, 0, 2, 2))
    assert faults(shop, at(2, 6, 5, 8)) == ()
    assert completion(shop, at(2, 6, 5, 8)).tolist() == [10, 14]
    assert "its job comes at 2" in only(faults(shop, at(1, 6, 5, 8)))
    assert "the job comes at 8" in faults(shop, at(2, 6, 5, 7))[0]


def test_a_vehicle_brings_one_job_at_a_time_and_comes_empty_from_where_it_was() -> None:
    shop = replace(TWO_JOBS, transport=Transport(WAYS, 1, 2))
    moves = [[0, 0, 0, 2], [2, 0, 4, 6], [1, 0, 8, 9], [3, 0, 10, 11]]
    assert faults(shop, at(2, 9, 6, 11, shop=shop, moves=moves)) == ()
    hasty = [[0, 0, 0, 2], [2, 0, 3, 5], [1, 0, 8, 9], [3, 0, 10, 11]]
    assert "it can be there at 4" in only(faults(shop, at(2, 9, 6, 11, shop=shop, moves=hasty)))
    assert "no move brings the job to operation 3" in only(
        faults(shop, at(2, 9, 6, 11, shop=shop, moves=moves[:3]))
    )


def test_a_job_that_is_brought_to_the_goal_is_done_there() -> None:
    shop = replace(TWO_JOBS, transport=Transport(WAYS, 2, 2, 2))
    moves = [[0, 0, 0, 2], [2, 1, 0, 2], [1, 0, 5, 6], [3, 1, 7, 8], [4, 0, 8, 10], [5, 1, 12, 14]]
    schedule = at(2, 6, 5, 8, shop=shop, moves=moves)
    assert faults(shop, schedule) == ()
    assert value(shop, schedule) == 14


def test_many_faults_of_a_kind_are_counted() -> None:
    shop = Problem.of_routes("long", [[[(0, 1)]] for _ in range(20)], 1)
    found = faults(shop, at(*[0] * 20, shop=shop))
    assert len(found) == 6
    assert found[-1] == "... and 14 more such faults"


def agree(seeds: range, steps: int) -> tuple[int, int]:
    """How many schedules were looked at and how many of these were right; all verdicts are the same."""
    seen = right = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shop = tiny_shop(rng)
        for schedule, found in walk(rng, shop, steps):
            assert naive.is_right(shop, schedule) == (not found), (seed, faults(shop, schedule))
            seen += 1
            if not found:
                right += 1
                assert naive.value(shop, schedule) == value(shop, schedule), seed
                break
    return seen, right


def test_the_checker_says_of_tiny_shops_what_a_look_at_every_moment_says() -> None:
    seen, right = agree(range(150), 30)
    assert right > 0.3 * 150, seen


@pytest.mark.slow
def test_the_checker_agrees_on_a_hundred_thousand_tiny_shops() -> None:
    _, right = agree(range(100_000), 12)
    assert right > 10_000


# ---------------------------------------------------------------- solved, and every release and set-up kept
SOLVED = ("modes", "workers", "release", "setups", "breaks", "transport", "pools", "graph")


def kept_apart_from_the_checker(shop: Problem, schedule: Schedule) -> None:
    """Each operation after its job's release, and each set-up in working time, said by the plain look."""
    for o in range(shop.operations):
        assert schedule.start[o] >= shop.release[shop.job[o]]
    assert naive.is_right(shop, schedule)
    assert naive.value(shop, schedule) == value(shop, schedule)


def solved_as_by_brute_force(seeds: range) -> int:
    """Tiny shops whose schedules the plain look finds right; how many were compared with all orders."""
    compared = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shop = tiny_shop(rng, frozenset(f for f in SOLVED if rng.random() < 0.3))
        context = SearchContext(shop, seconds=100.0, work=200)
        context.prove(lower_bound(shop))
        general.search(context, seed)
        found = context.best
        assert found.schedule is not None
        assert faults(shop, found.schedule) == (), seed
        kept_apart_from_the_checker(shop, found.schedule)
        assert found.value == value(shop, found.schedule)
        best = best_of_all(shop) if shop.operations <= 4 else None
        if best is not None:
            compared += 1
            assert found.bound <= best <= found.value, (seed, found.bound, best, found.value)
    return compared


def test_schedules_of_tiny_shops_are_right_to_a_plain_look_and_no_better_than_the_best() -> None:
    assert solved_as_by_brute_force(range(300)) > 100


@pytest.mark.slow
def test_schedules_of_ten_thousand_tiny_shops_are_right() -> None:
    count = int(os.environ.get("ZHIZAO_SHOPS", "10000"))  # how many; 100,000 take an hour
    assert solved_as_by_brute_force(range(1000, 1000 + count)) > count // 4


def broken_once(seeds: range) -> int:
    """Move one operation before its release, or into its set-up: the checker and the plain look see it."""
    seen = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shop = tiny_shop(rng, frozenset({"release", "setups"}))
        schedule = general.first(shop)
        assert faults(shop, schedule) == ()
        for o in range(shop.operations):
            start = schedule.start.copy()
            start[o] -= 1  # a schedule by a rule leaves no room: what moves breaks a rule, or is idle before
            if start[o] < 0:
                continue
            earlier = replace(schedule, start=start, end=schedule.end - (schedule.start - start))
            assert naive.is_right(shop, earlier) == (not faults(shop, earlier)), seed
            seen += bool(faults(shop, earlier))
    return seen


def test_an_operation_before_its_release_or_in_its_set_up_is_seen() -> None:
    assert broken_once(range(300)) > 300
