"""Look ahead from the state of a live plant: when lots will be done, what starves, what is blocked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.engine import LogLevel, RunSettings, Twin
from zhizao.plant import Condition, LotPlace, LotState, Plant, PlantState
from zhizao.plant.query import followers, routes_of
from zhizao.records import Activity, Records
from zhizao.workflows.shadow.now import Now
from zhizao.workflows.shadow.reference import Reference
from zhizao.workflows.shadow.spells import PROCESS, REPAIR, SETUP, Expected, Key

DRAWS = 100
COVERAGE = 0.90
_TIME = pl.Datetime("us")
_LOTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "lot": pl.String,
    "order": pl.String,
    "product": pl.String,
    "due": _TIME,
    "low": _TIME,
    "median": _TIME,
    "high": _TIME,
    "late": pl.Float64,
}


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What the twin sees ahead.

    `lots` has a row per lot in the plant: `lot, order, product, due, low, median, high` (completion; the band
    holds it with a probability of `COVERAGE`; null: not within the horizon) and `late` (probability; null
    without a due date). `units` has a row per unit: expected shares of the horizon by state.
    """

    moment: datetime
    days: float
    draws: int
    lots: pl.DataFrame
    units: pl.DataFrame
    assumed: tuple[str, ...]


class _Spent(NamedTuple):
    """Time that something has taken so far, over its `whole_s`."""

    key: Key
    ratio: float
    whole_s: float

    def left(self, reference: Reference, draw: np.random.Generator) -> float:
        """Draw what is left of it, in s."""
        return reference.left(self.key, self.ratio, draw) * self.whole_s


class _Begun(NamedTuple):
    """What was begun and is not done, by unit."""

    work: dict[str, _Spent]
    repairs: dict[str, _Spent]


