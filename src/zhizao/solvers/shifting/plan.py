"""Plan jobs with deadlines on sites: exact where capacity does not bind, else with a bound and a gap.

Without capacity every job takes its cheapest slots for itself, which is optimal. With capacity, prices on the
GPUs of each slot (Lagrangian relaxation, subgradient steps after Polyak) give a lower bound; plans are made
job by job with these prices, the tightest window first, and improved by planning each job again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.solvers.shifting.kernels.many import at_once, plan_again, plan_each, plan_in_order, values
from zhizao.solvers.shifting.problem import NOWHERE, Doubles, Jobs, Longs, Plan, Sites, empty_plan

ROUNDS = 120
"""Steps of the prices; the gap hardly closes after (tests hold the bound against a linear program)."""
EVERY = 10
"""Steps between two plans made with the prices."""
SWEEPS = 3
"""Times that each job of a plan is planned again."""

TRIES = 6
"""Orders that are tried while jobs come too late."""
NEAR = 0.05
"""Distance of the aim of the prices above the bound, as a share, while no plan keeps all deadlines."""


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A plan, its value in the units of the weights, and a lower bound for all plans that keep all deadlines.

    `late` are the jobs that miss their deadline; while there are any, `value` and `bound` compare nothing.
    """

    plan: Plan
    value: float
    bound: float
    late: Longs

    @property
    def gap(self) -> float:
        """Distance of the value from the bound, as a share of the value."""
        return (self.value - self.bound) / abs(self.value) if self.value else 0.0


def plan_at_once(jobs: Jobs, sites: Sites) -> Planned:
    """Start every job as soon as there is room, in the order of submission; jobs do not pause."""
    plan = empty_plan(jobs)
    at_once(jobs, np.argsort(jobs.first, kind="stable"), sites.capacity.copy(), plan)
    return Planned(plan, float(values(jobs, sites.weight, plan).sum()), -np.inf, _late(plan))


def plan_jobs(jobs: Jobs, sites: Sites, *, rounds: int = ROUNDS) -> Planned:
    """Find where and when each job runs so that the sum of the weights is small.

    Parameters
    ----------
    jobs
        The jobs; see `jobs_table`.
    sites
        Weights and capacities, [sites, slots].
    rounds
        Steps of the prices; not used where no capacity binds.
    """
    plan, load = empty_plan(jobs), np.zeros(sites.weight.shape)
    value = plan_each(jobs, sites.weight, plan, load)
    if (load <= sites.capacity + 1e-9).all():
        return Planned(plan, value, value, _late(plan))
    return _priced(jobs, sites, rounds, value)


def _priced(jobs: Jobs, sites: Sites, rounds: int, alone: float) -> Planned:
    """Alternate steps of the prices and plans made with them."""
    prices = np.zeros(sites.weight.shape)
    capacity = np.where(np.isfinite(sites.capacity), sites.capacity, 0.0)
    best = _filled(jobs, sites, prices)
    bound, plan, load, scale, stale = alone, empty_plan(jobs), np.zeros(prices.shape), 1.0, 0
    for step in range(rounds):
        dual = plan_each(jobs, sites.weight + prices, plan, load) - float((prices * capacity).sum())
        stale = 0 if dual > bound else stale + 1
        bound = max(bound, dual)
        if step and step % EVERY == 0:
            best = _better(best, _filled(jobs, sites, prices))
        slope = np.where(np.isfinite(sites.capacity), load - sites.capacity, 0.0)
        slope[(prices <= 0) & (slope < 0)] = 0.0
        length = float((slope * slope).sum())
        target = bound + NEAR * abs(bound) if best.late.size else best.value
        if length == 0 or target - bound <= 1e-9 * abs(target):
            break
        if stale >= 5:
            scale, stale = scale / 2, 0
        prices = np.maximum(0.0, prices + scale * abs(target - dual) / length * slope)
    best = _better(best, _filled(jobs, sites, prices))
    return Planned(best.plan, best.value, bound, best.late)


def _filled(jobs: Jobs, sites: Sites, prices: Doubles) -> Planned:
    """Plan job by job, the tightest window first; jobs that came too late go first in the next try."""
    order = np.lexsort((-jobs.load, jobs.end - jobs.first - jobs.need)).astype(np.int64)
    best = _in_order(jobs, sites, prices, order)
    for _ in range(TRIES):
        if not best.late.size:
            break
        order = np.concatenate([best.late, order[~np.isin(order, best.late)]])
        best = _better(best, _in_order(jobs, sites, prices, order))
    return best


def _in_order(jobs: Jobs, sites: Sites, prices: Doubles, order: Longs) -> Planned:
    plan, free = empty_plan(jobs), sites.capacity.copy()
    plan_in_order(jobs, order, sites.weight + prices, free, plan)
    for _ in range(SWEEPS):
        plan_again(jobs, order, sites.weight, free, plan)
    return Planned(plan, float(values(jobs, sites.weight, plan).sum()), -np.inf, _late(plan))


def _better(one: Planned, other: Planned) -> Planned:
    return min(one, other, key=lambda found: (len(found.late), found.value))


def _late(plan: Plan) -> Longs:
    return np.flatnonzero((plan.late != NOWHERE) | (plan.site == NOWHERE))
