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
NEARER, FAR_ROOM = 1e-3, 100
"""What a move towards an empty cell is worth to a vehicle without a goal, and up to how many of them."""
LEAST = 1e-9
"""A sum of plans is better from this difference on: less is rounding."""


class Shapes(NamedTuple):
    """What plans look like from a state: a tree, in which a shape goes on from a shorter one by a move.

    The first shape stands still; a shape comes after the one that it goes on from.
    """

    action: Bytes  # [shapes, depth] actions up to the last move ahead, then WAIT
    free_from: Ints  # [shapes] step after the last move ahead
    rest: Ints  # [shapes] shape of what is left after the first step
    before: Ints  # [shapes] the shape without the last move ahead
    quarters: Ints  # [shapes] all turns, in quarters clockwise
    until: Ints  # [shapes, depth] shape of what is done by the end of each step
    delay: Doubles  # [shapes] sum of the steps in which it moves ahead


class Vehicles(NamedTuple):
    """What is given in a step, for all vehicles."""

    neighbours: Ints  # [cells, 4]
    shapes: Shapes
    cell: Ints  # [vehicles]
    heading: Ints  # [vehicles]
    row: Ints  # [vehicles] row of `table` for the goal; -1: no goal
    goal: Ints  # [vehicles] cell; -1: no goal
    next_row: Ints  # [vehicles] row for the goal after it; -1: not known
    table: npt.NDArray[np.uint16]  # [goals, 4 * cells]
    weight: Doubles  # [vehicles]
    rank: Ints  # [vehicles] place in the order of priority, 0 is the first
    room: Ints  # [cells] moves to the nearest empty cell


class Plans(NamedTuple):
    """What is chosen: the shape of each vehicle's plan, and who is where when."""

    shape: Ints  # [vehicles]
    value: npt.NDArray[np.float32]  # [vehicles, shapes] cost of each shape; inf: impossible
    best: npt.NDArray[np.float32]  # [vehicles] the least of them
    order: Ints  # [vehicles, shapes] the possible shapes, as far as they are sorted the best first
    possible: Ints  # [vehicles] how many are possible
    ranked: Ints  # [vehicles] how many are sorted
    end: Ints  # [vehicles, shapes] last cell; -1: impossible
    taken: Ints  # [cells, depth + 1] vehicle, NOBODY
    seen: Ints  # [vehicles] the last attempt that displaced the vehicle


@kernel
def room_of(neighbours: Ints, cell: Ints) -> Ints:
    """Moves from each cell to the nearest cell without a vehicle (cells,); -1 if there is none."""
    found = np.zeros(len(neighbours), np.int32)
    for taken in cell:
        found[taken] = -1
    queue = np.empty(len(neighbours), np.int32)
    last = 0
    for place in range(len(found)):
        if found[place] == 0:
            queue[last] = place
            last += 1
    first = 0
    while first < last:
        place = queue[first]
        first += 1
        for ahead in neighbours[place]:
            if ahead >= 0 and found[ahead] < 0:
                found[ahead] = found[place] + 1
                queue[last] = ahead
                last += 1
    return found


@kernel
def prepare(fleet: Vehicles, plans: Plans, reward: float, early: float) -> None:
    """Value all shapes of all vehicles; plans begin with what is left of those of the step before.

    What is left goes on without conflict: its last cells are all different, and everybody waits there.
    """
    plans.taken[:] = NOBODY
    reached = np.empty(plans.value.shape[1], np.int32)
    for vehicle in range(len(fleet.cell)):
        plans.taken[fleet.cell[vehicle], 0] = vehicle
        _follow(fleet, plans, vehicle, reached)
        _value_all(fleet, plans, vehicle, reached, reward, early)
        plans.shape[vehicle] = fleet.shapes.rest[plans.shape[vehicle]]
        plans.seen[vehicle] = 0
        _put(plans, fleet.shapes.until, vehicle, plans.shape[vehicle], vehicle)


