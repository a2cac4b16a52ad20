"""The best plan, by mixed-integer programming: exact for the mean and for mean − weight × standard deviation.

The linear relaxation bounds the value and is rounded to a first plan; choices that it shows to be settled
(reduced costs, Dantzig et al. 1954) leave the program, and HiGHS (Huangfu & Hall 2018) settles the rest. The
standard deviation is a norm of a linear function of the plan, hence convex: it is bounded from below by its
tangents (outer approximation, Duran & Grossmann 1986), so that each program gives an upper bound and each
plan that it finds a lower one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from time import monotonic

import numpy as np

from zhizao.workflows.portfolio.fill import filled
from zhizao.workflows.portfolio.model import NEVER, Floats, Plan, Problem
from zhizao.workflows.portfolio.program import Program, Relaxed, Whole, program_of


@dataclass(frozen=True, slots=True)
class Effort:
    """When a search ends: at a proven relative gap, or after so many nodes of each program.

    `seconds` is a limit for emergencies: a search that it ends says so, as equal seeds may then differ.
    `rounds` bounds the tangents of the standard deviation that are added one whole-number program at a time,
    `roots` those that are added to the linear relaxation before. `core` choices that the relaxation shows to
    be the closest are settled first.
    """

    gap: float = 1e-4
    nodes: int = 20_000
    seconds: float = 120.0
    rounds: int = 6
    roots: int = 40
    core: int = 150


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Standard deviation of the value of a plan: ‖(factors · x, own × x)‖, in the order measure, then year.

    `factors[f, j]` is what one standard deviation of a shared factor moves, `own[j]` that of the measure
    alone.
    """

    factors: Floats
    own: Floats

    def sd(self, x: Floats) -> float:
        """Standard deviation at a plan, or at a point between plans."""
        return float(np.sqrt(((self.factors @ x) ** 2).sum() + ((self.own * x) ** 2).sum()))

    def tangent(self, x: Floats) -> Floats:
        """Gradient there; the norm is at least gradient · y everywhere."""
        size = max(self.sd(x), 1e-12)
        return np.asarray((self.factors.T @ (self.factors @ x) + self.own**2 * x) / size)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A plan, its objective, the bound of all plans (inf: none was proved), and whether time ran out."""

    plan: Plan
    objective: float
    bound: float
    out_of_time: bool = False

    @property
    def gap(self) -> float:
        """Relative distance to the bound; 0 where the plan is proved to be the best."""
        return gap_between(self.objective, self.bound)


def gap_between(value: float, bound: float) -> float:
    """Distance of a value to its bound, relative to the larger of the two."""
    distance = max(0.0, bound - value)  # in this order: no negative zero
    return distance / max(abs(value), abs(bound), 1e-9) if isfinite(distance) else inf


def best_plan(
    problem: Problem,
    values: Floats,
    effort: Effort,
    *,
    spread: Spread | None = None,
    weight: float = 0.0,
    fixed: Floats | None = None,
) -> Solution:
    """Find the plan of the highest value (less `weight` × its standard deviation).

    Parameters
    ----------
    values
        Present value of each measure in each year.
    fixed
        1: the measure is taken in that year; 0: it is not; nan: free, by measure and year.
    """
    if not values.size:
        return Solution(np.full(len(values), NEVER, dtype=np.int64), 0.0, 0.0)
    risky = spread if weight > 0 else None
    bounds = _bounds(problem, fixed, values, risky is not None)
    program = program_of(problem, values, weight if risky is not None else 0.0, bounds)
    return _Search(problem, program, effort, risky, values.shape).run()


def _bounds(problem: Problem, fixed: Floats | None, values: Floats, risky: bool) -> tuple[Floats, Floats]:
    """Bounds of each choice; without risk, a measure that never gains and that none needs is left out."""
    low, high = np.zeros(values.shape), np.ones(values.shape)
    if not risky:
        needed = [b for _, b in problem.needs]
        frees = (problem.uses < 0).any(axis=0)  # a saving makes room for others
        high[(values.max(axis=1) <= 0) & ~frees & ~np.isin(np.arange(len(values)), needed)] = 0.0
    if fixed is not None:
        known = ~np.isnan(fixed)
        low[known], high[known] = fixed[known], fixed[known]
    return low.ravel(), high.ravel()


@dataclass(slots=True, eq=False)
class _Search:
    """The best plan so far and the bound, which programs bring together."""

    problem: Problem
    program: Program
    effort: Effort
    spread: Spread | None
    shape: tuple[int, ...]
    best: Floats = field(init=False)
    value: float = field(init=False)
    bound: float = inf
    out_of_time: bool = False
    begun: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self.best = self.program.low.copy()  # nothing beside what is fixed
        self.value = self._objective(self.best)

    @property
    def _near(self) -> bool:
        return gap_between(self.value, self.bound) <= self.effort.gap

    def run(self) -> Solution:
        root = self._root()
        if root is not None and not self._near:
            self._core(root)
        if root is not None and not self._near:
            self._settle(root)
            self._rounds()
        return Solution(self._plan(self.best), self.value, max(self.bound, self.value), self.out_of_time)

    def _rounds(self) -> None:
        """Whole-number programs, with a tangent more each time, until bound and plan meet."""
        for _ in range(1 if self.spread is None else self.effort.rounds):
            found = self._whole(0.5 * self.effort.gap)
            self.bound = min(self.bound, max(found.bound, self.value))
            if found.x is None or self.out_of_time or self._near or self.spread is None:
                break
            self.program.tangents.append(self.spread.tangent(found.x))

    def _whole(self, gap: float) -> Whole:
        left = self.effort.seconds - (monotonic() - self.begun)
        found = self.program.whole(self.best, gap=gap, nodes=self.effort.nodes, seconds=max(left, 0.0))
        self.out_of_time |= found.out_of_time
        if found.x is not None:
            self._try(found.x)
        return found

    def _core(self, root: Relaxed) -> None:
        """Settle the closest choices, the others as in the plan at hand: no bound, often the best plan."""
        free = np.flatnonzero(self.program.high > self.program.low)
        if len(free) <= self.effort.core:
            return
        split = np.minimum(root.x, 1 - root.x)[free] > 1e-9
        close = free[np.lexsort((np.abs(root.reduced[free]), ~split))[: self.effort.core]]
        rows = np.isin(np.arange(len(root.x)) // self.shape[1], close // self.shape[1])
        low, high = self.program.low, self.program.high
        self.program.low = np.where(rows, low, self.best)
        self.program.high = np.where(rows, high, self.best)
        self._whole(0.25 * self.effort.gap)
        self.program.low, self.program.high = low, high

    def _root(self) -> Relaxed | None:
        """The relaxation, with tangents at its optima: each costs little, and the bound falls fast."""
        root = self.program.relaxed()
        while root is not None:
            self.bound = min(self.bound, root.bound)
            if self.spread is None:
                break
            enough = gap_between(self._objective(root.x), self.bound) <= 0.1 * self.effort.gap
            if enough or len(self.program.tangents) >= self.effort.roots:
                break
            self.program.tangents.append(self.spread.tangent(root.x))
            root = self.program.relaxed()
        if root is not None:
            self._try(self._rounded(root))
        return root

    def _rounded(self, root: Relaxed) -> Floats:
        """A plan from the relaxation: its whole choices, then what fits by reduced value."""
        count, years = self.shape
        start = self._plan(self.program.low)
        free = self.program.high > 0
        order = np.lexsort((-root.reduced, -root.x))
        gains = self.program.values if self.spread is None else self._linear(root.x)
        pairs = [divmod(int(j), years) for j in order if free[j] and (gains[j] > 0 or root.x[j] > 0.5)]
        plan = filled(self.problem, pairs, start)
        x, taken = np.zeros((count, years)), np.flatnonzero(plan >= 0)
        x[taken, plan[taken]] = 1.0
        return x.ravel()

    def _linear(self, x: Floats) -> Floats:
        assert self.spread is not None
        return self.program.values - self.program.weight * self.spread.tangent(x)

    def _settle(self, root: Relaxed) -> None:
        """Fix the choices whose change would cost more than what is left to gain."""
        slack = self.bound - self.value
        none = (root.reduced < -slack - 1e-9) & (self.best < 0.5)
        taken = (root.reduced > slack + 1e-9) & (self.best > 0.5)
        self.program.high[none] = np.minimum(self.program.high[none], self.program.low[none])
        self.program.low[taken] = self.program.high[taken]

    def _try(self, x: Floats) -> None:
        value = self._objective(x)
        if value > self.value:
            self.best, self.value = x, value

    def _objective(self, x: Floats) -> float:
        risk = 0.0 if self.spread is None else self.program.weight * self.spread.sd(x)
        return float(self.program.values @ x) - risk

    def _plan(self, x: Floats) -> Plan:
        table = x.reshape(self.shape) > 0.5
        return np.where(table.any(axis=1), table.argmax(axis=1), NEVER).astype(np.int64)
