"""The hold-out benchmark: how logs are split, the distances, the learners, and the table."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

import numpy as np
import polars as pl
import pytest

from benchmarks.learn_holdout import COLUMNS, Scored, row_of, scored, table
from benchmarks.learning.distances import Simulated, crps, distances, earth_movers, profile
from benchmarks.learning.holdouts import (
    SHARED,
    EventLog,
    HoldOut,
    event_log,
    holdouts,
    split_by_lot,
    split_in_time,
)
from benchmarks.learning.learners import LEARNERS, past_again, resample
from benchmarks.surroundings import with_section

MONDAY = datetime(2026, 1, 5)


def log_of(rows: list[tuple[str, str, float, float | None]], followed_h: float | None = None) -> EventLog:
    """Rows of case, activity, start and end in h."""

    def at(hours: float | None) -> datetime | None:
        return None if hours is None else MONDAY + timedelta(hours=hours)

    columns = {
        "case": [case for case, *_ in rows],
        "activity": [activity for _, activity, *_ in rows],
        "resource": ["m" for _ in rows],
        "start": [at(start) for *_, start, _ in rows],
        "end": [at(end) for *_, end in rows],
    }
    return event_log("small", pl.DataFrame(columns), followed_h=followed_h)


@pytest.fixture(scope="module")
def shop() -> EventLog:
    """A line of two machines, a lot every 3 h."""
    rng = np.random.default_rng(5)
    rows: list[tuple[str, str, float, float | None]] = []
    free = [0.0, 0.0]
    for lot in range(160):
        ready = 3.0 * lot
        for step, name in enumerate(("cut", "weld")):
            start = max(ready, free[step])
            ready = free[step] = start + float(rng.gamma(10, 0.2))
            rows.append((f"lot {lot:03}", name, start, ready))
    return log_of(rows)


# ---------------------------------------------------------------- logs and hold-outs
def test_times_count_from_the_monday_before() -> None:
    log = log_of([("a", "cut", 30.0, 31.5), ("a", "weld", 32.0, None)])
    assert log.origin == MONDAY
    assert log.start_h.tolist() == [30.0, 32.0]
    assert np.isnan(log.end_h[1])
    assert log.lasting_h().tolist() == [1.5]
    assert log.last_h == 32.0


def test_the_past_ends_at_the_origin_and_lots_are_followed_equally_long() -> None:
    log = log_of(
        [
            ("a", "cut", 0.0, 4.0),
            ("b", "cut", 6.0, 14.0),  # runs at the origin: no end in the past
            ("b", "weld", 15.0, 16.0),  # begins after it
            ("c", "cut", 11.0, 12.0),
            ("c", "weld", 17.0, 18.0),  # beyond the follow-up
            ("d", "cut", 19.0, 20.0),  # is not followed long enough
        ]
    )
    held = split_in_time(log, 10.0, 5.0)
    assert held.past.names == ("a", "b")
    assert held.past.end_h.tolist()[0] == 4.0
    assert np.isnan(held.past.end_h[1])
    assert len(held.past.lot) == 2
    assert held.test.names == ("c",)
    assert held.test.activity.tolist() == ["cut"]


def test_a_log_that_follows_its_lots_is_split_lot_by_lot() -> None:
    log = log_of(
        [("a", "cut", 0.0, 4.0), ("a", "weld", 12.0, 13.0), ("b", "cut", 10.0, 11.0)], followed_h=20.0
    )
    held = split_by_lot(log, 10.0, 20.0)
    assert held.past.activity.tolist() == ["cut", "weld"]
    assert held.test.names == ("b",)


@pytest.mark.parametrize(("name", "lots"), [("LoanApp", [300, 300, 250]), ("shop", [41, 38, 30, 25])])
def test_hold_outs_of_the_logs_are_those_of_the_first_measurements(name: str, lots: list[int]) -> None:
    if not (SHARED / "data" / "logs").is_dir():
        pytest.skip(f"needs {SHARED / 'data' / 'logs'}, which is not part of the repository")
    assert [held.test.lots for held in holdouts(name)] == lots


# ---------------------------------------------------------------- distances
def test_earth_movers_distance_by_hand() -> None:
    assert earth_movers(np.array([0.0, 1.0]), np.array([0.0, 4.0])) == pytest.approx(1.5)
    assert earth_movers(np.array([2.0]), np.array([2.9])) == 0.0  # one bin
    assert np.isnan(earth_movers(np.array([]), np.array([1.0])))


def test_crps_is_the_mean_distance_less_half_the_spread() -> None:
    rng = np.random.default_rng(3)
    simulated, real = rng.gamma(2, 3, (6, 4)), rng.gamma(2, 3, 4)
    for lot, (x, y) in enumerate(zip(simulated.T, real, strict=True)):
        pairs = [abs(a - b) for (i, a), (j, b) in product(enumerate(x), enumerate(x)) if i != j]
        naive = np.mean([abs(a - y) for a in x]) - np.mean(pairs) / 2
        assert crps(simulated, real)[lot] == pytest.approx(naive)


def test_a_replication_that_lacks_a_lot_does_not_count_for_it() -> None:
    simulated = np.array([[1.0, 5.0], [3.0, np.nan], [8.0, 7.0]])
    assert crps(simulated, np.array([2.0, 6.0]))[1] == pytest.approx(
        crps(simulated[[0, 2], 1:], np.array([6.0]))[0]
    )


def test_distances_of_two_small_logs_by_hand() -> None:
    real = simulated([(0, "a", 0, 2), (0, "b", 3, 5), (1, "a", 24, 26)])
    other = simulated([(0, "a", 0, 2), (0, "a", 2, 3), (1, "a", 25, 26)])  # two rows of one visit
    one, two = profile(real, 100, (0, 30)), profile(other, 100, (0, 30))
    assert one.cycle_h.tolist() == [5, 2]
    assert two.cycle_h.tolist() == [3, 1]
    assert two.visits.tolist() == [1, 1]
    found = distances(one, two)
    assert found["cycle_h"] == pytest.approx(1.5)
    # real: (- - a)(- a b)(a b -)(b - -) and (- - a)(- a -)(a - -); other: twice the latter
    assert found["trigrams"] == pytest.approx(5 / 13)
    assert found["in_process"] == pytest.approx((2 + 1) / 7)
    assert distances(one, one) == dict.fromkeys(found, 0.0)


def test_rows_are_cut_to_the_follow_up() -> None:
    cut = profile(simulated([(0, "a", 0, 2), (0, "b", 3, 9), (0, "c", 6, 7)]), 5, (0, 1))
    assert cut.cycle_h.tolist() == [5]
    assert cut.visits.tolist() == [2]


def simulated(rows: list[tuple[int, str, float, float]]) -> Simulated:
    lot, activity, start, end = zip(*rows, strict=True)
    return Simulated(np.array(lot), np.array(activity), np.array(start, float), np.array(end, float))


# ---------------------------------------------------------------- learners
def test_resampling_moves_whole_past_lots_by_whole_days(shop: EventLog) -> None:
    held = split_in_time(shop, 240.0, 24.0)
    known = set(np.round(held.past.lasting_h(), 6))
    to = held.test.first_h()
    for one in resample(held, 3, 1):
        found = profile(one, 1e9, (0, 1))
        assert set(np.round(found.cycle_h, 6)) <= known
        first = np.array([one.start_h[one.lot == lot].min() for lot in range(held.test.lots)])
        assert np.abs(first - to).max() <= 12.0


def test_the_twin_is_scored_lot_by_lot(shop: EventLog) -> None:
    held = split_in_time(shop, 300.0, 24.0)
    found = scored(held, LEARNERS["zhizao"], 3, 1)
    assert len(found.crps_h) == held.test.lots
    assert np.isfinite(found.crps_h).all()
    assert found.cycle_pooled_h < 1.0
    assert abs(found.bias) < 0.2
    past = past_again(held, 2, 1)
    assert past is not None
    assert past[1].mean() == pytest.approx(past[0].mean(), rel=0.2)


def test_past_lots_of_the_past_are_repeated_by_their_own() -> None:
    rng = np.random.default_rng(4)
    rows: list[tuple[str, str, float, float | None]] = []
    for lot in range(30):  # none goes the way of another, so that no chart is drawn
        at = 40.0 * lot
        for name in rng.permutation(["cut", "weld", "pack", "paint"] * 3)[: 2 + lot % 9]:
            hours = 1.0 + float(rng.integers(3))
            rows.append((f"lot {lot:02}", str(name), at, at + hours))
            at += hours
    log = log_of([*rows, ("last", "cut", 2000.0, 2001.0)])
    past = past_again(HoldOut("past", log, log, 60.0, 2000.0), 2, 1)
    assert past is not None
    assert np.corrcoef(*past)[0, 1] > 0.95
    assert past[1].mean() == pytest.approx(past[0].mean(), rel=0.1)


def test_a_learner_that_knows_the_future_scores_nothing(shop: EventLog) -> None:
    held = split_in_time(shop, 300.0, 24.0)

    def oracle(held: HoldOut, replications: int, seed: int) -> Iterator[Simulated]:
        for _ in range(replications):
            yield Simulated(held.test.lot, held.test.activity, held.test.start_h, held.test.end_h)

    found = scored(held, oracle, 2, 1)
    assert isinstance(found, Scored)
    assert found.crps_h.max() == 0.0
    assert found.mean_h == pytest.approx(held.test.lasting_h().mean())
    assert found.bias == pytest.approx(0.0)
    assert set(found.distances.values()) == {0.0}


# ---------------------------------------------------------------- rows
def test_a_section_of_a_page_is_replaced_and_others_stay() -> None:
    page = with_section(with_section("# Page\n", "One", "first"), "Two", "second\n")
    assert page == "# Page\n\n## One\n\nfirst\n\n## Two\n\nsecond\n"
    assert with_section(page, "One", "other") == page.replace("first", "other")
    assert with_section(page, "Two", "other") == page.replace("second", "other")


def test_the_baseline_is_not_better_than_itself(shop: EventLog) -> None:
    row = row_of(split_in_time(shop, 300.0, 24.0), "resample", 3, 1)
    assert set(row) <= set(COLUMNS)
    assert float(row["crps_more_h"]) == 0.0


def test_the_table_is_relative_to_the_baseline() -> None:
    kept = dict.fromkeys(COLUMNS, "") | {
        "log": "l",
        "lots": "10",
        "commit": "c",
        "replications": "20",
        "seed": "1",
    }
    kept |= {"crps_h": "2", "absolute_h": "4", "cycle_pooled_h": "1", "bias": "0.1"}
    kept |= {"crps_more_h": "0", "crps_more_se_h": "0"}
    ours = {
        "learner": "zhizao",
        "crps_h": "1",
        "cycle_pooled_h": "2",
        "crps_more_h": "-1",
        "crps_more_se_h": "0.4",
    }
    rows = [kept | {"learner": "resample", "holdout": name} for name in ("l@1d", "l@2d")]
    rows += [
        kept | ours | {"holdout": name, "past_ratio": "0.9", "past_r": "0.8"} for name in ("l@1d", "l@2d")
    ]
    lines = list(table(rows))[2:]
    assert lines == [
        "| c | zhizao | l | 2 | -50 % | better | +0 % | +100 % | 0 of 2 | +10 % | 0.900 | 0.800 |",
        "| c | zhizao | all | 2 | -50 % | | +0 % | +100 % | | | | |",
    ]
