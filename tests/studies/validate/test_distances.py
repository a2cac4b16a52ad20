"""Distances between logs, on logs small enough to work out by hand."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao.plant import (
    Alternative,
    OffShift,
    Operation,
    OrderStream,
    Plant,
    Product,
    Takes,
    WorkCenter,
    WorkUnit,
)
from zhizao.quantities import Distribution, parse_calendar
from zhizao.quantities.errors import LogError
from zhizao.records import EVENTS, LOTS, Records
from zhizao.studies.validate.busy import worked_hours
from zhizao.studies.validate.cohort import (
    HOUR_S,
    Cohort,
    Floats,
    ObservationWindow,
    base_name,
    choose_window,
    cohort,
)
from zhizao.studies.validate.distances import (
    DISTANCES,
    Frame,
    cycle_times_h,
    distance,
    mark,
    wasserstein,
)

ONE = Distribution.constant(3600.0)
MONDAY = datetime(2026, 1, 5)
Row = tuple[str, str, float, float | None]  # lot, operation, start and end in h


def log(rows: list[Row], *, end_h: float = 1000.0) -> Records:
    def at(hours: float | None) -> datetime | None:
        return None if hours is None else MONDAY + timedelta(hours=hours)

    data: dict[str, list[Any]] = {
        "lot": [r[0] for r in rows],
        "operation": [r[1] for r in rows],
        "work_center": ["m"] * len(rows),
        "activity": ["process"] * len(rows),
        "start": [at(r[2]) for r in rows],
        "end": [at(r[3]) for r in rows],
    }
    events = pl.DataFrame({k: pl.Series(data.get(k, [None] * len(rows)), dtype=v) for k, v in EVENTS.items()})
    return Records(MONDAY, MONDAY + timedelta(hours=end_h), pl.DataFrame(schema=LOTS), events)


def cut(rows: list[Row], *, follow_h: float = 500.0) -> Cohort:
    return cohort(log(rows), ObservationWindow(MONDAY, MONDAY + timedelta(days=30), follow_h * HOUR_S))


def gap(name: str, a: Cohort, b: Cohort, *, hours: float = 1000.0) -> float:
    return distance(name, *mark([a, b], Frame(None, (0.0, hours * HOUR_S))))


def test_moving_one_of_two_lots_by_four_hours_is_two_hours_of_earth() -> None:
    a = cut([("1", "x", 0, 2), ("2", "x", 0, 6)])
    b = cut([("1", "x", 0, 2), ("2", "x", 0, 10)])
    assert gap("cycle_time_emd_h", a, b) == 2.0


def test_a_lot_is_followed_no_longer_than_the_others() -> None:
    lot = cut([("1", "x", 0, 2), ("1", "y", 9, 30), ("1", "z", 40, 41)], follow_h=24)
    assert lot.operation == ("x", "y")
    assert cycle_times_h(lot).tolist() == [24.0]


def test_a_running_row_lasts_to_the_end_of_the_follow_up() -> None:
    assert cycle_times_h(cut([("1", "x", 1, None)], follow_h=24)).tolist() == [24.0]


def test_a_lot_released_before_the_window_does_not_count() -> None:
    window = ObservationWindow(MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=9), 24 * HOUR_S)
    assert cohort(log([("1", "x", 1, 2), ("1", "x", 6, 7), ("2", "x", 8, 9)]), window).lots == 1


def test_two_traces_with_one_trigram_of_four_in_common_differ_by_three_quarters() -> None:
    # with two pads at each end, "a" gives --a -a- a--; "ab" gives --a -ab ab- b--: one of 3 and 4 is shared
    a, b = cut([("1", "a", 0, 1)]), cut([("1", "a", 0, 1), ("1", "b", 2, 3)])
    assert gap("ngram", a, b) == pytest.approx((2 + 3) / 7)


def test_reports_of_one_visit_and_numbered_repeats_are_one_step_of_the_trace() -> None:
    a = cut([("1", "a", 0, 1), ("1", "a", 2, 3), ("1", "b", 4, 5), ("1", "a", 6, 7)])
    b = cut([("1", "a", 0, 3), ("1", "b", 4, 5), ("1", "a #2", 6, 7)])
    assert gap("ngram", a, b) == 0.0
    assert base_name("a #12") == "a"


def test_a_log_an_hour_later_is_an_hour_away_on_the_time_line_but_not_relative_to_release() -> None:
    a, b = cut([("1", "x", 0, 2)]), cut([("1", "x", 1, 3)])
    assert gap("absolute_emd_h", a, b) == 1.0
    assert gap("relative_emd_h", a, b) == 0.0


def test_work_on_a_weekday_that_the_other_log_keeps_free_counts_23_hours_a_seventh() -> None:
    a, b = cut([("1", "x", 8, 9)]), cut([("1", "x", 32, 33)])
    assert gap("circadian_emd_h", a, b) == pytest.approx(2 * 23 / 7)


def test_lots_in_process_are_counted_by_the_hour() -> None:
    a, b = cut([("1", "x", 0, 4)]), cut([("1", "x", 0, 2)])
    assert gap("wip_error", a, b, hours=8) == pytest.approx(0.5)


def test_hours_that_two_people_spend_on_one_job_count_once() -> None:
    assert worked_hours(cut([("1", "x", 0, 4), ("1", "x", 2, 6)])) == {"m": 6.0}


@pytest.mark.parametrize("rule", [OffShift.PAUSE, OffShift.NO_START])
def test_a_night_that_a_job_rests_is_no_work_but_overtime_is(rule: OffShift) -> None:
    plant = Plant(
        name="p",
        calendars={"day": parse_calendar({"mon-sun": ["08:00-16:00"]})},
        work_centers=(WorkCenter(id="m", units=(WorkUnit(id="m"),), calendar="day", off_shift=rule),),
        routes={"r": (Operation(id="x", on=(Alternative(work_center="m"),), takes=Takes(per_lot=ONE)),)},
        products={"p": Product(route="r")},
        orders=(OrderStream(product="p", every=ONE),),
    )
    over_night, overtime = cut([("1", "x", 14, 34)]), cut([("1", "x", 14, 18)])
    assert worked_hours(over_night, plant) == {"m": 4.0}
    assert worked_hours(overtime, plant) == {"m": 4.0}


def test_busy_hours_error_is_the_gap_in_hours_per_lot_over_the_logs_hours() -> None:
    real = cut([("1", "x", 0, 8), ("2", "x", 0, 2)])
    twin = cut([("1", "x", 0, 3)])
    # 5 h a lot in the log, 3 h a lot in the twin
    assert gap("busy_hours_error", real, twin) == pytest.approx(0.4)


def test_set_up_and_work_at_one_operation_are_one_visit_with_one_start_and_one_end() -> None:
    rows: list[Row] = [("1", "x", 0, 1), ("1", "x", 1, 5), ("1", "y", 9, 10)]
    whole = cut([("1", "x", 0, 5), ("1", "y", 9, 10)])
    for name in ("ngram", "absolute_emd_h", "relative_emd_h", "circadian_emd_h", "busy_hours_error"):
        assert gap(name, cut(rows), whole) == 0.0


def test_a_twin_without_a_lot_in_the_window_is_no_distance_away() -> None:
    real, nothing = cut([("1", "x", 0, 8)]), cut([])
    assert all(math.isnan(gap(name, real, nothing)) for name in DISTANCES)


def test_the_follow_up_is_what_the_log_allows_every_lot() -> None:
    window = choose_window(log([("1", "x", 0, 30), ("2", "x", 60, 70)], end_h=100))
    assert window.follow_s == 40 * HOUR_S
    assert choose_window(log([("1", "x", 0, 1)]), follow_up_days=2).follow_s == 48 * HOUR_S


def test_a_follow_up_longer_than_the_log_is_refused_with_the_longest_possible() -> None:
    with pytest.raises(LogError, match=r"the log allows 4\.2"):
        choose_window(log([("1", "x", 0, 1)], end_h=100), follow_up_days=9)


def test_lots_that_were_running_when_the_log_began_are_left_out_of_the_window() -> None:
    burst: list[Row] = [(f"b{i}", "x", i / 10, i / 10 + 1) for i in range(60)]
    rows = burst + [(f"l{i}", "x", 24.0 * i, 24.0 * i + 1) for i in range(1, 31)]
    assert choose_window(log(rows), follow_up_days=1).start >= MONDAY + timedelta(days=1)


def test_lots_of_an_earlier_log_are_no_releases_of_this_one() -> None:
    rows: list[Row] = [("old", "x", 0, 2), ("new", "x", 24, 26)]
    window = choose_window(log(rows), follow_up_days=1, before={"old"})
    assert window.start == MONDAY + timedelta(hours=24)
    assert cohort(log(rows), window, without={"old"}).names == ("new",)
    with pytest.raises(LogError, match="all of them are in the earlier one"):
        choose_window(log(rows), before={"old", "new"})


def test_a_first_week_that_is_a_little_busier_is_no_burst() -> None:
    rows: list[Row] = [(f"l{i}", "x", 24.0 * i / 2.5, 24.0 * i / 2.5 + 1) for i in range(18)]
    rows += [(f"m{i}", "x", 24.0 * (7 + i / 1.7), 24.0 * (7 + i / 1.7) + 1) for i in range(40)]
    assert choose_window(log(rows), follow_up_days=1).start == MONDAY


def test_all_lots_count_of_a_log_that_follows_each_of_them_for_ten_days() -> None:
    rows: list[Row] = [(f"l{i}", "x", 24.0 * i, 24.0 * i + 30) for i in range(30)]
    rows += [(f"l{i}", "y", 24.0 * i + 238, None) for i in range(0, 20, 5)]
    end_h = 24.0 * 29 + 30
    window = choose_window(log(rows, end_h=end_h))
    assert window.follow_s == 240 * HOUR_S
    assert cohort(log(rows, end_h=end_h), window).lots == 30
    assert choose_window(log(rows, end_h=end_h), follow_up_days=5).cut_by_lot
    with pytest.raises(LogError, match="no lot can be followed"):
        choose_window(log(rows, end_h=end_h), follow_up_days=40)


rows_of_a_log = st.lists(
    st.tuples(st.sampled_from("123"), st.sampled_from("xyz"), st.integers(0, 200), st.integers(1, 30)),
    min_size=1,
    max_size=12,
).map(lambda rows: [(lot, name, start, start + length) for lot, name, start, length in rows])


@given(rows_of_a_log, rows_of_a_log)
def test_a_log_is_no_distance_from_itself_and_as_far_there_as_back(a: list[Row], b: list[Row]) -> None:
    x, y = cut(a), cut(b)
    for name in DISTANCES:
        assert gap(name, x, x) == 0.0
        assert gap(name, x, y) >= 0.0
    for name in set(DISTANCES) - {"busy_hours_error", "wip_error"}:  # these are shares of the first log's
        assert math.isclose(gap(name, x, y), gap(name, y, x), abs_tol=1e-9)


@given(rows_of_a_log)
def test_weighing_a_lot_twice_is_having_it_twice(rows: list[Row]) -> None:
    one = cut(rows)
    twice = one.pick(np.array([0, *range(one.lots)]))
    marked, copied = mark([one, twice], Frame(None, (0.0, 3e6)))
    weights = np.array([[2.0] + [1.0] * (one.lots - 1)])
    for name in set(DISTANCES) - {"busy_hours_error"}:  # its hours are per lot of its log
        assert marked.sums(name, weights)[0].tolist() == copied.sums(name)[0].tolist()


@given(rows_of_a_log, rows_of_a_log)
def test_ngrams_are_those_that_anyone_would_count(a: list[Row], b: list[Row]) -> None:
    def grams(log: Cohort) -> Counter[tuple[str, ...]]:
        found: Counter[tuple[str, ...]] = Counter()
        for lot in range(log.lots):
            names = [name for own, name in zip(log.lot, log.operation, strict=True) if own == lot]
            trace = ["", "", *(name for name, _ in groupby(names)), "", ""]
            found.update(zip(trace, trace[1:], trace[2:], strict=False))
        return found

    x, y = grams(cut(a)), grams(cut(b))
    naive = sum(abs(x[key] - y[key]) for key in x | y) / (x.total() + y.total())
    assert math.isclose(gap("ngram", cut(a), cut(b)), naive, abs_tol=1e-9)


@given(rows_of_a_log)
def test_hours_of_a_lot_at_a_work_center_are_those_that_some_row_covers(rows: list[Row]) -> None:
    covered = {(lot, hour) for lot, _, start, end in rows for hour in range(int(start), int(end or start))}
    assert math.isclose(worked_hours(cut(rows))["m"], len(covered), abs_tol=1e-6)


samples = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20).map(np.array)


def emd(a: Floats, b: Floats) -> float:
    levels = np.unique(np.concatenate([a, b]))
    weights = [np.bincount(np.searchsorted(levels, x), minlength=len(levels)).astype(float) for x in (a, b)]
    return float(wasserstein(weights[0], weights[1], levels))


@given(samples, samples, samples)
def test_earth_movers_distance_is_a_distance(a: Floats, b: Floats, c: Floats) -> None:
    assert emd(a, a) == 0.0
    assert math.isclose(emd(a, b), emd(b, a), abs_tol=1e-6)
    assert emd(a, c) <= emd(a, b) + emd(b, c) + 1e-6


@given(samples, samples)
def test_earth_movers_distance_agrees_with_scipy(a: Floats, b: Floats) -> None:
    from scipy.stats import wasserstein_distance

    assert math.isclose(emd(a, b), wasserstein_distance(a, b), rel_tol=1e-9, abs_tol=1e-6)
