"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import inf, isfinite, isnan, nan, sqrt
from statistics import NormalDist

from zhizao.kpi import FORMULAS, HEADLINE, Better
from zhizao.kpi.analysis import Interval, student_t
from zhizao.plant import Measure
from zhizao.plant.query.measures import known_by
from zhizao.studies.compare import Appraisal, Money, Outcome
from zhizao.studies.compare.findings import Verdict
from zhizao.studies.compare.payback import DAYS_OF_YEAR
from zhizao.workflows.improve.goal import Goal


class Worth(Enum):
    """What the proof says of a proposal by the goal."""

    PAYS = "pays"
    UP_TO = "pays up to a cost"
    BETTER = "better"
    NOT_SHOWN = "not shown"
    NOT_VALIDATED = "not validated"
    WORSE = "does not pay"
    UNKNOWN = "not known"


BY_LEAD_TIME = (Goal.LEAD_TIME, Goal.ON_TIME)
"""Goals that go by lead times, which those of a learned plant are not validated for."""


@dataclass(frozen=True, slots=True)
class Busiest:
    """The resource with the highest load, a share of its available time."""

    resource: str
    load: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Measures taken together, and what they bring against the plant as it is, from fresh replications."""

    measures: tuple[Measure, ...]
    outcome: Outcome
    goal: Goal
    chosen: bool
    learned: bool = False

    @property
    def name(self) -> str:
        """The names of its measures."""
        return " + ".join(measure.name for measure in self.measures)

    @property
    def at_least(self) -> bool:
        """Whether the gain is a lower bound: it leaves out what fewer escapes, of unknown cost, save."""
        return self._uncosted and self.outcome.money.escapes_avoided.low >= 0

    @property
    def escapes_unknown(self) -> bool:
        """Whether the gain is not known because escapes change, of a cost that nobody knows."""
        return self._uncosted and not self.at_least

    @property
    def _uncosted(self) -> bool:
        money = self.outcome.money
        return isnan(money.gain_per_day.mean) and not isnan(money.before_escapes.mean)

    @property
    def money(self) -> Money:
        """What it costs and what it is worth, at least (see `at_least`)."""
        money = self.outcome.money
        return replace(money, gain_per_day=money.before_escapes) if self.at_least else money

    @property
    def evidence(self) -> str:
        """How its numbers are known: the weakest of its measures counts."""
        if any(measure.assumed for measure in self.measures):
            return "assumed"
        said = (known_by(measure) for measure in self.measures)
        return "; ".join(dict.fromkeys(said))

    @property
    def probability(self) -> float:
        """Probability that it pays back within the years of use; nan where cost or gain is not known."""
        return pays_within(self.money, self.money.appraisal)

    @property
    def priceless(self) -> bool:
        """Whether the cost of a measure, which would decide, is not known."""
        return self.goal is Goal.PROFIT and isnan(self.outcome.money.cost)

    @property
    def most(self) -> Interval:
        """What the measures may cost once, at most, to be worth it: the present value of what they gain."""
        free = replace(self.money.costs, once=0.0)
        return replace(self.money, costs=free).net_present_value

    @property
    def _worth_of_unknown_cost(self) -> Worth:
        most = self.most
        if isnan(most.mean):
            return Worth.UNKNOWN
        return Worth.UP_TO if most.low > 0 else Worth.WORSE if most.high < 0 else Worth.NOT_SHOWN

    @property
    def worth(self) -> Worth:
        """What the interval by the goal shows."""
        if self.goal is Goal.PROFIT:
            if isnan(self.money.cost):
                return self._worth_of_unknown_cost
            npv = self.money.net_present_value
            if isnan(npv.mean):
                return Worth.UNKNOWN
            return Worth.PAYS if npv.low > 0 else Worth.WORSE if npv.high < 0 else Worth.NOT_SHOWN
        kpi = self.goal.kpi
        assert kpi is not None
        verdict = self.outcome.changes[kpi].verdict
        if self.learned and self.goal in BY_LEAD_TIME and verdict in (Verdict.BETTER, Verdict.WORSE):
            return Worth.NOT_VALIDATED
        return {Verdict.BETTER: Worth.BETTER, Verdict.WORSE: Worth.WORSE, Verdict.UNKNOWN: Worth.UNKNOWN}.get(
            verdict, Worth.NOT_SHOWN
        )

    @property
    def merits(self) -> tuple[float, ...]:
        """Cost once and the headline rows, more is better; a change that is not shown counts as none."""
        shown = (Verdict.BETTER, Verdict.WORSE)
        found = []
        for name in HEADLINE:
            change = self.outcome.changes[name]
            gain = change.difference.relative.mean if change.verdict in shown else 0.0
            found.append(gain if FORMULAS[name].better is Better.HIGHER else -gain)
        return (-self.money.cost, *found)

    @property
    def merit(self) -> Interval:
        """What the goal counts, more is better: net present value, or the change of the KPI."""
        if self.goal is Goal.PROFIT:
            return self.most if self.priceless else self.money.net_present_value
        return self._change_for_the_better

    @property
    def gain(self) -> Interval:
        """What it gains by the goal, its cost aside: money a day, or the change of the KPI."""
        return self.money.gain_per_day if self.goal is Goal.PROFIT else self._change_for_the_better

    @property
    def _change_for_the_better(self) -> Interval:
        kpi = self.goal.kpi
        assert kpi is not None
        change = self.outcome.changes[kpi].difference.absolute
        if FORMULAS[kpi].better is Better.HIGHER:
            return change
        return replace(change, mean=-change.mean, low=-change.high, high=-change.low)

    @property
    def rank_value(self) -> float:
        """What proposals are ranked by, more is better: the mean of their merit."""
        value = self.merit.mean
        return value if isfinite(value) else -inf


@dataclass(frozen=True, slots=True)
class Step:
    """Measures that are added to those before them, and what that adds to the gain by the goal."""

    measures: tuple[Measure, ...]
    adds: float


def build_up(ladder: Sequence[Proposal]) -> tuple[Step, ...]:
    """What each proposal of a ladder adds to the one before; the steps sum to the gain of the last."""
    found: list[Step] = []
    taken: set[str] = set()
    before = 0.0
    for one in ladder:
        found.append(Step(tuple(m for m in one.measures if m.id not in taken), one.gain.mean - before))
        taken |= {measure.id for measure in one.measures}
        before = one.gain.mean
    return tuple(found)


def in_percent(probability: float) -> str:
    """A probability as people read it; no estimate is 0 or 1."""
    if not isfinite(probability):
        return "not known"
    return "> 99 %" if probability > 0.995 else "< 1 %" if probability < 0.005 else f"{probability:.0%}"


def pays_within(money: Money, appraisal: Appraisal) -> float:
    """Probability that a change has paid back after the years of use, without interest.

    The gain per day is taken as Student t around its mean, as wide as its interval; without an interval there
    is no probability.
    """
    gain, costs = money.gain_per_day, money.costs
    if isnan(costs.once) or isnan(gain.mean):
        return nan
    days = appraisal.years * DAYS_OF_YEAR - costs.installation_days
    if days <= 0:
        return 1.0 if costs.once <= 0 else 0.0
    needed = costs.once / days + costs.yearly / DAYS_OF_YEAR
    return above(gain, needed)


def above(interval: Interval, bound: float) -> float:
    """Probability that what an interval holds lies above a bound; nan without an interval."""
    half = (interval.high - interval.low) / 2
    if not isfinite(half):
        return nan
    middle = (interval.high + interval.low) / 2
    if half == 0:
        return float(middle > bound) if middle != bound else 0.5
    if interval.n < 2:
        return nan
    from scipy.stats import t

    degrees = interval.n - 1
    return float(t.cdf((middle - bound) / half * student_t(degrees, interval.confidence), degrees))


# ---------------------------------------------------------------- value of information
@dataclass(frozen=True, slots=True)
class Information:
    """What it would be worth to know a number exactly before deciding, in the plant's currency."""

    what: str
    share: float
    worth: float


