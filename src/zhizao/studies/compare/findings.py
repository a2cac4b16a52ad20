"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite, isnan

import polars as pl

from zhizao.experiments.facts import RunFacts, in_words
from zhizao.experiments.uncertainty import ParameterUncertainty
from zhizao.experiments.uncertainty import in_words as made_of
from zhizao.kpi import AS_INSPECTED, FORMULAS, HEADLINE, Better, unit_of
from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.verdicts import Evidence, family
from zhizao.plant import Differing, Plant, differences_between
from zhizao.report.text import THIN, number, signed_percent
from zhizao.studies.compare.payback import Appraisal, Money, PayBack
from zhizao.studies.compare.seen import Seen


class Verdict(Enum):
    """What the interval of a difference shows at its confidence."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"  # of a KPI that has no good direction
    SAME = "no difference shown"
    SMALL = "too small to matter"  # significant, but below the relevance
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One KPI before and after, and what speaks for a difference."""

    kpi: str
    difference: Difference
    evidence: Evidence
    blind: bool = False
    """The KPI counts what inspection found, and inspection itself has changed: neither better nor worse."""

    @property
    def verdict(self) -> Verdict:
        """Better or worse only where the difference is significant and relevant."""
        absolute = self.difference.absolute
        if isnan(absolute.mean):
            return Verdict.UNKNOWN
        if not self.evidence.significant:
            return Verdict.SAME
        if not self.evidence.relevant:
            return Verdict.SMALL
        better = FORMULAS[self.kpi].better
        if better is Better.NEITHER or self.blind:
            return Verdict.CHANGED
        return Verdict.BETTER if (absolute.mean > 0) == (better is Better.HIGHER) else Verdict.WORSE


