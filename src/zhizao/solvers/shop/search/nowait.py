"""No-wait flow shops for the makespan: the travelling salesman through the delays between starts."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from zhizao.solvers.shop.kernels import assignment as relaxation
from zhizao.solvers.shop.kernels import tour as kernels
from zhizao.solvers.shop.kernels.flowshop import Flow
from zhizao.solvers.shop.problem import Ints, Objective, Problem
from zhizao.solvers.shop.search import flowshop
from zhizao.solvers.shop.search.context import Pace, SearchContext

NEAR = 12  # successors of a city that are looked at
FIRST_KICKS = 16  # kicks of the first kernel call
TEMPERATURE = 0.05  # in mean reduced costs of the successors looked at


def fits(problem: Problem) -> bool:
    """Whether the shop is a no-wait flow shop whose makespan is a sum over neighbours."""
    plain = problem.objective is Objective.MAKESPAN and not problem.release.any()
    return plain and flowshop.is_no_wait(problem) and flowshop.fits(problem)


def costs_of(rows: flowshop.Rows, flow: Flow) -> Ints:
    """Cost from job to job [jobs + 1, jobs + 1]; the last city is between the last job and the first."""
    cost: Ints = flow.setup[0].copy()
    cost[:-1, :-1] += rows.time[:, :1]
    cost[:-1, -1] = rows.time.sum(axis=1)
    return cost


@dataclass(frozen=True)
class Relaxed:
    """The least assignment of successors, in one cycle or in several."""

    bound: int  # no cycle costs less
    reduced: Ints  # costs less the dual values: every cycle costs the bound and the sum of these
    cycle: Ints  # a cycle made of it


def dual_of(cost: Ints, after: Ints) -> Ints:
    """Give the dual values of the columns of a least assignment: shortest ways over its exchanges."""
    change = np.empty_like(cost)
    change[after] = cost - cost[np.arange(len(cost)), after][:, None]
    dual = np.zeros(len(cost), np.int64)
    while True:
        shorter = np.minimum(dual, (dual[:, None] + change).min(axis=0))
        if (shorter == dual).all():
            return dual
        dual = shorter


def relaxed(cost: Ints) -> Relaxed:
    """Solve the assignment of successors, and join its cycles.

    Where a delay depends mostly on the job before plus the job after, the least assignment is near the least
    cycle, and what its dual values leave of the costs says which successors are worth a try (Johnson et al.
    2002, Experimental analysis of heuristics for the ATSP).
    """
    from scipy.optimize import linear_sum_assignment

    n = len(cost)
    apart = cost + np.where(np.eye(n, dtype=bool) & (n > 1), cost.sum(axis=1).max(initial=0) + 1, 0)
    after = linear_sum_assignment(apart)[1].astype(np.int64)
    reduced = apart - dual_of(apart, after)
    reduced -= reduced.min(axis=1, keepdims=True)
    bound = int(cost[np.arange(n), after].sum())
    relaxation.patch(reduced, after, np.zeros(n, np.int64), np.zeros(n, np.int64))
    cycle = [n - 1]
    while len(cycle) < n:
        cycle.append(int(after[cycle[-1]]))
    return Relaxed(bound, np.ascontiguousarray(reduced), np.array(cycle, np.int64))


def cities_of(cost: Ints) -> kernels.Cities:
    """The tables of the kernels."""
    n = len(cost)
    near = np.argsort(cost, axis=1, kind="stable")[:, : max(1, min(NEAR, n - 1))]
    usual = float(np.take_along_axis(cost, near, axis=1).mean())
    return kernels.Cities(cost, np.ascontiguousarray(near), np.array([max(TEMPERATURE * usual, 1e-9)]))


def state_of(cycle: Ints, seed: int) -> kernels.State:
    """State with a cycle."""
    n = len(cycle)
    zeros = [np.zeros(n, np.int64) for _ in range(4)]
    return kernels.State(
        city=cycle.copy(),
        place=zeros[0],
        kept=cycle.copy(),
        best=cycle.copy(),
        queue=zeros[1],
        queued=zeros[2],
        buffer=zeros[3],
        counts=np.zeros(4, np.int64),
        rng=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
    )


def order_of(cycle: Ints) -> Ints:
    """Give the jobs of a cycle in sequence: what follows the last city."""
    at = int(np.flatnonzero(cycle == len(cycle) - 1)[0])
    return np.roll(cycle, -at)[1:]


def search(context: SearchContext, seed: int) -> int:
    """Iterated exchange of segments until the search is over; returns the number of kicks."""
    problem = context.problem
    rows = flowshop.rows_of(problem)
    if rows is None:
        return 0
    flow = context.share("nowait: flow", lambda: flowshop.flow_of(problem, rows))
    start = context.share("nowait: start", lambda: relaxed(costs_of(rows, flow)))
    cities, state = cities_of(start.reduced), state_of(start.cycle, seed)
    work, pace = 0, Pace(FIRST_KICKS)
    offered = int(kernels.begin_tour(cities, state)) + 1
    context.prove(start.bound)
    while True:
        if state.counts[kernels.BEST] < offered:
            offered = int(state.counts[kernels.BEST])
            context.offer(*flowshop.schedule_of(problem, rows, flow, order_of(state.best)), by="nowait")
        if context.is_over(work):
            return work
        kicks, began = pace.next(context, work), perf_counter()
        work += int(kernels.iterated_exchange(cities, state, kicks))
        pace.took(kicks, perf_counter() - began)
