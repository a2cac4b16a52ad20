"""From an assignment of successors, in several cycles, to one cycle through all cities."""

from __future__ import annotations

from zhizao.solvers.shop.kernels.arrays import Longs
from zhizao.solvers.shop.kernels.jit import inner, kernel

FAR = 2**61


@inner
def label_cycles(after: Longs, label: Longs, size: Longs) -> int:
    """Number the cycles of an assignment; gives how many there are."""
    n = len(after)
    for i in range(n):
        label[i] = -1
    cycles = 0
    for i in range(n):
        if label[i] < 0:
            at, length = i, 0
            while label[at] < 0:
                label[at] = cycles
                at = after[at]
                length += 1
            size[cycles] = length
            cycles += 1
    return cycles


@inner
def patch_one(cost: Longs, after: Longs, label: Longs, cycle: int) -> None:
    """Join a cycle to another where that costs least."""
    n = len(after)
    least, at, to = FAR, -1, -1
    for i in range(n):
        if label[i] == cycle:
            for j in range(n):
                if label[j] != cycle:
                    more = cost[i, after[j]] + cost[j, after[i]] - cost[i, after[i]] - cost[j, after[j]]
                    if more < least:
                        least, at, to = more, i, j
    after[at], after[to] = after[to], after[at]


@kernel
def patch(cost: Longs, after: Longs, label: Longs, size: Longs) -> int:
    """Join the cycles of an assignment to one, the smallest first (Karp 1979, doi 10.1137/0208045).

    `after` [n] is the successor of each city; gives how many cycles there were.
    """
    first = cycles = label_cycles(after, label, size)
    while cycles > 1:
        small = 0
        for cycle in range(cycles):
            if size[cycle] < size[small]:
                small = cycle
        patch_one(cost, after, label, small)
        cycles = label_cycles(after, label, size)
    return first
