"""The neighbourhood: small changes of a plan, most of them for operations that had to wait.

A move is a list of (column, operation, value). Most random changes of an order change nothing, for the two
operations never wait at the same time; so one that waited is put before one that was taken meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np

from zhizao.solvers.plans.problem import FREE, Decisions, Structure, Timetable

Change = tuple[str, int, float]
Move = list[Change]

_WAITED_S = 1e-3  # from which on an operation counts as one that waited
_OF_LATE = 0.6  # share of moves that begin with a late lot, where there are some
_ACROSS = 0.4  # share of overtakings among all work centers, where they share people or tools
_REST = 0.4  # share of moves of lots that leave its first operations where they are
_ASKED = 3  # lots of which one is put off
_MOST_S = 10 * 86_400.0  # by which a lot is moved at most
_HOUR_S = 3600.0
_DAY_S = 86_400.0
_SHARES = {
    "overtake": 0.42,
    "insert": 0.06,
    "swap": 0.05,
    "shift": 0.11,
    "pull": 0.12,
    "push": 0.10,
    "hold": 0.06,
    "batch": 0.06,
    "place": 0.06,
    "shorten": 0.06,
}
_REPAIRS = 0.5  # share of moves that repair a hold limit, where one is broken
_EXACT = 0.5  # share of these that delay by just what the limit is broken by; the others by up to twice that
_TOGETHER = 0.2  # share of these that repair all of them at once
_SOONER = 0.2  # share that take the late operation sooner instead


class Neighbourhood:
    """Draws moves from the accepted plan; `look` is called when that changed."""

    def __init__(self, structure: Structure, decisions: Decisions, rng: Random) -> None:
        self._s, self._d, self._rng = structure, decisions, rng
        n = len(structure.lot)
        bounds = np.searchsorted(structure.lot, np.arange(len(structure.release) + 1))
        self._first, self._end = bounds[:-1].tolist(), bounds[1:].tolist()
        self._lot: list[int] = structure.lot.tolist()
        self._lots = [lot for lot in range(len(structure.release)) if self._first[lot] < self._end[lot]]
        self._rows = range(n)
        self._fixed = {row for row, fixed in enumerate(structure.fixed) if fixed}
        self._batched: list[int] = np.flatnonzero(structure.batch_least < structure.batch_most).tolist()
        self._of_batch = {kind: [r for r in self._batched if structure.batch[r] == kind]
                          for kind in {int(structure.batch[r]) for r in self._batched}}  # fmt: skip
        self._order: list[int] = structure.order.tolist()
        self._due: list[float] = structure.due.tolist()
        self._weight: list[float] = structure.weight.tolist()
        self._of_order: dict[int, list[int]] = {}
        for lot, order in enumerate(self._order):
            self._of_order.setdefault(order, []).append(lot)
        self._choice = [row for row in range(n) if len(structure.options[row]) > 1]
        kinds: list[tuple[Callable[[], Move], float]] = [
            (self._overtake, _SHARES["overtake"]),
            (self._insert, _SHARES["insert"]),
            (self._swap, _SHARES["swap"]),
            (self._shift, _SHARES["shift"]),
            (self._pull, _SHARES["pull"]),
            (self._push, _SHARES["push"]),
            (self._hold, _SHARES["hold"]),
        ]
        if self._batched:
            kinds.append((self._amount, _SHARES["batch"]))
        if self._choice:
            kinds.append((self._place, _SHARES["place"]))
        if structure.begins:
            kinds.append((self._shorten, _SHARES["shorten"]))
        self._use(kinds)

    def _use(self, kinds: Sequence[tuple[Callable[[], Move], float]]) -> None:
        """Draw moves of these kinds, each as often as its share says."""
        self._kinds = [kind for kind, _ in kinds]
        self._weights: list[float] = np.cumsum([share for _, share in kinds]).tolist()

    def look(self, timetable: Timetable) -> None:
        """See which operations waited, which lots are late, and who came after whom at each work center."""
        s = self._s
        self._ready, self._start = timetable.ready.tolist(), timetable.start.tolist()
        self._unit = timetable.unit.tolist()
        past = (timetable.start >= 0.0) & (timetable.start <= timetable.now_s)
        self._closed = self._fixed | set(np.flatnonzero(past).tolist())
        waited = (timetable.start - timetable.ready > _WAITED_S) & ~past
        self._waits: list[int] = np.flatnonzero(waited).tolist()
        late = timetable.end > s.due
        self._late: list[int] = np.flatnonzero(late).tolist()
        self._late_weights: list[float] = np.cumsum(s.weight[late]).tolist()
        self._end_s: list[float] = timetable.end.tolist()
        self._late_waits: list[int] = np.flatnonzero(waited & late[s.lot]).tolist()
        self._over = {} if timetable.over is None else broken_limits(s, timetable)
        center = np.where(timetable.unit >= 0, s.center_of_unit[timetable.unit], -1)
        self._center = center.tolist()
        order = np.lexsort((timetable.start, center))
        self._by_center: list[int] = order.tolist()
        self._starts = timetable.start[order]
        numbers, firsts = np.unique(center[order], return_index=True)
        ends = [*firsts.tolist()[1:], len(order)]
        self._bounds: dict[int, tuple[int, int]] = dict(
            zip(numbers.tolist(), zip(firsts.tolist(), ends, strict=True), strict=True)
        )
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        self._place_of: list[int] = place.tolist()
        if s.shared:
            everywhere = np.argsort(timetable.start, kind="stable")
            self._everywhere: list[int] = everywhere.tolist()
            self._all_starts = timetable.start[everywhere]

    def draw(self) -> Move:
        """A move; empty where the one that was drawn has nothing to change."""
        if self._over and self._rng.random() < _REPAIRS:
            move = self._repair()
        else:
            move = self._rng.choices(self._kinds, cum_weights=self._weights)[0]()
        closed = self._closed
        return [change for change in move if change[1] not in closed] if closed else move

    def since_s(self, move: Move) -> float:
        """No decision that the move changes counts before this moment, in s."""
        first = np.inf
        for column, row, _ in move:
            before = row
            if column == "alternative":  # it is chosen when the operation before is done
                if row == self._first[self._lot[row]]:
                    return -1.0
                before = row - 1
            if self._ready[before] >= 0.0:
                first = min(first, self._ready[before])
        return float(first)

    # ------------------------------------------------------------ order
    def _any_row(self) -> int:
        rng = self._rng
        lot = self._late_lot() if self._late and rng.random() < _OF_LATE else -1
        if lot < 0 or self._first[lot] == self._end[lot]:
            return rng.choice(self._rows)
        return rng.randrange(self._first[lot], self._end[lot])

    def _late_lot(self) -> int:
        return self._rng.choices(self._late, cum_weights=self._late_weights)[0]

    def _overtake(self) -> Move:
        """An operation that waited goes before one that was taken meanwhile."""
        rng, key = self._rng, self._d.key
        if not self._waits:
            return []
        row = rng.choice(self._late_waits if self._late_waits and rng.random() < _OF_LATE else self._waits)
        if self._s.shared and rng.random() < _ACROSS:
            rows, first, end = self._everywhere, 0, len(self._everywhere)
            low, high = np.searchsorted(self._all_starts, (self._ready[row] - 1.0, self._start[row])).tolist()
        else:
            rows = self._by_center
            first, end = self._bounds[self._center[row]]
            span = self._starts[first:end]
            low, high = (first + np.searchsorted(span, (self._ready[row] - 1.0, self._start[row]))).tolist()
        if high <= low:
            low = max(first, low - 3)
        if high <= low:
            return []
        other = rows[rng.randrange(low, high)]
        to = float(key[other]) - (0.01 + rng.random())
        by = to - float(key[row])
        move: Move = [("key", row, to)]
        if rng.random() < 0.3:
            move.append(("key", other, float(key[row]) + 0.01))
        if rng.random() < 0.3:
            last = self._end[self._lot[row]]
            move += [
                ("key", after, float(key[after]) + by) for after in range(row + 1, last) if after != other
            ]
        return move

    def _near(self, row: int, mean: float) -> int:
        """An operation taken some places before or after another at its work center."""
        first, end = self._bounds[self._center[row]]
        step = 1 + int(self._rng.expovariate(1.0 / mean))
        place = self._place_of[row] + (step if self._rng.random() < 0.5 else -step)
        return self._by_center[min(max(place, first), end - 1)]

    def _insert(self) -> Move:
        row = self._any_row()
        other = self._near(row, 6.0)
        if other == row:
            return []
        before = float(self._d.key[other])
        sign = 1.0 if before > self._d.key[row] else -1.0
        return [("key", row, before + sign * (0.5 + self._rng.random()))]

    def _swap(self) -> Move:
        row = self._any_row()
        other = self._near(row, 4.0)
        if other == row:
            return []
        key = self._d.key
        return [("key", row, float(key[other])), ("key", other, float(key[row]))]

    def _shift(self) -> Move:
        """A lot, the rest of it, or all lots of its order, earlier or later."""
        rng, key = self._rng, self._d.key
        row = self._any_row()
        lot = self._lot[row]
        by = rng.gauss(0.0, 3.0 * _HOUR_S if rng.random() < 0.7 else _DAY_S)
        rest = row - self._first[lot] if rng.random() < 0.4 else 0
        lots = self._of_order[self._order[lot]] if rng.random() < 0.5 else [lot]
        return [
            ("key", each, float(key[each]) + by)
            for one in lots
            for each in range(self._first[one] + rest, self._end[one])
        ]

    def _moved(self, lot: int, by: float) -> Move:
        """A lot or the rest of it, all operations by so many seconds."""
        first, end = self._first[lot], self._end[lot]
        if first < end and self._rng.random() < _REST:
            first = self._rng.randrange(first, end)
        key = self._d.key
        return [("key", each, float(key[each]) + by) for each in range(first, end)]

    def _pull(self) -> Move:
        """A late lot comes earlier, by up to somewhat more than it is late."""
        if not self._late:
            return []
        lot = self._late_lot()
        late_s = min(self._end_s[lot] - self._due[lot], _MOST_S)
        return self._moved(lot, -late_s * (0.1 + 1.1 * self._rng.random()))

    def _push(self) -> Move:
        """A lot that has time, or else little weight, comes later: of some, the one that minds least."""
        rng = self._rng
        lots = [rng.choice(self._lots) for _ in range(_ASKED)]
        slack = {lot: self._due[lot] - self._end_s[lot] for lot in lots}
        lot = max(lots, key=lambda one: slack[one] if slack[one] > 0.0 else -self._weight[one])
        room = min(slack[lot], _MOST_S) if slack[lot] > 0.0 else _DAY_S
        return self._moved(lot, room * (0.1 + rng.random()))

    # ------------------------------------------------------------ waiting on purpose
    def _hold(self) -> Move:
        """An operation waits for one that comes later, or does not wait any more."""
        rng = self._rng
        row = self._any_row()
        if self._d.not_before[row] > 0.0 and rng.random() < 0.6:
            return [("not_before", row, 0.0)]
        _, end = self._bounds[self._center[row]]
        place = min(self._place_of[row] + 1 + int(rng.expovariate(0.5)), end - 1)
        until = float(self._starts[place]) + (1.0 if rng.random() < 0.5 else 0.0)
        return [("not_before", row, until)] if until > self._start[row] else []

    def _repair(self) -> Move:
        """What begins a broken hold limit starts later, or the operation that is late for it sooner."""
        rng = self._rng
        rows = list(self._over)
        row = rng.choice(rows)
        if self._unit[row] >= 0 and rng.random() < _SOONER:
            return [("key", row, float(self._d.key[self._near(row, 3.0)]) - rng.random())]
        rows = rows if rng.random() < _TOGETHER else [row]
        share = 1.0 if rng.random() < _EXACT else 2.0 * rng.random()
        return delays(self._s, {one: share * self._over[one] for one in rows}, self._start)

    def _shorten(self) -> Move:
        """An operation that waits on purpose waits less long."""
        rng = self._rng
        held = np.flatnonzero(self._d.not_before > 0.0).tolist()
        if not held:
            return []
        row = rng.choice(held)
        until = float(self._d.not_before[row])
        spare = until - max(self._ready[row], 0.0)
        return [("not_before", row, until - spare * rng.random() ** 2)] if spare > _WAITED_S else []

    def _amount(self) -> Move:
        """A batch waits for more, or for no more than it must."""
        rng, s = self._rng, self._s
        row = rng.choice(self._batched)
        kind, order = int(s.batch[row]), self._order[self._lot[row]]
        to = 0 if rng.random() < 0.3 else rng.randint(int(s.batch_least[row]), int(s.batch_most[row]))
        if rng.random() < 0.4:  # all batches of the kind
            return [("amount", each, to) for each in self._of_batch[kind]]
        rows = [each for each in self._of_batch[kind] if self._order[self._lot[each]] == order]
        return [("amount", each, to) for each in rows if each == row or rng.random() < 0.5]

    # ------------------------------------------------------------ where
    def _place(self) -> Move:
        """Another unit, or any."""
        rng, d = self._rng, self._d
        row = rng.choice(self._choice)
        if d.unit[row] != FREE and rng.random() < 0.3:
            return [("unit", row, FREE), ("alternative", row, FREE), ("keep", row, 0)]
        alternative, unit = rng.choice(self._s.options[row])
        move: Move = [("unit", row, unit), ("keep", row, int(rng.random() < 0.5))]
        if len({way for way, _ in self._s.options[row]}) > 1:
            move.append(("alternative", row, alternative))
        return move


def broken_limits(structure: Structure, timetable: Timetable) -> dict[int, float]:
    """By how much, in s, each operation breaks its hold limit, of those that a delay may repair."""
    if timetable.over is None or not structure.begins:
        return {}
    rows = np.flatnonzero(timetable.over > 0.0).tolist()
    begun, now_s = timetable.start, timetable.now_s
    return {
        row: float(timetable.over[row])
        for row in rows
        if structure.begins[row] >= 0 and begun[structure.begins[row]] > now_s
    }


def delays(structure: Structure, over: Mapping[int, float], start: Sequence[float]) -> Move:
    """Later starts of what begins these hold limits, so that they end by so much later.

    `over`: time in s by operation; `start`: of all operations, in the accepted plan.
    """
    until: dict[int, float] = {}
    for row, by in over.items():
        first = structure.begins[row]
        until[first] = max(until.get(first, 0.0), start[first] + by)
    return [("not_before", row, moment) for row, moment in until.items()]


def undo(decisions: Decisions, move: Move) -> Move:
    """The changes that take a move back."""
    return [(column, row, getattr(decisions, column)[row].item()) for column, row, _ in move]


def apply(decisions: Decisions, move: Move) -> list[int]:
    """Make a move; gives the operations that it changed."""
    for column, row, value in move:
        getattr(decisions, column)[row] = value
    return [row for _, row, _ in move]
