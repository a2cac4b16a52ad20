"""Which load of a day moves where: a transport problem over the intervals of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhizao.studies.monitor.samples import Floats

INERTIA = 1e-5
"""Smallest gain for which load moves, as a share of the range of prices: many plans gain nothing."""
_SLACK = 1e-9
_LEFT = 1e-6  # share of the cost that spreading may give up, above the tolerance of the solver


@dataclass(frozen=True, slots=True)
class Limits:
    """Share of an interval's load that may leave it, intervals by which it may move, and the most load.

    `most` is the load that no interval may exceed, in kWh; None: the highest of the day before moving.
    """

    movable: float
    reach: int
    most: float | None = None


def moves(load: Floats, prices: Floats, limits: Limits, *, spread: bool = True) -> Floats:
    """Shares of each interval's load that move, from rows to columns, at the least cost of energy.

    A transport problem (Hitchcock 1941), solved by HiGHS: the movable load of each interval goes to intervals
    within reach, its own included, whose fixed load leaves room. Where the most that is allowed cannot be
    kept, it is exceeded by as little as can be.

    Parameters
    ----------
    load
        Load expected in each interval, in kWh, 0 or more.
    prices
        Price of energy in each interval.
    spread
        Of the plans with the least cost, take one whose intervals receive the least at most: load that is
        moved into one interval gives peaks where the forecast is wrong.
    """
    shares = np.zeros((len(load), len(load)))
    if load.max() <= 0:
        return shares
    board = _Board(load / load.max(), limits)
    range_ = float(np.ptp(prices))
    cost = (prices[board.targets] - prices.min()) / (range_ if range_ > 0 else 1.0) + INERTIA * board.away
    amounts = board.sent_at(
        cost, None if limits.most is None else limits.most / float(load.max()), spread=spread
    )
    away = board.away & (board.load[board.sources] > 0)
    where = board.sources[away], board.targets[away]
    shares[where] = np.maximum(amounts[away], 0) / board.load[where[0]]
    return shares


class _Board:
    """Pairs of intervals within reach, and the sums over what each sends, holds and receives."""

    def __init__(self, load: Floats, limits: Limits) -> None:
        from scipy.sparse import csr_array

        self.load, self.count = load, len(load)
        self.fixed, self.supply = (1 - limits.movable) * load, limits.movable * load
        apart = np.abs(np.subtract.outer(np.arange(self.count), np.arange(self.count)))
        self.sources, self.targets = np.nonzero(apart <= limits.reach)
        self.away = self.sources != self.targets
        number, ones = np.arange(len(self.sources)), np.ones(len(self.sources))
        shape = self.count, len(number)
        self.sent = csr_array((ones, (self.sources, number)), shape)
        self.held = csr_array((ones, (self.targets, number)), shape)
        self.received = csr_array((self.away.astype(float), (self.targets, number)), shape)

    def sent_at(self, cost: Floats, most: float | None, *, spread: bool) -> Floats:
        """Amounts by pair at the least cost, with no interval above `most`, or as little as can be."""
        top = 1.0 if most is None else most
        if top < 1:
            top = max(top, self._least(self.held, top - self.fixed, [])[-1] + top)
        room = np.maximum(top * (1 + _SLACK) + _SLACK - self.fixed, 0.0)
        found = _solved(cost, self.held, room, self.sent, self.supply)
        if not spread:
            return found
        limit = float(cost @ found) + _LEFT * max(float(cost @ found), _LEFT)
        others = [(self.held, room), (cost[None], [limit])]
        return self._least(self.received, np.zeros(self.count), others)[:-1]

    def _least(self, sums: Any, bound: Floats, others: list[tuple[Any, Any]]) -> Floats:
        """Amounts with the least z so that sums are at most bound + z, and other rows hold; z is the last."""
        from scipy.sparse import csr_array, hstack, vstack

        rows = [hstack([sums, csr_array(-np.ones((self.count, 1)))])]
        rows += [hstack([csr_array(one), csr_array((len(most), 1))]) for one, most in others]
        cost = np.zeros(len(self.sources) + 1)
        cost[-1] = 1.0
        most = np.concatenate([bound, *(most for _, most in others)])
        equal = hstack([self.sent, csr_array((self.count, 1))])
        return _solved(cost, vstack(rows), most, equal, self.supply)


def _solved(cost: Floats, rows: Any, most: Floats, equal: Any, right: Floats) -> Floats:
    from scipy.optimize import linprog

    found = linprog(cost, A_ub=rows, b_ub=most, A_eq=equal, b_eq=right, method="highs")
    if found.status != 0:
        raise RuntimeError(f"moves of a day's load: {found.message}")
    return np.asarray(found.x)
