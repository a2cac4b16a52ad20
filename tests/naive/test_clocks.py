"""Calendars, prices and the event list against plain scans."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import op, orders, records, shop
from tests.naive import twin, wrappers
from tests.strategies import calendars
from zhizao.engine import state as engine_state
from zhizao.engine.lower import lower
from zhizao.engine.state import empty_state
from zhizao.kernels import tables as k
from zhizao.kernels.loop import pointers
from zhizao.plant import Plant
from zhizao.quantities import Calendar, working_intervals

WEEKS = 12
starts = st.integers(0, 3_000_000).map(lambda s: datetime(2026, 1, 5) + timedelta(seconds=s))


def clocks(plant: Plant, calendar: int, moments: Any, works: Any) -> Any:
    t = lower(plant, k.LOG_NONE).tables
    return wrappers.clocks(pointers(t), calendar, np.array(moments, float), np.array(works, float))


def shifts_of(calendar: Calendar, start: datetime) -> twin.Shifts:
    return list(working_intervals(calendar, start, WEEKS * 604800.0))


def working(calendar: Calendar, start: datetime) -> Plant:
    plant = shop([{"id": "m", "calendar": "c"}], calendars={"c": calendar})
    return plant.model_copy(update={"start": start})


@given(calendars(), starts, st.lists(st.integers(0, 4_000_000), min_size=8, max_size=8), st.data())
def test_clocks_agree_with_a_scan_of_the_shifts(
    calendar: Calendar, start: datetime, moments: list[int], data: st.DataObject
) -> None:
    shifts = shifts_of(calendar, start)
    rest = twin.worked(shifts, (WEEKS - 1) * 604800.0) - twin.worked(shifts, 4_000_000.0)
    works = [data.draw(st.integers(0, int(rest))) for _ in moments]
    if len(calendar.weekly) == 1 and calendar.weekly[0] == (0.0, 604800.0):
        return
    found = clocks(working(calendar, start), 1, moments, works)
    for moment, work, (before, done, close, switch, _) in zip(moments, works, found, strict=True):
        assert before == pytest.approx(twin.worked(shifts, moment), abs=1e-6)
        assert done == pytest.approx(twin.done_after(shifts, moment, work), abs=1e-4)
        assert close == twin.closing(shifts, moment)
        assert switch == twin.switch(shifts, moment)


@given(calendars(), starts, st.integers(1, 400_000))
@settings(max_examples=25, deadline=None)
def test_a_delay_in_open_hours_ends_as_a_scan_of_the_shifts_says(
    calendar: Calendar, start: datetime, delay: int
) -> None:
    centers = [{"id": "x"}, {"id": "m", "calendar": "c"}]
    more = {"delay": f"{delay} s", "delay_clock": "open-hours"}
    route = [op("a", "x", takes="1000 s"), op("b", "m", takes="0 s", **more)]
    plant = shop(centers, route, orders(1), calendars={"c": calendar}, start=start)
    shifts = shifts_of(calendar, start)
    if twin.worked(shifts, 50 * 86400.0) - twin.worked(shifts, 1000.0) < delay:
        return
    ready = twin.done_after(shifts, 1000.0, delay)
    opening = next(max(ready, low) for low, high in shifts if high > ready)
    done = records(plant, days=60).lots["completed"][0]
    assert (done - start).total_seconds() == pytest.approx(opening, abs=1e-3)


@given(calendars(), starts)
def test_work_that_fills_a_shift_is_done_when_it_ends(calendar: Calendar, start: datetime) -> None:
    shifts = [s for s in shifts_of(calendar, start)[:40] if s[1] < 4_000_000.0]
    if not shifts:
        return
    opened, closed = zip(*shifts, strict=True)
    found = clocks(working(calendar, start), 1, opened, [b - a for a, b in shifts])
    assert found[:, 1].tolist() == list(closed)


def test_without_a_calendar_work_never_rests() -> None:
    found = clocks(shop(), 0, [0.0, 5.5, 1e9], [1.0, 0.0, 1e9])
    assert found[:, 0].tolist() == [0.0, 5.5, 1e9]
    assert found[:, 1].tolist() == [1.0, 5.5, 2e9]


def test_the_price_of_a_stretch_is_the_sum_over_its_minutes() -> None:
    periods = [
        {"when": "mon-fri 08:00-11:00, 18:00-21:00", "price": "1.2/kWh"},
        {"when": "22:00-06:00", "price": "0.35/kWh"},
        {"when": "sat 10:00-23:00", "price": "0.5/kWh"},
    ]
    start = datetime(2026, 1, 8, 13, 7)
    plant = shop(tariff={"default": "0.75/kWh", "periods": periods}).model_copy(update={"start": start})
    total = 0.0
    by_minute = [0.0]
    for minute in range(20_000):
        now = start + timedelta(minutes=minute)
        day, hour = now.weekday(), now.hour
        if day < 5 and (8 <= hour < 11 or 18 <= hour < 21):
            price = 1.2
        elif hour >= 22 or hour < 6:
            price = 0.35
        else:
            price = 0.5 if day == 5 and 10 <= hour < 23 else 0.75
        total += price * 60
        by_minute.append(total)
    found = clocks(plant, 0, np.arange(20_001) * 60.0, np.zeros(20_001))[:, 4]
    np.testing.assert_allclose(found - found[0], by_minute, rtol=1e-9, atol=1e-6)


steps = st.tuples(st.integers(0, 3).map(float), st.integers(-3, 5))


def plain_list(plan: list[tuple[float, int]]) -> tuple[list[tuple[float, int]], list[int]]:
    """The steps that can be taken, and the numbers of the events as a plain heap gives them."""
    heap: list[tuple[float, int, int]] = []
    kept: list[tuple[float, int]] = []
    taken = []
    for time, kind in plan:
        if kind >= 0:
            heapq.heappush(heap, (time, kind, len(kept)))
        elif heap:
            taken.append(heapq.heappop(heap)[2])
        else:
            continue
        kept.append((time, kind))
    return kept, taken


def arrays(kept: list[tuple[float, int]]) -> tuple[Any, Any]:
    return np.array([t for t, _ in kept], float), np.array([c for _, c in kept], np.int64)


@given(st.lists(steps, max_size=120))
def test_the_event_list_gives_events_by_time_class_and_sequence(plan: list[tuple[float, int]]) -> None:
    kept, taken = plain_list(plan)
    s = empty_state(lower(shop(), k.LOG_NONE).tables)
    assert wrappers.event_list(pointers(s), *arrays(kept), 0).tolist() == taken


far_steps = st.tuples(st.sampled_from([0.0, 1.0, 2.5, 1e3, 4e4, 1e7, 1e11]), st.integers(-3, 5))
turns = st.tuples(st.lists(far_steps, max_size=40), st.floats(1e-3, 1e5), st.integers(1, 1000))


@given(st.lists(turns, max_size=4))
def test_events_come_in_the_same_order_out_of_a_wheel(
    plan: list[tuple[list[tuple[float, int]], float, int]],
) -> None:
    """Whenever the wheel is made anew, and whatever the rate of events that it is made for."""
    s = empty_state(lower(shop(), k.LOG_NONE).tables)
    _, taken = plain_list([step for part, _, _ in plan for step in part])
    found: list[int] = []
    done: list[tuple[float, int]] = []
    with mock.patch.object(engine_state, "_MANY_EVENTS", 1), mock.patch.object(engine_state, "_BUCKETS", 8):
        for part, now, events in plan:
            kept = plain_list([*done, *part])[0][len(done) :]
            found += wrappers.event_list(pointers(s), *arrays(kept), len(done)).tolist()
            done += kept
            s.clock.now = now
            s.clock.sequence += events  # as if so many more had been handled
            s = engine_state.with_wheel(s)
    assert found == taken
