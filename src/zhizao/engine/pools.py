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


class _Column:
    """A growing column; an array that is appended stays an array, which takes an eighth of the memory."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._parts: list[Any] = []
        self._last: list[Any] = []
        self._before = 0  # entries of `_parts`

    def add(self, entries: Iterable[Any]) -> int:
        """Append entries; gives the place of the first."""
        first = self._before + len(self._last)
        if isinstance(entries, np.ndarray):
            self._close()
            self._parts.append(entries.astype(self._dtype, copy=False))
            self._before += len(entries)
        else:
            self._last.extend(entries)
        return first

    def _close(self) -> None:
        if self._last:
            self._parts.append(np.array(self._last, self._dtype))
            self._before += len(self._last)
            self._last = []

    def array(self) -> Any:
        """The column, with an entry at least so that it has an address; nothing is appended after this."""
        self._close()
        made = np.empty(max(1, self._before), self._dtype)
        made[:1] = 0
        place = 0
        for part in self._parts:
            made[place : place + len(part)] = part
            place += len(part)
        self._parts.clear()
        return made


class Pools:
    """Distributions, values and lists while a plant is being lowered."""

    def __init__(self) -> None:
        self._values = _Column(np.float64)
        self._lists = _Column(np.int64)
        self._dists: list[tuple[Any, ...]] = [(k.CONSTANT, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0.0)]
        self._known: dict[Distribution, int] = {}

    def add_values(self, values: Iterable[float]) -> int:
        """Append values; gives the place of the first."""
        return self._values.add(values)

    def add_list(self, numbers: Iterable[int]) -> int:
        """Append row numbers; gives the place of the first."""
        return self._lists.add(numbers)

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
        return records(k.DIST, self._dists), self._values.array(), self._lists.array()
