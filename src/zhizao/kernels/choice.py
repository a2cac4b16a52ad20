"""Which unit takes which lot: dispatch rules (Pinedo, Scheduling, ch. 14) and the user's own."""

from __future__ import annotations

from math import exp
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels._jit import kernel, rare, small
from zhizao.kernels.times import close_of
from zhizao.kernels.work import crews_ready, family_of, job_calendar, process_time, setup_between, setup_time


@small
def _available(t: Any, s: Any, unit: int) -> bool:
    x = s.units[unit]
    return bool(x.phase == k.EMPTY and x.stopped < 0 and s.calendars[t.units[unit].calendar].open)


@kernel
def find_unit(t: Any, s: Any, center: int) -> int:
    """The fastest unit that could start now, the first listed on ties; -1: none."""
    best = -1
    for unit in range(t.centers[center].unit_first, t.centers[center].unit_end):
        if _available(t, s, unit) and (best < 0 or t.units[unit].pace < t.units[best].pace):
            best = unit
    return best


@rare
def _mean_setup(t: Any, s: Any, unit: int, lot: int) -> float:
    center = t.centers[t.units[unit].center]
    number = setup_between(t, center, s.units[unit].family, family_of(t, s, center, lot))
    return float(t.dists[number].average)


@rare
def unit_for(t: Any, s: Any, center: int, unit: int, lot: int) -> int:
    """Among the units that could start now, the one with the least set-up for this lot; `unit` on ties."""
    least = _mean_setup(t, s, unit, lot)
    for other in range(t.centers[center].unit_first, t.centers[center].unit_end):
        if _available(t, s, other) and _mean_setup(t, s, other, lot) < least:
            unit = other
            least = _mean_setup(t, s, other, lot)
    return unit


@kernel
def _mean_time(t: Any, x: Any) -> float:
    a = t.alternatives[x.alternative]
    return float(a.mean_lot_s + x.active * a.mean_piece_s)


@rare
def _mean_of_queue(t: Any, s: Any, center: int) -> float:
    total = 0.0
    lot = s.centers[center].head
    while lot >= 0:
        total += _mean_time(t, s.lots[lot])
        lot = s.lots[lot].next
    return total / s.centers[center].waiting


@rare
def _atc(weight: float, time: float, slack: float, scale: float) -> float:
    """Apparent tardiness cost with look-ahead 2 (Vepsalainen & Morton 1987, doi 10.1287/mnsc.33.8.1035)."""
    if weight <= 0.0:
        weight = 1.0
    return -weight / max(time, 1e-9) * exp(-max(slack, 0.0) / max(2.0 * scale, 1e-9))


@rare
def _rank(t: Any, s: Any, rules: Any, center: int, unit: int, lot: int, scale: float) -> float:
    """The number by which the rule ranks a lot; the lowest is first."""
    rule = t.centers[center].rule
    x = s.lots[lot]
    if rule == k.PRIORITY:
        return -x.priority
    if rule == k.EARLIEST_DUE_DATE:
        return float(x.due)
    time = _mean_time(t, x)
    if rule == k.SHORTEST_PROCESSING_TIME:
        return time
    now = s.clock[0].now
    rest = t.steps[x.step].rest_lot_s + x.active * t.steps[x.step].rest_piece_s
    if rule == k.CRITICAL_RATIO:
        return float((x.due - now) / max(rest, 1e-9))
    if rule == k.ATC:
        return float(_atc(x.priority, time, x.due - now - rest, scale))
    setup = _mean_setup(t, s, unit_for(t, s, center, unit, lot), lot)
    if rule == k.LEAST_SETUP:
        return float(setup)
    answer = rules[rule - k.USER_RULE](
        now, x.due, x.release, x.since, x.priority, time, rest, setup, float(x.active), float(x.pieces)
    )
    if not answer < k.TOO_MUCH:
        s.clock[0].bad = 1
    return float(answer)


@rare
def _stage(t: Any, s: Any, center: int, unit: int, lot: int) -> int:
    """Who is taken when the lot starts: those for the set-up, where there is one, or those who process."""
    if not t.alternatives[s.lots[lot].alternative].staged or t.centers[center].setup_by == k.NO_SETUP:
        return k.AT_PROCESS
    if t.centers[center].off_shift != k.NO_START:
        unit = unit_for(t, s, center, unit, lot)
    family = family_of(t, s, t.centers[center], lot)
    return k.AT_SETUP if setup_between(t, t.centers[center], s.units[unit].family, family) > 0 else k.AT_PROCESS


@rare
def _may_start(t: Any, s: Any, center: int, unit: int, lot: int) -> bool:
    if not crews_ready(t, s, lot, _stage(t, s, center, unit, lot)):
        return False
    if t.centers[center].off_shift != k.NO_START:
        return True
    calendar = job_calendar(t, s, unit, lot)
    now = s.clock[0].now
    close = close_of(t, calendar, now)
    close = close_of(t, calendar, close)  # a shift that goes on over the week's end is cut in two there
    return bool(now + setup_time(t, s, unit, lot) + process_time(t, s, unit, lot) <= close)


@rare
def choose(t: Any, s: Any, rules: Any, center: int, unit: int) -> int:
    """The lot that a unit takes next: first by rule among those that can start now; -1: none."""
    lot = s.centers[center].head
    rule = t.centers[center].rule
    scale = _mean_of_queue(t, s, center) if rule == k.ATC else 1.0
    best = -1
    least = 0.0
    while lot >= 0:
        rank = 0.0 if rule == k.FIFO else _rank(t, s, rules, center, unit, lot, scale)
        if (best < 0 or rank < least) and _may_start(t, s, center, unit, lot):
            best = lot
            least = rank
            if rule == k.FIFO:
                break
        lot = s.lots[lot].next
    if best >= 0:
        crews_ready(t, s, best, _stage(t, s, center, unit, best))
    return int(best)
