"""How long things take in a log, net of stops and time off; and what the twin expects of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi.clocks import Floats, open_intervals, open_seconds
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
REFERENCE_DAYS = 168.0
"""One long run: of several short ones the long times, cut off by their ends, would be missing."""
_Row = dict[str, Any]


class Key(NamedTuple):
    """What takes time: a kind, where, and for process the operation."""

    kind: str
    work_center: str
    operation: str

    def __str__(self) -> str:
        return (
            f"{self.kind} of {self.operation} at {self.work_center}"
            if self.operation
            else (f"{self.kind} at {self.work_center}")
        )


@dataclass(frozen=True, slots=True)
class Spell:
    """One of them: unit, when it ended, net time (of process over the mean in the plant, else in s)."""

    key: Key
    unit: str
    end: datetime
    ratio: float


class Durations:
    """Net times of a plant's log.

    Net are the hours in which the unit works by its calendar, where work pauses off shift, less its failures
    and maintenance. The same functions read the plant and its twin, so that what they simplify is the same
    on both sides.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._centers = {unit.id: center for center in plant.work_centers for unit in center.units}
        self._speeds = {unit.id: unit.speed for center in plant.work_centers for unit in center.units}
        self._operations = {o.id: o for route in plant.routes.values() for o in route}
        self._means: dict[tuple[str, str, int], float] = {}

    def spells(self, events: pl.DataFrame, start: datetime, end: datetime) -> Iterator[Spell]:
        """Give what ended in a log, unit by unit in order of time; one of a batch."""
        kinds = [*_KINDS, Activity.MAINTENANCE.value]
        rows = events.filter(
            pl.col("activity").cast(pl.String).is_in(kinds) & pl.col("unit").is_in(list(self._centers))
        ).unique(["unit", "activity", "start"], keep="first", maintain_order=True)
        for (unit,), own in rows.sort("start", maintain_order=True).group_by("unit", maintain_order=True):
            yield from self._of_unit(str(unit), own, start, end)

    def _of_unit(self, unit: str, rows: pl.DataFrame, start: datetime, end: datetime) -> Iterator[Spell]:
        center = self._centers[unit]
        table = rows.select("activity", "operation", "pieces_in", "start", "end").to_dicts()
        stops = _seconds([r for r in table if r["activity"] in _STOPS], start, end)
        calendar = work_calendar(self._plant, center)
        opened = open_intervals(calendar, start, end)
        working = opened if pauses(center) else np.array([[0.0, (end - start).total_seconds()]])
        net = _less(working, stops)
        since: float | None = None  # the last failure ended then
        used = 0.0  # since then: processing time, or cycles
        for row in table:
            if row["end"] is None:
                continue
            kind, span = _KINDS.get(row["activity"]), _seconds([row], start, end)[0]
            if kind is REPAIR:
                if since is not None:
                    wall = float(np.diff(open_seconds(opened, np.array([since, span[0]])))[0])
                    yield Spell(Key(UP, center.id, ""), unit, row["start"], used if _by_use(center) else wall)
                since, used = span[1], 0.0
                yield Spell(Key(REPAIR, center.id, ""), unit, row["end"], float(span[1] - span[0]))
            elif kind is not None:
                took = float(np.diff(open_seconds(net, span))[0])
                if kind is PROCESS:
                    used += 1.0 if _clock(center) is Clock.CYCLES else took
                yield self._spell(kind, center, unit, row, took)

    def _spell(self, kind: str, center: WorkCenter, unit: str, row: _Row, took: float) -> Spell:
        if kind is SETUP:
            return Spell(Key(SETUP, center.id, ""), unit, row["end"], took)
        expected = self.expected_s(unit, row["operation"] or "", row["pieces_in"] or 1)
        return Spell(Key(PROCESS, center.id, row["operation"] or ""), unit, row["end"], took / expected)

    def expected_s(self, unit: str, operation: str, pieces: int) -> float:
        """Mean processing time by the plant, in s; 1 where it says none."""
        key = (unit, operation, pieces)
        if key not in self._means:
            one, center = self._operations.get(operation), self._centers[unit]
            takes = None
            if one is not None:
                takes = next((takes_at(one, a) for a in one.on if a.work_center == center.id), None)
            whole = 0.0 if takes is None else mean_lot_s(takes, pieces) / self._speeds[unit]
            self._means[key] = whole or 1.0
        return self._means[key]

    def elapsed_s(self, row: _Row, stops: list[_Row], moment: datetime) -> float:
        """Net time for which the work of an open row has gone on."""
        center, start = self._centers[row["unit"]], row["start"]
        if moment <= start:
            return 0.0
        whole = np.array([[0.0, (moment - start).total_seconds()]])
        working = (
            open_intervals(work_calendar(self._plant, center), start, moment) if pauses(center) else whole
        )
        net = _less(working, _seconds(stops, start, moment))
        return float(np.diff(net, axis=1).sum())


def _clock(center: WorkCenter) -> Clock | None:
    """The clock of a work center's failures; None where they have several."""
    clocks = {failure.clock for failure in center.failures}
    return clocks.pop() if len(clocks) == 1 else None


def _by_use(center: WorkCenter) -> bool:
    return _clock(center) in (Clock.BUSY, Clock.CYCLES)


def _seconds(rows: list[_Row], start: datetime, end: datetime) -> Floats:
    """Spans of rows in s from `start`, (n, 2); an open row ends at `end`."""
    spans = [
        ((r["start"] - start).total_seconds(), ((r["end"] or end) - start).total_seconds()) for r in rows
    ]
    return np.array(spans, dtype=np.float64).reshape(-1, 2)


def _less(intervals: Floats, stops: Floats) -> Floats:
    """Intervals without the stops (which may overlap)."""
    left = [tuple(one) for one in intervals]
    for low, high in stops:
        cut = []
        for a, b in left:
            if high <= a or low >= b:
                cut.append((a, b))
                continue
            if a < low:
                cut.append((a, low))
            if high < b:
                cut.append((high, b))
        left = cut
    return np.array(left, dtype=np.float64).reshape(-1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the twin expects: sorted ratios of each key, and how many of them there are in a day."""

    ratios: dict[Key, NDArray[np.float64]]
    per_day: dict[Key, float]

    @classmethod
    def of(cls, plant: Plant, seed: int = 1, days: float = REFERENCE_DAYS) -> Reference:
        """Run the twin, and measure it as the plant is measured."""
        settings = RunSettings(days, seed, log=LogLevel.EVENTS)
        found: dict[Key, list[float]] = {}
        durations = Durations(plant)
        for records in run(plant, settings).records:
            assert records.events is not None
            for spell in durations.spells(records.events, records.start, records.end):
                found.setdefault(spell.key, []).append(spell.ratio)
        ratios = {key: np.sort(np.array(values)) for key, values in found.items()}
        return cls(ratios, {key: len(v) / days for key, v in found.items()})

    def left(self, key: Key, ratio: float, draw: np.random.Generator) -> float:
        """Draw how much longer something takes that has taken `ratio`: given that it takes at least that."""
        known = self.ratios.get(key)
        if known is None or not len(known):
            return max(0.0, 1.0 - ratio)
        first = int(np.searchsorted(known, ratio, side="right"))
        if first < len(known):
            return float(known[draw.integers(first, len(known))] - ratio)
        return float(draw.exponential(max(float(known.std()), 0.01 * float(known.mean()))))
