"""The best split of the tasks of two neighbouring stations, with their workers in either order."""

from __future__ import annotations

from typing import NamedTuple

from zhizao.solvers.balancing.kernels.anneal import ENERGY, Bench, Links, accepts, load_of, over, pick, put
from zhizao.solvers.balancing.kernels.arrays import Longs
from zhizao.solvers.balancing.kernels.crew import uniform
from zhizao.solvers.balancing.kernels.jit import kernel

MOST_TASKS = 40  # of two stations
MOST_NODES = 3000  # of a split; some five times the usual tree


class Fork(NamedTuple):
    """The tasks of two stations in the order of the line, and the tree over which of them go first."""

    task: Longs  # [MOST_TASKS]
    side: Longs  # [MOST_TASKS + 1]: at a depth 0 first station, 1 second, -1 not tried
    tried: Longs  # [MOST_TASKS + 1]: sides tried at a depth
    lead: Longs  # [MOST_TASKS + 1]: side to try first
    first: Longs  # [MOST_TASKS + 1]: load of the first station before a depth
    second: Longs  # [MOST_TASKS + 1]
    best: Longs  # [MOST_TASKS]: side of each task in the best split


@kernel
def gather(b: Bench, f: Fork, here: int) -> int:
    """Gather the tasks of a station and the next; gives how many, 0 if they are too many."""
    count = 0
    for task in range(len(b.station)):
        if b.station[task] == here or b.station[task] == here + 1:
            if count == MOST_TASKS:
                return 0
            f.task[count] = task
            count += 1
    return count


@kernel
def may_go_first(k: Links, f: Fork, depth: int) -> bool:
    """Whether no predecessor of the task went to the second station."""
    for at in range(depth):
        if f.side[at] == 1 and k.is_before[f.task[at], f.task[depth]]:
            return False
    return True


@kernel
def descend(k: Links, b: Bench, f: Fork, depth: int, pair: tuple[int, int]) -> bool:
    """Try the next side at a depth; whether there was one."""
    task = f.task[depth]
    while f.tried[depth] < 2:
        side = f.lead[depth] ^ f.tried[depth]
        f.tried[depth] += 1
        if side == 1 or may_go_first(k, f, depth):
            f.side[depth] = side
            f.first[depth + 1] = f.first[depth] + (b.time[pair[0], task] if side == 0 else 0)
            f.second[depth + 1] = f.second[depth] + (b.time[pair[1], task] if side == 1 else 0)
            return True
    return False


@kernel
def lead_with(b: Bench, f: Fork, depth: int, pair: tuple[int, int]) -> None:
    """Begin a depth with the worker who is faster, give or take a draw."""
    task = f.task[depth]
    quick = b.time[pair[0], task] * uniform(b.rng) > b.time[pair[1], task] * uniform(b.rng)
    f.tried[depth] = 0
    f.lead[depth] = 1 if quick else 0


@kernel
def best_split(k: Links, b: Bench, f: Fork, count: int, pair: tuple[int, int]) -> int:
    """Least sum of the two loads above the target, by branch and bound; the split is in `best`."""
    least, depth, nodes = 1 << 60, 0, 0
    f.first[0] = f.second[0] = 0
    lead_with(b, f, 0, pair)
    while depth >= 0 and nodes < MOST_NODES and least > 0:
        nodes += 1
        if not descend(k, b, f, depth, pair):
            depth -= 1
            continue
        worse = over(b, f.first[depth + 1]) + over(b, f.second[depth + 1])
        if worse >= least:
            continue
        if depth + 1 == count:
            least = worse
            f.best[:count] = f.side[:count]
        else:
            depth += 1
            lead_with(b, f, depth, pair)
    return least


@kernel
def split(k: Links, b: Bench, f: Fork, heat: float) -> None:
    """Split the tasks of two neighbouring stations anew; every other time the workers change places."""
    if len(b.worker) < 2:
        return
    here = pick(b, len(b.worker) - 1)
    count = gather(b, f, here)
    if count == 0:
        return
    v, w = b.worker[here], b.worker[here + 1]
    old = over(b, load_of(b, here)) + over(b, load_of(b, here + 1))
    if uniform(b.rng) < 0.5:
        v, w = w, v
    least = best_split(k, b, f, count, (v, w))
    if least < 1 << 60 and accepts(b, least - old, heat):
        b.worker[here], b.worker[here + 1] = v, w
        for at in range(count):
            if b.station[f.task[at]] != here + f.best[at]:
                put(b, f.task[at], here + f.best[at])
        b.numbers[ENERGY] += least - old
