"""Costs that keep opposing traffic apart: lanes by which vehicles prefer to run.

Chen, Harabor, Li and Stuckey (2024), Traffic flow optimisation for lifelong multi-agent path finding, AAAI
38(18): costs grow with opposing flow and with the flow through a cell. Zhang, Jiang, Bhatt, Nikolaidis and
Li (2024), Guidance graph optimization for lifelong multi-agent path finding, IJCAI: one set of costs for all
vehicles. Here the flow is not simulated: it is that of vehicles from every cell on the cheapest ways,
averaged from round to round (method of successive averages: Sheffi 1985, Urban transportation networks).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.distances import Costs, distance_table, even
from zhizao.solvers.fleet.kernels.distances import FAR, LANES, LONGEST
from zhizao.solvers.fleet.kernels.flows import add_flow
from zhizao.solvers.fleet.problem import FleetError, Floor, Ints

Flow = NDArray[np.float64]


@dataclass(frozen=True)
class Guide:
    """What bounds guidance.

    A move costs 1 + `opposite` * opposing flow + `through` * flow into the cell ahead beyond the mean, at
    most `most` ordinary moves; flows are in means of all moves. `rounds` is how often costs and flows are
    found in turn, each time for `goals` goals drawn at random. In the first round moves against a pattern of
    lanes, every second row and column the other way, cost one more. `finest` is the cost of an ordinary
    move, unless the floor is so large that the numbers would not suffice. On RANDOM-03 (400 steps, one seed)
    `opposite` of 0.5, 1 and 2 finished about as many tasks; `through` of 1 finished more than 0.5.
    """

    opposite: float = 1.0
    through: float = 1.0
    most: float = 5.0
    rounds: int = 30
    goals: int = 200
    finest: int = 10


def guidance(floor: Floor, goals: Ints, guide: Guide | None = None, *, seed: int = 0) -> Costs:
    """Costs of moves under which vehicles on the cheapest ways seldom meet head on.

    Parameters
    ----------
    floor
        Where the vehicles run.
    goals
        Cells to which they run; a cell that is named more often is drawn more often.
    guide
        Bounds.
    seed
        Of the draws of goals.

    Raises
    ------
    FleetError
        The floor is so large that costs in 16 bits would not suffice.
    """
    guide = guide or Guide()
    random = np.random.default_rng(seed)
    unit = _unit(floor, int(goals[0]), guide)
    weight = 1.0 + _against_lanes(floor)
    mean = np.zeros_like(weight)
    for number in range(guide.rounds):
        costs = _costs(weight, unit)
        drawn = random.choice(goals, min(guide.goals, len(goals)), replace=False)
        mean += (_flow(floor, costs, drawn) - mean) / (1 + number) ** 0.7
        weight = np.minimum(1.0 + _penalty(floor, mean, guide), guide.most)
    return _costs(weight, unit)


def _costs(weight: Flow, unit: int) -> Costs:
    return Costs(np.clip(np.rint(unit * weight), 1, 255).astype(np.uint8), unit, unit)


def _unit(floor: Floor, cell: int, guide: Guide) -> int:
    """Cost of an ordinary move such that no way costs more than a distance can say."""
    steps = distance_table(floor, even(floor), np.array([cell], np.int32))[0]
    reached = int(steps[steps < FAR].max())
    longest = 2 * reached + 4  # by way of the cell, with a turn there
    unit = min(guide.finest, int(255 / guide.most), int(LONGEST / (longest * guide.most)))
    if unit < 1:
        raise FleetError(f"guidance costs of up to {guide.most} moves do not fit a way of {longest} steps")
    return unit


def _against_lanes(floor: Floor) -> Flow:
    """One for each move against the lanes (cells, 4): rows and columns run to and fro in turn."""
    columns = floor.free.shape[1]
    row, column = floor.places // columns % 2, floor.places % columns % 2
    return np.stack([row, 1 - column, 1 - row, column], 1).astype(np.float64)


def _flow(floor: Floor, costs: Costs, goals: Ints) -> Flow:
    """Moves from each cell by heading (cells, 4), in means of all moves that the floor allows."""
    flow = np.zeros((len(floor.places), 4))
    for begin in range(0, len(goals), LANES):
        for table in distance_table(floor, costs, goals[begin : begin + LANES]):
            add_flow(table, floor.neighbours, costs.ahead, costs.turn, flow)
    total = flow.sum()
    return flow if total == 0 else flow * ((floor.neighbours >= 0).sum() / total)


def _penalty(floor: Floor, flow: Flow, guide: Guide) -> Flow:
    """What a move costs beyond an ordinary one (cells, 4)."""
    into = np.zeros(len(flow))
    for heading in range(4):
        ahead = floor.neighbours[:, heading]
        np.add.at(into, ahead[ahead >= 0], flow[ahead >= 0, heading])
    found = np.zeros_like(flow)
    for heading in range(4):
        free = floor.neighbours[:, heading] >= 0
        ahead = floor.neighbours[free, heading]
        crowd = np.maximum(into[ahead] / 4 - 1, 0)
        found[free, heading] = guide.opposite * flow[ahead, (heading + 2) % 4] + guide.through * crowd
    return found
