"""What a measure is worth in money: gain per day, pay-back time, net present value.

Static pay-back is cost over gain; the net present value discounts equal yearly gains as an annuity (Park,
*Contemporary Engineering Economics*, 6th ed. 2016, chapters 3 and 5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan, nan

from zhizao.kpi.analysis import Interval, replication_interval
from zhizao.kpi.money import Measured, gain_before_escapes, gain_per_day
from zhizao.kpi.spread import Spread
from zhizao.quantities import InputError

DAYS_OF_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Appraisal:
    """How a measure is judged: interest per year, and years for which its gain is counted. Both assumed."""

    interest: float = 0.08
    years: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.interest < 1:
            raise InputError(
                f"interest: found {self.interest:g}; right is a share from 0 to below 1, as 0.08"
            )
        if not 0 < self.years <= 100:
            raise InputError(f"years: found {self.years:g}; right is more than 0 and at most 100")

    @property
    def annuity(self) -> float:
        """Present value of 1 a year, paid at the end of each year."""
        if self.interest == 0:
            return self.years
        return (1 - float((1 + self.interest) ** -self.years)) / self.interest

    def worth_of_a_day(self, installation_days: float = 0.0) -> float:
        """Present value of one unit of money a day over the years of use, which begin after so many days."""
        return self.annuity * DAYS_OF_YEAR * float((1 + self.interest) ** (-installation_days / DAYS_OF_YEAR))

    @property
    def assumptions(self) -> str:
        """What stands behind the money, in whole sentences."""
        return (
            "Gain per day: change of the daily value of the pieces shipped at their price, less the change "
            "of all costs per day (equipment, people, energy, material of the lots that left, escapes). "
            "Where no product has a price, a truly good piece more is worth what it cost before. Pay-back: "
            "cost once over gain less yearly cost, in calendar days, without interest. Net present value: "
            f"with an assumed interest of {self.interest:.1%} a year over an assumed {self.years:g} years of "
            "use, 365 such days each, before tax. Costs once are due at the beginning; gains and yearly "
            "costs begin when the measure is installed."
        )


@dataclass(frozen=True, slots=True)
class Costs:
    """What a change costs once (nan: not known) and each year, and the days until it works."""

    once: float
    yearly: float
    installation_days: float = 0.0


@dataclass(frozen=True, slots=True)
class PayBack:
    """Calendar days until the gain has paid the cost, with bounds from the gain's interval; inf: never."""

    days: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Money:
    """What a change is worth: gain per day as far as it is known, once and yearly cost, and what follows.

    `gain_per_day` is not known where escapes change that nobody has put a cost to: `before_escapes` is the
    gain if an escape cost nothing, `escapes_avoided` how many fewer there are a day.
    """

    costs: Costs
    gain_per_day: Interval
    before_escapes: Interval
    escapes_avoided: Interval
    appraisal: Appraisal
    spread: Spread | None = None
    """What the interval of the gain is made of, over drawn plants."""

    @property
    def payback(self) -> PayBack | None:
        """Pay-back time of a measure that costs something; None where cost or gain is not known."""
        return payback(self.costs, self._net_per_day())

    @property
    def cost(self) -> float:
        """Money, once; nan where it is not known."""
        return self.costs.once

    @property
    def yearly_cost(self) -> float:
        """Money a year."""
        return self.costs.yearly

    @property
    def net_present_value(self) -> Interval:
        """Present value of the net gains over the years of use, less the cost."""
        net, factor = self._net_per_day(), self.appraisal.worth_of_a_day(self.costs.installation_days)
        mean, low, high = (bound * factor - self.cost for bound in (net.mean, net.low, net.high))
        return Interval(mean, low, high, net.n, net.confidence)

    @property
    def break_even_escape_cost(self) -> float | None:
        """Cost of an escape from which a day gains money; None if escapes do not fall, or it always does."""
        lost = self.yearly_cost / DAYS_OF_YEAR - self.before_escapes.mean
        return lost / self.escapes_avoided.mean if self.escapes_avoided.low > 0 and lost > 0 else None

    def _net_per_day(self) -> Interval:
        gain, daily = self.gain_per_day, self.yearly_cost / DAYS_OF_YEAR
        return replace(gain, mean=gain.mean - daily, low=gain.low - daily, high=gain.high - daily)


def money(costs: Costs, appraisal: Appraisal, before: list[Measured], after: list[Measured]) -> Money:
    """Money side of a change from pairs of replications."""
    pairs = list(zip(before, after, strict=True))
    return Money(
        costs,
        gain_per_day=_known([gain_per_day(b, a) for b, a in pairs]),
        before_escapes=_known([gain_before_escapes(b, a) for b, a in pairs]),
        escapes_avoided=_known([b.uncosted_escapes - a.uncosted_escapes for b, a in pairs]),
        appraisal=appraisal,
    )


def _known(gains: list[float]) -> Interval:
    """Interval of a mean; unknown as soon as one value is."""
    return replication_interval([nan] if any(isnan(gain) for gain in gains) else gains)


def payback(costs: Costs, gain: Interval) -> PayBack | None:
    """Pay-back time of a measure that costs something; None where cost or gain is not known."""
    if not costs.once > 0 or isnan(gain.mean):
        return None
    days, low, high = (_days_to_earn(costs, bound) for bound in (gain.mean, gain.high, gain.low))
    return PayBack(days, low, high)


def _days_to_earn(costs: Costs, gain: float) -> float:
    if isnan(gain):
        return nan
    return costs.installation_days + costs.once / gain if gain > 0 else inf
