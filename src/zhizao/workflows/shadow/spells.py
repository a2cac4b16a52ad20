"""What ended in a plant and how long it took, net of stops and time off, in the order in which it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.kpi.clocks import Floats, WorkedTime, open_intervals
from zhizao.kpi.states import pauses
from zhizao.plant import Plant
from zhizao.plant.model import WorkCenter
from zhizao.plant.model.downtime import Clock
from zhizao.plant.query import mean_lot_s, takes_at, work_calendar
from zhizao.records import Activity

PROCESS, SETUP, REPAIR, UP = "process", "set-up", "repair", "time between failures"
_KINDS = {
    Activity.PROCESS.value: PROCESS,
    Activity.INSPECT.value: PROCESS,
    Activity.SETUP.value: SETUP,
    Activity.FAILURE.value: REPAIR,
}
_STOPS = (Activity.FAILURE.value, Activity.MAINTENANCE.value)
Row = dict[str, Any]
Span = tuple[datetime, datetime]


class Key(NamedTuple):
    """What takes time: a kind, where, and for process the operation."""

    kind: str
    work_center: str
    operation: str

    def __str__(self) -> str:
        if self.operation:
            return f"{self.kind} of {self.operation} at {self.work_center}"
        return f"{self.kind} at {self.work_center}"


@dataclass(frozen=True, slots=True)
class Spell:
    """One of them: unit, start, end, and net time (of process over the mean in the plant, else in s)."""

    key: Key
    unit: str
    start: datetime
    end: datetime
    ratio: float


class Expected:
    """Mean processing times of a plant, and the clocks of its units."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.centers = {unit.id: center for center in plant.work_centers for unit in center.units}
        self._speeds = {unit.id: unit.speed for center in plant.work_centers for unit in center.units}
        self._operations = {o.id: o for route in plant.routes.values() for o in route}
        self._means: dict[tuple[str, str, int], float] = {}

    def process_s(self, unit: str, operation: str, pieces: int) -> float:
        """Mean processing time by the plant, in s; 1 where it says none."""
        key = (unit, operation, pieces)
        if key not in self._means:
            one, center = self._operations.get(operation), self.centers[unit]
            takes = None
            if one is not None:
                takes = next((takes_at(one, a) for a in one.on if a.work_center == center.id), None)
            whole = 0.0 if takes is None else mean_lot_s(takes, pieces) / self._speeds[unit]
            self._means[key] = whole or 1.0
        return self._means[key]

    def elapsed_s(self, row: Row, stops: list[Row], moment: datetime) -> float:
        """Net time for which the work of an open row has gone on."""
        start = row["start"]
        if moment <= start:
            return 0.0
        spans = [(one["start"], one["end"] or moment) for one in stops]
        return self.net(row["unit"], start, moment, spans).between(start, moment)

    def net(self, unit: str, start: datetime, end: datetime, stops: Iterable[Span]) -> Net:
        """Give the working time of a unit within a window, less its stops."""
        center = self.centers[unit]
        opened = open_intervals(work_calendar(self._plant, center), start, end)
        working = opened if pauses(center) else np.array([[0.0, (end - start).total_seconds()]])
        return Net(start, WorkedTime.of(opened), WorkedTime.of(working), _merged(stops, start))


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Clocks of a unit; stops are (n, 2) in s from `start`."""

    start: datetime
    opened: WorkedTime
    working: WorkedTime
    stops: Floats

    def between(self, low: datetime, high: datetime) -> float:
        """Seconds in which it worked."""
        a, b = self._s(low), self._s(high)
        first = int(np.searchsorted(self.stops[:, 1], a, side="right"))
        last = int(np.searchsorted(self.stops[:, 0], b, side="left"))
        stopped = np.clip(self.stops[first:last], a, b)
        whole = np.diff(self.working.up_to(np.array([a, b])))[0]
        return float(whole - np.diff(self.working.up_to(stopped), axis=1).sum())

    def open_between(self, low: datetime, high: datetime) -> float:
        """Seconds that the calendar leaves open, stops or not."""
        return float(np.diff(self.opened.up_to(np.array([self._s(low), self._s(high)])))[0])

    def _s(self, moment: datetime) -> float:
        return (moment - self.start).total_seconds()


def _merged(stops: Iterable[Span], start: datetime) -> Floats:
    """Stops without overlaps, (n, 2) in s from `start`, in order."""
    found: list[list[float]] = []
    for low, high in sorted(stops):
        a, b = (low - start).total_seconds(), (high - start).total_seconds()
        if found and a <= found[-1][1]:
            found[-1][1] = max(found[-1][1], b)
        else:
            found.append([a, b])
    return np.array(found, dtype=np.float64).reshape(-1, 2)


class _Work(NamedTuple):
    """When a unit's processing began and ended; what is still going on ends at the end of time."""

    starts: NDArray[np.datetime64]
    ends: NDArray[np.datetime64]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> _Work:
        own = [row for row in rows if _KINDS.get(row["activity"]) is PROCESS]
        ends = [datetime.max if row["end"] is None else row["end"] for row in own]
        return cls(*(np.array(times, "datetime64[us]") for times in ([row["start"] for row in own], ends)))

    def across(self, start: datetime, end: datetime) -> list[datetime]:
        """Starts of the work that began before a stop and ends after it."""
        stop = np.array([start, end], "datetime64[us]")
        found: list[datetime] = self.starts[(self.starts < stop[0]) & (self.ends > stop[1])].tolist()
        return found


