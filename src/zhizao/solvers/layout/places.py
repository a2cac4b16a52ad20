"""The quadratic assignment problem: stations are given to places of equal size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.quantities import InputError
from zhizao.solvers.layout.clock import Progress, repeat
from zhizao.solvers.layout.kernels.tabu import Assignment, begin, places_cost, search_places
from zhizao.solvers.layout.matrices import checked_matrix

NEAR = 1e-9  # relative gap that counts as none
STEPS = 200_000  # of a call with one place; a step takes time with the square of the places

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Places:
    """Place of each station, by number, and what is proved.

    `cost` is flow times distance over all ordered pairs; `bound` is the lower bound of Gilmore (1962) and
    Lawler (1963), which is weak for large problems. `proved` is true where both are equal.
    """

    place: tuple[int, ...]
    cost: float
    bound: float
    proved: bool
    interrupted: bool


def assign_places(
    flow: npt.ArrayLike,
    distance: npt.ArrayLike,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    progress: Progress | None = None,
) -> Places:
    """Give each station a place so that flow times distance falls.

    Robust tabu search (Taillard 1991, doi 10.1016/S0167-8191(05)80147-4). Fewer stations than places: add
    stations without flow. Ctrl-C ends the search and keeps the best assignment so far.

    Parameters
    ----------
    flow
        [n, n]: flow from station to station; need not be symmetric.
    distance
        [n, n]: distance from place to place, in m; need not be symmetric.
    seconds
        Wall time at most.
    seed
        Seed of the search.
    progress
        Called with the share of the time that has passed, and the cost so far.

    Raises
    ------
    InputError
        There is no station, the shapes differ, or an entry is negative.
    """
    count = len(np.atleast_1d(np.array(flow, float)))
    if not count:
        raise InputError("flow: found no station; expected one or more")
    if not 0 < seconds < np.inf:
        raise InputError(f"seconds: found {seconds:g}; expected more than 0")
    flows = checked_matrix(flow, count, "flow")
    distances = checked_matrix(distance, count, "distance")
    bound = lower_bound(flows, distances)
    table = _begun(flows, distances, seed)
    interrupted = count > 1 and repeat(_step(table, bound), seconds, progress)
    cost = float(places_cost(flows, distances, table.best))
    place = tuple(int(one) for one in table.best)
    return Places(place, cost, min(bound, cost), cost - bound <= NEAR * abs(cost), interrupted)


def _begun(flow: Doubles, distance: Doubles, seed: int) -> Assignment:
    n = len(flow)
    place = np.random.default_rng(seed).permutation(n)
    cost = np.full(3, places_cost(flow, distance, place))
    rng = np.array([2 * seed + 1], np.uint64)
    counts, tabu = np.zeros(2, np.int64), np.zeros((n, n), np.int64)
    change, work = np.zeros((n, n)), np.zeros((4, n))
    table = Assignment(flow, distance, place, place.copy(), cost, change, work, tabu, counts, rng)
    begin(table)
    search_places(table, 0)  # compiles, before the clock starts
    return table


def _step(table: Assignment, bound: float) -> Callable[[], float]:
    steps = max(1, STEPS * 25 // len(table.place) ** 2)

    def step() -> float:
        best = float(table.cost[1])
        if best - bound <= NEAR * abs(best):
            return float("-inf")
        search_places(table, steps)
        return float(table.cost[1])

    return step


def lower_bound(flow: Doubles, distance: Doubles) -> float:
    """Lower bound by Gilmore (1962, doi 10.1137/0110022) and Lawler (1963, doi 10.1287/mnsc.9.4.586).

    A station at a place costs at least its flows in falling order times the distances in rising order; the
    bound is the cheapest assignment with these costs.
    """
    from scipy.optimize import linear_sum_assignment

    n = len(flow)
    falling = -np.sort(-_off_diagonal(flow), axis=1)
    rising = np.sort(_off_diagonal(distance), axis=1)
    costs = falling @ rising.T + np.outer(np.diag(flow), np.diag(distance))
    rows, columns = linear_sum_assignment(costs)
    return float(costs[rows, columns].sum()) if n > 1 else float(costs[0, 0])


def _off_diagonal(matrix: Doubles) -> Doubles:
    n = len(matrix)
    return matrix[~np.eye(n, dtype=bool)].reshape(n, n - 1)
