"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import polars as pl

from zhizao.experiments.facts import NOTHING_TO_DO, RunFacts
from zhizao.experiments.precision import Target
from zhizao.experiments.uncertainty import ParameterUncertainty, in_words
from zhizao.experiments.window import Growth
from zhizao.kpi import FORMULAS, HEADLINE, unit_of
from zhizao.kpi.analysis import Interval
from zhizao.kpi.steady import Steady
from zhizao.records import Records
from zhizao.report.text import quantity


@dataclass(frozen=True, slots=True)
class CenterLoad:
    """Load of one work center or one group of people: share of its available time that it works."""

    resource: str
    kind: str
    count: int
    load: Interval


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """Mean power of all units in an hour of the day, and the mean energy price in it (None: not stated)."""

    hour: int
    kw: Interval
    price: float | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Simulated(RunFacts):
    """A simulated plant: every KPI with its interval, how the window was found, and what limits the plant.

    `records` has lots and states of each replication, `events` the whole event log of the first. `target` is
    the precision that was asked for; `steady` the lead time of a single replication, with its own interval.
    """

    kpis: Mapping[str, Interval]
    loads: tuple[CenterLoad, ...]
    growth: Growth
    records: tuple[Records, ...]
    events: pl.DataFrame | None
    target: Target | None
    steady: Steady | None
    uncertainty: ParameterUncertainty | None
    power: tuple[HourOfDay, ...] = ()
    """Mean power of all units by hour of the day; empty where the plant says nothing about it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [*self._cautions(), self._warm_up(), *self._uncertainty()]
        found += [self._precision(name) for name in (self.target.of if self.target else ())]
        if self.replications == 1:
            found.append(self._alone())
        return (*found, self.hint)

    def _cautions(self) -> list[str]:
        """What makes the numbers other than they look."""
        found = [*self.deadlocks]
        if self.interrupted:
            found.append(self._cut_short())
        if not self.keeps_up:
            grows = self.growth.per_day
            found.append(
                "The plant cannot keep up with its orders: work in process grows by "
                f"{grows.mean:.3g} lots a day ({grows.low:.3g} to {grows.high:.3g}). Lead times below "
                "depend on the length of the run and would grow without end."
            )
        return found

    @property
    def answer(self) -> str:
        """The headline rows that are known, with their intervals, in a sentence."""
        known = [name for name in HEADLINE if isfinite(self.kpis[name].mean)]
        return f"{'; '.join(self._row(name) for name in known)}." if known else "No headline KPI is known."

    def _row(self, name: str) -> str:
        formula, interval = FORMULAS[name], self.kpis[name]
        unit = unit_of(formula, self.plant)
        mean, shown = quantity(interval.mean, unit)
        said = f"{formula.name} {mean} {shown}".rstrip()
        if not isfinite(interval.low):
            return said
        low, high = (quantity(bound, unit)[0] for bound in (interval.low, interval.high))
        return f"{said} ({low} to {high})"

    def _cut_short(self) -> str:
        if self.uncertainty is None:
            return f"Interrupted: only the {self.replications} replications done by then are counted."
        return f"Interrupted: only the {self.uncertainty.plants} drawn plants done by then are counted."

    def _uncertainty(self) -> list[str]:
        """What the headline's intervals are made of, and what to measure better."""
        if self.uncertainty is None:
            return []
        found = [*self.uncertainty.notes]
        for name in HEADLINE:
            spread, i = self.uncertainty.spreads[name], self.kpis[name]
            if isfinite(spread.parameters) and i.low < i.high:
                unit = unit_of(FORMULAS[name], self.plant)
                (low, _), (high, unit) = quantity(i.low, unit), quantity(i.high, unit)
                said = f"{FORMULAS[name].name} {low} to {high} {unit}: {in_words(spread)}."
                found.append(f"{said} {self.uncertainty.advice(name)}".strip())
        return found

    def _precision(self, name: str) -> str:
        """How well a KPI is known that was to be known well."""
        formula, interval = FORMULAS[name], self.kpis[name]
        if not isfinite(interval.half_width) or self.target is None:
            return f"{formula.name}: no interval, so its precision is unknown."
        half, unit = quantity(interval.half_width, unit_of(formula, self.plant))
        share = f" ({interval.relative_half_width:.2%})" if isfinite(interval.relative_half_width) else ""
        reached = (
            "as precisely as asked for" if self.target.reached(interval) else "less precisely than asked"
        )
        return f"{formula.name} is known to ±{half} {unit}{share}, {reached}."

    def _alone(self) -> str:
        if self.steady is None or not isfinite(self.steady.interval.low):
            return "One replication gives no interval; run at least two."
        return (
            "One replication: only the mean lead time has an interval, from the run itself "
            f"({self.steady.how}). Run at least two for the rest."
        )

    def _warm_up(self) -> str:
        said = self.window.warm_up
        return f"{said[0].upper()}{said[1:]}; window of {self.window.days:g} days."

    @property
    def hint(self) -> str:
        """Which resource is the busiest."""
        if not self.loads or not isfinite(self.loads[0].load.mean):
            return "No resource has a known load."
        top = self.loads[0]
        if self.standstills:
            return "A plant that stands still has no busiest resource."
        if top.load.mean < NOTHING_TO_DO:
            return f"No resource works {NOTHING_TO_DO:.1%} of the time that it has, so none is the busiest."
        bounds = f" ({top.load.low:.1%} to {top.load.high:.1%})" if isfinite(top.load.low) else ""
        return (
            f"The busiest resource is {top.resource} ({top.kind}): it works {top.load.mean:.1%}{bounds} of "
            "the time that it has. `zhizao bottlenecks` says what one more would bring."
        )

    def table(self) -> pl.DataFrame:
        """One row per KPI that is known: kpi, name, mean, low, high, unit; the headline rows first."""
        order = [*HEADLINE, *(name for name in self.kpis if name not in HEADLINE)]
        rows = [
            (name, FORMULAS[name].name, i.mean, i.low, i.high, unit_of(FORMULAS[name], self.plant))
            for name in order
            if (i := self.kpis[name]).n
        ]
        kinds = {
            "kpi": pl.String,
            "name": pl.String,
            "mean": pl.Float64,
            "low": pl.Float64,
            "high": pl.Float64,
        }
        frame = pl.DataFrame(rows, schema={**kinds, "unit": pl.String}, orient="row")
        return frame.with_columns(pl.col("mean", "low", "high").fill_nan(None))

    def load_table(self) -> pl.DataFrame:
        """Load of every resource, the busiest first: resource, kind, count, mean, low, high, unit."""
        rows = [
            (c.resource, c.kind, c.count, c.load.mean, c.load.low, c.load.high, "share") for c in self.loads
        ]
        names = {"resource": pl.String, "kind": pl.String, "count": pl.Int64}
        numbers = dict.fromkeys(("mean", "low", "high"), pl.Float64)
        frame = pl.DataFrame(rows, schema={**names, **numbers, "unit": pl.String}, orient="row")
        return frame.with_columns(pl.col("mean", "low", "high").fill_nan(None))

    def power_table(self) -> pl.DataFrame:
        """Mean power by hour of the day: hour, kw, low, high, price (per kWh; null where none is stated)."""
        rows = [(one.hour, one.kw.mean, one.kw.low, one.kw.high, one.price) for one in self.power]
        numbers = dict.fromkeys(("kw", "low", "high", "price"), pl.Float64)
        frame = pl.DataFrame(rows, schema={"hour": pl.Int64, **numbers}, orient="row")
        return frame.with_columns(pl.col("kw", "low", "high").fill_nan(None))
