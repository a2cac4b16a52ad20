"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from math import isfinite

import polars as pl

from zhizao.experiments.facts import RunFacts
from zhizao.kpi import FORMULAS, Better
from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.verdicts import Evidence
from zhizao.plant import Evidence as Known
from zhizao.plant import Measure
from zhizao.report.data import plain
from zhizao.report.text import number, signed_percent
from zhizao.studies.logistics.alternatives import Alternative, Group

JUDGED = ("throughput", "lead_time_mean", "unit_cost")
"""KPIs by which alternatives are judged."""


class Verdict(Enum):
    """What the intervals of an alternative show."""

    BETTER = "better"
    AS_GOOD = "as good"
    MIXED = "better and worse"
    WORSE = "worse"
    NOT_SHOWN = "not shown"
    CANNOT = "cannot keep up"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """An alternative, less the plant as it is, in pairs of runs."""

    alternative: Alternative
    differences: Mapping[str, Difference]
    evidence: Mapping[str, Evidence]
    keeps_up: bool

    def shown(self, kpi: str) -> int:
        """1: shown to be better, -1: worse, 0: neither."""
        change = self.differences[kpi].absolute.mean
        if not self.evidence[kpi].shown or not isfinite(change):
            return 0
        return 1 if (change > 0) == (FORMULAS[kpi].better is Better.HIGHER) else -1

    def as_good(self, margin: float) -> bool:
        """Whether the loss of throughput and the rise of lead time are shown to be within the margin."""
        return all(self._within(name, margin) for name in JUDGED[:2])

    def verdict(self, margin: float, *, base_keeps_up: bool) -> Verdict:
        """Better, as good or worse only where the intervals say so."""
        if base_keeps_up and not self.keeps_up:
            return Verdict.CANNOT
        shown = [self._beyond(name, margin) for name in JUDGED]
        no_loss = all(self._within(name, margin) or self.shown(name) == 1 for name in JUDGED[:2])
        if 1 in shown:
            return Verdict.BETTER if -1 not in shown and no_loss else Verdict.MIXED
        if -1 in shown:
            return Verdict.WORSE
        return Verdict.AS_GOOD if self.as_good(margin) else Verdict.NOT_SHOWN

    def _within(self, kpi: str, margin: float) -> bool:
        """Whether a loss of throughput, or a rise of lead time, is shown to be within the margin."""
        relative = self.differences[kpi].relative
        return relative.low >= -margin if FORMULAS[kpi].better is Better.HIGHER else relative.high <= margin

    def _beyond(self, kpi: str, margin: float) -> int:
        """As `shown`; what is worse within the margin counts as no difference, but for the cost."""
        shown = self.shown(kpi)
        return 0 if shown == -1 and kpi in JUDGED[:2] and self._within(kpi, margin) else shown


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """Delay of trips of a fleet by others on its floor."""

    fleet: str
    trips: float
    """Mean number of trips in the window."""
    per_trip_s: Interval


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Findings(RunFacts):
    """Alternatives against the plant as it is; traffic; flow between work centers.

    `margin` is the loss up to which an alternative is as good; `zones` has a row for each zone of the floors
    (None: there are none); `loads` are shares of working time.
    """

    margin: float
    present: Mapping[str, Interval]
    alternatives: tuple[Judged, ...]
    delays: tuple[Delays, ...]
    loads: Mapping[str, float]
    flow: pl.DataFrame
    zones: pl.DataFrame | None

    def verdict(self, one: Judged) -> Verdict:
        """What the intervals of an alternative show."""
        return one.verdict(self.margin, base_keeps_up=self.keeps_up)

    def enough(self, fleet: str) -> Judged | None:
        """The fewest vehicles of a fleet, fewer than now, that are as good or better; None: not shown."""
        if not self.loads.get(fleet):
            return None  # a fleet that carries nothing shows nothing
        fewer = [one for one in self._of(fleet) if one.alternative.vehicles < self._present(fleet)]
        good = [one for one in fewer if self.verdict(one) in (Verdict.BETTER, Verdict.AS_GOOD)]
        return min(good, key=lambda one: one.alternative.vehicles, default=None)

    def _of(self, fleet: str) -> list[Judged]:
        kinds = (Group.VEHICLES, fleet)
        return [one for one in self.alternatives if (one.alternative.group, one.alternative.of) == kinds]

    def _present(self, fleet: str) -> int:
        return next(one.vehicles for one in self.plant.transport.fleets if one.id == fleet)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is better, and the fewest vehicles that are as good, as measures; costs are not known.

        Of what cannot be had together the better is to be chosen: they exclude one another.
        """
        enough = [self.enough(fleet.id) for fleet in self.plant.transport.fleets]
        taken = [
            one
            for one in self.alternatives
            if one.alternative.group is not Group.TRAFFIC
            and (self.verdict(one) is Verdict.BETTER or one in enough)
        ]
        return tuple(self._measure(one, taken) for one in taken)

    def _measure(self, one: Judged, taken: list[Judged]) -> Measure:
        paths = set(one.alternative.changes)
        others = [x for x in taken if x is not one and paths & set(x.alternative.changes)]
        note = f"{self.verdict(one).value} in {self.replications} pairs of runs: {_changes(one)}"
        return Measure(
            id=_id(one),
            title=one.alternative.name,
            set=dict(one.alternative.changes),
            excludes=tuple(_id(x) for x in others),
            evidence=Known(study="logistics", run=f"seed {self.seed}", note=note),
        )

    # ------------------------------------------------------------ sentences
    @property
    def answer(self) -> str:
        """How many vehicles are enough, and what is better, in plain sentences."""
        return " ".join(self.answers)

    @property
    def answers(self) -> tuple[str, ...]:
        """The sentences of the answer."""
        return (*self._fleets(), *self._better())

    def _fleets(self) -> Iterator[str]:
        for fleet in self.plant.transport.fleets:
            if not self.loads.get(fleet.id):
                yield f"{fleet.id}: it carries no lot, so that nothing is shown of how many are enough."
                continue
            found = self.enough(fleet.id)
            if found is not None:
                count = found.alternative.vehicles
                do = "vehicle does" if count == 1 else "vehicles do"
                yield f"{fleet.id}: {count} {do} as well as {fleet.vehicles} ({_changes(found)})."
                tried = min(
                    one.alternative.vehicles for one in self._of(fleet.id) if one.alternative.vehicles
                )
                if count == tried > 1:
                    yield f"{fleet.id}: fewer than {count} vehicles were not tried."
            elif fleet.vehicles > 1:
                yield f"{fleet.id}: fewer than {fleet.vehicles} vehicles are not shown to do as well."
            more = [
                one
                for one in self._of(fleet.id)
                if one.alternative.vehicles > fleet.vehicles and self.verdict(one) is Verdict.BETTER
            ]
            if more:
                best = min(more, key=lambda one: one.alternative.vehicles)
                yield f"{fleet.id}: {best.alternative.vehicles} vehicles are better ({_changes(best)})."

    def _better(self) -> Iterator[str]:
        skipped = (Group.VEHICLES, Group.TRAFFIC)
        others = [one for one in self.alternatives if one.alternative.group not in skipped]
        good = [one for one in others if self.verdict(one) is Verdict.BETTER]
        for one in good:
            yield f"Better: {one.alternative.name} ({_changes(one)})."
        if others and not good:
            yield "No other rule, command or exchange of places is shown to be better."

    @property
    def traffic(self) -> tuple[str, ...]:
        """What traffic costs, in plain sentences."""
        found = [
            f"Traffic delays a trip of {one.fleet} by {number(one.per_trip_s.mean)} s "
            f"({number(one.per_trip_s.low)} to {number(one.per_trip_s.high)}) on average."
            for one in self.delays
        ]
        free = [one for one in self.alternatives if one.alternative.group is Group.TRAFFIC]
        return (*found, *(f"On empty floors it would be: {_changes(one)}." for one in free))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [*self.answers, *self.traffic, *self.deadlocks]
        if self.interrupted:
            found.insert(0, f"Interrupted: only the {self.replications} pairs of runs done by then count.")
        if not self.keeps_up:
            found.append("The plant as it is cannot keep up with its orders: lead times depend on the run.")
        groups = {one.alternative.group for one in self.alternatives}
        if Group.LAYOUT in groups:
            found.append("Exchanged places: cost of moving and sizes of places are not looked at.")
        found.append(
            f"As good: the 95 % interval shows a loss of throughput and a rise of lead time of at most "
            f"{number(100 * self.margin)} %. Better and worse allow for all alternatives (Holm)."
        )
        return tuple(found)

    # ------------------------------------------------------------ tables
    def table(self) -> pl.DataFrame:
        """One row per alternative.

        Columns: alternative, group, verdict, and for each KPI its relative change with low and high.
        """
        rows = [
            {
                "alternative": one.alternative.name,
                "group": one.alternative.group.value,
                "verdict": self.verdict(one).value,
                **{
                    f"{name}{end}": plain(getattr(one.differences[name].relative, bound))
                    for name in JUDGED
                    for end, bound in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
            }
            for one in self.alternatives
        ]
        numbers = [f"{name}{end}" for name in JUDGED for end in ("", "_low", "_high")]
        schema = {**dict.fromkeys(("alternative", "group", "verdict"), pl.String)}
        schema |= dict.fromkeys(numbers, pl.Float64)  # type: ignore[arg-type]
        return pl.DataFrame(rows, schema=schema)


def _id(one: Judged) -> str:
    return one.alternative.name.replace(":", "").replace(" ", "-")


def _changes(one: Judged) -> str:
    """Relative changes with their intervals; those that round to nothing are left out."""
    parts = []
    for name in JUDGED:
        change = one.differences[name].relative
        if isfinite(change.low) and max(-change.low, change.high) >= _NOTHING:
            span = f"{signed_percent(change.low)} to {signed_percent(change.high)}"
            parts.append(f"{FORMULAS[name].name.lower()} {signed_percent(change.mean)} % ({span})")
    return "; ".join(parts) or f"all within {number(100 * _NOTHING)} %"


_NOTHING = 0.001  # a relative change that sentences leave out