def judged(
    differences: Mapping[str, Difference], relevance: float, *, by_ratio: bool = False
) -> dict[str, Change]:
    """Changes with their evidence: the headline is one family of tests, all other KPIs are another.

    Over drawn plants the test is `by_ratio`: how large the plant's numbers are matters less to a ratio.
    """
    rest = [name for name in differences if name not in HEADLINE]
    found: dict[str, Change] = {}
    for names in (HEADLINE, rest):
        known = [differences[name] for name in names]
        evidence = family(known, relevance, by_ratio=by_ratio)
        found |= {name: Change(name, differences[name], e) for name, e in zip(names, evidence, strict=True)}
    if found["escape_rate"].evidence.shown:
        found |= {name: replace(found[name], blind=True) for name in AS_INSPECTED if name in found}
    return {name: found[name] for name in differences}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One `plant` after a change, against that before; `money` in the plant's currency.

    With `uncertainty` the intervals are over pairs of plants drawn from what is known.
    """

    name: str
    plant: Plant
    measures: tuple[str, ...]
    changes: Mapping[str, Change]
    money: Money
    keeps_up: bool
    uncertainty: ParameterUncertainty | None
    seen: Seen | None = None
    """What its runs showed beside its KPIs."""

    @property
    def cost(self) -> float:
        """Money, once."""
        return self.money.cost

    @property
    def gain_per_day(self) -> Interval:
        """Money that a day gains; nan where it is not known."""
        return self.money.gain_per_day

    @property
    def payback(self) -> PayBack | None:
        """When the gain has paid the cost."""
        return self.money.payback


_NUMBERS = (
    "before", "after", "difference", "low", "high", "relative", "relative_low", "relative_high", "p_value"
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Compared(RunFacts):
    """A plant and what becomes of it after one or several changes, from pairs of runs."""

    scenarios: tuple[Outcome, ...]
    relevance: float
    appraisal: Appraisal
    before: Seen | None = None
    """What the runs of the plant before showed beside its KPIs."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [*self.deadlocks]
        uncertainty = self.scenarios[-1].uncertainty
        if self.interrupted:
            done = f"{self.replications} pairs of runs"
            done = done if uncertainty is None else f"{uncertainty.plants} drawn plants"
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
        if uncertainty is not None:
            found += [*uncertainty.notes, *_of_what(self.scenarios[-1], uncertainty)]
        found += [said for s in self.scenarios for said in _escapes(s, self.plant.currency)]
        return (*found, _how_judged(self.relevance), in_words(self))

    def differing(self, scenario: Outcome) -> tuple[Differing, ...]:
        """Values of the plant that are others after a change than before."""
        return differences_between(self.plant, scenario.plant)

    @property
    def answer(self) -> str:
        """What the last change does to the headline, in a sentence."""
        last = self.scenarios[-1]
        shown = (Verdict.BETTER, Verdict.WORSE, Verdict.CHANGED)
        moved = [last.changes[name] for name in HEADLINE if last.changes[name].verdict in shown]
        if not moved:
            return f"{last.name}: no difference is shown in the headline."
        return f"{last.name}: {'; '.join(_sentence(change) for change in moved)}."

    def table(self) -> pl.DataFrame:
        """One row per change and KPI that is known, headline rows first.

        Columns: change, kpi, name, unit, before, after, difference, low, high, relative, relative_low,
        relative_high (shares of the mean before), p_value, verdict.
        """
        rows = [
            (
                s.name,
                c.kpi,
                FORMULAS[c.kpi].name,
                unit_of(FORMULAS[c.kpi], self.plant),
                *_numbers(c),
                c.evidence.p_value,
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


def _of_what(scenario: Outcome, uncertainty: ParameterUncertainty) -> Iterator[str]:
    """What the headline's intervals are made of, and what to measure better."""
    for name in HEADLINE:
        spread, r = uncertainty.spreads[name], scenario.changes[name].difference.relative
        if spread.parameters > 0 and isfinite(r.low) and r.low < r.high:
            bounds = f"{signed_percent(r.low)} to {signed_percent(r.high)}{THIN}%"
            said = f"{FORMULAS[name].name} {bounds} ({scenario.name}): {made_of(spread)}."
            yield f"{said} {uncertainty.advice(name)}".strip()


def _escapes(scenario: Outcome, currency: str) -> Iterator[str]:
    """What inspection lets through, where that changes: it is not among the five headline rows."""
    change = scenario.changes["escape_rate"]
    if change.verdict in (Verdict.BETTER, Verdict.WORSE):
        before, after = (
            f"{100 * x.mean:.3g}{THIN}%" for x in (change.difference.before, change.difference.after)
        )
        yield f"{scenario.name}: defective pieces among those shipped {before} before, {after} after."
    money = scenario.money
    if isnan(money.gain_per_day.mean) and not isnan(money.before_escapes.mean):
        said = (
            f"{scenario.name}: what a defective piece costs once it is shipped is not known, so no gain in "
            f"money is stated; {_shipped(money.escapes_avoided.mean)} a day. Give products an `escape_cost`."
        )
        least = money.break_even_escape_cost
        yield said if least is None else f"{said} A day gains from {number(least)} {currency} a piece on."


def _how_judged(relevance: float) -> str:
    return (
        f"Better or worse: significant at 5{THIN}% after Holm's correction, within the five headline rows "
        f"and within all others, and a change of at least {100 * relevance:g}{THIN}%."
    )


def _shipped(avoided: float) -> str:
    return f"{number(abs(avoided))} {'fewer' if avoided >= 0 else 'more'} are shipped"


def _sentence(change: Change) -> str:
    r = change.difference.relative
    name = FORMULAS[change.kpi].name
    if not isfinite(r.mean):
        return f"{name} {change.verdict.value}"
    bounds = f" ({signed_percent(r.low)} to {signed_percent(r.high)})" if isfinite(r.low) else ""
    return f"{name} {signed_percent(r.mean)}{THIN}%{bounds}, {change.verdict.value}"


def ordered(scenario: Outcome) -> list[Change]:
    """Changes of a scenario: the headline, what inspection lets through, all others."""
    first = (*HEADLINE, "escape_rate")
    rest = (name for name in scenario.changes if name not in first)
    return [scenario.changes[name] for name in (*first, *rest)]


def _numbers(change: Change) -> tuple[float, ...]:
    d = change.difference
    return (
        d.before.mean, d.after.mean, d.absolute.mean, d.absolute.low, d.absolute.high,
        d.relative.mean, d.relative.low, d.relative.high,
    )  # fmt: skip