@kernel
def _follow(fleet: Vehicles, plans: Plans, vehicle: int, reached: Ints) -> None:
    """Note where the shapes of a vehicle end, and in which step they reach its goal (-1: not at all)."""
    shapes, end = fleet.shapes, plans.end[vehicle]
    heading, goal = fleet.heading[vehicle], fleet.goal[vehicle]
    end[0] = fleet.cell[vehicle]
    reached[0] = 0 if end[0] == goal else -1
    possible = 1
    plans.order[vehicle, 0] = 0
    for shape in range(1, len(end)):
        before = shapes.before[shape]
        if end[before] < 0:
            end[shape] = -1
            continue
        cell = fleet.neighbours[end[before], (heading + shapes.quarters[shape]) & 3]
        end[shape] = cell
        if cell < 0:
            continue
        step = shapes.free_from[shape] - 1
        reached[shape] = reached[before] if 0 <= reached[before] < step else step if cell == goal else -1
        plans.order[vehicle, possible] = shape
        possible += 1
    plans.possible[vehicle] = possible
    plans.ranked[vehicle] = 0


@kernel
def _value_all(
    fleet: Vehicles, plans: Plans, vehicle: int, reached: Ints, reward: float, early: float
) -> None:
    """Cost of each shape of a vehicle: the distance left, less a reward for what is reached.

    A vehicle without a goal prefers to stay; if it is displaced, it looks for room where it is nearest.
    """
    shapes = fleet.shapes
    depth = shapes.action.shape[1]
    row, next_row = fleet.row[vehicle], fleet.next_row[vehicle]
    beyond = float(fleet.table[next_row, 4 * fleet.goal[vehicle] + 3]) if next_row >= 0 else 0.0
    best = np.float32(np.inf)
    plans.value[vehicle] = np.inf
    for place in range(plans.possible[vehicle]):
        shape = plans.order[vehicle, place]
        heading = (fleet.heading[vehicle] + shapes.quarters[shape]) & 3
        spare = depth - shapes.free_from[shape]
        value = early * shapes.delay[shape]
        if reached[shape] >= 0:
            value -= reward * (depth - reached[shape]) + beyond
            value += _left(fleet.table, next_row, plans.end[vehicle, shape], heading, spare)
        elif row < 0:
            value += NEARER * min(fleet.room[plans.end[vehicle, shape]], FAR_ROOM)
        else:
            value += _left(fleet.table, row, plans.end[vehicle, shape], heading, spare)
        plans.value[vehicle, shape] = value
        best = min(best, np.float32(value))
    plans.best[vehicle] = best


@kernel
def _left(table: npt.NDArray[np.uint16], row: int, cell: int, heading: int, spare: int) -> int:
    """Distance left after the best turns in the spare steps; 0 without a goal."""
    if row < 0:
        return 0
    found = int(table[row, 4 * cell + heading])
    if spare > 0:
        found = min(found, int(table[row, 4 * cell + ((heading + 1) & 3)]))
        found = min(found, int(table[row, 4 * cell + ((heading + 3) & 3)]))
    if spare > 1:
        found = min(found, int(table[row, 4 * cell + ((heading + 2) & 3)]))
    return found


@kernel
def _ranked(plans: Plans, vehicle: int, rank: int) -> int:
    """Shape of a vehicle by rank, 0 is the best; sorts no farther than asked (selection sort)."""
    order, value = plans.order[vehicle], plans.value[vehicle]
    while plans.ranked[vehicle] <= rank:
        begin = plans.ranked[vehicle]
        least = begin
        for place in range(begin + 1, plans.possible[vehicle]):
            shape, other = order[place], order[least]
            if value[shape] < value[other] or (value[shape] == value[other] and shape < other):
                least = place
        order[begin], order[least] = order[least], order[begin]
        plans.ranked[vehicle] += 1
    return order[rank]


@kernel
def _put(plans: Plans, until: Ints, vehicle: int, shape: int, who: int) -> None:
    """Note a vehicle (or nobody) along one of its shapes."""
    for step in range(until.shape[1]):
        plans.taken[plans.end[vehicle, until[shape, step]], step + 1] = who