class Ahead:
    """Runs a plant's twin from states of the plant.

    What is left of work in hand and of repairs is not known: each draw has its own, given how long it has
    taken. All else is drawn by the twin.
    """

    def __init__(self, plant: Plant, reference: Reference, *, draws: int = DRAWS, seed: int = 1) -> None:
        self._plant, self._reference, self._draws, self._seed = plant, reference, draws, seed
        self._expected = Expected(plant)

    def look(self, now: Now, days: float) -> Outlook:
        """Look so many days ahead.

        Raises
        ------
        StateError
            The twin cannot start with the state.
        """
        base, assumed = self._expressible(now)
        begun = _Begun(self._work(now), self._repairs(now))
        runs = [self._run(base, begun, number, days) for number in range(self._draws)]
        return Outlook(
            now.state.moment, days, self._draws, self._lots(now.state, runs), _units(runs), tuple(assumed)
        )

    def _run(self, base: PlantState, begun: _Begun, number: int, days: float) -> Records:
        draw = np.random.default_rng((self._seed, number))
        state = self._drawn(base, begun, draw)
        settings = RunSettings(days, self._seed, 1, threads=1, log=LogLevel.LOTS, first_replication=number)
        return Twin(self._plant, state=state).run(settings).records[0]

    # ------------------------------------------------------------ the state
    def start_of(self, now: Now) -> PlantState:
        """Give the state with which the twin can start; times left by their means."""
        return self._expressible(now)[0]

    def _expressible(self, now: Now) -> tuple[PlantState, list[str]]:
        """The state as the twin can start with it, and what was assumed for that."""
        assumed = list(now.inferred)
        lots = []
        for lot in now.state.lots:
            moved = self._waiting(lot)
            if moved is not lot:
                assumed.append(f"lot {lot.id}: {lot.at.value}; taken as waiting for {moved.operation}")
            lots.append(moved)
        for unit, since in now.unknown.items():
            assumed.append(f"unit {unit}: unknown since {since}; taken as able to work")
        setting_up = {r["unit"] for r in now.in_hand.values() if r["activity"] == Activity.SETUP.value}
        units = [
            u.model_copy(update={"state": Condition.SETUP})
            if u.id in setting_up and u.repair_left is None
            else u
            for u in now.state.units
        ]
        return now.state.model_copy(update={"lots": tuple(lots), "units": tuple(units)}), assumed

    def _waiting(self, lot: LotState) -> LotState:
        delayed = lot.at is LotPlace.ON_THE_WAY and lot.unit is None and lot.left is not None
        if lot.at not in (LotPlace.DONE, LotPlace.ON_THE_WAY) or delayed:
            return lot
        operation = lot.operation
        if lot.at is LotPlace.DONE:
            for route in routes_of(self._plant.products[lot.product]):
                steps = self._plant.routes[route]
                at = [n for n, o in enumerate(steps) if o.id == lot.operation]
                after = followers(steps, at[0]) if at else []
                operation = after[0].id if after else operation
        fields = {
            "at": LotPlace.WAITING,
            "operation": operation,
            "unit": None,
            "work_center": None,
            "left": None,
        }
        return lot.model_copy(update=fields)

    def _drawn(self, base: PlantState, begun: _Begun, draw: np.random.Generator) -> PlantState:
        """The state with what is left of work and of repairs drawn."""
        lefts = {unit: one.left(self._reference, draw) for unit, one in begun.work.items()}
        lots = [
            lot.model_copy(update={"left": lefts[lot.unit]})
            if lot.at is LotPlace.IN_WORK and lot.unit in lefts
            else lot
            for lot in base.lots
        ]
        units = [
            unit.model_copy(update={"repair_left": begun.repairs[unit.id].left(self._reference, draw)})
            if unit.id in begun.repairs
            else unit
            for unit in base.units
        ]
        return base.model_copy(update={"lots": tuple(lots), "units": tuple(units)})

    def _work(self, now: Now) -> dict[str, _Spent]:
        """What each unit has in hand; the lots of a batch are one work."""
        found = {}
        for unit, row in {row["unit"]: row for row in now.in_hand.values()}.items():
            stops = [now.stops[unit]] if unit in now.stops else []
            elapsed = self._expected.elapsed_s(row, [*stops, *now.stopped[unit]], now.state.moment)
            key, whole = Key(SETUP, row["work_center"], ""), 1.0
            if row["activity"] != Activity.SETUP.value:
                operation = row["operation"] or ""
                key = Key(PROCESS, row["work_center"], operation)
                whole = self._expected.process_s(unit, operation, row["pieces_in"] or 1)
            found[unit] = _Spent(key, elapsed / whole, whole)
        return found

    def _repairs(self, now: Now) -> dict[str, _Spent]:
        """The repairs of which the twin knows how long they take."""
        found = {}
        for unit in now.state.units:
            stop = now.stops.get(unit.id)
            if stop is None or unit.repair_left is None or unit.state is Condition.MAINTENANCE:
                continue
            passed = (now.state.moment - stop["start"]).total_seconds()
            found[unit.id] = _Spent(Key(REPAIR, stop["work_center"], ""), passed, 1.0)
        return found

    # ------------------------------------------------------------ what is seen
    def _lots(self, state: PlantState, runs: list[Records]) -> pl.DataFrame:
        done = {lot.id: np.full(len(runs), np.inf) for lot in state.lots}
        for number, records in enumerate(runs):
            # a lot that the plant starts with is an order of its own name
            frame = records.lots.filter(pl.col("order").is_in(list(done)) & pl.col("completed").is_not_null())
            for lot, completed in frame.select("order", "completed").iter_rows():
                done[lot][number] = (completed - state.moment).total_seconds()
        rows = [_band(lot, done[lot.id], state.moment) for lot in state.lots]
        return pl.DataFrame(rows, schema=_LOTS, orient="row")


def _band(lot: LotState, seconds: NDArray[np.float64], moment: datetime) -> tuple[object, ...]:
    """Quantiles of a lot's completion; by order statistics, since the number of draws is small."""
    n, half = len(seconds), (1 - COVERAGE) / 2
    ordered = np.sort(seconds)
    picks = [
        max(0, int(np.floor(half * (n + 1))) - 1),
        n // 2,
        min(n - 1, int(np.ceil((1 - half) * (n + 1))) - 1),
    ]
    times = [
        moment + timedelta(seconds=float(ordered[i])) if np.isfinite(ordered[i]) else None for i in picks
    ]
    late = None
    if lot.due is not None:
        late = float(np.mean(seconds > (lot.due - moment).total_seconds()))
    return (lot.id, lot.order, lot.product, lot.due, *times, late)


def _units(runs: list[Records]) -> pl.DataFrame:
    frames = [
        r.states.select("work_center", "unit", "state", "seconds") for r in runs if r.states is not None
    ]
    return (
        pl.concat(frames)
        .group_by("work_center", "unit", "state", maintain_order=True)
        .agg(share=pl.col("seconds").mean())
        .with_columns(share=pl.col("share") / pl.col("share").sum().over("unit"))
    )
