"""How a policy scores a node for a request: the higher, the better; scores are those of the FGD experiments.

The published policies round scores to whole numbers, and the first node in the order of ties wins.
"""

from __future__ import annotations

import math

from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.tables import SHARED_TAG, TAGS, WHOLE, Nodes, Requests

RANDOM, DOT_PRODUCT, CLUSTERING, PACKING, BEST_FIT, FGD, OWN = range(7)
MOST_CPU, MOST_GPU = 128_000, 8_000
"""Largest node by which the published scores are scaled."""
NO_FIT = -1e300
"""Score of a node on which the request does not fit."""


@kernel
def fits(nodes: Nodes, requests: Requests, node: int, row: int) -> bool:
    """Whether a request fits on a node."""
    if nodes.cpu[node] < requests.cpu[row] or nodes.memory[node] < requests.memory[row]:
        return False
    wanted = requests.gpus[row]
    if wanted == 0:
        return True
    if nodes.gpus[node] < wanted or not (requests.kinds[row] >> nodes.kind[node]) & 1:
        return False
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] >= requests.share[row]:
            wanted -= 1
            if wanted == 0:
                return True
    return False


@kernel
def free_gpu(nodes: Nodes, node: int) -> int:
    """Free thousandths of GPU on a node."""
    total = 0
    for gpu in range(nodes.gpus[node]):
        total += nodes.gpu[node, gpu]
    return total


@kernel
def whole_gpus(nodes: Nodes, node: int) -> int:
    """GPUs of a node that nothing uses."""
    count = 0
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] == WHOLE:
            count += 1
    return count


@kernel
def tag_of(requests: Requests, row: int) -> int:
    """Column of `Nodes.tags` for a request that uses GPUs."""
    if requests.share[row] < WHOLE:
        return SHARED_TAG
    return min(requests.gpus[row], TAGS - 1)


@kernel
def dot_product(nodes: Nodes, requests: Requests, node: int, row: int) -> float:
    """Tetris (Grandl et al. 2014): the smaller the product of free and requested, the better."""
    cpu = nodes.cpu[node] / MOST_CPU * (requests.cpu[row] / MOST_CPU)
    gpu = free_gpu(nodes, node) / MOST_GPU * (requests.gpus[row] * requests.share[row] / MOST_GPU)
    return math.floor(100.0 * (1.0 - (cpu + gpu) / 2))


@kernel
def clustering(nodes: Nodes, requests: Requests, node: int, row: int) -> float:
    """Gandiva (Xiao et al. 2018): requests of one size stay together."""
    if requests.gpus[row] == 0:
        return 0.0
    others = 0
    for tag in range(TAGS):
        if nodes.tags[node, tag] > 0:
            others += 1
    base = 0
    if nodes.tags[node, tag_of(requests, row)] > 0:
        base = 75 if others == 1 else 50
    elif others == 0:
        base = 25
    return float(base + 25 * (MOST_GPU - free_gpu(nodes, node)) // MOST_GPU)


@kernel
def packing(nodes: Nodes, requests: Requests, node: int, row: int) -> float:
    """Place on GPUs in use first, then on free GPUs of nodes in use, then on free nodes (Weng 2022)."""
    if requests.gpus[row] == 0:
        return 0.0
    whole = whole_gpus(nodes, node)
    if whole == nodes.gpus[node]:
        return float(max(33 - whole, whole))
    if requests.share[row] == WHOLE:
        return float(max(50 - requests.gpus[row], 33))
    tightest = tightest_gpu(nodes, requests, node, row)
    free = nodes.gpu[node, tightest]
    if free == WHOLE:
        return 49.0
    return float(100 - free * 100 // WHOLE // 10)


@kernel
def best_fit(nodes: Nodes, requests: Requests, node: int, row: int) -> float:
    """The less is left of CPU and GPU, the better."""
    cpu = (nodes.cpu[node] - requests.cpu[row]) / MOST_CPU * 0.5
    gpu = (free_gpu(nodes, node) - requests.gpus[row] * requests.share[row]) / MOST_GPU * 0.5
    return math.floor((1.0 - (cpu + gpu)) * 100.0)


@kernel
def tightest_gpu(nodes: Nodes, requests: Requests, node: int, row: int) -> int:
    """The GPU with least free that still takes a share."""
    best = -1
    for gpu in range(nodes.gpus[node]):
        free = nodes.gpu[node, gpu]
        if free >= requests.share[row] and (best < 0 or free < nodes.gpu[node, best]):
            best = gpu
    return best
