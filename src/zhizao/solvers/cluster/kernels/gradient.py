"""Fragmentation gradient descent: place where the fragmentation of the cluster grows least."""

from __future__ import annotations

import math

from zhizao.solvers.cluster.kernels.fragments import fragments
from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.scores import free_gpu, tightest_gpu, whole_gpus
from zhizao.solvers.cluster.kernels.tables import WHOLE, Demand, Doubles, Nodes, Requests

SCALE, CPU_LEFT, GPU_LEFT, IDLE = range(4)
"""Entries of the weights of our own policy."""


@kernel
def after_whole(nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int) -> float:
    """Fragmentation of a node after a request for whole GPUs, or for none."""
    left, taken = requests.gpus[row], 0
    for gpu in range(nodes.gpus[node]):
        if left > 0 and nodes.gpu[node, gpu] == WHOLE:
            nodes.gpu[node, gpu] = 0
            taken |= 1 << gpu
            left -= 1
    after = fragments(nodes, demand, node, nodes.cpu[node] - requests.cpu[row])
    for gpu in range(nodes.gpus[node]):
        if (taken >> gpu) & 1:
            nodes.gpu[node, gpu] = WHOLE
    return after


@kernel
def after_share(nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int, gpu: int) -> float:
    """Fragmentation of a node after a request for a share of one of its GPUs."""
    share = requests.share[row]
    nodes.gpu[node, gpu] -= share
    after = fragments(nodes, demand, node, nodes.cpu[node] - requests.cpu[row])
    nodes.gpu[node, gpu] += share
    return after


@kernel
def seen_before(nodes: Nodes, node: int, gpu: int) -> bool:
    """Whether an earlier GPU of the node has as much free."""
    for other in range(gpu):
        if nodes.gpu[node, other] == nodes.gpu[node, gpu]:
            return True
    return False


@kernel
def best_share(
    nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int, before: float, rounded: bool
) -> tuple[int, float]:
    """The GPU of a node whose use adds least fragmentation, and what it adds, negated."""
    best, least = -1, 0.0
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] < requests.share[row] or seen_before(nodes, node, gpu):
            continue
        shrinks = before - after_share(nodes, requests, demand, node, row, gpu)
        value = published(shrinks) if rounded else shrinks
        if best < 0 or value > least:
            best, least = gpu, value
    return best, least


@kernel
def published(shrinks: float) -> float:
    """The score of the FGD experiments: a sigmoid, rounded down to 0 … 100."""
    return math.floor(100.0 / (1.0 + math.exp(-shrinks / 1000)))


@kernel
def descent(nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int) -> float:
    """The score of FGD as it was published."""
    before = fragments(nodes, demand, node, nodes.cpu[node])
    if requests.gpus[row] == 1 and requests.share[row] < WHOLE:
        return best_share(nodes, requests, demand, node, row, before, True)[1]
    return published(before - after_whole(nodes, requests, demand, node, row))


@kernel
def own_score(
    nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int, weights: Doubles
) -> float:
    """Our own policy: the growth of fragmentation unrounded, and weighted with what is left on the node."""
    before = fragments(nodes, demand, node, nodes.cpu[node])
    if requests.gpus[row] == 1 and requests.share[row] < WHOLE:
        shrinks = best_share(nodes, requests, demand, node, row, before, False)[1]
    else:
        shrinks = before - after_whole(nodes, requests, demand, node, row)
    gpu = free_gpu(nodes, node) / max(WHOLE * nodes.gpus[node], 1)
    cpu = nodes.cpu[node] / max(nodes.cores[node], 1)
    value = published(weights[SCALE] * shrinks)
    if whole_gpus(nodes, node) == nodes.gpus[node]:
        value -= weights[IDLE]
    return value - weights[CPU_LEFT] * cpu - weights[GPU_LEFT] * gpu


@kernel
def gpu_for(
    nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int, rounded: bool, fragmenting: bool
) -> int:
    """The GPU of a node on which a share goes: by fragmentation, or the tightest."""
    if not fragmenting:
        return tightest_gpu(nodes, requests, node, row)
    before = fragments(nodes, demand, node, nodes.cpu[node])
    return best_share(nodes, requests, demand, node, row, before, rounded)[0]
