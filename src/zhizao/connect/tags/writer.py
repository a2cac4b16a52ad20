"""Records as values of tags: what a plant would send that did this."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

import polars as pl

from zhizao.plant import LotState, Plant, PlantState
from zhizao.quantities import InputError
from zhizao.records import GOOD, Activity, LotStatus, Records, UnitState, Value
from zhizao.records.tags import CLOCK, CONTEXT, COUNTERS, JOB, LEFT, MOVED, RELEASED, STATE, unit_tag

_DOWN = {Activity.FAILURE.value: UnitState.DOWN, Activity.MAINTENANCE.value: UnitState.MAINTENANCE}
_WORK = {
    Activity.SETUP.value: UnitState.SETUP,
    Activity.PROCESS.value: UnitState.BUSY,
    Activity.INSPECT.value: UnitState.BUSY,
}
_COLUMNS = {
    "Lot": "lot",
    "Order": "order",
    "Product": "product",
    "Operation": "operation",
    "Pieces": "pieces_in",
    "Personnel": "personnel",
}
_PIECES = {"Good": "pieces_good", "Scrap": "pieces_scrap", "Rework": "pieces_rework"}
_Row = dict[str, Any]


@dataclass
class _Unit:
    work: tuple[_Row, ...] = ()  # several: a batch
    stops: list[_Row] = field(default_factory=list)
    said: dict[str, float | str] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=lambda: dict.fromkeys((JOB, *COUNTERS), 0.0))


class TagWriter:
    """Says the records of a run as values of tags, step by step.

    Parameters
    ----------
    plant
        The plant that the records are of. A unit that works on several lots one behind the other (a cascade)
        cannot be said by one state and one lot: refused.
    zone
        Time zone of the plant's local times.
    """

    def __init__(self, plant: Plant, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._units = {unit.id: _Unit() for center in plant.work_centers for unit in center.units}
        self._center = {unit.id: center.id for center in plant.work_centers for unit in center.units}
        self._until: datetime | None = None
        self._lots: dict[str, tuple[str, str, str | None, int]] = {}
        self._released: set[str] = set()
        self._gone: set[str] = set()

    def step(self, records: Records, state: PlantState) -> list[Value]:
        """Say what happened after the last step up to the moment of the state, in order of time.

        Parameters
        ----------
        records
            Records that hold all rows that began or ended since then, open ones too.
        state
            State of the plant at their end.
        """
        after, until = self._until, state.moment
        found: list[tuple[datetime, int, Value]] = [(lot[1], 0, lot) for lot in self._comes(records)]
        if after is None:
            start = records.start
            for unit, own in self._units.items():
                first: dict[str, float | str] = {STATE: UnitState.IDLE.value, **own.counts}
                found += [(start, 0, v) for v in self._say(unit, start, first)]
        for moment, unit, changed in self._activities(records.events, after, until):
            found += [(moment, 1, v) for v in self._say(unit, moment, changed)]
        found += [(lot[1], 2, lot) for lot in self._goes(records, state)]
        for one in state.units:
            if one.id in self._units:  # off, blocked and the like leave no row in a log
                found += [(until, 3, v) for v in self._say(one.id, until, {STATE: one.state.value})]
        found.append((until, 4, (CLOCK, until, None, until.isoformat(), GOOD)))
        found.sort(key=lambda one: one[:2])
        self._until = until
        return [(v[0], self._utc(v[1]), *v[2:]) for _, _, v in found]

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    # ------------------------------------------------------------ units
    def _activities(
        self, events: pl.DataFrame | None, after: datetime | None, until: datetime
    ) -> Iterator[tuple[datetime, str, dict[str, float | str]]]:
        """(When, unit, new values of its tags) in order, ends before starts of the same moment."""
        if events is None:
            raise InputError("tags: found records without events; run with a log of events")
        rows = events.filter(pl.col("unit").is_in(list(self._units)))
        if after is not None:
            rows = rows.filter((pl.col("start") > after) | pl.col("end").is_null() | (pl.col("end") > after))
        points: list[tuple[datetime, int, int, tuple[_Row, ...]]] = []
        for number, group in enumerate(_batches(rows)):
            first = group[0]
            ends, starts = first["end"], first["start"]
            instant = ends == starts
            if after is None or starts > after:
                points.append((starts, 1, number, group))
            if ends is not None and (after is None or ends > after) and ends <= until:
                points.append((ends, 2 if instant else 0, number, group))
        for moment, kind, _, group in sorted(points, key=lambda p: (p[0], p[1] != 0, p[2], p[1])):
            unit = group[0]["unit"]
            yield moment, unit, self._begins(unit, group) if kind == 1 else self._ends(unit, group)

    def _begins(self, unit: str, group: tuple[_Row, ...]) -> dict[str, float | str]:
        own, first = self._units[unit], group[0]
        if first["activity"] in _DOWN:
            own.stops.append(first)
            return {STATE: self._state(own)}
        if own.work:
            raise InputError(
                f"tags: unit {unit!r}: found {first['lot']!r} begun at {first['start']} beside "
                f"{own.work[0]['lot']!r}; one state and one lot cannot say a cascade"
            )
        own.work = group
        own.counts[JOB] += 1
        changed: dict[str, float | str] = {JOB: own.counts[JOB]}
        for what in CONTEXT:
            changed[what] = _one_or_list([row[_COLUMNS[what]] for row in group])
        return changed | {STATE: self._state(own)}

    def _ends(self, unit: str, group: tuple[_Row, ...]) -> dict[str, float | str]:
        own, first = self._units[unit], group[0]
        if first["activity"] in _DOWN:
            own.stops = [s for s in own.stops if _key(s) != _key(first)]
            return {STATE: self._state(own)}
        own.work = ()
        if first["activity"] == Activity.SETUP.value:
            return {STATE: self._state(own)}
        changed: dict[str, float | str] = {
            STATE: self._state(own)
        }  # first: it tells an instant's end from its start
        for what in COUNTERS:
            own.counts[what] += sum(row[_PIECES[what]] or 0 for row in group)
            changed[what] = own.counts[what]
        return changed

    def _state(self, own: _Unit) -> str:
        kinds = {_DOWN[row["activity"]] for row in own.stops}
        state = UnitState.IDLE
        if kinds:
            state = UnitState.DOWN if UnitState.DOWN in kinds else UnitState.MAINTENANCE
        elif own.work:
            state = _WORK[own.work[0]["activity"]]
        return str(state.value)

    def _say(self, unit: str, moment: datetime, changed: dict[str, float | str]) -> Iterator[Value]:
        own = self._units[unit]
        for what, value in changed.items():
            if own.said.get(what) == value:
                continue
            own.said[what] = value
            number, text = (None, value) if isinstance(value, str) else (value, None)
            yield unit_tag(self._center[unit], unit, what), moment, number, text, GOOD

    # ------------------------------------------------------------ lots
    def _comes(self, records: Records) -> Iterator[Value]:
        for row in records.lots.iter_rows(named=True):
            if row["lot"] in self._released:
                continue
            self._released.add(row["lot"])
            names = ("lot", "order", "product", "pieces", "priority", "release", "due")
            yield _message(RELEASED, row["release"], {name: row[name] for name in names})

    def _goes(self, records: Records, state: PlantState) -> Iterator[Value]:
        """Where lots are now, and of how many pieces, that were somewhere else or of others before."""
        for row in records.lots.filter(pl.col("completed").is_not_null()).iter_rows(named=True):
            if row["lot"] not in self._gone:
                self._gone.add(row["lot"])
                yield _message(LEFT, row["completed"], {"lot": row["lot"], "status": _status(row)})
        for lot in state.lots:
            place = lot.operation, lot.at.value, lot.work_center, lot.pieces
            if self._lots.get(lot.id) != place:
                self._lots[lot.id] = place
                yield _message(MOVED, state.moment, _move(lot))


def _one_or_list(found: list[Any]) -> float | str:
    """What the lots of an activity have in common; where they differ, the list of it as JSON."""
    if all(one == found[0] for one in found):
        return "" if found[0] is None else float(found[0]) if isinstance(found[0], int) else str(found[0])
    return json.dumps(found, ensure_ascii=False)


def _move(lot: LotState) -> dict[str, Any]:
    place = {"lot": lot.id, "operation": lot.operation, "at": lot.at.value, "work_center": lot.work_center}
    return place | {"unit": lot.unit, "pieces": lot.pieces, "left": lot.left}


def _status(row: _Row) -> str:
    return str(row["status"] or LotStatus.COMPLETED.value)


def _message(tag: str, moment: datetime, fields: dict[str, Any]) -> Value:
    texts = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in fields.items() if v is not None}
    return tag, moment, None, json.dumps(texts, ensure_ascii=False), GOOD


def _key(row: _Row) -> tuple[Any, ...]:
    return row["unit"], row["activity"], row["start"]


def _batches(rows: pl.DataFrame) -> Iterator[tuple[_Row, ...]]:
    """Rows, those of one batch together (also while it is in work, when it has no name yet)."""
    work = [*_WORK, *_DOWN]
    group: list[_Row] = []
    for row in (
        rows.filter(pl.col("activity").cast(pl.String).is_in(work))
        .sort("start", "unit", "activity", maintain_order=True)
        .iter_rows(named=True)
    ):
        if (
            group
            and row["activity"] in _WORK
            and _key(row) == _key(group[0])
            and row["end"] == group[0]["end"]
        ):
            group.append(row)
            continue
        if group:
            yield tuple(group)
        group = [row]
    if group:
        yield tuple(group)
