"""The ranked list as data, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, isnan
from typing import Any

import polars as pl

from zhizao.experiments.facts import RunFacts, in_words
from zhizao.kpi import FORMULAS, HEADLINE
from zhizao.plant import Measure
from zhizao.plant.measures.library import KindEvidence
from zhizao.plant.query.measures import known_by
from zhizao.report.text import THIN, number, short, signed_percent
from zhizao.studies.compare import Appraisal
from zhizao.studies.compare.page import paid_after, relative
from zhizao.workflows.improve.findings import (
    Busiest,
    Information,
    Proposal,
    Worth,
    in_percent,
    worth_of_knowing,
)
from zhizao.workflows.improve.goal import Goal
from zhizao.workflows.improve.options import LeftOut
from zhizao.workflows.improve.plan import PLAN

_GOOD = (Worth.PAYS, Worth.BETTER)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Improved(RunFacts):
    """Measures and combinations, the chosen one first, then by the goal.

    `probability`: that no other combination is relevantly better, as the search estimates it; `drawn`
    replications of `combinations` were run for that. `ladder`: how the chosen one builds up. `busiest`:
    today, and after the chosen one.
    """

    goal: Goal
    appraisal: Appraisal
    proposals: tuple[Proposal, ...]
    probability: float | None
    drawn: int
    combinations: int
    ladder: tuple[tuple[Measure, ...], ...]
    left_out: tuple[LeftOut, ...]
    busiest: tuple[Busiest | None, Busiest | None]
    learned: bool
    log: tuple[KindEvidence, ...]
    seconds: float

    @property
    def best(self) -> Proposal | None:
        """The combination to take; None: leave the plant as it is."""
        first = next((one for one in self.proposals if one.chosen), None)
        return first if first is not None and first.worth in _GOOD else None

    @property
    def information(self) -> tuple[Information, ...]:
        """What it would be worth to know better before taking the chosen combination."""
        first = next((one for one in self.proposals if one.chosen), None)
        return () if first is None else worth_of_knowing(first.money)

    @property
    def steps(self) -> tuple[Proposal, ...]:
        """The proposals of the ladder, in its order."""
        made = {tuple(measure.id for measure in one.measures): one for one in self.proposals}
        keys = (tuple(measure.id for measure in step) for step in self.ladder)
        return tuple(made[key] for key in keys if key in made)

    @property
    def front(self) -> tuple[Proposal, ...]:
        """Proposals that none matches at less cost, cheapest first (Pareto front of cost and goal)."""
        order = sorted(self.proposals, key=lambda one: (one.money.cost, -one.rank_value))
        found: list[Proposal] = []
        for one in order:
            if isfinite(one.rank_value) and (not found or one.rank_value > found[-1].rank_value):
                found.append(one)
        return tuple(found)

    @property
    def pareto(self) -> tuple[Proposal, ...]:
        """Proposals that no other matches in cost and in every row of the headline, and beats in one."""
        every = [one for one in self.proposals if isfinite(one.money.cost)]
        return tuple(one for one in every if not any(_dominates(other.merits, one.merits) for other in every))

    @property
    def answer(self) -> str:
        """What to take, in a sentence."""
        best = self.best
        if best is None:
            return f"Leave the plant as it is: {self._why_nothing()}."
        names = _listed([measure.name for measure in best.measures])
        found = [f"Take {names}: {self._gain(best)}"]
        money = best.money
        if self.goal is Goal.PROFIT:
            paid = "at once" if money.cost <= 0 else f"after {paid_after(money.payback)}"
            found.append(f"pays back {paid}")
        assumed = [measure.name for measure in best.measures if measure.assumed]
        if not isnan(best.probability):
            given = ", if what is assumed holds" if assumed else ""
            chance = in_percent(best.probability)
            found.append(f"probability of pay-back within {self.appraisal.years:g} years {chance}{given}")
        priceless = [measure.name for measure in best.measures if measure.cost is None]
        if priceless:
            found.append(f"cost not known: {_listed(priceless)}")
        if assumed:
            found.append(f"assumed, not measured: {_listed(assumed)}")
        return "; ".join(found) + "."

    def _gain(self, best: Proposal) -> str:
        if self.goal is Goal.PROFIT:
            npv = best.money.net_present_value
            bounds = f" ({number(npv.low)} to {number(npv.high)})" if isfinite(npv.low) else ""
            return f"net present value {number(npv.mean)}{bounds} {self.plant.currency}"
        kpi = self.goal.kpi
        assert kpi is not None
        return f"{FORMULAS[kpi].name.lower()} {relative(best.outcome.changes[kpi])}"

    def _why_nothing(self) -> str:
        priceless = [one for one in self.proposals if one.worth is Worth.UP_TO]
        if priceless:
            one = priceless[0]
            return (
                f"no measure of known cost is shown to pay. Of unknown cost: {one.name} is worth at most "
                f"{short(one.most.mean)} ({short(one.most.low)} to {short(one.most.high)}) "
                f"{self.plant.currency}; ask what it costs"
            )
        if any(one.worth is Worth.NOT_VALIDATED for one in self.proposals):
            return (
                f"gains in {self.goal.words} of a learned plant are not validated; validate it on later lots "
                "first (`zhizao validate`)"
            )
        if not self.proposals:
            if self.interrupted:
                return "it was stopped before a measure could be proved"
            if not self.all_measures:
                return "no measure applies"
            if len(self.left_out) == len(self.all_measures):
                return "no measure can be taken"
            return "the time was over before a measure could be proved; give more seconds"
        return f"no combination is shown to improve {self.goal.words}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [*self.deadlocks]
        if self.interrupted:
            found.append("Interrupted: the list holds what was found by then.")
        found += [*self._on_the_plant(), *self._on_the_choice(), *self._on_money()]
        found += [f"Left out: {one.measure.name}: {one.why}." for one in self.left_out]
        return (*found, in_words(self) if self.replications else "No proof was run.")

    def _on_the_plant(self) -> Iterator[str]:
        if not self.keeps_up:
            yield (
                "The plant as it is cannot keep up with its orders: its lead time depends on the length of "
                "the run."
            )
        if self.keeps_up and self.goal is Goal.THROUGHPUT:
            yield "The plant keeps up with its orders: throughput is what is ordered, and can hardly rise."
        if self.learned:
            yield "Learned from a log: gains in lead time are not validated, and do not lead the ranking."
        drawn = next((one.outcome.uncertainty for one in self.proposals if one.outcome.uncertainty), None)
        ranges = any(measure.uncertain for one in self.proposals for measure in one.measures)
        if drawn is not None:
            yield from drawn.notes
        elif self.proposals and (self.plant.uncertainty or ranges):
            yield "Intervals hold simulation noise alone: the time did not allow to draw what is uncertain."

    def _on_the_choice(self) -> Iterator[str]:
        before, after = self.busiest
        if self.best is not None and before is not None and after is not None:
            yield (
                f"Busiest before: {before.resource} ({before.load:.0%}); "
                f"after: {after.resource} ({after.load:.0%})."
            )
        if self.best is not None and not self.best.outcome.keeps_up:
            yield "With the measures to take, too, the plant cannot keep up with its orders."
        if self.best is not None and len(self.steps) > 1:
            yield f"How the gain builds up: {self._build_up()}."
        yield from self._only_together()
        if self.probability is not None:
            yield (
                f"Probability that no other combination is better by more than {self._relevance}: "
                f"{in_percent(self.probability)}, estimated from {self.drawn} replications of "
                f"{self.combinations} combinations."
            )

    def _on_money(self) -> Iterator[str]:
        money = [one.outcome.money for one in self.proposals]
        if money and all(isnan(one.before_escapes.mean) for one in money):
            yield "Pay-back and net present value are not known: nothing has a price (see `--money`)."
        if any(one.at_least for one in self.proposals):
            yield (
                "Some products have no `escape_cost`: where fewer defective pieces are shipped, gains are "
                "stated without what that saves, that is, at least."
            )
        if any(one.escapes_unknown for one in self.proposals):
            yield (
                "Where more defective pieces are shipped, of products without an `escape_cost`, what a "
                "measure gains is not known. Give products an `escape_cost`."
            )

    def _only_together(self) -> Iterator[str]:
        """Measures that do not pay alone, and add to the chosen combination all the same."""
        alone = {one.measures[0].id: one for one in self.proposals if len(one.measures) == 1}
        for before, after in pairwise(self.steps if self.best is not None else ()):
            taken = {measure.id for measure in before.measures}
            new = [measure for measure in after.measures if measure.id not in taken]
            if len(new) != 1 or new[0].id not in alone:
                continue
            single = alone[new[0].id]
            if single.worth not in _GOOD and after.rank_value > before.rank_value:
                first = _listed([measure.name for measure in before.measures])
                yield f"{new[0].name} alone: {single.worth.value}; it pays after {first}."

    def _build_up(self) -> str:
        """The gain after each step of the ladder, in words."""
        taken: set[str] = set()
        said: list[str] = []
        for one in self.steps:
            new = _listed([measure.name for measure in one.measures if measure.id not in taken])
            taken |= {measure.id for measure in one.measures}
            said.append(f"{'with ' if said else ''}{new} {self._step(one)}")
        return ", ".join(said)

    def _step(self, one: Proposal) -> str:
        if self.goal is Goal.PROFIT:
            return f"{short(one.money.gain_per_day.mean)} {self.plant.currency} a day"
        kpi = self.goal.kpi
        assert kpi is not None
        return f"{signed_percent(one.outcome.changes[kpi].difference.relative.mean)}{THIN}%"

    @property
    def _relevance(self) -> str:
        return f"{100 * PLAN.relevance:g}{THIN}% of {self.goal.words}"

    @property
    def keys(self) -> dict[str, str]:
        """A short key of each measure in the list, by id: A, B, C in the order in which they come."""
        ids = dict.fromkeys(measure.id for one in self.proposals for measure in one.measures)
        return {name: _key(number) for number, name in enumerate(ids)}

    def label(self, one: Proposal) -> str:
        """A proposal in few words: a measure by its key and name, a combination by its keys."""
        keys = [self.keys[measure.id] for measure in one.measures]
        return (
            f"{keys[0]} {one.name}" if len(keys) == 1 else " + ".join(sorted(keys, key=lambda k: (len(k), k)))
        )

    def evidence_of(self, measure: Measure) -> str:
        """How the numbers of a measure are known; of a learned plant, what its log says of them."""
        said = next((one for one in self.log if one.kind is measure.kind), None)
        if said is None:
            return known_by(measure)
        if said.observations is None:
            return f"{known_by(measure)}; not in the log"
        return f"{known_by(measure)}; log: {said.observations} observations of what it changes"

    @property
    def all_measures(self) -> tuple[Measure, ...]:
        """Every measure that was considered: those of the plant, then those that a study made."""
        mine = {measure.id for measure in self.plant.measures}
        made = {m.id: m for one in self.proposals for m in one.measures if m.id not in mine}
        return (*self.plant.measures, *made.values())

    def table(self) -> pl.DataFrame:
        """One row per proposal, the chosen one first, then by the goal.

        Columns: rank, proposal, measures, chosen, pareto (nothing else is as good in cost and every headline
        row), worth, evidence, cost, yearly_cost, then for each row of
        the headline its relative change with interval (shares), gain_per_day, net_present_value with
        interval, payback_days, probability of pay-back within the years of use, and what measures of
        unknown cost may cost at most. Unknown is null.
        """
        front = self.pareto
        rows = [self._row(rank, one, one in front) for rank, one in enumerate(self.proposals, 1)]
        return pl.DataFrame(rows, schema=_COLUMNS)

    def _row(self, rank: int, one: Proposal, on_front: bool) -> dict[str, object]:
        money, paid = one.money, one.money.payback
        row: dict[str, object] = {
            "rank": rank,
            "proposal": one.name,
            "measures": ", ".join(measure.id for measure in one.measures),
            "chosen": one.chosen,
            "worth": one.worth.value,
            "pareto": on_front,
            "evidence": one.evidence,
            "cost": _finite(money.cost),
            "yearly_cost": money.yearly_cost,
        }
        for name in HEADLINE:
            r = one.outcome.changes[name].difference.relative
            row |= {name: _finite(r.mean), f"{name}_low": _finite(r.low), f"{name}_high": _finite(r.high)}
        for name, interval in (
            ("gain_per_day", money.gain_per_day),
            ("net_present_value", money.net_present_value),
        ):
            row |= {name: _finite(interval.mean), f"{name}_low": _finite(interval.low)}
            row[f"{name}_high"] = _finite(interval.high)
        row["payback_days"] = None if paid is None else _finite(paid.days)
        row["probability"] = _finite(one.probability)
        row["most_cost"] = _finite(one.most.mean) if one.priceless else None
        return row


_COLUMNS: dict[str, Any] = {
    "rank": pl.Int64,
    **dict.fromkeys(("proposal", "measures"), pl.String),
    "chosen": pl.Boolean,
    "pareto": pl.Boolean,
    **dict.fromkeys(("worth", "evidence"), pl.String),
    **dict.fromkeys(("cost", "yearly_cost"), pl.Float64),
    **{f"{name}{end}": pl.Float64 for name in HEADLINE for end in ("", "_low", "_high")},
    **{
        f"{n}{end}": pl.Float64
        for n in ("gain_per_day", "net_present_value")
        for end in ("", "_low", "_high")
    },
    **dict.fromkeys(("payback_days", "probability", "most_cost"), pl.Float64),
}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if isfinite(a) and isfinite(b)]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def _key(number: int) -> str:
    """A to Z, then A1 to Z1, and so on."""
    again, letter = divmod(number, 26)
    return f"{chr(65 + letter)}{again or ''}"
