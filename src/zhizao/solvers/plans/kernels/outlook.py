"""What an unfinished run comes to: a bound of its cost, and whether it has met the accepted run again."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zhizao.kernels.compiling.decorators import kernels_of

kernel = kernels_of(__file__)

MAKESPAN, FLOW_TIME, TARDINESS = 0, 1, 2
_NEVER_S = 1e10  # from here on a lot is never done
_SAME_S = 1e-6  # times of two runs that are so close are the same


class Lots(NamedTuple):
    """What is known of lots and of their rows in the plan's table; those of a lot stand together."""

    first: Any  # [lots] the first row of each
    end: Any  # [lots] the row after its last
    release: Any  # [lots] s
    due: Any  # [lots] s
    weight: Any  # [lots]
    works: Any  # [rows] s that the operation takes at least
    rest: Any  # [rows] s from its start to the lot's end at least


@kernel
def cost_of(ends: Any, lots: Lots, objective: int, tie: float) -> Any:
    """(Cost, value) of the times at which the lots leave; a huge time: never."""
    n = len(ends)
    value, total, latest, never = 0.0, 0.0, 0.0, 0
    for lot in range(n):
        end = ends[lot]
        if end > _NEVER_S:
            never += 1
            end = 0.0
        total += end
        latest = max(latest, end)
        if objective == FLOW_TIME:
            value += lots.weight[lot] * (end - lots.release[lot])
        elif objective == TARDINESS:
            value += lots.weight[lot] * max(0.0, end - lots.due[lot])
    if objective == MAKESPAN:
        value = latest
    return value + tie * total / max(n, 1) + never * _NEVER_S, value


@kernel
def at_least(now: float, planned: Any, lots: Lots, ends: Any) -> None:
    """When each lot leaves at the earliest, after what has happened by `now`."""
    for lot in range(len(ends)):
        begin, end = lots.first[lot], lots.end[lot]
        left, at = -1.0, -1
        for row in range(begin, end):
            left = max(left, planned[row].left)
            if planned[row].ready >= 0.0:
                at = row
        if left >= 0.0:
            ends[lot] = left
        elif at < 0:
            ends[lot] = max(now, lots.release[lot]) + (lots.rest[begin] if end > begin else 0.0)
        elif planned[at].start < 0.0:
            ends[lot] = now + lots.rest[at]
        else:
            done = max(now, planned[at].start + lots.works[at])
            ends[lot] = done + lots.rest[at] - lots.works[at]


@kernel
def _stands_alike(now: float, planned: Any, known: Any, first: int, end: int) -> bool:
    """Whether a lot is where it was at `now` in the accepted run, since the same moment."""
    here = there = -1
    gone = was_gone = False
    for row in range(first, end):
        gone |= planned[row].left >= 0.0
        was_gone |= 0.0 <= known[row].left <= now
        if planned[row].ready >= 0.0:
            here = row
        if 0.0 <= known[row].ready <= now:
            there = row
    if gone != was_gone or here != there:
        return False
    if gone or here < 0:
        return True
    new, old = planned[here], known[here]
    begun = new.start >= 0.0
    if begun != (0.0 <= old.start <= now):
        return False
    if begun:
        return bool(abs(new.start - old.start) <= _SAME_S and new.unit == old.unit)
    return bool(abs(new.ready - old.ready) <= _SAME_S)


@kernel
def _last_of_units(now: float, planned: Any, lots: Lots, last: Any) -> None:
    """The last row that each unit has taken by `now`; -1: none."""
    last[:] = -1
    for lot in range(len(lots.first)):
        for row in range(lots.first[lot], lots.end[lot]):
            if 0.0 <= planned[row].start <= now:
                before = last[planned[row].unit]
                if before < 0 or planned[before].start <= planned[row].start:
                    last[planned[row].unit] = row


@kernel
def has_met(now: float, planned: Any, known: Any, lots: Lots, changed: Any, last: Any) -> bool:
    """Whether all lots and units are at `now` as they were in the accepted run.

    `changed`: rows with other decisions than in that run. `last` [2, units]: room for a number for each unit.
    """
    for place in range(len(changed)):
        if planned[changed[place]].start < 0.0 or known[changed[place]].start > now:
            return False
    for lot in range(len(lots.first)):
        if not _stands_alike(now, planned, known, lots.first[lot], lots.end[lot]):
            return False
    _last_of_units(now, planned, lots, last[0])
    _last_of_units(now, known, lots, last[1])
    return bool(np.array_equal(last[0], last[1]))


@kernel
def foretell(planned: Any, known: Any, lots: Lots, ends: Any) -> None:
    """When each lot leaves if the run goes on as the accepted one did."""
    for lot in range(len(ends)):
        left, old = -1.0, -1.0
        for row in range(lots.first[lot], lots.end[lot]):
            left = max(left, planned[row].left)
            old = max(old, known[row].left)
        end = left if left >= 0.0 else old
        ends[lot] = 2.0 * _NEVER_S if end < 0.0 or end > _NEVER_S else end


@kernel
def outlook(
    now: float, planned: Any, known: Any, lots: Lots, changed: Any, last: Any, ends: Any, terms: Any
) -> Any:
    """(Bound of the cost, the cost if the run has met the accepted one, else -1).

    `terms`: (objective, weight of the mean end, limit above which nothing more is looked at, whether to look
    for a meeting).
    """
    objective, tie, limit, meets = terms
    at_least(now, planned, lots, ends)
    bound, _ = cost_of(ends, lots, objective, tie)
    if bound > limit or not meets or not has_met(now, planned, known, lots, changed, last):
        return bound, -1.0
    foretell(planned, known, lots, ends)
    cost, _ = cost_of(ends, lots, objective, tie)
    return bound, cost
