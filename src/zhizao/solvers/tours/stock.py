"""Boxes that a milk run with a fixed cycle needs at a stop, and how many it brings there in a cycle.

A visit takes the boxes that were emptied since the visit before, and brings those back full that the visit
before has taken (two-bin and kanban supply; review period and lead time of one cycle each, Silver, Pyke &
Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017, ch. 6). Just before a delivery, of
n boxes of q pieces, n q - (D + R) pieces are left: D is the consumption of the last two cycles, R what was
missing from the open box at their beginning, which in the long run is uniform on 0..q - 1. Shortages are made
up later.

Consumption is Poisson where its variance over its mean (`dispersion`) is 1, constant where that is 0, else
normal and continuous.
"""

from __future__ import annotations

from math import ceil, erf, exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray

_NEGLIGIBLE = 1e-12
"""Probability of more boxes than a distribution shows."""


def no_shortage(boxes: int, pieces: float, per_box: int, dispersion: float = 1.0) -> float:
    """Probability that no piece is missing before a delivery.

    Parameters
    ----------
    boxes
        That circulate between the stop and the supermarket.
    pieces
        Mean consumption of two cycles.
    per_box
        Pieces in a box.
    dispersion
        Variance over mean of the consumption.
    """
    return _at_most(boxes * per_box, pieces, per_box, dispersion)


def boxes_needed(service: float, pieces: float, per_box: int, dispersion: float = 1.0) -> int:
    """The fewest boxes for which `no_shortage` is at least `service`, in 0..1."""
    high = max(ceil(pieces / per_box), 1)
    while no_shortage(high, pieces, per_box, dispersion) < service:
        high *= 2
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if no_shortage(middle, pieces, per_box, dispersion) < service:
            low = middle
        else:
            high = middle
    return high


def emptied(pieces: float, per_box: int, dispersion: float = 1.0) -> NDArray[np.float64]:
    """Probabilities that 0, 1, 2 … boxes are emptied in a cycle with this mean consumption."""
    least = 1 if dispersion == 1.0 else 0  # piece by piece, the last of a box is one of it
    below: list[float] = []
    while not below or below[-1] < 1.0 - _NEGLIGIBLE:
        below.append(_at_most((len(below) + 1) * per_box - least, pieces, per_box, dispersion))
    return np.diff([0.0, *below])


def _at_most(most: int, pieces: float, per_box: int, dispersion: float) -> float:
    """Probability that consumption and what was missing from a box make so many pieces at most."""
    if dispersion == 1.0:
        from scipy.stats import poisson

        return float(np.mean(poisson.cdf(most - np.arange(per_box), pieces)))
    deviation = sqrt(dispersion * pieces)
    if deviation == 0.0:
        return min(max((most - pieces) / per_box, 0.0), 1.0)
    high, low = (most - pieces) / deviation, (most - per_box - pieces) / deviation
    return min(max((_loss(high) - _loss(low)) * deviation / per_box, 0.0), 1.0)


def _loss(z: float) -> float:
    """Integral of the standard normal distribution function up to z."""
    return z * (1.0 + erf(z / sqrt(2.0))) / 2.0 + exp(-z * z / 2.0) / sqrt(2.0 * pi)
