"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import polars as pl

from zhizao.experiments.facts import NOTHING_TO_DO, RunFacts, in_words
from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.verdicts import Evidence


@dataclass(frozen=True, slots=True)
class Gain:
    """What one more brings: lead time and throughput after, against the plant as it is, with the evidence."""

    lead_time: Difference
    throughput: Difference
    lead_time_evidence: Evidence
    throughput_evidence: Evidence

    @property
    def shorter(self) -> float:
        """Share by which the mean lead time falls; 0 where no fall that matters is shown."""
        return max(-self.lead_time.relative.mean, 0.0) if self.lead_time_evidence.shown else 0.0

    @property
    def more(self) -> float:
        """Share by which throughput rises; 0 where no rise that matters is shown."""
        return max(self.throughput.relative.mean, 0.0) if self.throughput_evidence.shown else 0.0


@dataclass(frozen=True, slots=True)
class Resource:
    """One work center or group of people, with what speaks for it being the bottleneck.

    `moment_share` is the share of time as momentary bottleneck, `active_h` the mean active period in working
    hours, `wait_h` the mean wait before it (see `active` and `waits`), `lost_h` that wait summed over the
    visits of a lot; `gain` is None where it was not tried.
    """

    name: str
    kind: str
    count: int
    load: Interval
    moment_share: Interval
    active_h: Interval
    wait_h: Interval
    lost_h: Interval
    gain: Gain | None

    @property
    def shorter(self) -> float:
        """Share by which one more is proved to shorten the mean lead time."""
        return 0.0 if self.gain is None else self.gain.shorter

    @property
    def more(self) -> float:
        """Share by which one more is proved to raise throughput."""
        return 0.0 if self.gain is None else self.gain.more

    @property
    def label(self) -> str:
        """Name, with the number of units or people."""
        return self.name if self.kind == "together" else f"{self.name} ({self.count})"

    @property
    def sentence(self) -> str:
        """The evidence in words."""
        parts = [f"{self.name}: load {self.load.mean:.0%}"] if isfinite(self.load.mean) else [f"{self.name}:"]
        if isfinite(self.moment_share.mean):
            parts.append(f"momentary bottleneck {self.moment_share.mean:.0%} of the time")
        if isfinite(self.wait_h.mean):
            parts.append(f"lots wait {self.wait_h.mean:.1f} h before it")
        joint = " " if self.kind == "together" else "; "
        return ", ".join(parts) + joint + self.experiment + "."

    @property
    def experiment(self) -> str:
        """What one more brought, in words."""
        one = _ONE[self.kind]
        if self.gain is None:
            return f"{one} was not tried"
        lead, made = self.gain.lead_time.relative, self.gain.throughput.relative
        said = []
        if self.gain.lead_time_evidence.shown:
            said.append(
                f"{'shortens' if lead.mean < 0 else 'lengthens'} the mean lead time by {_percent(lead)}"
            )
        if self.gain.throughput_evidence.shown:
            said.append(f"{'raises' if made.mean > 0 else 'lowers'} throughput by {_percent(made)}")
        return f"{one} {' and '.join(said)}" if said else f"{one} shows no difference that matters"


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
    "lost_h": pl.Float64,
    "lead_time_change": pl.Float64,
    "lead_time_low": pl.Float64,
    "lead_time_high": pl.Float64,
    "throughput_change": pl.Float64,
    "throughput_low": pl.Float64,
    "throughput_high": pl.Float64,
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Limits(RunFacts):
    """Resources of a plant, the one that limits it most first.

    `limits` names the resource that limits throughput (None: orders do, or no single resource), `delays` the
    one that comes first for the lead time (None: none was shown to).
    """

    resources: tuple[Resource, ...]
    limits: str | None
    delays: str | None

    def resource(self, name: str) -> Resource:
        """The resource of that name."""
        return next(resource for resource in self.resources if resource.name == name)

    @property
    def answer(self) -> str:
        """What limits throughput and what comes first for the lead time, in plain sentences."""
        loads = [r.load.mean for r in self.resources if isfinite(r.load.mean)]
        if self.standstills:
            return "No resource limits a plant that stands still."
        if loads and max(loads) < NOTHING_TO_DO:
            return f"No resource works {NOTHING_TO_DO:.1%} of the time that it has, so none limits the plant."
        return f"{self._throughput()} {self._lead_time()}"

    def _throughput(self) -> str:
        if self.limits is not None:
            first = self.resource(self.limits)
            return f"{first.name} limits throughput: {first.experiment}."
        if self.keeps_up:
            return (
                "Orders limit throughput: the plant makes what is ordered, and no resource tried adds to it."
            )
        return (
            "Resources limit throughput, for orders pile up, but one more of no single one tried adds to it; "
            f"the busiest is {self._busiest()}."
        )

    def _busiest(self) -> str:
        known = [r for r in self.resources if isfinite(r.load.mean)]
        busiest = max(known, key=lambda r: r.load.mean, default=None)
        return "not known" if busiest is None else f"{busiest.name} (load {busiest.load.mean:.0%})"

    def _lead_time(self) -> str:
        longest = max(self.resources, key=lambda r: r.lost_h.mean if isfinite(r.lost_h.mean) else -1.0)
        wait = f"lots wait longest before {longest.name}, {longest.lost_h.mean:.1f} h each"
        if self.delays is None:
            known = f"; {wait}" if isfinite(longest.lost_h.mean) else ""
            return f"For the lead time, one more of no resource tried shows a gain that matters{known}."
        first = self.resource(self.delays)
        why = f" ({wait})" if isfinite(longest.lost_h.mean) else ""
        if first.name == self.limits:
            return f"It comes first for the lead time too{why}."
        said = f"For the lead time, {first.name} comes first{why}: {first.experiment}."
        best = max(self.resources, key=lambda r: r.shorter)
        if best.name == first.name or best.shorter <= first.shorter:
            return said
        return f"{said} The largest gain is that of {best.name}: {best.experiment}."

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
                r.lost_h.mean,
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
