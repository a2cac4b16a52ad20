"""Plans of a few steps for each vehicle, improved by displacing others: multi-action priority inheritance.

Yukhnevich and Andreychuk (2025), Enhancing PIBT via multi-action operations, arXiv:2511.09193; PIBT:
Okumura et al. (2022), Priority inheritance with backtracking for iterative multi-agent path finding,
Artificial Intelligence 310. Here a plan is where the vehicle moves ahead and where it turns first; turns
after the last move ahead do not matter to others and are chosen by the distance left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhizao.solvers.fleet.kernels.jit import kernel

Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]
Doubles = npt.NDArray[np.float64]

WAIT, AHEAD, CLOCKWISE, COUNTERCLOCKWISE = 0, 1, 2, 3
NOBODY, MANY = -1, -2
LEAST = 1e-9
"""A sum of plans is better from this difference on: less is rounding."""


class Vehicles(NamedTuple):
    """What is given in a step, for all vehicles."""

    neighbours: Ints  # [cells, 4]
    shape: Bytes  # [shapes, depth] actions up to the last move ahead, then WAIT
    free_from: Ints  # [shapes] step from which turns are free
    rest: Ints  # [shapes] shape of what is left after the first step
    cell: Ints  # [vehicles]
    heading: Ints  # [vehicles]
    row: Ints  # [vehicles] row of `table` for the goal; -1: no goal
    goal: Ints  # [vehicles] cell; -1: no goal
    next_row: Ints  # [vehicles] row for the goal after it; -1: not known
    table: npt.NDArray[np.uint16]  # [goals, 4 * cells]
    weight: Doubles  # [vehicles]
    rank: Ints  # [vehicles] place in the order of priority, 0 is the first


class Plans(NamedTuple):
    """What is chosen: the shape of each vehicle's plan, and who is where when."""

    shape: Ints  # [vehicles]
    value: Doubles  # [vehicles, shapes] cost of each shape; inf: impossible
    order: Ints  # [vehicles, shapes] shapes, the best first
    turn: Bytes  # [vehicles, shapes] best turns after the last move: 0, 1, 2 or 3 quarters clockwise
    path: Ints  # [vehicles, shapes, depth] cells
    taken: Ints  # [depth + 1, cells] vehicle, NOBODY
    seen: Ints  # [vehicles] the last attempt that displaced the vehicle


@kernel
def prepare(fleet: Vehicles, plans: Plans, reward: float, early: float) -> None:
    """Value all shapes of all vehicles; plans begin with what is left of those of the step before.

    What is left goes on without conflict: its last cells are all different, and everybody waits there.
    """
    plans.taken[:] = NOBODY
    for vehicle in range(len(fleet.cell)):
        plans.taken[0, fleet.cell[vehicle]] = vehicle
        _value_all(fleet, plans, vehicle, reward, early)
        plans.order[vehicle] = np.argsort(plans.value[vehicle], kind="mergesort").astype(np.int32)
        plans.shape[vehicle] = fleet.rest[plans.shape[vehicle]]
        plans.seen[vehicle] = 0
        _put(plans, vehicle, plans.shape[vehicle], vehicle)


@kernel
def _quarters(action: int) -> int:
    """Quarters of a turn clockwise."""
    return 1 if action == CLOCKWISE else 3 if action == COUNTERCLOCKWISE else 0


@kernel
def _value_all(fleet: Vehicles, plans: Plans, vehicle: int, reward: float, early: float) -> None:
    """Follow each shape of a vehicle; its cost is the distance left, less a reward for what is reached."""
    depth = fleet.shape.shape[1]
    next_row = fleet.next_row[vehicle]
    for shape in range(len(fleet.shape)):
        cell, heading = fleet.cell[vehicle], fleet.heading[vehicle]
        row = fleet.row[vehicle]
        reached = -1
        hurry = 0.0
        for step in range(depth):
            action = fleet.shape[shape, step]
            if action == AHEAD:
                cell = fleet.neighbours[cell, heading]
                if cell < 0:
                    break
                hurry += step
            heading = (heading + _quarters(action)) & 3
            plans.path[vehicle, shape, step] = cell
            if reached < 0 and cell == fleet.goal[vehicle]:
                reached = step
                row = next_row
        if cell < 0:
            plans.value[vehicle, shape] = np.inf
            continue
        value = early * hurry
        if reached >= 0:
            value -= reward * (depth - reached)
            if next_row >= 0:
                value -= fleet.table[next_row, 4 * fleet.goal[vehicle] + 3]
        plans.value[vehicle, shape] = value + _best_turn(
            fleet, plans, vehicle, shape, row, 4 * cell + heading
        )


@kernel
def _best_turn(fleet: Vehicles, plans: Plans, vehicle: int, shape: int, row: int, state: int) -> float:
    """Distance left after the best turns in the free steps at the end of a shape."""
    plans.turn[vehicle, shape] = 0
    if row < 0:
        return 0.0
    spare = fleet.shape.shape[1] - fleet.free_from[shape]
    best = float(fleet.table[row, state])
    base, heading = state & ~3, state & 3
    for quarters in (1, 3, 2):
        needed = 2 if quarters == 2 else 1
        if needed <= spare:
            value = float(fleet.table[row, base + ((heading + quarters) & 3)])
            if value < best:
                best = value
                plans.turn[vehicle, shape] = quarters
    return best


