"""Sequence pairs: which item is left of, or below, which (Murata et al. 1996, doi 10.1109/43.552084)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhizao.solvers.layout.problem import Doubles

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
NEAR = 1e-7  # metres that count as none
INSERTS, SWAPS = 0.5, 0.8  # cumulative shares of moves; the rest exchange neighbours of one sequence


class Pair(NamedTuple):
    """Two sequences of all items. First in both: left; first in the second only: below."""

    first: Ints
    second: Ints

    def relations(self) -> tuple[Flags, Flags]:
        """[items, items]: whether the first is left of the second; whether it is below."""
        n = len(self.first)
        a, b = np.empty(n, np.int64), np.empty(n, np.int64)
        a[self.first], b[self.second] = np.arange(n), np.arange(n)
        earlier, before = a[:, None] < a[None, :], b[:, None] < b[None, :]
        return earlier & before, ~earlier & before & ~np.eye(n, dtype=bool)

    def neighbour(self, rng: np.random.Generator) -> Pair:
        """A random neighbour: an item elsewhere, two items exchanged, or neighbours of one sequence."""
        n = len(self.first)
        one, two = self.first.copy(), self.second.copy()
        kind = rng.random()
        if kind < INSERTS:
            item = int(rng.integers(n))
            which = int(rng.integers(3))
            one = one if which == 1 else _inserted(one, item, int(rng.integers(n)))
            two = two if which == 0 else _inserted(two, item, int(rng.integers(n)))
        elif kind < SWAPS:
            i, j = rng.choice(n, 2, replace=False).tolist()
            one, two = _exchanged(one, i, j), _exchanged(two, i, j)
        else:
            at = int(rng.integers(n - 1))
            chosen = one if rng.random() < 0.5 else two
            chosen[at], chosen[at + 1] = chosen[at + 1], chosen[at]
        return Pair(one, two)


def _inserted(sequence: Ints, item: int, place: int) -> Ints:
    return np.insert(sequence[sequence != item], place, item)


def _exchanged(sequence: Ints, i: int, j: int) -> Ints:
    found = sequence.copy()
    found[sequence == i], found[sequence == j] = j, i
    return found


def pair_of(where: Doubles, gap: Doubles) -> Pair:
    """A sequence pair of a layout [items, 4] (centres and sides) with clearances [items, items].

    Where items are too near, centres decide.
    """
    x, y, w, h = where.T
    apart_x = x[None, :] - x[:, None] - (w[None, :] + w[:, None]) / 2
    apart_y = y[None, :] - y[:, None] - (h[None, :] + h[:, None]) / 2
    left, below = apart_x > gap - NEAR, apart_y > gap - NEAR
    right, above = left.T, below.T
    first = (left | above) & ~(right | below)
    second = (left | below) & ~(right | above)
    return Pair(_sorted(first, x - y), _sorted(second, x + y))


def _sorted(before: Flags, key: Doubles) -> Ints:
    """A topological order; the least key goes first among those that may, and among all in a cycle."""
    left, order = list(np.argsort(key, kind="stable")), []
    while left:
        ready = next((one for one in left if not before[left, one].any()), left[0])
        order.append(int(ready))
        left.remove(ready)
    return np.array(order, np.int64)
