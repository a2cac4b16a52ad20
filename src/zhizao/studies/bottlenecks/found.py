"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import polars as pl

from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.facts import NOTHING_TO_DO, RunFacts, in_words


@dataclass(frozen=True, slots=True)
class Gain:
    """What one more brings: lead time and throughput after, against the plant as it is."""

    lead_time: Difference
    throughput: Difference

    @property
    def shorter(self) -> float:
        """Share by which the mean lead time falls; 0 where no fall is shown."""
        return _shown(-self.lead_time.relative.mean, self.lead_time.absolute.high < 0)

    @property
    def more(self) -> float:
        """Share by which throughput rises; 0 where no rise is shown."""
        return _shown(self.throughput.relative.mean, self.throughput.absolute.low > 0)


def _shown(share: float, proved: bool) -> float:
    return share if proved and isfinite(share) else 0.0


@dataclass(frozen=True, slots=True)
class Resource:
    """One work center or group of people, with what speaks for it being the bottleneck.

    `moment_share` is the share of time as bottleneck of the moment, `active_h` the mean active period in
    working hours, `wait_h` the mean wait before it (see `active` and `waits`); `gain` is None where it was
    not tried.
    """

    name: str
    kind: str
    count: int
    load: Interval
    moment_share: Interval
    active_h: Interval
    wait_h: Interval
    gain: Gain | None

    def rank(self, keeps_up: bool) -> tuple[float, float, float]:
        """Sorts by what one more is proved to bring, then by load; a flooded plant wants throughput first."""
        shorter, more = (0.0, 0.0) if self.gain is None else (self.gain.shorter, self.gain.more)
        load = self.load.mean if isfinite(self.load.mean) else 0.0
        return (-shorter, -more, -load) if keeps_up else (-more, -shorter, -load)

    @property
    def label(self) -> str:
        """Name, with the number of units or people."""
        return self.name if self.kind == "together" else f"{self.name} ({self.count})"

    @property
    def sentence(self) -> str:
        """The evidence in words."""
        parts = [f"{self.name}: load {self.load.mean:.0%}"] if isfinite(self.load.mean) else [f"{self.name}:"]
        if isfinite(self.moment_share.mean):
            parts.append(f"bottleneck of the moment {self.moment_share.mean:.0%} of the time")
        if isfinite(self.wait_h.mean):
            parts.append(f"lots wait {self.wait_h.mean:.1f} h before it")
        joint = " " if self.kind == "together" else "; "
        return ", ".join(parts) + joint + self._experiment() + "."

    def _experiment(self) -> str:
        one = _ONE[self.kind]
        if self.gain is None:
            return f"{one} was not tried"
        said = [
            f"{'shortens' if change.mean < 0 else 'lengthens'} the mean lead time by {_percent(change)}"
            for change in [self.gain.lead_time.relative]
            if self.gain.lead_time.absolute.excludes(0.0)
        ]
        said += [
            f"{'raises' if change.mean > 0 else 'lowers'} throughput by {_percent(change)}"
            for change in [self.gain.throughput.relative]
            if self.gain.throughput.absolute.excludes(0.0)
        ]
        return f"{one} {' and '.join(said)}" if said else f"{one} shows no difference"


_ONE = {
    "work center": "one more unit",
    "transport": "one more vehicle",
    "personnel": "one more person",
    "tool": "one more tool",
    "utility": "enough of it for one more unit",
    "together": "one more of both",
}


def _percent(change: Interval) -> str:
    low, high = sorted((abs(change.low), abs(change.high)))
    return f"{abs(change.mean):.1%} ({low:.1%} to {high:.1%})"


_COLUMNS = {
    "resource": pl.String,
    "kind": pl.String,
    "count": pl.Int64,
    "load": pl.Float64,
    "moment_share": pl.Float64,
    "active_h": pl.Float64,
    "wait_h": pl.Float64,
    "lead_time_change": pl.Float64,
    "lead_time_low": pl.Float64,
    "lead_time_high": pl.Float64,
    "throughput_change": pl.Float64,
    "throughput_low": pl.Float64,
    "throughput_high": pl.Float64,
}


@dataclass(frozen=True, slots=True, eq=False)
class Limits(RunFacts):
    """Resources of a plant, the one that limits it most first."""

    resources: tuple[Resource, ...]

    @property
    def answer(self) -> str:
        """Which resource limits the plant, in a plain sentence."""
        first = self.resources[0]
        busiest = max(self.resources, key=lambda r: r.load.mean if isfinite(r.load.mean) else 0.0)
        if self.standstills:
            return "No resource limits a plant that stands still."
        if busiest.load.mean < NOTHING_TO_DO:
            return f"No resource works {NOTHING_TO_DO:.1%} of the time that it has, so none limits the plant."
        if first.gain is None or not (first.gain.shorter or first.gain.more):
            return (
                "No resource was shown to limit the plant: one more of the busiest brings nothing that can "
                f"be told from chance. The busiest is {busiest.sentence}"
            )
        said = f"What limits the plant most is {first.sentence}"
        return said if busiest.name == first.name else f"{said} The busiest resource is {busiest.sentence}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [*self.deadlocks, self.answer]
        if self.interrupted:
            found.append("Interrupted: resources that were not reached were not tried with one more.")
        if not self.keeps_up:
            found.append("The plant cannot keep up with its orders: work in process grows steadily.")
        return (*found, in_words(self))

    def table(self) -> pl.DataFrame:
        """One row per resource in order of rank; changes are shares of the plant as it is, null: not
        tried."""
        rows = [
            (
                r.name,
                r.kind,
                r.count,
                r.load.mean,
                r.moment_share.mean,
                r.active_h.mean,
                r.wait_h.mean,
                *_changes(r),
            )
            for r in self.resources
        ]
        frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
        numbers = [name for name, kind in _COLUMNS.items() if kind == pl.Float64]
        return frame.with_columns(
            pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers
        )


def _changes(resource: Resource) -> tuple[float | None, ...]:
    if resource.gain is None:
        return (None,) * 6
    lead, made = resource.gain.lead_time.relative, resource.gain.throughput.relative
    return lead.mean, lead.low, lead.high, made.mean, made.low, made.high