@dataclass
class _Past:
    """What of a unit's past is still needed."""

    since: datetime | None = None  # the last failure ended then
    used: float = 0.0  # since then: processing time in s, or cycles
    stops: list[Span] = field(default_factory=list)  # that ended since the oldest work in hand began


class Spells:
    """Turns rows of an event log into spells, however the log is cut into pieces.

    Net are the hours in which the unit works by its calendar, where work pauses off shift, less its failures
    and maintenance. Time between failures is net processing time, cycles or open hours, as the plant counts
    it. The same code reads the plant and its twin, so that what it simplifies is the same on both sides.
    """

    def __init__(self, plant: Plant) -> None:
        self._expected = Expected(plant)
        self._units: dict[str, _Past] = {}

    def take(self, rows: Iterable[Row], moment: datetime) -> list[Spell]:
        """Give the spells that ended since the last call, by end; one of a batch.

        Parameters
        ----------
        rows : of the event log: all that ended since the last call, and all that are open at `moment`.
        moment : end of the log so far.
        """
        units: dict[str, dict[tuple[str, datetime], Row]] = defaultdict(dict)
        for row in rows:
            if row["unit"] in self._expected.centers and (row["activity"] in _KINDS or _stops(row)):
                units[row["unit"]].setdefault((row["activity"], row["start"]), row)
        found = [
            spell for unit, own in units.items() for spell in self._of_unit(unit, list(own.values()), moment)
        ]
        return sorted(found, key=lambda one: one.end)

    def _of_unit(self, unit: str, rows: list[Row], moment: datetime) -> Iterator[Spell]:
        past = self._units.setdefault(unit, _Past())
        ended = sorted((r for r in rows if r["end"] is not None), key=lambda r: (r["end"], r["start"]))
        past.stops += [(row["start"], row["end"]) for row in ended if _stops(row)]
        still = [(row["start"], moment) for row in rows if _stops(row) and row["end"] is None]
        starts = [row["start"] for row in rows] + [low for low, _ in past.stops]
        if past.since is not None and any(_KINDS.get(row["activity"]) is REPAIR for row in ended):
            starts.append(past.since)
        net = self._expected.net(unit, min(starts), moment, past.stops + still)
        work = _Work.of(rows)
        for row in ended:
            kind = _KINDS.get(row["activity"])
            if kind is REPAIR:
                yield from self._failure(unit, row, work, net)
            elif kind is not None:
                yield self._work(unit, kind, row, net)
        oldest = min((r["start"] for r in rows if r["end"] is None and not _stops(r)), default=moment)
        past.stops = [span for span in past.stops if span[1] > oldest]

    def _work(self, unit: str, kind: str, row: Row, net: Net) -> Spell:
        center, took = self._expected.centers[unit], net.between(row["start"], row["end"])
        if kind is SETUP:
            return Spell(Key(SETUP, center.id, ""), unit, row["start"], row["end"], took)
        past = self._units[unit]
        if _clock(center) is Clock.CYCLES:
            past.used += 1.0
        else:
            past.used += net.between(max(row["start"], past.since or row["start"]), row["end"])
        mean = self._expected.process_s(unit, row["operation"] or "", row["pieces_in"] or 1)
        key = Key(PROCESS, center.id, row["operation"] or "")
        return Spell(key, unit, row["start"], row["end"], took / mean)

    def _failure(self, unit: str, row: Row, work: _Work, net: Net) -> Iterator[Spell]:
        """A repair, and the time since the last one; work that it interrupted counts up to its start."""
        past, center, start = self._units[unit], self._expected.centers[unit], row["start"]
        clock = _clock(center)
        if past.since is not None:
            up = past.used if clock in (Clock.BUSY, Clock.CYCLES) else net.open_between(past.since, start)
            if clock is Clock.BUSY:
                begun = work.across(start, row["end"])
                up += sum(net.between(max(one, past.since), start) for one in begun)
            yield Spell(Key(UP, center.id, ""), unit, past.since, start, up)
        past.since, past.used = row["end"], 0.0
        took = (row["end"] - start).total_seconds()
        yield Spell(Key(REPAIR, center.id, ""), unit, start, row["end"], took)


def _stops(row: Row) -> bool:
    return row["activity"] in _STOPS


def _clock(center: WorkCenter) -> Clock | None:
    """The clock of a work center's failures; None where they have several."""
    clocks = {failure.clock for failure in center.failures}
    return clocks.pop() if len(clocks) == 1 else None
