"""Growing columns of numbers that the tables point into: distributions, values, lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from zhizao.kernels import tables as k
from zhizao.quantities import Distribution, DistributionKind, mean, variance

_KINDS = {
    DistributionKind.CONSTANT: k.CONSTANT,
    DistributionKind.UNIFORM: k.UNIFORM,
    DistributionKind.TRIANGULAR: k.TRIANGULAR,
    DistributionKind.EXPONENTIAL: k.EXPONENTIAL,
    DistributionKind.GAMMA: k.GAMMA,
    DistributionKind.ERLANG: k.GAMMA,
    DistributionKind.WEIBULL: k.WEIBULL,
    DistributionKind.LOGNORMAL: k.LOGNORMAL,
    DistributionKind.NORMAL: k.NORMAL,
    DistributionKind.BETA: k.BETA,
    DistributionKind.DISCRETE: k.DISCRETE,
    DistributionKind.EMPIRICAL: k.EMPIRICAL,
}


def records(dtype: np.dtype[Any], rows: Iterable[tuple[Any, ...]]) -> Any:
    """A record table from rows in the order of its fields."""
    return np.array(list(rows), dtype).view(np.recarray)


def blank(dtype: np.dtype[Any], n: int) -> Any:
    """A record table of n rows of zeros."""
    return np.zeros(n, dtype).view(np.recarray)


class Pools:
    """Distributions, values and lists while a plant is being lowered."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.lists: list[int] = []
        self._dists: list[tuple[Any, ...]] = [(k.CONSTANT, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0.0)]
        self._known: dict[Distribution, int] = {}

    def add_values(self, values: Iterable[float]) -> int:
        """Append values; gives the place of the first."""
        first = len(self.values)
        self.values.extend(values)
        return first

    def add_list(self, numbers: Iterable[int]) -> int:
        """Append row numbers; gives the place of the first."""
        first = len(self.lists)
        self.lists.extend(numbers)
        return first

    def dist(self, distribution: Distribution | None) -> int:
        """Row of a distribution; 0 is none."""
        if distribution is None:
            return 0
        row = self._known.get(distribution)
        if row is None:
            row = self._known[distribution] = len(self._dists)
            self._dists.append(self._lowered(distribution))
        return row

    def _lowered(self, d: Distribution) -> tuple[Any, ...]:
        first, n = 0, len(d.values)
        if d.kind is DistributionKind.DISCRETE:
            total = sum(d.weights)
            first = self.add_values([float(x) / total for x in np.cumsum(d.weights)])
            self.add_values(d.values)
        elif d.kind is DistributionKind.EMPIRICAL:
            if n == 1:  # between one value and itself
                d, n = Distribution.constant(d.values[0]), 0
            else:
                first = self.add_values(d.values)
        a, b, c, e = (*d.parameters, 0.0, 0.0, 0.0, 0.0)[:4]
        return _KINDS[d.kind], a, b, c, e, first, n, mean(d), variance(d)

    def tables(self) -> tuple[Any, Any, Any]:
        """(dists, values, lists) as arrays, none of them empty."""
        return (
            records(k.DIST, self._dists),
            np.array(self.values or [0.0], np.float64),
            np.array(self.lists or [0], np.int64),
        )
