"""Intervals, noise floor, baseline and verdict: the sampling noise of a distance."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.studies.validate.plants import log_of, roomy
from tests.studies.validate.test_distances import Row, cut, log
from zhizao.kpi.analysis import Interval
from zhizao.quantities.errors import InputError
from zhizao.studies.validate import Terms, validate
from zhizao.studies.validate.bootstrap import Distance, Resampled, comparisons, resample_again, resample_lots
from zhizao.studies.validate.cohort import Cohort
from zhizao.studies.validate.distances import Frame, mark
from zhizao.studies.validate.verdict import verdict

FOLLOW = Terms(follow_up_days=5)


def test_a_twin_that_is_the_truth_does_not_differ_from_the_noise_floor() -> None:
    plant = roomy()
    found = validate(plant, log_of(plant), replications=10, terms=FOLLOW)
    for name in ("cycle_time_emd_h", "ngram", "relative_emd_h", "busy_hours_error"):
        assert not found.distances[name].over_noise.excludes(0.0)
    assert "not significantly different from the noise floor" in found.verdict


def test_two_samples_of_one_truth_are_as_far_apart_as_the_noise_floor_says() -> None:
    rng = np.random.default_rng(1)

    def lots() -> Cohort:
        return cut([(f"{i:02}", "x", 0, float(rng.gamma(2, 10))) for i in range(40)])

    twin, floor = [], []
    for _ in range(60):
        real, *twins = mark([lots() for _ in range(4)], Frame(None, (0.0, 1e6)))
        cycle = comparisons(real, twins, twins, resample_lots(40, 2, rng), rng)["cycle_time_emd_h"]
        twin.append(cycle.twin.value)
        floor.append(cycle.noise.value)
    # one sample beside the log itself would say 1.4 times too little, two halves of the log as much too much
    assert np.mean(twin) / np.mean(floor) == pytest.approx(1.0, abs=0.2)


def test_a_twin_with_half_the_waiting_is_above_the_floor_and_worse_than_the_past() -> None:
    plant, hasty = roomy(), roomy(**{"exponential(20 h)": "exponential(2 h)"})
    past = log_of(plant, seed=9)
    found = validate(hasty, log_of(plant), replications=5, past=past, terms=FOLLOW)
    cycle = found.distances["cycle_time_emd_h"]
    assert cycle.over_noise.low > 0
    assert cycle.over_baseline.low > 0
    assert "worse than resampling past lots" in found.verdict
    assert found.verdict.endswith("do not base decisions on this plant yet.")
    assert found.verdict.count(". ") == 0  # one sentence


def test_without_an_earlier_log_the_baseline_is_the_log_itself_and_it_is_said() -> None:
    plant = roomy()
    found = validate(plant, log_of(plant), replications=3, terms=FOLLOW)
    assert found.baseline == "whole lots drawn from the log itself, as no earlier one was given"
    cycle = found.distances["cycle_time_emd_h"]
    assert "resampling the log's own lots" in found.verdict
    assert cycle.baseline < cycle.noise  # one of its two logs is not drawn


def test_the_table_names_the_floor_the_baseline_and_both_differences() -> None:
    plant = roomy()
    found = validate(plant, log_of(plant, days=15), replications=2, terms=FOLLOW)
    (row,) = found.table().filter(pl.col("distance") == "cycle_time_emd_h").to_dicts()
    assert row["over_floor"] == pytest.approx(row["mean"] - row["noise_floor"])
    assert row["over_baseline"] == pytest.approx(row["mean"] - row["baseline"])
    assert row["low"] < row["mean"] < row["high"]


def test_a_draw_has_as_many_lots_as_the_log_and_only_lots_of_what_is_drawn_from() -> None:
    rng = np.random.default_rng(1)
    counts = resample_lots(7, 50, rng)
    assert set(counts.sum(axis=1)) == {7}
    again = resample_again(counts, rng)
    assert set(again.sum(axis=1)) == {7}
    assert not again[counts == 0].any()


def test_the_noise_floor_of_two_lots_is_half_their_gap_half_of_the_time() -> None:
    # each sample holds 0, 1 or 2 of the longer lot (1/4, 1/2, 1/4): their numbers differ by 3/4 on average
    real = cut([("1", "x", 0, 10), ("2", "x", 0, 30)])
    (marked,) = mark([real], Frame(None, (0.0, 1e6)))
    rng = np.random.default_rng(1)
    floors = [
        comparisons(marked, [marked], [marked], resample_lots(2, 2, rng), rng)["cycle_time_emd_h"].noise.value
        for _ in range(40)
    ]
    assert np.mean(floors) == pytest.approx(20 * 0.75 / 2, rel=0.07)


def test_what_two_distances_have_in_common_cancels_in_their_difference() -> None:
    weather = np.array([0.0, 5.0, 10.0, 15.0])
    gap = Resampled(12.0, 12.0 + weather).minus(Resampled(10.0, 10.0 + weather)).interval(20)
    assert (gap.mean, gap.low, gap.high) == (2.0, 2.0, 2.0)


def test_one_lot_gives_distances_without_intervals() -> None:
    plant = roomy()
    rows: list[Row] = [("1", "cut", 200, 203), ("1", "coat", 230, 232)]
    found = validate(plant, log(rows), replications=2, terms=FOLLOW)
    assert found.lots == 1
    assert math.isnan(found.distances["cycle_time_emd_h"].twin.low)
    assert "nan" not in found.verdict


def test_lots_that_are_all_cut_short_take_their_whole_follow_up() -> None:
    rows: list[Row] = [(f"l{i}", "cut", 24.0 * i, None) for i in range(20)]
    found = validate(roomy(), log(rows, end_h=24.0 * 25), replications=2, terms=FOLLOW)
    assert set(found.cycle_times_h["log"]) == {120.0}


def test_a_twin_that_starts_nothing_is_reported_as_such() -> None:
    never = roomy(**{"every: exponential(4 h)": "every: exponential(4 h), first: 900 d"})
    found = validate(never, log_of(roomy(), days=10), replications=2, terms=FOLLOW)
    assert found.verdict.startswith("The twin started no lot within the window")
    assert found.to_json().count("NaN") == 0


def test_one_replication_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2"):
        validate(roomy(), log_of(roomy(), days=10), replications=1, terms=FOLLOW)


def test_the_verdict_names_a_difference_from_neither_only_once() -> None:
    none = Interval(0.5, -4, 6, 40)
    text = verdict(Distance(Interval(30, 20, 40, 40), 25.0, 33.0, none, none), 300.0, has_past=True)
    assert "not significantly different from resampling past lots (33.0 h, difference" in text
    assert text.endswith("), nor from the noise floor (25.0 h).")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-9.0, -1.0, "better than"), (-2.0, 3.0, "not significantly different from"), (1.0, 9.0, "worse than")],
)
def test_the_verdict_goes_by_the_interval_of_the_difference(low: float, high: float, said: str) -> None:
    def of(mean: float, low: float, high: float) -> Interval:
        return Interval(mean, low, high, 40)

    cycle = Distance(of(30, 20, 40), 25.0, 33.0, of(5, -4, 12), of((low + high) / 2, low, high))
    text = verdict(cycle, 300.0, has_past=True)
    assert f": {said} resampling past lots (33.0 h, difference" in text
    assert text.startswith(
        "Cycle-time error 30.0 h [20.0 to 40.0] (earth mover's distance; log mean 300 h): "
    )


def test_lots_that_ran_when_the_log_began_are_taken_from_the_past() -> None:
    plant = roomy()
    whole = log_of(plant, days=40)
    assert whole.events is not None
    lots = whole.events.group_by("lot").agg(first=pl.col("start").min(), last=pl.col("start").max())
    long = lots.filter(pl.col("first") > whole.start + timedelta(days=20), pl.col("last") > pl.col("first"))
    middle = long.sort("first")["last"][0]  # a lot has begun, and has more to do
    late = whole.events.filter(pl.col("start") >= middle)
    early = whole.events.filter(pl.col("start") < middle)
    past, later = (
        type(whole)(start, end, whole.lots, events)
        for start, end, events in ((whole.start, middle, early), (middle, whole.end, late))
    )
    running = set(early["lot"]) & set(late["lot"])
    assert running
    found = validate(plant, later, replications=2, past=past, terms=FOLLOW)
    fresh = late.filter(~pl.col("lot").is_in(list(running))).group_by("lot").agg(pl.col("start").min())
    followed = fresh.filter(pl.col("start") <= whole.end - timedelta(days=5))
    assert found.lots == followed.height
