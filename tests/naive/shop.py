"""A schedule of a tiny shop looked at moment by moment, in the plainest way: the twin of the checker."""

from __future__ import annotations

from itertools import groupby, pairwise, permutations, product

import numpy as np

from zhizao.solvers.shop.problem import NOWHERE, Objective, Problem, Schedule


def rests(p: Problem, unit: int, t: int) -> bool:
    """Whether a unit has a break in the moment from t to t + 1."""
    if p.breaks is None:
        return False
    rows = range(p.breaks.first[unit], p.breaks.first[unit + 1])
    return any(p.breaks.begin[k] <= t < p.breaks.end[k] for k in rows)


def worked(p: Problem, unit: int, start: int, end: int) -> int:
    return sum(not rests(p, unit, t) for t in range(start, end))


def before(p: Problem, o: int) -> list[int]:
    return [int(b) for b in p.before[p.before_first[o] : p.before_first[o + 1]]]


def after(p: Problem, o: int) -> list[int]:
    return [a for a in range(p.operations) if o in before(p, a)]


def unit(p: Problem, s: Schedule, o: int) -> int:
    return int(p.mode_unit[s.mode[o]])


def way(p: Problem, one: int, two: int) -> int:
    return 0 if p.transport is None else int(p.transport.time[one, two])


def driven(p: Problem) -> bool:
    return p.transport is not None and p.transport.vehicles > 0


def legs(p: Problem, s: Schedule, o: int) -> list[tuple[int, int]]:
    """(place, moment) from where and when the job can be brought to an operation."""
    if before(p, o):
        return [(unit(p, s, b), int(s.end[b])) for b in before(p, o)]
    release = int(p.release[p.job[o]])
    return [(unit(p, s, o) if p.transport is None else p.transport.home, release)]


def move_to(s: Schedule, o: int) -> tuple[int, int, int] | None:
    rows = [row for row in ([] if s.moves is None else s.moves.tolist()) if row[0] == o]
    return tuple(rows[0][1:]) if len(rows) == 1 else None


def come(p: Problem, s: Schedule, o: int) -> int:
    moved = move_to(s, o) if driven(p) else None
    by_hand = [ready + way(p, place, unit(p, s, o)) for place, ready in legs(p, s, o)]
    return max([*by_hand, *([moved[2]] if moved else []), int(p.release[p.job[o]])])


def leaves(p: Problem, s: Schedule, o: int) -> int:
    """When an operation lets go of its unit."""
    if p.blocking is None or not p.blocking[unit(p, s, o)]:
        return int(s.end[o])
    target = after(p, o)[0] if after(p, o) else p.operations + int(p.job[o])
    moved = move_to(s, target) if driven(p) else None
    if moved:
        return max(int(s.end[o]), moved[1])
    return max(
        [int(s.end[o]), *(int(s.start[a]) - way(p, unit(p, s, o), unit(p, s, a)) for a in after(p, o))]
    )


def in_order(p: Problem, s: Schedule, u: int) -> list[int]:
    rows = [o for o in range(p.operations) if unit(p, s, o) == u]
    return sorted(rows, key=lambda o: (s.start[o], leaves(p, s, o), o))


def orders(p: Problem, s: Schedule, rows: list[int]) -> list[list[int]]:
    """All orders of the operations of a unit: those that begin and end at one moment may change places."""
    moments = [[*group] for _, group in groupby(rows, lambda o: (s.start[o], leaves(p, s, o)))]
    ways = [permutations(m) if s.start[m[0]] == leaves(p, s, m[0]) else [tuple(m)] for m in moments]
    return [[o for part in parts for o in part] for parts in product(*ways)]


def is_right(p: Problem, s: Schedule) -> bool:
    """Whether a schedule keeps every rule."""
    rules = (operations_right, units_right, workers_right, pools_right, order_right, vehicles_right)
    return all(rule(p, s) for rule in rules)


def operations_right(p: Problem, s: Schedule) -> bool:
    for o in range(p.operations):
        start, end, u, time = int(s.start[o]), int(s.end[o]), unit(p, s, o), int(p.mode_time[s.mode[o]])
        if not p.mode_first[o] <= s.mode[o] < p.mode_first[o + 1] or not 0 <= start <= end:
            return False
        if worked(p, u, start, end) != time or (not time and start != end):
            return False
        if time and (rests(p, u, start) or rests(p, u, end - 1)):
            return False
        if start < come(p, s, o):
            return False
        must = [ready + way(p, place, u) for place, ready in legs(p, s, o)] if before(p, o) else []
        if p.no_wait is not None and p.no_wait[o] and any(start != moment for moment in must):
            return False
    return True


def units_right(p: Problem, s: Schedule) -> bool:
    for u in range(p.units):
        rows = in_order(p, s, u)
        if any(s.start[b] < leaves(p, s, a) for a, b in pairwise(rows)):
            return False
        if p.setups is not None and not any(set_ups_right(p, s, u, row) for row in orders(p, s, rows)):
            return False
    return True


