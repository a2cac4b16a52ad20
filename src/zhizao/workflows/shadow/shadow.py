"""The twin beside the plant: its state, what is ahead, what drifts, whether the plan still holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.connect.tags import TagReader
from zhizao.plant import Plant
from zhizao.quantities import InputError, ZhizaoError
from zhizao.studies.schedule import Plan, schedule
from zhizao.workflows.shadow.drift import Drift, DriftWatch
from zhizao.workflows.shadow.kpis import Live, live_kpis
from zhizao.workflows.shadow.now import Now, now
from zhizao.workflows.shadow.outlook import DRAWS, Ahead, Outlook
from zhizao.workflows.shadow.reference import Reference
from zhizao.workflows.shadow.spells import Spell, Spells

LIKELY = 0.5
"""A lot that will be late with at least this probability breaks the plan."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the shadow found at a moment. `late`: lots that had been expected in time, and no longer are."""

    now: Now
    outlook: Outlook | None
    live: Live
    drifts: tuple[Drift, ...]
    late: tuple[str, ...]
    said: tuple[str, ...]

    def __str__(self) -> str:
        """Name the lots that are most probably late, or else the next to be done."""
        moment = f"{self.now.state.moment:%Y-%m-%d %H:%M}"
        if self.outlook is None or self.outlook.lots.is_empty():
            return f"{moment}  ahead: no lot in the plant"
        lots = self.outlook.lots.sort(pl.col("late").fill_null(0), "median", descending=[True, False])
        few = "; ".join(_in_words(row) for row in lots.head(3).iter_rows(named=True))
        count = "1 lot" if lots.height == 1 else f"{lots.height} lots"
        return f"{moment}  ahead: {count} in the plant; {few}"

    def as_json(self) -> dict[str, Any]:
        """Give moment, lots ahead, drifts, live figures and what is assumed, for machines."""
        ahead = self.outlook
        return {
            "look": self.now.state.moment.isoformat(),
            "lots": [] if ahead is None else json.loads(ahead.lots.write_json()),
            "units": [] if ahead is None else json.loads(ahead.units.write_json()),
            "live": json.loads(self.live.plant.write_json()),
            "live_units": json.loads(self.live.units.write_json()),
            "drifts": [str(drift) for drift in self.drifts],
            "late": list(self.late),
            "said": list(self.said),
            "assumed": [] if ahead is None else list(ahead.assumed),
        }


def _in_words(row: dict[str, Any]) -> str:
    low, median, high = (_time(row[name]) for name in ("low", "median", "high"))
    late = f", late with {100 * row['late']:.0f} %" if row["late"] else ""
    return f"{row['lot']} done {median} ({low} to {high}){late}"


def _time(moment: datetime | None) -> str:
    return "later than was looked" if moment is None else f"{moment:%m-%d %H:%M}"


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What a look is made of: the state, what ended since the last one, and live figures."""

    now: Now
    spells: tuple[Spell, ...]
    live: Live


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
    window
        Plant time of the live figures.
    """

    plant: Plant
    every: timedelta = timedelta(minutes=15)
    days: float = 3.0
    draws: int = DRAWS
    seed: int = 1
    window: timedelta = timedelta(days=1)
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
        self._spells = Spells(self.plant)
        self._watched: datetime | None = None
        self._observed: datetime | None = None
        self._expected: set[str] = set()  # lots that were expected in time

    def is_due(self, moment: datetime) -> bool:
        """Whether it is time for the next look."""
        return self._observed is None or moment - self._observed >= self.every

    def look(self, reader: TagReader, moment: datetime) -> Look:
        """Look at the plant, and ahead."""
        return self.consider(self.observe(reader, moment))

    def observe(self, reader: TagReader, moment: datetime) -> Observed:
        """Take from a reader what a look needs; quick, and the reader may go on afterwards."""
        self._observed = moment
        rows = reader.events(ended_after=self._watched).iter_rows(named=True)
        seen = [spell for spell in self._spells.take(rows, moment) if not _in_the_dark(reader, spell)]
        self._watched = moment
        live = live_kpis(self.plant, reader, self.window)
        return Observed(now(self.plant, reader, moment), tuple(seen), live)

    def consider(self, observed: Observed) -> Look:
        """Judge what was observed, and look ahead from there; takes about 20 ms a draw."""
        drifts = tuple(drift for spell in observed.spells for drift in self._watch.watch(spell))
        self.drifts += drifts
        said = [
            f"{drift}; `zhizao connect log` writes the log since then, to learn again" for drift in drifts
        ]
        outlook = None
        try:
            outlook = self._ahead.look(observed.now, self.days)
        except ZhizaoError as fault:
            said.append(f"no look ahead: {fault}")
        late = self._newly_late(outlook)
        if late:
            few = ", ".join(late[:5]) + (" …" if len(late) > 5 else "")
            said.append(f"the plan no longer holds: {few} will probably be late; `offer` makes another")
        self.last = Look(observed.now, outlook, observed.live, drifts, late, tuple(said))
        return self.last

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


def _in_the_dark(reader: TagReader, spell: Spell) -> bool:
    """Whether nobody knows what the unit did in a part of the time, and thus how long it took."""
    return any(
        n == spell.unit and low <= spell.end and spell.start <= high for n, low, high in reader.unknown
    )


class Beside:
    """Lets a shadow look in a thread of its own while the reader goes on; one look at a time.

    Parameters
    ----------
    shadow
        The shadow.
    on_look
        Called with each look, in that thread.
    on_fault
        Called with the reason when a look fails. The reader goes on all the same: no look is worth a sample.
    """

    def __init__(
        self, shadow: Shadow, on_look: Callable[[Look], None], on_fault: Callable[[str], None]
    ) -> None:
        self._shadow, self._on_look, self._on_fault = shadow, on_look, on_fault
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._running: Future[None] | None = None

    def on_read(self, reader: TagReader, moment: datetime) -> None:
        """Begin a look if it is time to and the last one is done."""
        if self._running is not None:
            if not self._running.done():
                return
            fault, self._running = self._running.exception(), None
            if fault is not None:
                self._on_fault(f"{type(fault).__name__}: {fault}")
        if not self._shadow.is_due(moment):
            return
        try:
            observed = self._shadow.observe(reader, moment)
        except ZhizaoError as fault:
            self._on_fault(str(fault))
        else:
            self._running = self._thread.submit(self._considered, observed)

    def _considered(self, observed: Observed) -> None:
        self._on_look(self._shadow.consider(observed))

    def close(self) -> None:
        """Wait for the look that is under way."""
        self._thread.shutdown(wait=True)
