"""Guidance."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.fleet.distances import Costs
from zhizao.solvers.fleet.kernels.distances import distances_to
from zhizao.solvers.fleet.kernels.flows import add_flow


def guidance(floor, *, unit=10, opposite=1.0, through=0.0, bias=1.0, rounds=30, goals=200, seed=0, turn=1.0, most=5.0):
    random = np.random.default_rng(seed)
    cells = len(floor.places)
    nb = floor.neighbours
    columns = floor.free.shape[1]
    row, col = floor.places // columns, floor.places % columns
    weight = np.ones((cells, 4))
    # lanes
    weight[:, 0] += bias * (row % 2 == 1)
    weight[:, 2] += bias * (row % 2 == 0)
    weight[:, 1] += bias * (col % 2 == 0)
    weight[:, 3] += bias * (col % 2 == 1)
    mean_flow = None
    table = np.empty(4 * cells, np.uint16)
    for k in range(rounds):
        ahead = np.clip(np.rint(unit * weight), 1, 255).astype(np.uint8)
        flow = np.zeros((cells, 4))
        for goal in random.choice(cells, min(goals, cells), replace=False):
            distances_to(int(goal), nb, ahead, int(turn * unit), table)
            add_flow(table, nb, ahead, int(turn * unit), flow)
        flow /= flow[nb >= 0].mean()
        step = 1.0 / (1 + k) ** 0.7
        mean_flow = flow if mean_flow is None else mean_flow + step * (flow - mean_flow)
        against = np.zeros((cells, 4))
        inn = np.zeros(cells)
        for h in range(4):
            ok = nb[:, h] >= 0
            against[ok, h] = mean_flow[nb[ok, h], (h + 2) % 4]
            np.add.at(inn, nb[ok, h], mean_flow[ok, h])
        cong = np.zeros((cells, 4))
        for h in range(4):
            ok = nb[:, h] >= 0
            cong[ok, h] = inn[nb[ok, h]] / 4
        weight = np.minimum(1 + opposite * against + through * np.maximum(cong - 1, 0), most)
    ahead = np.clip(np.rint(unit * weight), 1, 255).astype(np.uint8)
    return Costs(ahead, int(turn * unit), unit), mean_flow
