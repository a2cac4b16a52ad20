"""Vehicles that stand still call others out of the way.

A vehicle whose goal lies in a dead end cannot push out whoever stands there, as the only way out leads past
itself. Then the other one comes first for a few steps and runs somewhere else, and pushes the caller aside.
Compare the swap operation of Okumura (2023), Improving LaCAM for scalable eventually optimal multi-agent
pathfinding, IJCAI; here nothing is looked for but a vehicle that does not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.distances import Distances
from zhizao.solvers.fleet.problem import Ints
from zhizao.solvers.fleet.settings import Settings

BUSY = 10
"""How many times longer a vehicle waits for one that has a goal itself before it calls it out of the way.
With 1, RANDOM-03 (400 steps) finished 1,009 tasks instead of 1,259."""


@dataclass(frozen=True)
class Calls:
    """Vehicles that make way for another: they run to a cell drawn at random."""

    cell: Ints  # [vehicles] in the step before
    still: Ints  # [vehicles] steps since a vehicle with a goal has left its cell
    steps: Ints  # [vehicles] how long a vehicle that was called still makes way
    row: Ints  # [vehicles] row of the distances to where it runs
    by: Ints  # [vehicles] who called it


class Routes(NamedTuple):
    """Where the vehicles are and where they run (vehicles,)."""

    cell: Ints
    goal: Ints
    row: Ints
    next_row: Ints
    left: NDArray[np.float64]


def make_calls(vehicles: int) -> Calls:
    """Nobody is called."""
    return Calls(*(np.zeros(vehicles, np.int32) for _ in range(5)))


def call(
    calls: Calls, distances: Distances, routes: Routes, random: np.random.Generator, settings: Settings
) -> None:
    """Call vehicles out of the way; changes the routes of those that are called."""
    has = routes.row >= 0
    calls.still[:] = np.where((routes.cell == calls.cell) & has, calls.still + 1, 0)
    calls.cell[:] = routes.cell
    calls.steps[:] = np.maximum(calls.steps - 1, 0)
    stuck = np.flatnonzero((calls.still >= settings.patience) & (calls.steps == 0))
    if len(stuck):
        stuck = stuck[np.argsort(routes.left[stuck], kind="stable")]
        other = _in_front(distances, routes, stuck)
        waited = calls.still[stuck] >= BUSY * settings.patience
        may = (other >= 0) & (calls.steps[other] == 0) & (waited | ~has[other])
        who, place = np.unique(other[may], return_index=True)
        calls.steps[who] = settings.called
        calls.row[who] = random.choice(np.flatnonzero(distances.goal_of >= 0), len(who))
        calls.by[who] = stuck[may][place]
        calls.still[calls.by[who]] = 0
    who = np.flatnonzero(calls.steps)
    routes.row[who], routes.next_row[who] = calls.row[who], -1
    routes.goal[who] = distances.goal_of[calls.row[who]]
    routes.left[who] = np.minimum(routes.left[who], routes.left[calls.by[who]] - 0.5)


def _in_front(distances: Distances, routes: Routes, who: NDArray[np.int64]) -> Ints:
    """Vehicle in the next cell of the cheapest way of some vehicles, whatever their heading; -1 for none."""
    holder = np.full(len(distances.row_of), -1, np.int32)
    holder[routes.cell] = np.arange(len(routes.cell), dtype=np.int32)
    ahead = distances.floor.neighbours[routes.cell[who]]
    states = 4 * np.maximum(ahead, 0)[:, :, None] + np.arange(4)
    ways = distances.table[routes.row[who][:, None, None], states].min(2).astype(np.int64)
    ways[ahead < 0] = np.iinfo(np.int64).max
    there = ahead[np.arange(len(who)), ways.argmin(1)]
    return np.where(there >= 0, holder[there], -1).astype(np.int32)
