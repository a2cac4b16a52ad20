"""Nodes and requests as arrays, and the workload that fragmentation is measured against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhizao.solvers.cluster.kernels.tables import TAGS, WHOLE, Demand, Doubles, Longs, Nodes, Requests

TYPICAL = 0.95
"""Share of the jobs whose requests, the most frequent first, are the workload (the FGD experiments)."""
MOST_KINDS = 62
"""Kinds of GPU that fit into the bits of one word."""
NO_GPU = ""
"""Kind of a node without GPUs."""


__all__ = [
    "MOST_KINDS", "NO_GPU", "TYPICAL", "Cluster", "Doubles", "Longs", "Node", "Request", "Workload",
    "bits_of", "demand_of", "nodes_table", "requests_table",
    "typical_of", "workload_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A machine: cores and memory, and GPUs of one kind."""

    cpu_milli: int
    memory_mib: int
    gpus: int
    kind: str = NO_GPU


@dataclass(frozen=True, slots=True, order=True)
class Request:
    """What a job needs: all of it on one node.

    `share` is that of each GPU, in thousandths; less than a whole GPU only where one is requested.
    `kinds` names the kinds of GPU that will do; none: all.
    """

    cpu_milli: int
    share: int
    gpus: int
    kinds: tuple[str, ...] = ()
    memory_mib: int = 0

    @property
    def gpu_milli(self) -> int:
        """Thousandths of GPU in all."""
        return self.gpus * self.share


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """Jobs as rows of their distinct requests."""

    requests: tuple[Request, ...]
    rows: Longs

    @property
    def gpu_milli(self) -> Longs:
        """Thousandths of GPU by job."""
        return np.array([one.gpu_milli for one in self.requests], np.int64)[self.rows]


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """Machines by kind of GPU."""

    nodes: tuple[Node, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of GPU, in the order of their first node; without GPUs counts as a kind of its own."""
        return tuple(dict.fromkeys(node.kind if node.gpus else NO_GPU for node in self.nodes))

    @property
    def gpu_milli(self) -> int:
        """Thousandths of GPU in all."""
        return sum(node.gpus for node in self.nodes) * WHOLE


def workload_of(jobs: Sequence[Request]) -> Workload:
    """Jobs by their distinct requests."""
    number = {request: row for row, request in enumerate(dict.fromkeys(jobs))}
    return Workload(tuple(number), np.array([number[job] for job in jobs], np.int64))


def nodes_table(cluster: Cluster, order: Longs) -> Nodes:
    """All nodes free, in an order by which ties are settled."""
    nodes = [cluster.nodes[at] for at in order]
    kinds = {kind: number for number, kind in enumerate(cluster.kinds)}
    gpus = np.array([node.gpus for node in nodes], np.int64)
    free = np.where(np.arange(max(1, gpus.max(initial=0))) < gpus[:, None], WHOLE, 0)
    return Nodes(
        np.array([node.cpu_milli for node in nodes], np.int64),
        np.array([node.memory_mib for node in nodes], np.int64),
        free.astype(np.int64),
        gpus,
        np.array([kinds[node.kind if node.gpus else NO_GPU] for node in nodes], np.int64),
        np.array([node.cpu_milli for node in nodes], np.int64),
        np.zeros((len(nodes), TAGS), np.int64),
    )


def requests_table(requests: Sequence[Request], kinds: Sequence[str]) -> Requests:
    """Requests as arrays; kinds that the cluster lacks are no bit of any node."""
    return Requests(
        np.array([one.cpu_milli for one in requests], np.int64),
        np.array([one.memory_mib for one in requests], np.int64),
        np.array([one.gpus for one in requests], np.int64),
        np.array([one.share for one in requests], np.int64),
        np.array([bits_of(one, kinds) for one in requests], np.int64),
    )


def bits_of(request: Request, kinds: Sequence[str]) -> int:
    """Kinds of GPU that will do, one bit each; those that the cluster lacks are no bit."""
    return sum(1 << at for at, kind in enumerate(kinds) if not request.kinds or kind in request.kinds)


def typical_of(jobs: Workload) -> list[tuple[Request, float]]:
    """The most frequent requests, memory aside, that cover the typical share of the jobs, with shares."""
    count: dict[Request, int] = defaultdict(int)
    for row, times in enumerate(np.bincount(jobs.rows, minlength=len(jobs.requests))):
        one = jobs.requests[row]
        count[Request(one.cpu_milli, one.share, one.gpus, one.kinds)] += int(times)
    ranked = sorted(count.items(), key=lambda item: (item[1], item[0]), reverse=True)
    total, covered, kept = sum(count.values()), 0, 0
    while covered < TYPICAL * total and kept < len(ranked):
        covered += ranked[kept][1]
        kept += 1
    return [(one, times / covered) for one, times in ranked[:kept]]


def demand_of(jobs: Workload, kinds: Sequence[str]) -> Demand:
    """The workload that fragmentation is measured against.

    Parameters
    ----------
    jobs
        The jobs of which it is made.
    kinds
        Kinds of GPU of the cluster.
    """
    shares = typical_of(jobs)
    sizes = sorted({(one.share, one.gpus) for one, _ in shares if one.gpu_milli})
    steps = np.array(sorted({one.cpu_milli for one, _ in shares}), np.int64)
    weight = np.zeros((len(sizes), max(1, len(kinds)), len(steps) + 1))
    for one, share in shares:
        if not one.gpu_milli:
            continue
        first = int(np.searchsorted(steps, one.cpu_milli)) + 1
        for at, kind in enumerate(kinds):
            if not one.kinds or kind in one.kinds:
                weight[sizes.index((one.share, one.gpus)), at, first:] += share
    pairs = np.array(sizes, np.int64).reshape(-1, 2)
    return Demand(pairs[:, 0].copy(), pairs[:, 1].copy(), steps, weight)
