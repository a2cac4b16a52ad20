"""Where the last lot of an order waited in the plan, for whom and how long: read from the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhizao.plant import Operation, Plant
from zhizao.plant.model import Push
from zhizao.records import Activity
from zhizao.report.text import duration
from zhizao.studies.schedule.hours import Hours
from zhizao.studies.schedule.plan import Outcome
from zhizao.studies.schedule.work import Lot

_MAX_NAMED = 3  # lots that are named as those that were waited for
_MIN_WAIT_S = 1e-3  # no wait is as short
CLOSED, BUSY, BATCH = "closed", "busy", "batch"


@dataclass(frozen=True, slots=True)
class Wait:
    """Time in s that a lot lost at a work center, and why; `lots`: what the unit worked on meanwhile.

    The cause is `closed`, `busy`, `batch` (lots that came later to the same batch), or in words what else
    the operation asks for.
    """

    work_center: str
    cause: str
    seconds: float
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Work on a lot: its unit is taken at `taken` (set-up included) until `end`; s from the plant's start."""

    lot: str
    operation: str | None
    center: str
    unit: str
    taken: float
    end: float
    batch: str | None


@dataclass(slots=True, eq=False)
class _Rows:
    """The rows of a plan by lot, by unit and by batch, in order of time."""

    lots: dict[str, list[_Row]] = field(default_factory=dict)
    units: dict[str, list[_Row]] = field(default_factory=dict)
    batches: dict[str, list[_Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Waits:
    """A plan, to ask it for the waits of its lots."""

    plant: Plant
    release_s: Mapping[str, float]
    hours: Mapping[str, Hours]
    rows: _Rows

    @classmethod
    def of(cls, plant: Plant, lots: Sequence[Lot], outcome: Outcome, hours: Mapping[str, Hours]) -> Waits:
        """Read a plan."""
        return cls(plant, {lot.id: lot.release_s for lot in lots}, hours, _rows(plant.start, outcome))

    def before_end_of(self, lot: Lot) -> tuple[Wait, ...]:
        """The waits that led to the end of a lot, the longest first."""
        waits: dict[tuple[str, str], tuple[float, list[str]]] = {}
        for row, ready in _chain(self.rows, lot):
            for wait in _waits(self, lot, row, ready):
                seconds, names = waits.get((wait.work_center, wait.cause), (0.0, []))
                waits[wait.work_center, wait.cause] = seconds + wait.seconds, [*names, *wait.lots]
        found = (Wait(c, cause, s, tuple(dict.fromkeys(names))) for (c, cause), (s, names) in waits.items())
        return tuple(sorted(found, key=lambda wait: -wait.seconds))


def _rows(start: datetime, outcome: Outcome) -> _Rows:
    found, set_up = _Rows(), dict[tuple[str, str | None], float]()
    for row in outcome.rows.iter_rows(named=True):
        begin, end = ((row[name] - start).total_seconds() for name in ("start", "end"))
        key = row["lot"], row["operation"]
        if row["activity"] == Activity.SETUP.value:
            set_up.setdefault(key, begin)
            continue
        taken = set_up.pop(key, begin)
        one = _Row(row["lot"], row["operation"], row["work_center"], row["unit"], taken, end, row["batch"])
        found.lots.setdefault(one.lot, []).append(one)
        found.units.setdefault(one.unit, []).append(one)
        if one.batch is not None:
            found.batches.setdefault(one.batch, []).append(one)
    return found


def _chain(rows: _Rows, lot: Lot) -> Iterator[tuple[_Row, float]]:
    """The rows that led to the end of a lot, from the last back, each with when the lot was ready for it."""
    left = sorted(rows.lots.get(lot.id, []), key=lambda one: (one.end, one.taken))
    row = left.pop() if left else None
    while row is not None:
        # each row once: of those that take no time, two may each end before the other begins
        left = [one for one in left if one.end <= row.taken + _MIN_WAIT_S]
        last = left.pop() if left else None
        yield row, lot.release_s if last is None else last.end
        row = last


def _waits(plan: Waits, lot: Lot, row: _Row, ready: float) -> Iterator[Wait]:
    """What the time from ready until the unit is taken was lost for, and pauses of the work itself."""
    hours = plan.hours.get(row.center)
    work_s = row.end - row.taken
    paused = 0.0 if hours is None or not hours.pauses else work_s - hours.open_s(row.taken, row.end)
    span = row.taken - ready
    open_s = span if hours is None else hours.open_s(ready, row.taken)
    yield from _some(Wait(row.center, CLOSED, span - open_s + paused))
    spans = list(_others(plan.rows, row, ready))
    busy = min(open_s, _union_s(spans, hours))
    names = dict.fromkeys(name for _, _, name in sorted(spans, key=lambda one: one[0] - one[1]))
    yield from _some(Wait(row.center, BUSY, busy, tuple(names)))
    rest = open_s - busy
    late = _mates(plan, row, ready)
    if late and rest > _MIN_WAIT_S:
        until = min(row.taken, max(come for come, _ in late))
        gathering = min(rest, until - ready if hours is None else hours.open_s(ready, until))
        yield from _some(Wait(row.center, BATCH, gathering, tuple(name for _, name in late)))
        rest -= gathering
    yield from _some(Wait(row.center, _what_else(plan.plant, lot, row), rest))


def _some(wait: Wait) -> Iterator[Wait]:
    if wait.seconds > _MIN_WAIT_S:
        yield wait


def _others(rows: _Rows, row: _Row, ready: float) -> Iterator[tuple[float, float, str]]:
    """(Begin, end, lot) of what the unit of a row did between ready and the row."""
    for other in rows.units[row.unit]:
        begin, end = max(ready, other.taken), min(row.taken, other.end)
        if other is not row and end > begin:
            yield begin, end, other.lot


def _union_s(spans: Sequence[tuple[float, float, str]], hours: Hours | None) -> float:
    """Open time in the spans together; those of a batch are the same."""
    total, reached = 0.0, float("-inf")
    for begin, end, _ in sorted(spans):
        first = max(begin, reached)
        if end > first:
            total += end - first if hours is None else hours.open_s(first, end)
            reached = end
    return total


def _mates(plan: Waits, row: _Row, ready: float) -> list[tuple[float, str]]:
    """(When it came, lot) of the lots of the same batch that came later, the last first."""
    rows, found = plan.rows, []
    for mate in rows.batches.get(row.batch, []) if row.batch is not None else []:
        before = [one.end for one in rows.lots[mate.lot] if one.end <= row.taken + _MIN_WAIT_S]
        come = max(before, default=plan.release_s[mate.lot])
        if mate is not row and come > ready + _MIN_WAIT_S:
            found.append((come, mate.lot))
    return sorted(found, reverse=True)


def _what_else(plant: Plant, lot: Lot, row: _Row) -> str:
    """What an operation may wait for besides its unit, by what the plant has."""
    names = [operation.id for operation in lot.route]
    if row.operation not in names:
        return "transport"
    place = names.index(row.operation)
    operation, before = lot.route[place], lot.route[place - 1] if place else None
    center = next((c for c in plant.work_centers if c.id == row.center), None)
    asked = _asked(operation, before)
    if center is not None:
        asked["utilities"] = bool(center.uses)
        asked["its unit to wake up"] = center.standby is not None
    asked["its release"] = place == 0 and not isinstance(plant.release, Push)
    asked["transport"] = bool(plant.transport.default or plant.transport.times)
    asked["maintenance"] = center is not None and bool(center.maintenance)
    found = [what for what, is_so in asked.items() if is_so]
    return " or ".join(found) if found else "its planned unit"


def _asked(operation: Operation, before: Operation | None) -> dict[str, bool]:
    return {
        "people": bool(operation.needs),
        "tools": bool(operation.tools),
        "parts": bool(operation.parts),
        "the rest of its batch": operation.batch is not None,
        "a delay": operation.delay is not None,
        "a hold": before is not None and before.hold is not None,
    }


# ---------------------------------------------------------------- words
def in_words(wait: Wait) -> str:
    """A wait as a phrase: `2.00 h for press (busy with A, B)`."""
    long, named = duration(wait.seconds), ", ".join(wait.lots[:_MAX_NAMED])
    if wait.cause == CLOSED:
        return f"{long} while {wait.work_center} is closed"
    if wait.cause == BUSY:
        return f"{long} for {wait.work_center}{f' (busy with {named})' if named else ''}"
    if wait.cause == BATCH:
        return f"{long} at {wait.work_center} for the rest of its batch{f' ({named})' if named else ''}"
    return f"{long} at {wait.work_center}"
