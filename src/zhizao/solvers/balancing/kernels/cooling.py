"""Simulated annealing of a line with workers: which moves are drawn, and what is kept."""

from __future__ import annotations

from zhizao.solvers.balancing.kernels.anneal import (
    BEST,
    ENERGY,
    MET,
    TARGET,
    Bench,
    Links,
    change,
    load_of,
    over,
    rotate,
    shift,
    swap,
)
from zhizao.solvers.balancing.kernels.crew import uniform
from zhizao.solvers.balancing.kernels.jit import kernel
from zhizao.solvers.balancing.kernels.split import Fork, split

SHIFT, SWAP, CHANGE, ROTATE = 0.45, 0.9, 0.96, 0.99  # cumulative shares of moves; the rest are splits


@kernel
def energy(b: Bench) -> int:
    """Sum of the loads above the target."""
    whole = 0
    for station in range(len(b.worker)):
        whole += over(b, load_of(b, station))
    return whole


@kernel
def keep_best(b: Bench) -> None:
    """Keep a line that meets the target, and set the next target one tick below it."""
    most = 0
    for station in range(len(b.worker)):
        most = max(most, load_of(b, station))
    b.best_station[:] = b.station
    b.best_worker[:] = b.worker
    b.numbers[BEST] = most
    b.numbers[MET] += 1
    b.numbers[TARGET] = most - 1
    b.numbers[ENERGY] = energy(b)


@kernel
def anneal(k: Links, b: Bench, f: Fork, heat: float, steps: int) -> None:
    """Take steps at a temperature."""
    for _ in range(steps):
        kind = uniform(b.rng)
        if kind < SHIFT:
            shift(k, b, heat)
        elif kind < SWAP:
            swap(k, b, heat)
        elif kind < CHANGE:
            change(b, heat)
        elif kind < ROTATE:
            rotate(b, heat)
        else:
            split(k, b, f, heat)
        if b.numbers[ENERGY] == 0:
            keep_best(b)
