"""Simulated annealing of slicing floor plans in Polish notation (Wong & Liu 1986).

The floor is cut in proportion to areas, so that a plan has no waste; sides beyond their limits, and fixed
items away from where they stand, are penalised.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.layout.kernels.draws import pick, uniform
from zhizao.solvers.layout.kernels.jit import Doubles, Longs, Words, kernel

BESIDE, ABOVE = -1, -2  # operators of Polish notation; items are 0 or more
X, Y, WIDTH, HEIGHT = range(4)  # columns of rectangles


class Items(NamedTuple):
    """What is placed: departments, forbidden rectangles and empty space."""

    floor: Doubles  # [2]: width and height
    area: Doubles  # [items]: of the cell
    least_area: Doubles  # [items]
    low: Doubles  # [items, 2]: least sides
    high: Doubles  # [items, 2]: largest sides
    gap: Doubles  # [items]: what a cell has beyond its item, in each direction
    fixed: Longs  # [items]: 1 if it stands at `where`
    where: Doubles  # [items, 4]
    pair: Longs  # [flows, 2]
    flow: Doubles  # [flows]


class Slicing(NamedTuple):
    """The plan as it stands, and the best one."""

    code: Longs  # [2 items - 1]: Polish notation
    trial: Longs  # [2 items - 1]
    best: Longs  # [2 items - 1]
    size: Doubles  # [2 items - 1]: area below each entry
    child: Longs  # [2 items - 1]: entry where the first operand ends
    stack: Longs  # [items + 1]
    cell: Doubles  # [2 items - 1, 4]
    place: Doubles  # [items, 4]: cell of each item
    cost: Doubles  # [2]: of `code`, of `best`
    rng: Words  # [1]


@kernel
def cut(m: Items, s: Slicing, code: Longs) -> None:
    """Cut the floor as the code says."""
    depth = 0
    for at in range(len(code)):
        if code[at] >= 0:
            s.size[at] = m.area[code[at]]
        else:
            depth -= 1
            s.child[at] = s.stack[depth - 1]
            s.size[at] = s.size[s.stack[depth]] + s.size[s.stack[depth - 1]]
            depth -= 1
        s.stack[depth] = at
        depth += 1
    root = len(code) - 1
    s.cell[root, X], s.cell[root, Y] = 0.0, 0.0
    s.cell[root, WIDTH], s.cell[root, HEIGHT] = m.floor[0], m.floor[1]
    for at in range(root, -1, -1):
        if code[at] >= 0:
            s.place[code[at]] = s.cell[at]
            continue
        first, second = s.child[at], at - 1
        share = s.size[first] / s.size[at]
        for end in (first, second):
            s.cell[end] = s.cell[at]
        side, corner = (WIDTH, X) if code[at] == BESIDE else (HEIGHT, Y)
        s.cell[first, side] = share * s.cell[at, side]
        s.cell[second, side] = (1.0 - share) * s.cell[at, side]
        s.cell[second, corner] += s.cell[first, side]


@kernel
def lack(m: Items, s: Slicing) -> float:
    """How far sides miss their limits, and fixed items where they stand, in m."""
    whole = 0.0
    for i in range(len(m.area)):
        if m.fixed[i]:
            for k in range(4):
                whole += abs(s.place[i, k] - m.where[i, k])
            continue
        product = 1.0
        for axis in range(2):
            side = min(s.place[i, WIDTH + axis] - m.gap[i], m.high[i, axis])
            whole += max(0.0, m.low[i, axis] - side)
            product *= max(side, 0.0)
        whole += max(0.0, np.sqrt(m.least_area[i]) - np.sqrt(product))
    return whole


@kernel
def plan_cost(m: Items, s: Slicing, code: Longs, price: float) -> float:
    """Flow times distance of centres, and the price of what is lacking."""
    cut(m, s, code)
    whole = price * lack(m, s)
    for k in range(len(m.flow)):
        a, b = m.pair[k, 0], m.pair[k, 1]
        p, q = s.place[a], s.place[b]
        across = abs(p[X] + 0.5 * p[WIDTH] - q[X] - 0.5 * q[WIDTH])
        whole += m.flow[k] * (across + abs(p[Y] + 0.5 * p[HEIGHT] - q[Y] - 0.5 * q[HEIGHT]))
    return whole


@kernel
def is_plan(code: Longs) -> bool:
    """Whether every operator has two operands."""
    depth = 0
    for one in code:
        depth += 1 if one >= 0 else -1
        if depth < 1:
            return False
    return True


@kernel
def entry_of(s: Slicing, is_item: bool) -> int:
    """A random entry that is an item, or an operator."""
    at = pick(s.rng, len(s.code))
    while (s.code[at] >= 0) != is_item:
        at = pick(s.rng, len(s.code))
    return at


@kernel
def draw(s: Slicing) -> bool:
    """Draw a neighbour into `trial`; False: it is no plan."""
    s.trial[:] = s.code
    kind = uniform(s.rng)
    if kind < 0.4:
        a, b = entry_of(s, True), entry_of(s, True)
        s.trial[a], s.trial[b] = s.code[b], s.code[a]
        return a != b
    if kind < 0.6:
        a = entry_of(s, False)
        s.trial[a] = BESIDE + ABOVE - s.code[a]
        return True
    if kind < 0.8:
        a = pick(s.rng, len(s.code) - 1)
        s.trial[a], s.trial[a + 1] = s.code[a + 1], s.code[a]
        return (s.code[a] != s.code[a + 1]) and is_plan(s.trial)
    a, b = pick(s.rng, len(s.code)), pick(s.rng, len(s.code))
    one = s.trial[a]
    step = 1 if b > a else -1
    for at in range(a, b, step):
        s.trial[at] = s.trial[at + step]
    s.trial[b] = one
    return a != b and is_plan(s.trial)


@kernel
def begin_plan(m: Items, s: Slicing, price: float) -> None:
    """Begin with the plan as it stands."""
    s.cost[0] = plan_cost(m, s, s.code, price)
    s.cost[1] = s.cost[0]
    s.best[:] = s.code


@kernel
def anneal_plan(m: Items, s: Slicing, heat: float, steps: int, price: float) -> None:
    """Take steps at a temperature, and keep the best plan."""
    for _ in range(steps):
        if not draw(s):
            continue
        cost = plan_cost(m, s, s.trial, price)
        if cost <= s.cost[0] or uniform(s.rng) < np.exp((s.cost[0] - cost) / heat):
            s.code[:] = s.trial
            s.cost[0] = cost
            if cost < s.cost[1]:
                s.cost[1] = cost
                s.best[:] = s.code
