"""Sequence of operations on a unit where several begin and end at one moment.

A schedule gives times, not sequences. Operations that take no time may lie at one moment on one unit; whether
the set-ups between them are kept depends on their sequence. Any sequence may be taken: a schedule is feasible
if one of them keeps the set-ups.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from zhizao.solvers.shop.problem import Ints, Problem, Schedule
from zhizao.solvers.shop.worktime import worked

MOST = 10_000  # partial sequences of one length that are looked at

Chain = tuple[int, "Chain | None"]  # the last operation, and those before it
Reached = dict[tuple[int, tuple[int, ...]], Chain | None]


@dataclass(frozen=True)
class Setting:
    """What the sequence on one unit is chosen for; `leaves` and `come` by operation."""

    problem: Problem
    schedule: Schedule
    leaves: Ints
    come: Ints


def in_sequence(setting: Setting, row: Ints) -> Ints:
    """Operations by unit and time (`row`), those at one moment in a sequence that keeps the set-ups.

    Where there is none, they stay as they are.
    """
    s, leaves = setting.schedule, setting.leaves
    unit = setting.problem.mode_unit[s.mode[row]]
    tied = (unit[1:] == unit[:-1]) & (s.start[row[1:]] == s.start[row[:-1]])
    tied &= leaves[row[1:]] == s.start[row[:-1]]
    if not tied.any():
        return row
    row = row.copy()
    edges = np.flatnonzero(np.r_[True, ~tied, True]).tolist()
    groups = [slice(a, b) for a, b in pairwise(edges)]
    for (u, many), follow in groupby(groups, lambda g: (int(unit[g.start]), g.stop - g.start > 1)):
        if many:
            _settle(setting, row, list(follow), u, unit)
    return row


def _settle(setting: Setting, row: Ints, groups: list[slice], u: int, unit: Ints) -> None:
    """Choose the sequence in groups that follow one another on a unit."""
    start, stop = groups[0].start, groups[-1].stop
    before = int(row[start - 1]) if start and unit[start - 1] == u else -1
    after = int(row[stop]) if stop < len(row) and unit[stop] == u else -1
    setups = setting.problem.setups
    assert setups is not None
    there = int(setups.start[u]) if before < 0 else int(setups.family[before])
    free = 0 if before < 0 else int(setting.leaves[before])
    found: dict[int, Chain | None] = {there: None}
    for group in groups:
        found = _through(setting, row[group].tolist(), u, free, found)
        free = int(setting.leaves[row[group.start]])
    fitting = [family for family in found if after < 0 or is_kept(setting, u, free, family, after)]
    if not fitting:
        return
    chain = found[fitting[0]]
    while chain is not None:
        stop -= 1
        row[stop], chain = chain


def _through(
    setting: Setting, group: list[int], u: int, free: int, entry: dict[int, Chain | None]
) -> dict[int, Chain | None]:
    """Sequences of a group by the family of their last operation; `entry`: what may be set up before."""
    setups = setting.problem.setups
    assert setups is not None
    of_family: dict[int, list[int]] = {}
    for o in sorted(group, key=lambda o: int(setting.come[o])):  # who came first has most time for a set-up
        of_family.setdefault(int(setups.family[o]), []).append(o)
    families = sorted(of_family)
    reached: Reached = {(family, (0,) * len(families)): chain for family, chain in entry.items()}
    moment = free
    for _ in group:
        longer: Reached = {}
        for (there, taken), chain in reached.items():
            for f, family in enumerate(families):
                if taken[f] == len(of_family[family]) or len(longer) >= MOST:
                    continue
                o = of_family[family][taken[f]]
                if is_kept(setting, u, moment, there, o):
                    more = (*taken[:f], taken[f] + 1, *taken[f + 1 :])
                    longer.setdefault((family, more), (o, chain))
        reached, moment = longer, int(setting.schedule.start[group[0]])
    return {family: chain for (family, _), chain in reached.items()}


def is_kept(setting: Setting, u: int, free: int, there: int, o: int) -> bool:
    """Whether there is time for the set-up of an operation on a unit that is free from a moment on."""
    setups = setting.problem.setups
    assert setups is not None
    takes = 0 if there < 0 else int(setups.time[u if len(setups.time) > 1 else 0, there, setups.family[o]])
    if takes <= 0:
        return True
    begins = max(free, int(setting.come[o])) if setups.with_job else free
    moments = np.array([begins, setting.schedule.start[o]], np.int64)
    at_begin, at_start = worked(setting.problem.breaks, np.array([u, u], np.int64), moments).tolist()
    return bool(at_start - at_begin >= takes)
