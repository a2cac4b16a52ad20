"""Fill what is left of the limits with measures, in a given order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from zhizao.workflows.portfolio.model import NEVER, SLACK, Floats, Plan, Problem


@dataclass(slots=True, eq=False)
class Room:
    """What is left of each limit, in plain lists: a plan is filled one measure at a time."""

    problem: Problem
    plan: Plan
    left: list[list[float]] = field(init=False)
    total: float = field(init=False)
    uses: list[list[float]] = field(init=False)
    needs: dict[int, list[int]] = field(init=False)
    excludes: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        limits, spent = self.problem.limits, self.problem.spent(self.plan)
        self.left = []
        for row, kept in enumerate(limits.kept):
            left = limits.by_year[row] - spent[row]
            self.left.append((np.cumsum(left) if kept else left).tolist())
        self.total = limits.total - float(spent[0].sum())
        self.uses = self.problem.uses.T.tolist()
        self.needs, self.excludes = {}, {}
        for a, b in self.problem.needs:
            self.needs.setdefault(a, []).append(b)
        for a, b in self.problem.excludes:
            self.excludes.setdefault(a, []).append(b)
            self.excludes.setdefault(b, []).append(a)

    def take(self, row: int, year: int) -> bool:
        """Take a measure in a year if everything allows it; gives whether it was taken."""
        if self.plan[row] >= 0 or not self._may(row, year):
            return False
        for resource, use in enumerate(self.uses[row]):
            last = self.problem.limits.years if self.problem.limits.kept[resource] else year + 1
            for each in range(year, last):
                self.left[resource][each] -= use
        self.total -= self.uses[row][0]
        self.plan[row] = year
        return True

    def _may(self, row: int, year: int) -> bool:
        if any(not 0 <= self.plan[b] <= year for b in self.needs.get(row, ())):
            return False
        if any(self.plan[b] >= 0 for b in self.excludes.get(row, ())):
            return False
        cost = self.uses[row][0]
        if cost > 0 and cost > self.total + SLACK:
            return False
        for resource, use in enumerate(self.uses[row]):
            last = self.problem.limits.years if self.problem.limits.kept[resource] else year + 1
            if use > 0 and use > min(self.left[resource][year:last]) + SLACK:
                return False
        return True


def filled(problem: Problem, pairs: Iterable[tuple[int, int]], start: Plan | None = None) -> Plan:
    """Take measures in the order of pairs of row and year, where everything allows it.

    What a need held back is tried again, in the same order, as long as that adds one.
    """
    nothing = np.full(len(problem.items), NEVER, dtype=np.int64)
    room = Room(problem, nothing if start is None else start.copy())
    waiting = [pair for pair in pairs if not room.take(*pair)]
    waiting = [pair for pair in waiting if pair[0] in room.needs]
    while waiting:
        left = [pair for pair in waiting if not room.take(*pair)]
        if len(left) == len(waiting):
            break
        waiting = left
    return room.plan


def by_ratio(problem: Problem, values: Floats) -> list[tuple[int, int]]:
    """Pairs of row and year: year by year, the highest value per money first; none without a value."""
    ratio = values / np.maximum(problem.uses[0], FREE)[:, None]
    return [
        (int(row), year)
        for year in range(problem.limits.years)
        for row in np.argsort(-ratio[:, year], kind="stable")
        if values[row, year] > 0
    ]


FREE = 1e-9
"""Cost that a measure of no cost counts with in the ratio of value to cost."""
