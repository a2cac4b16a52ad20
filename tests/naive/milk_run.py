"""A milk run at one stop, piece by piece: lines that can be checked by eye."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def poisson_times(rng: np.random.Generator, per_s: float) -> Iterator[float]:
    """When single pieces are consumed."""
    time = 0.0
    while True:
        time += rng.exponential(1 / per_s)
        yield time


def shares_of_cycles(
    pieces: Iterator[float], boxes: int, per_box: int, cycle_s: float, cycles: int
) -> tuple[float, dict[int, float]]:
    """Share of the visits before whose delivery no piece was missing; shares by boxes taken along empty.

    A box is empty when its last piece is taken; pieces that are missing are taken when they come.
    """
    stock = boxes * per_box
    taken = 0
    empties, on_train = 0, 0
    good = 0
    brought: dict[int, int] = {}
    next_piece = next(pieces)
    for visit in range(1, cycles + 1):
        while next_piece <= visit * cycle_s:
            stock -= 1
            taken += 1
            if taken % per_box == 0:
                empties += 1
            next_piece = next(pieces)
        good += stock >= 0
        stock += on_train * per_box
        brought[empties] = brought.get(empties, 0) + 1
        on_train, empties = empties, 0
    return good / cycles, {number: count / cycles for number, count in brought.items()}
