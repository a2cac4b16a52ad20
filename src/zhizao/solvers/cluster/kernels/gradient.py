"""Fragmentation gradient descent: place where the fragmentation of the cluster grows least."""

from __future__ import annotations

import math

from zhizao.solvers.cluster.kernels.fragments import fragments
from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.scores import tightest_gpu
from zhizao.solvers.cluster.kernels.tables import WHOLE, Demand, Nodes, Requests


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
    nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int, before: float
) -> tuple[int, float]:
    """The GPU of a node whose use adds least fragmentation, and what it adds, negated."""
    best, least = -1, 0.0
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] < requests.share[row] or seen_before(nodes, node, gpu):
            continue
        shrinks = before - after_share(nodes, requests, demand, node, row, gpu)
        value = published(shrinks)
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
        return best_share(nodes, requests, demand, node, row, before)[1]
    return published(before - after_whole(nodes, requests, demand, node, row))


@kernel
def gpu_for(nodes: Nodes, requests: Requests, demand: Demand, node: int, row: int, fragmenting: bool) -> int:
    """The GPU of a node on which a share goes: by fragmentation, or the tightest."""
    if not fragmenting:
        return tightest_gpu(nodes, requests, node, row)
    before = fragments(nodes, demand, node, nodes.cpu[node])
    return best_share(nodes, requests, demand, node, row, before)[0]