@kernel
def _in_the_way(fleet: Vehicles, plans: Plans, vehicle: int, shape: int) -> int:
    """Who must give way to a shape: NOBODY, one vehicle, or MANY."""
    found = NOBODY
    before = fleet.cell[vehicle]
    until, end = fleet.shapes.until, plans.end[vehicle]
    for step in range(until.shape[1]):
        cell = end[until[shape, step]]
        other = plans.taken[cell, step + 1]
        if other != NOBODY and other != found:
            if found != NOBODY:
                return MANY
            found = other
        if cell != before:
            other = plans.taken[cell, step]
            if other != NOBODY and other != found and plans.taken[before, step + 1] == other:
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
    if fleet.row[first] < 0 or plans.value[first, plans.shape[first]] <= plans.best[first]:
        return False
    until = fleet.shapes.until
    top, tried, gain = 0, 0, 0.0
    _push(plans, stack, 0, first, stamp)
    _put(plans, until, first, plans.shape[first], NOBODY)
    while True:
        vehicle = stack[top, 0]
        old = stack[top, 2]
        if stack[top, 1] >= plans.possible[vehicle] or tried > limit:
            plans.shape[vehicle] = old
            plans.seen[vehicle] = 0
            if top == 0:
                _put(plans, until, vehicle, old, vehicle)
                return False
            top -= 1
            holder = stack[top, 0]
            _put(plans, until, holder, plans.shape[holder], NOBODY)
            _put(plans, until, vehicle, old, vehicle)
            gain += fleet.weight[holder] * (
                plans.value[holder, plans.shape[holder]] - plans.value[holder, stack[top, 2]]
            )
            continue
        shape = _ranked(plans, vehicle, stack[top, 1])
        stack[top, 1] += 1
        tried += 1
        better = gain + fleet.weight[vehicle] * (plans.value[vehicle, old] - plans.value[vehicle, shape])
        least = -np.inf if strict and top > 0 else LEAST
        if better < least:
            stack[top, 1] = plans.possible[vehicle]  # the shapes that follow are worse
            continue
        other = _in_the_way(fleet, plans, vehicle, shape)
        if other == NOBODY:
            _put(plans, until, vehicle, shape, vehicle)
            plans.shape[vehicle] = shape
            return True
        if other == MANY or plans.seen[other] == stamp or (strict and fleet.rank[other] < fleet.rank[first]):
            continue
        _put(plans, until, other, plans.shape[other], NOBODY)
        _put(plans, until, vehicle, shape, vehicle)
        plans.shape[vehicle] = shape
        gain = better
        top += 1
        _push(plans, stack, top, other, stamp)


@kernel
def _push(plans: Plans, stack: Ints, top: int, vehicle: int, stamp: int) -> None:
    """Remember a vehicle's plan."""
    stack[top, 0] = vehicle
    stack[top, 1] = 0
    stack[top, 2] = plans.shape[vehicle]
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
    """First action of each vehicle's plan (vehicles,); who stands still turns to where the way goes on."""
    depth = fleet.shapes.action.shape[1]
    for vehicle in range(len(out)):
        shape = plans.shape[vehicle]
        out[vehicle] = fleet.shapes.action[shape, 0]
        row = fleet.next_row[vehicle] if fleet.cell[vehicle] == fleet.goal[vehicle] else fleet.row[vehicle]
        if fleet.shapes.free_from[shape] == 0 and row >= 0:
            out[vehicle] = _turn(fleet, vehicle, row, depth)


@kernel
def _turn(fleet: Vehicles, vehicle: int, row: int, depth: int) -> int:
    """First action of a vehicle that stays in its cell."""
    base, heading = 4 * fleet.cell[vehicle], fleet.heading[vehicle]
    best, action = fleet.table[row, base + heading], WAIT
    for quarters in (1, 3, 2):
        left = fleet.table[row, base + ((heading + quarters) & 3)]
        if left < best and (quarters != 2 or depth > 1):
            best, action = left, COUNTERCLOCKWISE if quarters == 3 else CLOCKWISE
    return action
