"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from math import isfinite, isnan

import polars as pl

from zhizao.kpi import FORMULAS, HEADLINE, Better, unit_of
from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.facts import RunFacts, in_words
from zhizao.kpi.ignorance import Ignorance
from zhizao.kpi.ignorance import in_words as made_of
from zhizao.report.text import THIN, signed_percent
from zhizao.studies.compare.payback import PayBack


class Verdict(Enum):
    """What the interval of a difference shows at its confidence."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"  # of a KPI that has no good direction
    SAME = "no difference shown"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One KPI before and after. Over drawn plants the verdict is `by_ratio`: how large the plant's numbers
    are matters less to a ratio than to a difference.
    """

    kpi: str
    difference: Difference
    by_ratio: bool = False

    @property
    def verdict(self) -> Verdict:
        """Better, worse or no difference shown, by the interval of the difference or of the ratio."""
        absolute = self.difference.absolute
        if isnan(absolute.mean):
            return Verdict.UNKNOWN
        if not (self.difference.relative if self.by_ratio else absolute).excludes(0.0):
            return Verdict.SAME
        better = FORMULAS[self.kpi].better
        if better is Better.NEITHER:
            return Verdict.CHANGED
        return Verdict.BETTER if (absolute.mean > 0) == (better is Better.HIGHER) else Verdict.WORSE


@dataclass(frozen=True, slots=True)
class Scenario:
    """One plant after a change, against the plant before; `gain_per_day` in the plant's currency.

    With `ignorance` the intervals are over pairs of plants drawn from what is known.
    """

    name: str
    measures: tuple[str, ...]
    cost: float
    changes: Mapping[str, Change]
    gain_per_day: Interval
    payback: PayBack | None
    keeps_up: bool
    ignorance: Ignorance | None


_NUMBERS = ("before", "after", "difference", "low", "high", "relative", "relative_low", "relative_high")


@dataclass(frozen=True, slots=True, eq=False)
class Compared(RunFacts):
    """A plant and what becomes of it after one or several changes, from pairs of runs on the same luck."""

    scenarios: tuple[Scenario, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [*self.deadlocks]
        ignorance = self.scenarios[-1].ignorance
        if self.interrupted:
            done = f"{self.replications} pairs of runs"
            done = done if ignorance is None else f"{ignorance.plants} drawn plants"
            found.append(f"Interrupted: only the {done} done by then are counted.")
        if not self.keeps_up:
            found.append(
                "The plant before cannot keep up with its orders (work in process grows steadily): its lead "
                "time, and every difference to it, depends on the length of the run."
            )
        found += [
            f"After {s.name!r} the plant cannot keep up with its orders."
            for s in self.scenarios
            if not s.keeps_up
        ]
        if ignorance is not None:
            found += [*ignorance.notes, *_of_what(self.scenarios[-1], ignorance)]
        return (*found, in_words(self))

    def table(self) -> pl.DataFrame:
        """One row per change and KPI that is known, headline rows first.

        Columns: change, kpi, name, unit, before, after, difference, low, high, relative, relative_low,
        relative_high (shares of the mean before), verdict.
        """
        rows = [
            (
                s.name,
                c.kpi,
                FORMULAS[c.kpi].name,
                unit_of(FORMULAS[c.kpi], self.plant),
                *_numbers(c),
                c.verdict.value,
            )
            for s in self.scenarios
            for c in ordered(s)
            if c.verdict is not Verdict.UNKNOWN
        ]
        texts = dict.fromkeys(("change", "kpi", "name", "unit"), pl.String)
        kinds = {**texts, **dict.fromkeys(_NUMBERS, pl.Float64), "verdict": pl.String}
        finite = (pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in _NUMBERS)
        return pl.DataFrame(rows, schema=kinds, orient="row").with_columns(finite)


def _of_what(scenario: Scenario, ignorance: Ignorance) -> Iterator[str]:
    """What the headline's intervals are made of, and what to measure better."""
    for name in HEADLINE:
        spread, r = ignorance.spreads[name], scenario.changes[name].difference.relative
        if spread.ignorance > 0 and isfinite(r.low) and r.low < r.high:
            bounds = f"{signed_percent(r.low)} to {signed_percent(r.high)}{THIN}%"
            said = f"{FORMULAS[name].name} {bounds} ({scenario.name}): {made_of(spread)}."
            yield f"{said} {ignorance.advice(name)}".strip()


def ordered(scenario: Scenario) -> list[Change]:
    """Changes of a scenario, headline first."""
    rest = (name for name in scenario.changes if name not in HEADLINE)
    return [scenario.changes[name] for name in (*HEADLINE, *rest)]


def _numbers(change: Change) -> tuple[float, ...]:
    d = change.difference
    return (
        d.before.mean, d.after.mean, d.absolute.mean, d.absolute.low, d.absolute.high,
        d.relative.mean, d.relative.low, d.relative.high,
    )  # fmt: skip
