"""What our own policy expects: the requests to come, worths of free shares and prices of kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from zhizao.solvers.cluster.kernels.tables import WHOLE, Doubles, Longs, Outlook
from zhizao.solvers.cluster.problem import NO_GPU, Cluster, Workload, bits_of, typical_of

LOAD = 1.0
"""Requested share of the GPUs for which the policy is made: a full cluster."""
MOST_SHARES = 40
"""Distinct shares that patterns are made of, the most requested first; it bounds the linear program."""
MOST_PATTERNS = 200
"""Patterns that are added to the linear program; those of the traces of 2023 need fewer than 50."""

ENOUGH = 1e-6
"""Thousandths of a GPU by which a new pattern must be dearer than the GPU that it fills."""

_NONE = np.zeros(0, np.int64)
NOTHING_EXPECTED = Outlook(
    _NONE, _NONE, np.zeros(1, np.int64), _NONE, _NONE, np.zeros(0), np.zeros(WHOLE + 1), np.zeros(0)
)
"""Outlook of a policy that does not read it."""


def outlook_of(cluster: Cluster, jobs: Workload) -> Outlook:
    """The requests of a workload, worths and prices, for a cluster that they fill."""
    count = np.bincount(jobs.rows, minlength=len(jobs.requests)).astype(float)
    demand = count * LOAD * cluster.gpu_milli / max(1, int(jobs.gpu_milli.sum()))
    worth, price = worth_of(cluster, jobs, demand), prices_of(cluster, jobs, demand)
    kept = sorted((one.share, one.gpus, one, times) for one, times in typical_of(jobs) if one.gpu_milli)
    sizes = sorted({(share, gpus) for share, gpus, _, _ in kept})
    at = np.array([sizes.index((share, gpus)) for share, gpus, _, _ in kept], np.int64)
    pairs = np.array(sizes, np.int64).reshape(-1, 2)
    return Outlook(
        pairs[:, 0].copy(),
        pairs[:, 1].copy(),
        np.searchsorted(at, np.arange(len(sizes) + 1)).astype(np.int64),
        np.array([one.cpu_milli for *_, one, _ in kept], np.int64),
        np.array([bits_of(one, cluster.kinds) for *_, one, _ in kept], np.int64),
        np.array([times for *_, times in kept]),
        worth,
        price,
    )


def prices_of(cluster: Cluster, jobs: Workload, demand: Doubles) -> Doubles:
    """Rival demand for each kind of GPU, as a share of its GPUs: of requests that not every kind serves.

    A request counts for the kinds that serve it, in proportion to their GPUs, and by the share of all GPUs
    that do not serve it.
    """
    kinds = cluster.kinds
    room = np.zeros(len(kinds))
    for node in cluster.nodes:
        room[kinds.index(node.kind if node.gpus else NO_GPU)] += node.gpus * WHOLE
    price, total = np.zeros(len(kinds)), room.sum()
    for one, times in zip(jobs.requests, demand, strict=True):
        bits = bits_of(one, kinds)
        serves = np.array([bool(bits >> kind & 1) for kind in range(len(kinds))])
        here = room[serves].sum()
        if here > 0:
            price[serves] += times * one.gpu_milli / here * (1.0 - here / total)
    return price


def worth_of(cluster: Cluster, jobs: Workload, demand: Doubles) -> Doubles:
    """What each number of free thousandths of a GPU is worth to the demand, in thousandths of a GPU.

    The dual values of the linear program that packs the demanded shares into GPUs by patterns (Gilmore and
    Gomory 1961) price each share; a free rest is worth the dearest shares that it holds.
    """
    total: dict[int, float] = defaultdict(float)
    for one, times in zip(jobs.requests, demand, strict=True):
        if one.gpus:
            total[one.share] += times * one.gpus
    frequent = sorted(total, key=lambda share: total[share] * share, reverse=True)[:MOST_SHARES]
    shares = sorted(frequent)
    prices = _share_prices(shares, [total[share] for share in shares], cluster.gpu_milli / WHOLE)
    return _knapsack(shares, prices)[0]


def _share_prices(shares: Sequence[int], demand: Sequence[float], gpus: float) -> Doubles:
    """Prices of shares: what each fills, less the dual value of one more request for it."""
    from scipy.optimize import linprog

    patterns = [np.where(np.arange(len(shares)) == at, WHOLE // one, 0) for at, one in enumerate(shares)]
    for _ in range(MOST_PATTERNS):
        some, kinds = len(patterns), len(shares)
        used = np.concatenate([np.ones(some), np.zeros(kinds)])
        made = np.hstack([-np.array(patterns).T, np.eye(kinds)])
        found = linprog(
            np.concatenate([np.zeros(some), -np.array(shares, float)]),
            A_ub=np.vstack([used, made]),
            b_ub=np.concatenate([[gpus], np.zeros(kinds)]),
            bounds=[(0, None)] * some + [(0, one) for one in demand],
            method="highs",
        )
        prices: Doubles = -found.ineqlin.marginals[1:]
        worth, best = _knapsack(shares, prices)
        if worth[WHOLE] <= -found.ineqlin.marginals[0] + ENOUGH:
            break
        patterns.append(best)
    return prices


def _knapsack(shares: Sequence[int], prices: Doubles) -> tuple[Doubles, Longs]:
    """The dearest shares that fit into each number of thousandths, and those that fill a whole GPU."""
    sizes, worth, last = np.array(shares), np.zeros(WHOLE + 1), np.full(WHOLE + 1, -1)
    for free in range(1, WHOLE + 1):
        worth[free] = worth[free - 1]
        fit = int(np.searchsorted(sizes, free, side="right"))
        if fit:
            values = prices[:fit] + worth[free - sizes[:fit]]
            best = int(values.argmax())
            if values[best] > worth[free]:
                worth[free], last[free] = values[best], best
    made, free = np.zeros(len(shares), np.int64), WHOLE
    while free > 0:
        if last[free] >= 0:
            made[last[free]] += 1
            free -= shares[last[free]]
        else:
            free -= 1
    return worth, made