def set_ups_right(p: Problem, s: Schedule, u: int, rows: list[int]) -> bool:
    setups = p.setups
    assert setups is not None
    table = setups.time[u if len(setups.time) > 1 else 0]
    there, free = int(setups.start[u]), 0
    for o in rows:
        takes = 0 if there < 0 else int(table[there, setups.family[o]])
        begin = max(free, come(p, s, o)) if setups.with_job else free
        if takes and worked(p, u, begin, int(s.start[o])) < takes:
            return False
        there, free = int(setups.family[o]), leaves(p, s, o)
    return True


def workers_right(p: Problem, s: Schedule) -> bool:
    if p.mode_worker is None:
        return True
    busy = [(int(p.mode_worker[s.mode[o]]), int(s.start[o]), int(s.end[o])) for o in range(p.operations)]
    busy = sorted(row for row in busy if row[0] >= 0)
    return all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(busy))


def pools_right(p: Problem, s: Schedule) -> bool:
    if p.pools is None:
        return True
    for t in range(int(s.end.max())):
        there = (s.start <= t) & (t < s.end)
        if (p.pools.need[there].sum(0) > p.pools.capacity).any():
            return False
    return True


def order_right(p: Problem, s: Schedule) -> bool:
    """Whether some order of the jobs fits every unit."""
    if not p.same_order:
        return True

    def fits(rank: tuple[int, ...]) -> bool:
        return all(
            (s.start[a], s.end[a]) == (s.start[b], s.end[b]) or rank[p.job[a]] <= rank[p.job[b]]
            for u in range(p.units)
            for a, b in pairwise(in_order(p, s, u))
        )

    return any(fits(rank) for rank in permutations(range(p.jobs)))


def vehicles_right(p: Problem, s: Schedule) -> bool:
    transport = p.transport
    if transport is None or not transport.vehicles:
        return True
    assert s.moves is not None
    wanted = [(o, *legs(p, s, o)[0], unit(p, s, o)) for o in range(p.operations)]
    if transport.goal != NOWHERE:
        ends = [o for o in range(p.operations) if not after(p, o)]
        wanted += [(p.operations + int(p.job[o]), unit(p, s, o), int(s.end[o]), transport.goal) for o in ends]
    wanted = [row for row in wanted if row[1] != row[3]]
    if sorted(row[0] for row in wanted) != sorted(s.moves[:, 0].tolist()):
        return False
    rounds: dict[int, list[tuple[int, int, int, int]]] = {}
    for o, source, ready, goal in wanted:
        moved = move_to(s, o)
        assert moved is not None
        vehicle, left, there = moved
        if left < ready or there != left + way(p, source, goal) or not 0 <= vehicle < transport.vehicles:
            return False
        rounds.setdefault(vehicle, []).append((left, there, source, goal))
    return all(drivable(p, sorted(row)) for row in rounds.values())


def drivable(p: Problem, moves: list[tuple[int, int, int, int]]) -> bool:
    assert p.transport is not None
    free, place = 0, p.transport.home
    for left, there, source, goal in moves:
        if left < free + way(p, place, source):
            return False
        free, place = there, goal
    return True


def value(p: Problem, s: Schedule) -> int:
    """What a schedule is worth."""
    done = []
    for job in range(p.jobs):
        mine = [o for o in range(p.operations) if p.job[o] == job]
        ends = [int(s.end[o]) for o in mine]
        goal = NOWHERE if p.transport is None else p.transport.goal
        if goal != NOWHERE:
            lasts = [o for o in mine if not after(p, o)]
            moved = [m for o in lasts if driven(p) and (m := move_to(s, p.operations + job))]
            ends += [m[2] for m in moved] or [int(s.end[o]) + way(p, unit(p, s, o), goal) for o in lasts]
        done.append(max(ends))
    if p.objective is Objective.MAKESPAN:
        return max(done)
    since = p.due if p.objective is Objective.TARDINESS else p.release
    return sum(int(p.weight[j]) * max(0, done[j] - int(since[j])) for j in range(p.jobs))


def best_value(p: Problem, upto: int) -> int | None:
    """The value of the best of all schedules with starts up to a moment, tried one by one; no vehicles."""
    best = None
    choices = [range(p.mode_first[o], p.mode_first[o + 1]) for o in range(p.operations)]
    for modes in product(*choices):
        for starts in product(range(upto + 1), repeat=p.operations):
            s = at(p, np.array(starts), np.array(modes))
            if is_right(p, s) and (best is None or value(p, s) < best):
                best = value(p, s)
    return best


def at(p: Problem, start: np.ndarray, mode: np.ndarray, moves: np.ndarray | None = None) -> Schedule:
    """The schedule with these starts; ends are worked out moment by moment."""
    ends = []
    for o, begin in enumerate(start.tolist()):
        left, end = int(p.mode_time[mode[o]]), begin
        while left and end < begin + 100:
            left -= not rests(p, int(p.mode_unit[mode[o]]), end)
            end += 1
        ends.append(end)
    return Schedule(start.astype(np.int64), np.array(ends, np.int64), mode.astype(np.int64), moves)
