"""Move a plan on to a later state of the plant: what is frozen stays, the rest changes little."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf, isinf

import polars as pl

from zhizao.plant import Plant
from zhizao.plant.query import streams
from zhizao.records import EVENTS, HOLDS
from zhizao.studies.schedule.judge import PlanSelection, each_rule
from zhizao.studies.schedule.plan import FROZEN, HOUR_S, NOT_BEFORE, Outcome
from zhizao.studies.schedule.previous import COLUMNS, Place, Previous, broken, by_lot, moved, priced
from zhizao.studies.schedule.work import Lot

_OF_RULES = 0.2  # share of the time for rules: they move much
_UNITS_KEPT_S = 3e8  # by which keys lie ahead of any run: the twin waits for the unit of an early lot


def rows_from(
    plant: Plant,
    lots: Sequence[Lot],
    previous: Previous,
    *,
    base: pl.DataFrame | None = None,
    new_s: float = inf,
) -> pl.DataFrame:
    """Rows for the twin that keep the frozen operations, and all others as the base has them.

    Parameters
    ----------
    base
        A plan of the same lots (default: the earlier plan).
    new_s
        Moment at which operations that the earlier plan does not know are planned, in s from the plant's
        start, no earlier than their release; they go to any unit.
    """
    places = dict(previous.places)
    if base is None:
        releases = {lot.id: lot.release_s for lot in lots}
        last = max((place.key_s for place in places.values()), default=0.0)
        for number, (lot, operation) in enumerate(previous.new):
            key = max(min(new_s, last), releases[lot]) + number * 1e-3
            places[lot, operation] = Place(key, None, None, None)
    else:
        places = {
            (lot, operation): place
            for (_, lot), operations in by_lot(base, plant.start).items()
            for operation, place in operations.items()
        } | {one: places[one] for one in previous.frozen}
    ahead = 0.0 if streams(plant) else _UNITS_KEPT_S
    by_id, rows = {lot.id: lot for lot in lots}, []
    for (name, operation), place in places.items():
        if (name, operation) in previous.begun:
            continue
        own, start = by_id[name], plant.start + timedelta(seconds=place.key_s + ahead)
        held = place.not_before_s
        until = None if held is None else plant.start + timedelta(seconds=held)
        rows.append((own.order, name, own.product, operation, place.work_center, place.unit, "process", start,
                     place.batch, until))  # fmt: skip
    schema = {name: EVENTS[name] for name in COLUMNS} | {NOT_BEFORE: HOLDS[NOT_BEFORE]}
    made = pl.DataFrame(rows, schema=schema, orient="row")
    if made[NOT_BEFORE].null_count() == made.height:
        made = made.drop(NOT_BEFORE)
    return with_frozen(made, previous, plant.start)


def with_frozen(rows: pl.DataFrame, previous: Previous, start: datetime) -> pl.DataFrame:
    """Rows in which the frozen operations are marked: their units take them in turn."""
    if not previous.frozen:
        return rows
    frozen = [one in previous.frozen or None for one in rows.select("lot", "operation").iter_rows()]
    marked = rows.with_columns(pl.Series(FROZEN, frozen, dtype=pl.Boolean))
    return _with_held(marked, previous, start) if previous.held else marked


def _with_held(rows: pl.DataFrame, previous: Previous, start: datetime) -> pl.DataFrame:
    """Rows in which the pinned operations do not start before they may."""
    until = {one: start + timedelta(seconds=held) for one, held in previous.held.items()}
    found = [until.get(one) for one in rows.select("lot", "operation").iter_rows()]
    kind = HOLDS[NOT_BEFORE]
    others = pl.col(NOT_BEFORE) if NOT_BEFORE in rows.columns else pl.lit(None, kind)
    return rows.with_columns(pl.max_horizontal(others, pl.Series(found, dtype=kind)).alias(NOT_BEFORE))


@dataclass(eq=False)
class Rescheduling(PlanSelection):
    """Chooses plans by the objective and the price of what they move; the earlier plan moved on is first.

    What does not keep the frozen zone is behind all that does.
    """

    previous: Previous = field(default_factory=lambda: Previous({}, frozenset(), 0.0))

    @property
    def before(self) -> Previous:
        """The earlier plan."""
        return self.previous

    @property
    def settled(self) -> bool:
        """Whether the best reaches the bound, and moves nothing."""
        best = self.best
        if best is None or not self.proved:
            return False
        return moved(best.outcome.rows, self.previous, self.plant.start).is_empty()

    def marked(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with what they must not change."""
        return with_frozen(rows, self.previous, self.plant.start)

    def merit(self, outcome: Outcome) -> tuple[float, ...]:
        """Lots not done, hold limits broken, frozen operations not kept, the objective with the price of
        moves, the others."""
        unfinished, breaks, value, *others = super().merit(outcome)
        moves = moved(outcome.rows, self.previous, self.plant.start)
        dear = priced(moves, self.previous.tolerance_s)
        never = isinf(self.previous.per_move_h)
        price = 0.0 if never else dear * self.previous.per_move_h * HOUR_S
        out = broken(outcome.rows, self.previous, self.plant.start)
        return unfinished, breaks, out, dear if never else 0, value + price, moves.height, *others

    def rules(self) -> None:
        """Move the earlier plan on, then try each rule for what is not frozen."""
        moving = "the previous plan, moved on"
        rows = rows_from(self.plant, self.lots, self.previous)
        self._try(moving, rows)
        if self.best is not None and self.best.outcome.unfinished and self.previous.frozen:
            self._try(f"{moving}, with a frozen zone that cannot be kept", rows.drop(FROZEN))
        if self.previous.new:
            early = rows_from(self.plant, self.lots, self.previous, new_s=0.0)
            self._try(f"{moving}, with new operations first", early)
        ends = time.perf_counter() + _OF_RULES * (self.until - time.perf_counter())
        for by, plant in each_rule(self.plant):
            if self.settled or time.perf_counter() >= ends:
                return
            outcome = self._run(plant, None, at_all_costs=False)
            if outcome is None:
                return
            self.plan(by, outcome.rows)

    def plan(self, by: str, rows: pl.DataFrame) -> None:
        """Try a plan, with the frozen operations as they were."""
        self._try(by, rows_from(self.plant, self.lots, self.previous, base=rows))

    def _try(self, by: str, rows: pl.DataFrame) -> None:
        first = self.best is None
        outcome = self._run(self.plant, rows, at_all_costs=first)
        if outcome is None:
            return
        self.starts.append((by, outcome))
        if self.best is None or self.merit(outcome) < self.merit(self.best.outcome):
            self._settle(by, outcome, at_all_costs=first)
