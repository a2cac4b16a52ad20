"""Lower bounds of the number of stations: dual feasible functions, and tails along the order of tasks.

A dual feasible function maps times to weights so that what fits into a station still fits. The families are
u(k) of Fekete & Schepers 2001 (doi 10.1007/s101070100243) and f(CCM,1) of Carlier, Clautiaux & Moukrim 2007
(doi 10.1016/j.cor.2005.08.012); the first holds LM2 and LM3 of Scholl & Becker 2006
(doi 10.1016/j.ejor.2004.07.022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.solvers.balancing.problem import Ints, Tasks

MOST_PARTS = 20  # largest k of u(k)
MOST_STEPS = 200  # steps of f(CCM,1) that are tried
KEPT = 8  # functions that the search computes at every state; the best at the root


@dataclass(frozen=True, eq=False)
class Weights:
    """Times through dual feasible functions: `weight` [tasks, functions], `capacity` [functions]."""

    weight: Ints
    capacity: Ints

    def stations(self, chosen: Ints) -> int:
        """Lower bound of the stations for some of the tasks."""
        if not len(chosen):
            return 0
        return int((-(-self.weight[chosen].sum(axis=0) // self.capacity)).max())

    def best(self, count: int) -> Weights:
        """The functions that give all tasks the highest bound; the first, the times themselves, is kept."""
        ratio = self.weight.sum(axis=0) / self.capacity
        ratio[0] = np.inf
        order = np.argsort(-ratio, kind="stable")[:count]
        return Weights(np.ascontiguousarray(self.weight[:, order]), self.capacity[order])


def weights_of(time: Ints, cycle: int) -> Weights:
    """Weights of all tasks; the first function is the identity."""
    columns, capacities = [time], [cycle]
    for k in range(1, MOST_PARTS + 1):
        parts = (k + 1) * time
        columns.append(np.where(parts % cycle == 0, parts // cycle * k, parts // cycle * (k + 1)))
        capacities.append(k * (k + 1))
    steps = np.unique(np.concatenate([time, cycle - time + 1]))
    steps = steps[(steps > 0) & (steps <= cycle // 2)]
    if len(steps) > MOST_STEPS:
        steps = steps[np.linspace(0, len(steps) - 1, MOST_STEPS).astype(int)]
    for step in steps:
        whole = cycle // int(step)
        above, half = 2 * (whole - (cycle - time) // step), np.full_like(time, whole)
        columns.append(
            np.where(2 * time > cycle, above, np.where(2 * time == cycle, half, 2 * (time // step)))
        )
        capacities.append(2 * whole)
    return Weights(np.stack(columns, axis=1), np.array(capacities, np.int64))


def tails(tasks: Tasks, weights: Weights, cycle: int) -> Ints:
    """Least number of stations from the one of a task to the end of the line, its own included.

    With the task, all that follows needs so many stations by the weights; or each that follows at once needs
    its own tail, and if the two do not fit into one station that is one more.
    """
    found = np.ones(tasks.count, np.int64)
    for task in reversed(range(tasks.count)):
        behind = np.flatnonzero(tasks.follows[task])
        found[task] = max(1, weights.stations(np.append(behind, task)))
        for other in behind:
            apart = int(tasks.time[task] + tasks.time[other] > cycle)
            found[task] = max(found[task], found[other] + apart)
    return found


def root_bound(tasks: Tasks, weights: Weights, cycle: int) -> int:
    """Lower bound of the number of stations of the whole line."""
    if not tasks.count:
        return 0
    every = np.arange(tasks.count)
    ahead = tails(tasks.reversed(), weights_reversed(weights), cycle)[::-1]
    behind = tails(tasks, weights, cycle)
    return max(weights.stations(every), int((ahead + behind - 1).max()))


def weights_reversed(weights: Weights) -> Weights:
    """Weights of the tasks from the end of the line."""
    return Weights(np.ascontiguousarray(weights.weight[::-1]), weights.capacity)