def worth_of_knowing(money: Money) -> tuple[Information, ...]:
    """Expected value of perfect information on each number that the gain depends on, largest first.

    A number whose share of the spread is not known is left out.

    For the choice between taking the measures and leaving the plant as it is, whose net present value is
    taken as normal: the unit normal linear loss integral at the spread that the number accounts for (Raiffa
    and Schlaifer, *Applied Statistical Decision Theory*, 1961, section 5.2). The first entry is that of
    everything that is uncertain, the simulation noise aside.
    """
    value, spread = money.net_present_value, money.spread
    half = (value.high - value.low) / 2
    if spread is None or not isfinite(half) or value.n < 2 or half == 0:
        return ()
    sd = half / student_t(value.n - 1, value.confidence)
    if not isfinite(spread.parameters):  # too few samples tell it from simulation noise
        return ()
    parts = {"everything uncertain": spread.parameters, **spread.numbers}
    found = [
        Information(what, share, _loss(value.mean, sd * sqrt(share)))
        for what, share in parts.items()
        if isfinite(share)
    ]
    first, *rest = found
    return (first, *sorted(rest, key=lambda one: -one.share))


def _loss(mean: float, sd: float) -> float:
    """Expected loss of the better choice by not knowing: sd L(|mean| / sd)."""
    if sd == 0:
        return 0.0
    u = abs(mean) / sd
    normal = NormalDist()
    return sd * (normal.pdf(u) - u * (1 - normal.cdf(u)))
