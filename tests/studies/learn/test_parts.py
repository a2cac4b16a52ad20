"""What a log teaches, part by part, on logs whose answer is plain to see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from tests.studies.learn.logs import MONDAY, history, records, row
from zhizao.plant.model import DelayClock
from zhizao.quantities import distributions as q
from zhizao.records import Records, lots_from_events
from zhizao.studies.learn.log.complete import learn_variants
from zhizao.studies.learn.log.visits import read_history
from zhizao.studies.learn.log.week import HOUR_S, WEEK_H, Opening
from zhizao.studies.learn.resources.causes import learn_causes
from zhizao.studies.learn.resources.opening import learn_days_off, learn_openings, learn_pauses
from zhizao.studies.learn.resources.units import learn_units
from zhizao.studies.learn.timing.arrivals import learn_arrivals
from zhizao.studies.learn.timing.delays import Delays, distribution, learn_delays
from zhizao.studies.learn.timing.durations import learn_durations
from zhizao.studies.learn.unknown import list_unknown

ALWAYS = Opening(np.ones(WEEK_H, bool))


# ---------------------------------------------------------------- visits
def test_a_report_per_shift_is_one_visit_and_its_pauses_are_not_work() -> None:
    (visit,) = history([row("1", "cut", 8, 16), row("1", "cut", 24, 28)]).visits
    assert (visit.start_s, visit.end_s, visit.work_s) == (8 * HOUR_S, 28 * HOUR_S, 12 * HOUR_S)


def test_a_visit_ends_when_the_machine_turns_to_another_lot() -> None:
    found = history([row("1", "cut", 0, 2), row("2", "cut", 3, 4), row("1", "cut", 5, 6)])
    assert [len(t.visits) for t in found.traces] == [2, 1]


def test_set_up_is_told_from_work() -> None:
    (visit,) = history([row("1", "cut", 0, 1, activity="setup"), row("1", "cut", 1, 4)]).visits
    assert (visit.setup_s, visit.work_s) == (1 * HOUR_S, 3 * HOUR_S)


def test_time_that_two_reports_share_counts_once() -> None:
    rows = [row("1", "cut", 0, 4), row("1", "cut", 2, 6), row("1", "cut", 8, 9)]
    (visit,) = history(rows).visits
    assert visit.work_s == 7 * HOUR_S


# ---------------------------------------------------------------- hours
def test_a_day_shift_from_monday_to_friday_is_found_again() -> None:
    rows = [row(f"{d}", "cut", 24 * d + 8, 24 * d + 16) for d in range(56) if d % 7 < 5]
    opening = learn_openings(history(rows))[0]["at cut"]
    assert opening.open.reshape(7, 24)[:, 8:16].all(axis=1).tolist() == [True] * 5 + [False] * 2
    assert opening.hours == 40
    assert opening.calendar().weekly[0] == (8 * HOUR_S, 16 * HOUR_S)


def test_work_that_rests_over_the_night_in_one_row_is_told_from_work_through_the_night() -> None:
    rows = [row(str(d), "cut", 24 * d + 20, 24 * d + 32) for d in range(56)]  # 20 h one day to 8 h the next
    rows += [
        row(f"day {d}.{k}", "cut", 24 * d + 8 + 4 * k, 24 * d + 12 + 4 * k)
        for d in range(56)
        for k in range(3)
    ]
    rows += [row(f"{d}.{h}", "run", 24 * d + h, 24 * d + h + 1) for d in range(56) for h in range(24)]
    pauses = learn_pauses(history(rows))[0]
    assert pauses.keys() == {"at cut"}
    opening = learn_openings(history(rows), pauses)[0]["at cut"]
    assert opening.open.reshape(7, 24).sum(axis=0)[[3, 23]].tolist() == [0, 0]
    found = read_history(records(rows), MONDAY, pauses=pauses)
    night = next(v for v in found.visits if v.lot == "3")
    assert night.work_s < 4 * HOUR_S


def test_open_time_counts_only_open_hours() -> None:
    flags = np.zeros(WEEK_H, bool)
    flags[8:16] = True
    until = Opening(flags).open_until(np.array([0.0, 9.5, 24.0, WEEK_H + 12.0]) * HOUR_S)
    assert (until / HOUR_S).tolist() == [0.0, 1.5, 8.0, 12.0]


def test_a_holiday_week_is_days_off_and_neither_work_nor_a_time_between_orders() -> None:
    off = range(14, 21)
    days = [d for d in range(56) if d % 7 < 5 and d not in off]
    rows = [row(f"{d}.{k}", "cut", 24 * d + 8 + k, 24 * d + 9 + k) for d in days for k in range(8)]
    rows.append(row("over", "sew", 24 * 11 + 15, 24 * 21 + 9))
    plain = history(rows)
    assert learn_days_off(plain)[0] == tuple(range(14, 19))
    found = read_history(records(rows), MONDAY, days_off=tuple(off))
    assert next(v for v in found.visits if v.lot == "over").work_s == (24 * 10 - 6 - 7 * 24) * HOUR_S
    (stream,) = learn_arrivals(list(plain.traces), days_off=tuple(off))[0].streams
    assert q.mean(stream.every) == pytest.approx(1 * HOUR_S, rel=0.05)


def test_a_machine_with_few_rows_borrows_the_hours_of_other_thin_machines() -> None:
    rows = [row(f"{d}", f"op{d % 20}", 24 * d + 8, 24 * d + 12) for d in range(60)]
    openings = learn_openings(history(rows))[0]
    assert len({opening.open.tobytes() for opening in openings.values()}) == 1


# ---------------------------------------------------------------- capacity
def test_three_jobs_at_once_need_three_units() -> None:
    rows = [row(str(i), "check", i, i + 3) for i in range(50)]
    assert learn_units(history(rows))[0] == {"at check": 3}


def test_jobs_that_overlap_a_little_do_not_make_a_second_machine() -> None:
    rows = [row(str(i), "cut", i, i + 1.05) for i in range(50)]
    assert learn_units(history(rows))[0] == {"at cut": 1}


def test_units_with_names_of_their_own_are_counted() -> None:
    rows = [row(str(i), "cut", i, i + 0.5, unit=f"u{i % 2}") for i in range(50)]
    assert learn_units(history(rows))[0] == {"at cut": 2}


def test_a_repair_that_falls_into_a_job_is_no_work() -> None:
    rows = [row("1", "cut", 0, 8), row("1", "cut", 3, 5, activity="failure")]
    assert history(rows).visits[0].work_s == 6 * HOUR_S


# ---------------------------------------------------------------- ways
def ways(n: int = 40) -> list[dict[str, Any]]:
    """Lots that are cut, drilled and packed, one every 20 h, with a day between the steps."""
    rows = []
    for i in range(n):
        for k, name in enumerate(("cut", "drill", "pack")):
            rows.append(row(f"{i:02d}", name, 20 * i + 24 * k, 20 * i + 24 * k + 1))
    return rows


def test_a_lot_cut_off_by_the_logs_end_gets_the_rest_of_its_way_from_a_finished_one() -> None:
    end_h = 20 * 39 + 10
    rows = [r for r in ways() if r["start"] < MONDAY + timedelta(hours=end_h)]
    variants, _, _ = learn_variants(history(rows, end_h=end_h), np.random.default_rng(1))
    last = variants[-1]
    assert [v.operation for v in last.trace.visits] == ["cut", "drill", "pack"]
    assert last.lent == 2


def test_a_lot_that_ended_long_ago_is_whole() -> None:
    variants, _, _ = learn_variants(history(ways(), end_h=2000), np.random.default_rng(1))
    assert {v.lent for v in variants} == {0}


def test_a_lot_first_seen_in_the_middle_of_its_way_gives_no_route() -> None:
    rows = [row("old", "drill", 0, 1), row("old", "pack", 24, 25), *ways()]
    variants, seen, _ = learn_variants(history(rows, end_h=2000), np.random.default_rng(1))
    assert "old" not in {v.trace.lot for v in variants} | {t.lot for t in seen}


def test_releases_that_are_but_the_first_starts_tell_nothing_of_lots_in_process() -> None:
    rows = [row("old", "drill", 0, 1), row("old", "pack", 24, 25), *ways()]
    log = records(rows, end_h=2000)
    assert log.events is not None
    made = Records(log.start, log.end, lots_from_events(log.events), log.events)
    _, seen, _ = learn_variants(read_history(made, MONDAY), np.random.default_rng(1))
    assert "old" not in {t.lot for t in seen}


# ---------------------------------------------------------------- times
def test_time_that_grows_with_the_pieces_is_told_from_time_that_does_not() -> None:
    grows = [row(str(i), "cut", 10 * i, 10 * i + 0.1 * (i % 20 + 1)) for i in range(60)]
    stays = [row(str(i), "sew", 10 * i + 5, 10 * i + 6 + i % 2) for i in range(60)]
    log = history([*grows, *stays], pieces={str(i): i % 20 + 1 for i in range(60)})
    found = {f.what: f.how for f in learn_durations(log, {v: v.work_s for v in log.visits})}
    assert found["operations.cut.takes"].startswith("80% of it goes with the pieces")  # at most
    assert found["operations.sew.takes"] == "per lot"


def test_learned_quantiles_keep_the_mean_of_a_long_tail() -> None:
    sample = np.random.default_rng(3).lognormal(8.0, 1.5, 400)
    for usual_s, values in ((float(sample.mean()), sample), (5400.0, np.array([0.0, 0.0, 7200.0]))):
        found = distribution(values, usual_s)
        assert found is not None
        assert q.mean(found) == pytest.approx(usual_s, rel=0.02)


# ---------------------------------------------------------------- waiting
def delays_of(rows: list[dict[str, Any]], opening: Opening = ALWAYS) -> Delays:
    log, past = records(rows), history(rows)
    openings = dict.fromkeys(past.table["work_center"].unique(), opening)
    return learn_delays(log, past, openings, learn_causes(log, past, {}, openings)[0])


def by_operation(delays: Delays) -> dict[str, float]:
    return dict(delays.table.select("operation", "delay_s").iter_rows())


def test_waiting_for_a_busy_machine_is_explained_and_waiting_for_nothing_is_not() -> None:
    rows = [row("1", "cut", 0, 1), row("2", "drill", 0, 5), row("1", "drill", 5, 6), row("1", "pack", 10, 11)]
    found = delays_of(rows)
    assert by_operation(found) == {"drill": 0.0, "pack": 4 * HOUR_S}
    assert dict(found.table.select("operation", "seen").iter_rows()) == {"drill": False, "pack": True}


def test_waiting_for_a_closed_machine_is_explained() -> None:
    flags = np.ones(WEEK_H, bool)
    flags[1:8] = False
    found = delays_of([row("1", "cut", 0, 1), row("1", "drill", 8, 9)], Opening(flags))
    assert by_operation(found) == {"drill": 0.0}


def late(lots: int, *delays_h: float) -> list[dict[str, Any]]:
    """Lots that are cut, and drilled after delays of which each is as frequent."""
    rows = []
    for i in range(lots):
        begin = 10 * i + 1 + delays_h[i % len(delays_h)]
        rows += [row(str(i), "cut", 10 * i, 10 * i + 1), row(str(i), "drill", begin, begin + 1)]
    return rows


def test_delays_keep_their_shape_and_their_mean() -> None:
    found = delays_of(late(40, 0, 0, 0, 6)).before("drill", "at drill")
    assert found is not None
    assert q.mean(found) == pytest.approx(1.5 * HOUR_S)
    assert q.variance(found) == pytest.approx(6.75 * HOUR_S**2, rel=0.05)
    assert delays_of(late(40, 0)).before("drill", "at drill") is None


def nights(delays_h: Any) -> DelayClock:
    """A day shift at the drill: lots that were cut at any hour of the day before the shift ends."""
    day = np.tile((np.arange(24) >= 6) & (np.arange(24) < 22), 7)
    rows = []
    for i in range(200):
        ready = 24 * i + 8 + (i * 7) % 12
        begin = delays_h(ready, i)
        rows += [row(f"{i}", "cut", ready - 1, ready), row(f"{i}", "drill", begin, begin + 0.1)]
    return delays_of(rows, Opening(day)).clock("drill", "at drill")


def test_delays_that_end_in_closed_hours_run_in_them() -> None:
    wait_h = np.random.default_rng(1).exponential(6.0, 200)

    def at_any_time(ready: float, i: int) -> float:
        at = ready + wait_h[i]
        hour = at % 24
        return at if 6 <= hour < 22 else at + (6 - hour) % 24

    def when_open(ready: float, i: int) -> float:
        left = 22 - ready % 24
        if wait_h[i] < left:
            return float(ready + wait_h[i])
        whole, rest = divmod(wait_h[i] - left, 16.0)
        return float(24 * (ready // 24 + 1 + whole) + 6 + rest)

    assert nights(at_any_time) is DelayClock.CALENDAR
    assert nights(when_open) is DelayClock.OPEN_HOURS


def test_a_delay_at_several_work_centers_is_that_of_all_their_lots() -> None:
    rows = [
        r | {"work_center": name, "unit": name}
        for i, pair in enumerate(zip(*[iter(late(60, 2, 2, 5))] * 2, strict=True))
        for r in pair
        for name in (r["work_center"] if r["operation"] == "cut" else f"drill {'abb'[i % 3]}",)
    ]
    found = delays_of(rows).before("drill", "drill a", "drill b")
    assert found is not None
    assert q.mean(found) == pytest.approx(3 * HOUR_S)


def test_an_operation_seen_once_borrows_the_delays_of_its_work_center() -> None:
    rows = late(20, 2)
    rows += [row("x", "cut", 300, 301), row("x", "ream", 330, 331, work_center="at drill", unit="at drill")]
    found = delays_of(rows).before("ream", "at drill")
    assert found is not None
    assert q.mean(found) == pytest.approx((20 * 2 + 29) / 21 * HOUR_S, rel=1e-3)


def test_a_delay_hidden_by_a_queue_is_not_taken_for_a_short_one() -> None:
    """A machine that is busy most of the time: exponential delays of 2 h, few of which are seen to end."""
    rng = np.random.default_rng(2)
    came_h = np.cumsum(rng.exponential(1.0, 2000))
    rows, free = [], 0.0
    ready_h = came_h + rng.exponential(2.0, 2000)
    for i in np.argsort(ready_h).tolist():
        begin = max(free, ready_h[i])
        free = begin + 0.8
        rows += [row(f"{i:04d}", "cut", came_h[i] - 1, came_h[i], unit=f"saw {i}", work_center="saws")]
        rows += [row(f"{i:04d}", "drill", begin, free)]
    table = delays_of(rows)
    assert 0.1 < table.table["seen"].to_numpy().mean() < 0.4
    found = table.before("drill", "at drill")
    assert found is not None
    assert q.mean(found) == pytest.approx(2 * HOUR_S, rel=0.15)


# ---------------------------------------------------------------- orders
def test_orders_on_workdays_keep_their_days_and_their_rate() -> None:
    rows = [
        row(f"{d}-{k}", "cut", 24 * d + 8 + k, 24 * d + 9 + k)
        for d in range(28)
        if d % 7 < 5
        for k in range(4)
    ]
    found, _ = learn_arrivals(list(history(rows).traces))
    week = found.opening.calendar().weekly
    assert len(week) == 5
    assert sum(b - a for a, b in week) / q.mean(found.streams[0].every) == pytest.approx(20, rel=0.1)


def test_what_the_log_does_not_hold_is_said_with_what_to_record() -> None:
    said = {u.what: u.record for u in list_unknown(records([row("1", "cut", 0, 1)]))}
    assert said["due dates"] == "the due date of each order"
    assert "failures" in said
    assert "lot sizes" not in said
