"""A job shop in the plainest way: the makespan of sequences on the units, and the least of all."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np

from zhizao.solvers.shop.problem import Problem


def ends(p: Problem, sequences: list[list[int]]) -> list[int] | None:
    """Ends of operations when each starts as soon as it can; None: they wait for one another in a circle."""
    waits = {
        x: [int(b) for b in p.before[p.before_first[x] : p.before_first[x + 1]]] for x in range(p.operations)
    }
    for sequence in sequences:
        for one, two in pairwise(sequence):
            waits[two].append(one)
    end: dict[int, int] = {}
    while len(end) < p.operations:
        ready = [x for x in waits if x not in end and all(b in end for b in waits[x])]
        if not ready:
            return None
        for x in ready:
            start = max([int(p.release[p.job[x]]), *(end[b] for b in waits[x])])
            end[x] = start + int(p.mode_time[x])
    return [end[x] for x in range(p.operations)]


def least_makespan(p: Problem) -> int:
    """The makespan of the best of all sequences."""
    orders = [list(permutations(np.flatnonzero(p.mode_unit == unit).tolist())) for unit in range(p.units)]
    found = (ends(p, [list(s) for s in sequences]) for sequences in product(*orders))
    return min(max(end) for end in found if end is not None)
