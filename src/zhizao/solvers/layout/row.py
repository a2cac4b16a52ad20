"""Single-row facility layout: departments side by side along an aisle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.quantities import InputError
from zhizao.solvers.layout.clock import Progress, repeat
from zhizao.solvers.layout.kernels.row import Row, improve_row, least_row, row_cost
from zhizao.solvers.layout.matrices import checked_matrix

MOST_EXACT = 20  # departments that are ordered by dynamic programming: 2^20 sets take 24 MB and 2 s
HEAT = 0.002  # excess of a row that is kept with probability 1/e, as a share of the cost
ROUNDS = 20  # of a call with 60 departments, some hundredths of a second

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RowOrder:
    """Departments from left to right, by number, and what is proved.

    `cost` is flow times distance between centres, in units of flow times metres; `bound` a lower bound of it,
    None if none is known.
    """

    order: tuple[int, ...]
    start_m: tuple[float, ...]
    cost: float
    bound: float | None
    proved: bool
    interrupted: bool


def single_row(
    lengths_m: Sequence[float],
    flow: npt.ArrayLike,
    *,
    clearance_m: float = 0.0,
    seconds: float = 10.0,
    seed: int = 1,
    progress: Progress | None = None,
) -> RowOrder:
    """Order departments in a row so that flow times distance between centres falls.

    Up to 20 departments the order is optimal and proved (dynamic programming over subsets; Picard & Queyranne
    1981, doi 10.1287/opre.29.2.371). More are ordered by iterated local search with insertions (Kothari &
    Ghosh 2013, doi 10.1016/j.ejor.2012.08.009). Ctrl-C ends the search and keeps the best order so far.

    Parameters
    ----------
    lengths_m
        [n]: length of each department along the row, in m.
    flow
        [n, n]: flow from row to column; both directions count.
    clearance_m
        Distance between neighbours, in m.
    seconds
        Wall time of the search at most; the dynamic program takes what it needs.
    seed
        Seed of the search.
    progress
        Called with the share of the time that has passed, and the cost so far.

    Returns
    -------
    RowOrder
        `order`, `start_m` (left edge by department, the first at 0), `cost`, `bound`, `proved`.

    Raises
    ------
    InputError
        A length is not positive, or the flow has another shape or a negative entry.
    """
    length = np.asarray(lengths_m, float)
    if length.ndim != 1 or not len(length) or not np.isfinite(length).all() or (length <= 0).any():
        raise InputError("lengths_m: expected one or more lengths, each finite and more than 0")
    if not 0 <= clearance_m < np.inf:
        raise InputError(f"clearance_m: found {clearance_m:g}; expected 0 or more")
    if not 0 < seconds < np.inf:
        raise InputError(f"seconds: found {seconds:g}; expected more than 0")
    both = checked_matrix(flow, len(length), "flow")
    both = both + both.T
    np.fill_diagonal(both, 0.0)
    spaced = length + clearance_m  # centres are then as far apart as with a clearance between neighbours
    if len(length) <= MOST_EXACT:
        order, interrupted = _exact(spaced, both), False
    else:
        order, interrupted = _searched(spaced, both, seconds, seed, progress)
    cost = float(row_cost(spaced, both, order))
    start = np.empty(len(length))
    start[order] = np.concatenate(([0.0], np.cumsum(spaced[order])[:-1]))
    exact = len(length) <= MOST_EXACT
    bound = cost if exact else None
    numbers = tuple(int(one) for one in order)
    return RowOrder(numbers, tuple(start.tolist()), cost, bound, exact, interrupted)


def _exact(length: npt.NDArray[np.float64], flow: npt.NDArray[np.float64]) -> Ints:
    n = len(length)
    least, last = np.zeros(1 << n), np.zeros(1 << n, np.int64)
    least_row(length, flow, least, last)
    order, chosen = np.zeros(n, np.int64), (1 << n) - 1
    for at in range(n - 1, -1, -1):
        order[at] = last[chosen]
        chosen ^= 1 << int(order[at])
    return order


def _searched(
    length: npt.NDArray[np.float64],
    flow: npt.NDArray[np.float64],
    seconds: float,
    seed: int,
    progress: Progress | None,
) -> tuple[Ints, bool]:
    n = len(length)
    order = np.arange(n)
    cost = np.full(2, row_cost(length, flow, order))
    rng = np.array([2 * seed + 1], np.uint64)
    row = Row(length, flow, order, order.copy(), order.copy(), np.zeros(n), np.zeros(n), cost, rng)
    rounds = max(1, int(ROUNDS * (60 / n) ** 3))
    improve_row(row, 0, 1.0)  # compiles, before the clock starts
    interrupted = repeat(_step(row, rounds), seconds, progress)
    return row.best, interrupted


def _step(row: Row, rounds: int) -> Callable[[], float]:
    def step() -> float:
        improve_row(row, rounds, max(HEAT * float(row.cost[1]), 1e-300))
        return float(row.cost[1])

    return step
