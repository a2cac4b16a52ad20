"""Distances from every state (cell, heading) to the goals that are asked for, kept up to a bound of
memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.kernels.distances import distances_to
from zhizao.solvers.fleet.problem import Floor, Ints


@dataclass(frozen=True)
class Costs:
    """What moves cost: the guidance of the fleet.

    `ahead` (cells, 4) is the cost of leaving a cell by heading, `turn` of a turn by 90 degrees, both in the
    same integer unit, 1 to 255; `unit` is the cost of an ordinary move.
    """

    ahead: NDArray[np.uint8]
    turn: int
    unit: int


def even(floor: Floor, unit: int = 1) -> Costs:
    """Cost `unit` for every move and every turn: distances are steps."""
    return Costs(np.full((len(floor.places), 4), unit, np.uint8), unit, unit)


def distance_table(floor: Floor, costs: Costs, goals: Ints) -> NDArray[np.uint16]:
    """Distances (goals, 4 * cells) to goals (goals,), by 4 * cell + heading; 65,535 is out of reach."""
    table = np.empty((len(goals), 4 * len(floor.places)), np.uint16)
    rows = np.arange(len(goals), dtype=np.int32)
    distances_to(goals, rows, floor.neighbours, costs.ahead, costs.turn, floor.orders, table)
    return table


@dataclass
class Distances:
    """Tables of distances by goal; when all rows are in use, the one not used for longest makes room."""

    floor: Floor
    costs: Costs
    table: NDArray[np.uint16]
    row_of: Ints  # [cells] row of a goal, -1
    goal_of: Ints  # [rows] goal of a row, -1
    used: NDArray[np.int64]  # [rows] when a row was last asked for
    clock: int = 0
    searches: int = field(default=0)


def make_distances(floor: Floor, costs: Costs, goals: int, memory_bytes: int) -> Distances:
    """Room for the distances to `goals` cells, or as many as fit into `memory_bytes`."""
    cells = len(floor.places)
    rows = max(1, min(goals, cells, memory_bytes // (8 * cells)))
    return Distances(
        floor,
        costs,
        np.empty((rows, 4 * cells), np.uint16),
        np.full(cells, -1, np.int32),
        np.full(rows, -1, np.int32),
        np.zeros(rows, np.int64),
    )


def rows_of(distances: Distances, goals: Ints) -> Ints:
    """Row of the table for each goal (any shape), -1 for goal -1; searches what is not kept.

    Raises
    ------
    MemoryError
        More different goals are asked for at once than there are rows.
    """
    distances.clock += 1
    rows = np.where(goals >= 0, distances.row_of[goals], -1).astype(np.int32)
    distances.used[rows[rows >= 0]] = distances.clock
    if not ((rows < 0) & (goals >= 0)).any():
        return rows
    asked = np.unique(goals[goals >= 0])
    if len(asked) > len(distances.table):
        raise MemoryError(
            f"{len(asked)} goals at once need more than {distances.table.nbytes} bytes of distances"
        )
    _search(distances, asked[distances.row_of[asked] < 0])
    return np.where(goals >= 0, distances.row_of[goals], -1).astype(np.int32)


def _search(distances: Distances, goals: Ints) -> None:
    """Search goals that are not kept; the rows not used for longest make room."""
    rows = np.argsort(distances.used, kind="stable")[: len(goals)].astype(np.int32)
    before = distances.goal_of[rows]
    distances.row_of[before[before >= 0]] = -1
    floor, costs = distances.floor, distances.costs
    distances_to(goals, rows, floor.neighbours, costs.ahead, costs.turn, floor.orders, distances.table)
    distances.row_of[goals], distances.goal_of[rows] = rows, goals
    distances.used[rows] = distances.clock
    distances.searches += len(goals)
