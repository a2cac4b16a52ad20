"""Which subsets of the measures are allowed: budget, number, needs and conflicts.

A subset is an integer: bit `i` is set when measure `i` is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

ENUMERABLE = 16
"""Measures whose subsets are listed one by one (65,536); of more, the most promising are kept."""


@dataclass(frozen=True)
class Problem:
    """Binary measures and the rules about which go together.

    Parameters
    ----------
    costs
        Cost of each measure, one currency; at least one measure.
    budget
        The costs of a subset sum to at most this; None = no limit. A budget below the cheapest measure leaves
        the empty subset.
    at_most
        A subset holds at most so many measures; None = no limit.
    needs
        Pairs (a, b): measure a only together with measure b.
    excludes
        Pairs (a, b): not both.

    Raises
    ------
    InputError
        No measure, a cost or a limit that is negative or not finite, a pair that names no measure or the same
        measure twice.
    """

    costs: tuple[float, ...]
    budget: float | None = None
    at_most: int | None = None
    needs: tuple[tuple[int, int], ...] = ()
    excludes: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not self.costs:
            raise InputError("no measures: expected at least one")
        for number, cost in enumerate(self.costs):
            if not (math.isfinite(cost) and cost >= 0):
                raise InputError(f"cost of measure {number} is {cost}; expected a number of at least 0")
        if self.budget is not None and not self.budget >= 0:
            raise InputError(f"the budget is {self.budget}; expected at least 0")
        if self.at_most is not None and self.at_most < 0:
            raise InputError(f"at most {self.at_most} measures; expected at least 0")
        for name, pairs in (("needs", self.needs), ("excludes", self.excludes)):
            for a, b in pairs:
                if not (0 <= a < self.size and 0 <= b < self.size):
                    raise InputError(f"{name} ({a}, {b}): measures are numbered 0 to {self.size - 1}")
                if a == b:
                    raise InputError(f"{name} ({a}, {b}): a measure cannot stand beside itself")

    @property
    def size(self) -> int:
        """Number of measures."""
        return len(self.costs)

    def allows(self, subset: int) -> bool:
        """Whether a subset keeps every rule."""
        taken = members(subset)
        if self.at_most is not None and len(taken) > self.at_most:
            return False
        if not _within(math.fsum(self.costs[i] for i in taken), self.budget):
            return False
        if any(subset >> a & 1 and not subset >> b & 1 for a, b in self.needs):
            return False
        return not any(subset >> a & 1 and subset >> b & 1 for a, b in self.excludes)

    def allowed(self) -> NDArray[np.bool_]:
        """Whether each subset keeps every rule; shape (2^k,), for at most `ENUMERABLE` measures."""
        subsets = np.arange(1 << self.size, dtype=np.int64)
        has = [(subsets >> i & 1).astype(bool) for i in range(self.size)]
        fine = np.ones(len(subsets), bool)
        if self.at_most is not None:
            fine &= np.bitwise_count(subsets) <= self.at_most
        if self.budget is not None:
            cost = np.zeros(len(subsets))
            for i, one in enumerate(self.costs):
                cost += one * has[i]
            fine &= cost <= self.budget * (1 + _ROUNDING)
        for a, b in self.needs:
            fine &= ~has[a] | has[b]
        for a, b in self.excludes:
            fine &= ~(has[a] & has[b])
        return fine

    def with_needs(self, subset: int) -> int:
        """The subset together with all that its measures need, directly or through others."""
        while True:
            wider = subset
            for a, b in self.needs:
                if wider >> a & 1:
                    wider |= 1 << b
            if wider == subset:
                return subset
            subset = wider

    def restricted(self, kept: tuple[int, ...]) -> Problem:
        """The problem of the measures `kept` alone (renumbered); the others are not taken."""
        new = {old: number for number, old in enumerate(kept)}
        barred = [a for a, b in self.needs if a in new and b not in new]
        if barred:
            raise InputError(f"measure {barred[0]} needs one that is left out")
        return Problem(
            tuple(self.costs[i] for i in kept),
            self.budget,
            self.at_most,
            tuple((new[a], new[b]) for a, b in self.needs if a in new and b in new),
            tuple((new[a], new[b]) for a, b in self.excludes if a in new and b in new),
        )


_ROUNDING = 1e-12
"""Costs that sum to the budget are within it, whatever the order in which they were added."""


def _within(cost: float, budget: float | None) -> bool:
    return budget is None or cost <= budget * (1 + _ROUNDING)


def members(subset: int) -> tuple[int, ...]:
    """Numbers of the measures in a subset, ascending."""
    return tuple(i for i in range(subset.bit_length()) if subset >> i & 1)


def subset_of(measures: Iterable[int]) -> int:
    """The subset that holds these measures."""
    subset = 0
    for i in measures:
        subset |= 1 << i
    return subset
