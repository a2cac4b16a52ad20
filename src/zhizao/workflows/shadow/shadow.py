"""The twin beside the plant: its state, what is ahead, what drifts, whether the plan still holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from zhizao.connect.tags import TagReader
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.studies.schedule import Plan, schedule
from zhizao.workflows.shadow.drift import Drift, DriftWatch
from zhizao.workflows.shadow.durations import Durations, Reference
from zhizao.workflows.shadow.now import Now, now
from zhizao.workflows.shadow.outlook import Ahead, Outlook

LIKELY = 0.5
"""A lot that will be late with at least this probability breaks the plan."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the shadow found at a moment. `late`: lots that had been expected in time, and no longer are."""

    now: Now
    outlook: Outlook | None
    drifts: tuple[Drift, ...]
    late: tuple[str, ...]
    said: tuple[str, ...]


@dataclass
class Shadow:
    """Follows a plant through its tags.

    Parameters
    ----------
    plant
        The plant as the twin knows it.
    every
        Plant time between two looks ahead.
    days
        How far to look ahead.
    draws
        Runs of the twin at each look.
    seed
        Of the twin's random numbers.
    """

    plant: Plant
    every: timedelta = timedelta(minutes=15)
    days: float = 3.0
    draws: int = 100
    seed: int = 1
    on_look: Callable[[Look], None] | None = None
    drifts: list[Drift] = field(default_factory=list, init=False)
    last: Look | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.every <= timedelta(0) or self.days <= 0 or self.draws < 1:
            raise InputError(
                f"shadow: found every {self.every}, {self.days:g} days and {self.draws} draws; "
                "right is more than 0"
            )
        reference = Reference.of(self.plant, seed=self.seed)
        self._ahead = Ahead(self.plant, reference, draws=self.draws, seed=self.seed)
        counts = {center.id: len(center.units) for center in self.plant.work_centers}
        self._watch = DriftWatch(reference, counts)
        self._durations = Durations(self.plant)
        self._watched: datetime = self.plant.start
        self._expected: set[str] = set()  # lots that were expected in time

    def on_read(self, reader: TagReader, moment: datetime) -> Look | None:
        """Look, if it is time to, after the tags were read up to a moment."""
        if self.last is not None and moment - self.last.now.state.moment < self.every:
            return None
        return self.look(reader, moment)

    def look(self, reader: TagReader, moment: datetime) -> Look:
        """Look at the plant, and ahead."""
        found = now(self.plant, reader, moment)
        drifts = tuple(self._drifts(reader, moment))
        said = [
            f"{drift}; learn again: zhizao learn LOG (the log since then is evidence)" for drift in drifts
        ]
        outlook = None
        try:
            outlook = self._ahead.look(found, self.days)
        except InputError as fault:
            said.append(f"no look ahead: {fault}")
        late = self._newly_late(outlook)
        if late:
            few = ", ".join(late[:5]) + (" …" if len(late) > 5 else "")
            said.append(f"the plan no longer holds: {few} will probably be late; `offer` makes another")
        self.last = Look(found, outlook, drifts, late, tuple(said))
        if self.on_look is not None:
            self.on_look(self.last)
        return self.last

    def _drifts(self, reader: TagReader, moment: datetime) -> list[Drift]:
        found: list[Drift] = []
        unseen = {unit for unit, _, _ in reader.unknown} | set(reader.unknown_now())
        spells = [
            spell
            for spell in self._durations.spells(reader.events(), self.plant.start, moment)
            if self._watched < spell.end <= moment
            and not (spell.unit in unseen and _in_the_dark(reader, spell.unit, spell.end))
        ]
        for spell in sorted(spells, key=lambda one: one.end):
            found += self._watch.watch(spell)
        self._watched = moment
        self.drifts += found
        return found

    def _newly_late(self, outlook: Outlook | None) -> tuple[str, ...]:
        if outlook is None:
            return ()
        rows = outlook.lots.filter(pl.col("late").is_not_null()).select("lot", "late").iter_rows()
        probable = {lot: late >= LIKELY for lot, late in rows}
        late = tuple(lot for lot, is_late in probable.items() if is_late and lot in self._expected)
        self._expected = {lot for lot, is_late in probable.items() if not is_late}
        return late

    def offer(self, seconds: float = 20.0) -> Plan:
        """Offer a schedule from the state of the last look.

        Raises
        ------
        InputError
            Nothing was looked at yet, or there is nothing to plan.
        """
        if self.last is None:
            raise InputError("offer: the shadow has not looked at the plant yet")
        state = self._ahead.start_of(self.last.now)
        return schedule(self.plant, state=state, seconds=seconds, seed=self.seed)

    def write_evidence(self, reader: TagReader, path: Path) -> int:
        """Write the log of the plant as Parquet, to learn from; give its number of rows."""
        events = reader.events()
        events.write_parquet(path)
        return events.height


def _in_the_dark(reader: TagReader, unit: str, end: datetime) -> bool:
    """Whether an end was only seen when a unit came back, and is thus not known."""
    return any(name == unit and low <= end <= high for name, low, high in reader.unknown)