@kernel
def _put(plans: Plans, vehicle: int, shape: int, who: int) -> None:
    """Note a vehicle (or nobody) along one of its shapes."""
    for step in range(plans.path.shape[2]):
        plans.taken[step + 1, plans.path[vehicle, shape, step]] = who


@kernel
def _in_the_way(fleet: Vehicles, plans: Plans, vehicle: int, shape: int) -> int:
    """Who must give way to a shape: NOBODY, one vehicle, or MANY."""
    found = NOBODY
    before = fleet.cell[vehicle]
    for step in range(plans.path.shape[2]):
        cell = plans.path[vehicle, shape, step]
        other = plans.taken[step + 1, cell]
        if other != NOBODY and other != found:
            if found != NOBODY:
                return MANY
            found = other
        if cell != before:
            other = plans.taken[step, cell]
            if other != NOBODY and other != found and plans.taken[step + 1, before] == other:
                if found != NOBODY:
                    return MANY
                found = other
        before = cell
    return found


@kernel
def attempt(
    fleet: Vehicles, plans: Plans, first: int, stamp: int, limit: int, stack: Ints, strict: bool
) -> bool:
    """Give a vehicle a better plan; whoever is in its way gets another, and so on.

    Parameters
    ----------
    fleet, plans
        The step.
    first
        The vehicle.
    stamp
        Number of this attempt, greater than any before.
    limit
        Shapes that are tried at most.
    stack
        Room for (vehicle, next rank, old shape) (vehicles + 1, 3).
    strict
        Priorities hold: only vehicles of lower priority are displaced, whatever they lose. Otherwise
        anybody is, and plans change only if the weighted sum of their costs falls.

    Returns
    -------
    bool
        Whether plans have changed.
    """
    shapes = plans.value.shape[1]
    top, tried, gain = 0, 0, 0.0
    _push(plans, stack, 0, first, stamp)
    while True:
        vehicle = stack[top, 0]
        old = stack[top, 2]
        if stack[top, 1] >= shapes or tried > limit:
            plans.shape[vehicle] = old
            plans.seen[vehicle] = 0
            if top == 0:
                _put(plans, vehicle, old, vehicle)
                return False
            top -= 1
            holder = stack[top, 0]
            _put(plans, holder, plans.shape[holder], NOBODY)
            _put(plans, vehicle, old, vehicle)
            gain += fleet.weight[holder] * (
                plans.value[holder, plans.shape[holder]] - plans.value[holder, stack[top, 2]]
            )
            continue
        shape = plans.order[vehicle, stack[top, 1]]
        stack[top, 1] += 1
        tried += 1
        better = gain + fleet.weight[vehicle] * (plans.value[vehicle, old] - plans.value[vehicle, shape])
        least = -np.inf if strict and top > 0 else LEAST
        if plans.value[vehicle, shape] == np.inf or better < least:
            stack[top, 1] = shapes  # the shapes that follow are worse
            continue
        other = _in_the_way(fleet, plans, vehicle, shape)
        if other == NOBODY:
            _put(plans, vehicle, shape, vehicle)
            plans.shape[vehicle] = shape
            return True
        if other == MANY or plans.seen[other] == stamp or (strict and fleet.rank[other] < fleet.rank[first]):
            continue
        _put(plans, other, plans.shape[other], NOBODY)
        _put(plans, vehicle, shape, vehicle)
        plans.shape[vehicle] = shape
        gain = better
        top += 1
        _push(plans, stack, top, other, stamp)


@kernel
def _push(plans: Plans, stack: Ints, top: int, vehicle: int, stamp: int) -> None:
    """Take a vehicle's plan away and remember it."""
    stack[top, 0] = vehicle
    stack[top, 1] = 0
    stack[top, 2] = plans.shape[vehicle]
    if top == 0:
        _put(plans, vehicle, plans.shape[vehicle], NOBODY)
    plans.seen[vehicle] = stamp


@kernel
def plan(fleet: Vehicles, plans: Plans, order: Ints, strict: int, limit: int, stack: Ints) -> int:
    """Try the vehicles in an order (attempts,): the first `strict` by priority; how many changed plans."""
    changed = 0
    for place in range(len(order)):
        if attempt(fleet, plans, order[place], place + 1, limit, stack, place < strict):
            changed += 1
    return changed


@kernel
def actions_of(fleet: Vehicles, plans: Plans, out: Bytes) -> None:
    """First action of each vehicle's plan (vehicles,)."""
    for vehicle in range(len(out)):
        shape = plans.shape[vehicle]
        out[vehicle] = fleet.shape[shape, 0]
        if fleet.free_from[shape] == 0:
            quarters = plans.turn[vehicle, shape]
            out[vehicle] = WAIT if quarters == 0 else COUNTERCLOCKWISE if quarters == 3 else CLOCKWISE
