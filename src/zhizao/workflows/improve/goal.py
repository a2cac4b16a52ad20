"""What is to get better, and how much of it one replication has."""

from __future__ import annotations

from enum import Enum
from math import isnan

from zhizao.kpi import FORMULAS, Better
from zhizao.kpi.money import Measured
from zhizao.plant import Plant
from zhizao.quantities.errors import InputError, nearest_name
from zhizao.studies.compare import Appraisal
from zhizao.studies.compare.payback import DAYS_OF_YEAR, Costs


class Goal(Enum):
    """What measures are ranked by."""

    PROFIT = "profit"
    THROUGHPUT = "throughput"
    UNIT_COST = "unit-cost"
    UNIT_ENERGY = "unit-energy"
    LEAD_TIME = "lead-time"
    DEFECTS = "defects"
    ON_TIME = "on-time"

    @property
    def kpi(self) -> str | None:
        """The KPI that it goes by; None for profit."""
        return _KPIS.get(self)

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return "profit" if self.kpi is None else FORMULAS[self.kpi].name.lower()


_KPIS = {
    Goal.THROUGHPUT: "throughput",
    Goal.UNIT_COST: "unit_cost",
    Goal.UNIT_ENERGY: "unit_energy",
    Goal.LEAD_TIME: "lead_time_mean",
    Goal.DEFECTS: "defect_rate",
    Goal.ON_TIME: "on_time_share",
}


def goal_of(name: Goal | str) -> Goal:
    """The goal of that name.

    Raises
    ------
    InputError
        There is none; the nearest is offered.
    """
    names = [goal.value for goal in Goal]
    if not isinstance(name, Goal) and name not in names:
        near = nearest_name(name, names)
        meant = f"did you mean {near!r}? " if near else ""
        raise InputError(f"goal: found {name!r}; {meant}the goals are {', '.join(names)}")
    return Goal(name)


def default_goal(plant: Plant, *, keeps_up: bool, learned: bool) -> Goal:
    """Profit where prices are known, else throughput, else lead time.

    A plant that keeps up with its orders makes what is ordered: then throughput is no goal, but for a learned
    plant, whose lead-time gains are not validated.
    """
    if any(product.price for product in plant.products.values()):
        return Goal.PROFIT
    return Goal.THROUGHPUT if learned or not keeps_up else Goal.LEAD_TIME


def value_of(goal: Goal, measured: Measured, costs: Costs, appraisal: Appraisal) -> float:
    """How good a replication is, more is better; nan where it is not known.

    Profit is money per day: what is earned less all costs, less what the measures cost. What they cost once
    is spread over the years of use as the annuity that is worth as much (Park, *Contemporary Engineering
    Economics*, 6th ed. 2016, chapter 6). Unit cost carries the measures' cost in the same way.
    """
    if goal is Goal.PROFIT:
        return measured.profit - per_day(costs, appraisal)
    kpi = _KPIS[goal]
    value = measured.kpis[kpi]
    if goal is Goal.UNIT_COST:
        extra = per_day(costs, appraisal)
        value += extra / measured.kpis["throughput"] if extra else 0.0
    return value if FORMULAS[kpi].better is Better.HIGHER else -value


def per_day(costs: Costs, appraisal: Appraisal) -> float:
    """What measures cost per day: the annuity of what they cost once, and the yearly cost."""
    once = 0.0 if isnan(costs.once) else costs.once / appraisal.worth_of_a_day(costs.installation_days)
    return once + costs.yearly / DAYS_OF_YEAR
