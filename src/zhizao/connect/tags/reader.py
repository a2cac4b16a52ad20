"""Values of tags as records: what a plant did that sent them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

import polars as pl

from zhizao.connect.tags.rules import TagRules
from zhizao.records import EVENTS, LOTS, Activity, LotStatus, UnitState
from zhizao.records.tags import CLOCK, CONTEXT, COUNTERS, JOB, LEFT, MOVED, RELEASED, STATE

_IN_HAND = (UnitState.DOWN, UnitState.MAINTENANCE, UnitState.WAITING, UnitState.OFF)
"""States in which work in hand rests, and goes on afterwards."""
_STOPS = {UnitState.DOWN: Activity.FAILURE, UnitState.MAINTENANCE: Activity.MAINTENANCE}
_PIECES = {"Good": "pieces_good", "Scrap": "pieces_scrap", "Rework": "pieces_rework"}
_NO_VALUE = 0x80000000  # this bit of a status says that the value is bad
_Row = dict[str, Any]
_Fact = float | str | None


@dataclass
class Move:
    """Where a lot was last said to be (`at`: as in `LotState`)."""

    operation: str
    at: str
    work_center: str | None
    unit: str | None
    since: datetime
    left_s: float | None = None


@dataclass
class _Unit:
    context: dict[str, _Fact] = field(default_factory=dict)
    state: UnitState | None = None  # None: unknown
    work: list[_Row] = field(default_factory=list)
    stop: _Row | None = None
    counts: dict[str, float] = field(default_factory=dict)
    last: list[_Row] = field(default_factory=list)  # the work that ended last
    unknown_since: datetime | None = None


class TagReader:
    """Turns values of tags into an event log, lots and their places, as they come.

    Values are kept until the moment up to which the plant is read (`read`), since values of several tags that
    belong together may come one after the other.

    Parameters
    ----------
    rules
        What the tags mean.
    zone
        Time zone of the plant's local times.
    """

    def __init__(self, rules: TagRules, zone: tzinfo = UTC) -> None:
        self._rules, self._zone = rules, zone
        self._units = {unit: _Unit() for unit in rules.centers}
        self._waiting: list[tuple[datetime, int, str, str, _Fact, bool]] = []
        self._number = 0
        self._rows: list[_Row] = []
        self._lots: dict[str, _Row] = {}
        self.moves: dict[str, Move] = {}
        self.faults: Counter[str] = Counter()
        """What could not be understood, in words, with how often."""
        self.unknown: list[tuple[str, datetime, datetime]] = []
        """Unit, start and end of times in which nobody knows what it did."""
        self.clock: datetime | None = None
        """Moment up to which the plant says that it has said everything, in its local time."""
        self.read_from: datetime | None = None
        """Moment of the first value that was read."""
        self.read_until: datetime | None = None
        """Moment up to which all is read."""

    # ------------------------------------------------------------ taking in
    def feed(self, values: pl.DataFrame) -> None:
        """Take values (`tag`, `time`, `number`, `text`, `status`) in the order in which they came."""
        meanings = self._rules.meanings
        columns = (values[name].to_list() for name in ("tag", "time", "number", "text", "status"))
        for tag, time, number, text, status in zip(*columns, strict=True):
            meaning = meanings.get(tag)
            if meaning is None:
                self.faults[f"tag {tag!r}: no rule says what it means"] += 1
                continue
            local = time.astimezone(self._zone).replace(tzinfo=None)
            bad = bool(status & _NO_VALUE)
            if meaning.unit is None and meaning.what == CLOCK:
                self.clock = self.clock if bad else datetime.fromisoformat(text)
                continue
            self._number += 1
            fact = number if text is None else text
            self._waiting.append((local, self._number, meaning.unit or "", meaning.what, fact, bad))

    def read(self, until: datetime) -> None:
        """Understand all values of up to and with a moment (local time)."""
        due = [v for v in self._waiting if v[0] <= until]
        self._waiting = [v for v in self._waiting if v[0] > until]
        if due and self.read_until is not None:
            late = sum(v[0] < self.read_until for v in due)
            if late:
                self.faults["values older than what was already read"] += late
        due.sort(key=lambda v: (v[0], v[1]))
        if due and self.read_from is None:
            self.read_from = due[0][0]
        for moment, unit, changes in _together(due):
            if unit:
                self._unit(unit, moment, changes)
            else:
                for what, (fact, bad) in changes.items():
                    if not bad:
                        self._message(what, moment, str(fact))
        self.read_until = until

    # ------------------------------------------------------------ units
    def _unit(self, name: str, moment: datetime, changes: dict[str, tuple[_Fact, bool]]) -> None:
        own = self._units[name]
        if STATE in changes and changes[STATE][1]:
            own.unknown_since = own.unknown_since or moment
            own.state = None
            return
        for what, (fact, bad) in changes.items():
            if not bad and what not in COUNTERS and what != STATE:
                own.context[what] = fact
        state = self._state(name, own, changes)
        if state is not None and own.unknown_since is not None:
            self.unknown.append((name, own.unknown_since, moment))
            own.unknown_since = None
        self._count(name, own, changes)
        if state is None:
            return
        self._work(name, own, moment, state)
        self._stop(name, own, moment, state)
        own.state = state

    def _state(self, name: str, own: _Unit, changes: dict[str, tuple[_Fact, bool]]) -> UnitState | None:
        if STATE not in changes:
            return own.state
        said = changes[STATE][0]
        text = f"{said:g}" if isinstance(said, float) else str(said)
        state = self._rules.of(name).meaning(text)
        if state is None:
            self.faults[f"unit {name!r}: no rule says what state {text!r} means"] += 1
        return state

    def _work(self, name: str, own: _Unit, moment: datetime, state: UnitState) -> None:
        """Begin and end work, by state, job and lot."""
        same = bool(own.work) and self._key(own) == own.work[0]["key"]
        if own.work and (not same or (state is not own.work[0]["state"] and state not in _IN_HAND)):
            for row in own.work:
                row["end"] = moment
                for what in own.counts:  # a counter that stood still counted none
                    row[_PIECES[what]] = row[_PIECES[what]] or 0
            own.last, own.work = own.work, []
        if own.work or state not in (UnitState.SETUP, UnitState.BUSY):
            return
        kind = Activity.SETUP if state is UnitState.SETUP else Activity.PROCESS
        lots = _several(own.context.get("Lot"))
        batch = f"{name} {moment.isoformat()}" if len(lots) > 1 else None
        several = {what: _several(own.context.get(what)) for what in CONTEXT}
        for number, lot in enumerate(lots):
            facts = {w: v[number] if len(v) == len(lots) else v[0] for w, v in several.items()}
            row = self._row(name, facts | {"Lot": lot}, kind, moment)
            own.work.append(row | {"batch": batch, "key": self._key(own), "state": state})
        self._rows += own.work

    @staticmethod
    def _key(own: _Unit) -> tuple[_Fact, ...]:
        return tuple(own.context.get(what) for what in (JOB, "Lot", "Operation"))

    def _stop(self, name: str, own: _Unit, moment: datetime, state: UnitState) -> None:
        activity = _STOPS.get(state)
        if own.stop is not None and (activity is None or own.stop["activity"] != activity.value):
            own.stop["end"] = moment
            own.stop = None
        if activity is not None and own.stop is None:
            own.stop = self._row(name, {}, activity, moment)
            names = ("lot", "order", "product", "operation", "pieces_in")
            own.stop |= {n: own.work[0][n] for n in names} if own.work else dict.fromkeys(names)
            self._rows.append(own.stop)

    def _row(self, name: str, facts: dict[str, Any], activity: Activity, moment: datetime) -> _Row:
        lot = facts.get("Lot")
        known, pieces = self._lots.get(str(lot), {}), facts.get("Pieces")
        return {
            "lot": lot,
            "order": facts.get("Order") or known.get("order"),
            "product": facts.get("Product") or known.get("product"),
            "operation": facts.get("Operation"),
            "work_center": self._rules.centers[name],
            "unit": name,
            "activity": activity.value,
            "start": moment,
            "end": None,
            "pieces_in": known.get("pieces") if pieces in (None, "") else round(float(pieces)),
            "pieces_good": None,
            "pieces_scrap": None,
            "pieces_rework": None,
            "personnel": facts.get("Personnel"),
            "batch": None,
        }

    # ------------------------------------------------------------ counters
    def _count(self, name: str, own: _Unit, changes: dict[str, tuple[_Fact, bool]]) -> None:
        rules = self._rules.of(name)
        for what, column in _PIECES.items():
            fact, bad = changes.get(what, (None, True))
            if bad or not isinstance(fact, float):
                continue
            before = own.counts.get(what)
            own.counts[what] = fact
            if before is None:
                continue
            more = fact - before
            if more < 0:
                more = fact if rules.rollover is None else more + rules.rollover
                if rules.rollover is None:
                    self.faults[f"unit {name!r}: counter {what} went back"] += 1
            work = own.work or own.last
            if not work:
                self.faults[f"unit {name!r}: counter {what} counts, and no work is known"] += 1
                continue
            _share(work, column, more * rules.every_pieces)

    # ------------------------------------------------------------ lots
    def _message(self, what: str, moment: datetime, text: str) -> None:
        try:
            said = json.loads(text)
            lot = str(said["lot"])
            if what == RELEASED:
                self._release(lot, said, moment)
            elif what == MOVED:
                place = (
                    said["operation"],
                    said.get("at", "waiting"),
                    said.get("work_center"),
                    said.get("unit"),
                )
                self.moves[lot] = Move(*place, moment, said.get("left"))
                if lot in self._lots and "pieces" in said:
                    self._lots[lot]["pieces_now"] = int(said["pieces"])
            elif what == LEFT:
                row = self._lots.setdefault(lot, _lot(lot))
                row |= {"completed": moment, "status": LotStatus(said.get("status", "completed")).value}
                self.moves.pop(lot, None)
        except (ValueError, KeyError, TypeError) as fault:
            self.faults[f"tag {what}: found {text[:60]!r}: {fault}"] += 1

    def _release(self, lot: str, said: dict[str, Any], moment: datetime) -> None:
        row = self._lots.setdefault(lot, _lot(lot))
        for name in ("order", "product", "priority"):
            row[name] = said.get(name)
        row["pieces"] = int(said.get("pieces", 1))
        row["release"] = datetime.fromisoformat(said["release"]) if "release" in said else moment
        row["due"] = datetime.fromisoformat(said["due"]) if "due" in said else None

    # ------------------------------------------------------------ forgetting
    def forget(self, before: datetime) -> None:
        """Forget rows that ended, lots that left and times in the dark before a moment.

        Kept are what the state of the plant rests on: the last row of each lot that is in the plant, and of
        each unit, product and operation.
        """
        keep = {id(row) for unit in self._units.values() for row in unit.last}
        inside = {lot for lot, row in self._lots.items() if row.get("completed") is None}
        last: dict[tuple[str | None, ...], _Row] = {}
        for row in self._rows:
            last[(row["unit"], row["product"], row["operation"], row["activity"])] = row
            if row["lot"] in inside:
                last[(row["lot"],)] = row
        keep |= {id(row) for row in last.values()}
        self._rows = [r for r in self._rows if r["end"] is None or r["end"] >= before or id(r) in keep]
        self._lots = {
            lot: row
            for lot, row in self._lots.items()
            if row.get("completed") is None or row["completed"] >= before
        }
        self.unknown = [one for one in self.unknown if one[2] >= before]

    # ------------------------------------------------------------ giving out
    def events(self, *, ended_after: datetime | None = None) -> pl.DataFrame:
        """Give the event log so far, or what of it is open or ended after a moment; open work has no end."""
        rows = (
            {n: row[n] for n in EVENTS}
            for row in self._rows
            if ended_after is None or row["end"] is None or row["end"] > ended_after
        )
        return pl.DataFrame(list(rows), schema=dict(EVENTS))

    def lots(self) -> pl.DataFrame:
        """Give the lots that were released, and when those that left did."""
        return pl.DataFrame([{n: row.get(n) for n in LOTS} for row in self._lots.values()], schema=dict(LOTS))

    def pieces(self) -> dict[str, int]:
        """Pieces that are now in each lot that was moved."""
        return {lot: row["pieces_now"] for lot, row in self._lots.items() if "pieces_now" in row}

    def states(self) -> dict[str, UnitState | None]:
        """State of each unit; None: unknown."""
        return {name: own.state for name, own in self._units.items()}

    def unknown_now(self) -> dict[str, datetime]:
        """Units of which nobody knows what they do, and since when."""
        return {n: own.unknown_since for n, own in self._units.items() if own.unknown_since is not None}


def _lot(lot: str) -> _Row:
    return {"lot": lot, "status": LotStatus.IN_PROCESS.value}


def _several(fact: _Fact) -> list[str | None]:
    """Names in a value: one, or those of a JSON list."""
    if fact is None or fact == "":
        return [None]
    if isinstance(fact, str) and fact.startswith("["):
        try:
            return [str(name) for name in json.loads(fact)] or [None]
        except ValueError:
            return [fact]
    return [f"{fact:g}" if isinstance(fact, float) else fact]


def _share(work: list[_Row], column: str, more: float) -> None:
    """Count pieces to the lots in work: to one lot all; to those of a batch what each has, if that is all."""
    if len(work) == 1:
        work[0][column] = (work[0][column] or 0) + round(more)
        return
    sizes = [row["pieces_in"] for row in work]
    if more == 0 or (None not in sizes and sum(sizes) == round(more)):
        for row, size in zip(work, sizes, strict=True):
            row[column] = (row[column] or 0) + (size if more else 0)


def _together(
    due: list[tuple[datetime, int, str, str, _Fact, bool]],
) -> Iterator[tuple[datetime, str, dict[str, tuple[_Fact, bool]]]]:
    """Values of one unit and moment together; a tag that comes again begins a new moment of its unit."""
    held: dict[str, dict[str, tuple[_Fact, bool]]] = {}
    now: datetime | None = None
    for moment, _, unit, what, fact, bad in due:
        if moment != now and now is not None:
            for name, changes in held.items():
                yield now, name, changes
            held = {}
        now = moment
        own = held.setdefault(unit, {})
        if what in own:
            yield moment, unit, held.pop(unit)
            own = held.setdefault(unit, {})
        own[what] = fact, bad
    if now is not None:
        for name, changes in held.items():
            yield now, name, changes
