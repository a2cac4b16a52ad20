"""Our own policy: place where least is lost of what the requests still to come could use.

Three losses are weighed: the fragmentation of FGD, which asks for the next request; the waste of a node that
requests of one kind fill to the end, until its GPUs or its CPU are used up; and the worth that a shared GPU
loses, by prices of a linear program over patterns of shares. A kind of GPU costs what rivals demand of it.
"""

from __future__ import annotations

import math

from zhizao.solvers.cluster.kernels.fragments import fragments
from zhizao.solvers.cluster.kernels.gradient import after_share, after_whole, seen_before
from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.scores import free_gpu
from zhizao.solvers.cluster.kernels.tables import WHOLE, Demand, Doubles, Nodes, Outlook, Requests

NEXT, FILL, WORTH, PRICE, CPU_LEFT, GPU_LEFT, STEP = range(7)
"""Entries of the weights."""


@kernel
def copies(nodes: Nodes, outlook: Outlook, node: int, size: int) -> int:
    """How many requests of one size the free GPUs of a node hold."""
    share, count = outlook.share[size], 0
    for gpu in range(nodes.gpus[node]):
        count += nodes.gpu[node, gpu] // share
    return count // outlook.gpus[size]


@kernel
def waste(nodes: Nodes, outlook: Outlook, node: int, cpu: int) -> float:
    """Thousandths of GPU left free when a node is filled with requests of one kind, in their mean."""
    total = free_gpu(nodes, node)
    if total == 0:
        return 0.0
    usable = 0.0
    for size in range(len(outlook.share)):
        most = copies(nodes, outlook, node, size)
        if most == 0:
            continue
        each = outlook.share[size] * outlook.gpus[size]
        for at in range(outlook.first[size], outlook.first[size + 1]):
            if (outlook.kinds[at] >> nodes.kind[node]) & 1:
                count = min(most, cpu // max(outlook.cpu[at], 1))
                usable += outlook.weight[at] * count * each
    return total - usable


@kernel
def waste_after(nodes: Nodes, requests: Requests, outlook: Outlook, node: int, row: int, gpu: int) -> float:
    """Waste of a node after a request: a share of one of its GPUs, whole GPUs, or none (GPU -1)."""
    cpu = nodes.cpu[node] - requests.cpu[row]
    if gpu >= 0:
        nodes.gpu[node, gpu] -= requests.share[row]
        after = waste(nodes, outlook, node, cpu)
        nodes.gpu[node, gpu] += requests.share[row]
        return after
    left, taken = requests.gpus[row], 0
    for at in range(nodes.gpus[node]):
        if left > 0 and nodes.gpu[node, at] == WHOLE:
            nodes.gpu[node, at] = 0
            taken |= 1 << at
            left -= 1
    after = waste(nodes, outlook, node, cpu)
    for at in range(nodes.gpus[node]):
        if (taken >> at) & 1:
            nodes.gpu[node, at] = WHOLE
    return after


@kernel
def losses(
    nodes: Nodes,
    requests: Requests,
    demand: Demand,
    outlook: Outlook,
    node: int,
    row: int,
    gpu: int,
    weights: Doubles,
) -> float:
    """What a request costs in fragmentation, waste, and worth of the rest of a GPU, weighed."""
    lost, cpu = 0.0, nodes.cpu[node]
    if weights[NEXT] != 0.0:
        if gpu >= 0:
            after = after_share(nodes, requests, demand, node, row, gpu)
        else:
            after = after_whole(nodes, requests, demand, node, row)
        lost += weights[NEXT] * (after - fragments(nodes, demand, node, cpu))
    if weights[FILL] != 0.0:
        after = waste_after(nodes, requests, outlook, node, row, gpu)
        lost += weights[FILL] * (after - waste(nodes, outlook, node, cpu))
    if gpu >= 0:
        free = nodes.gpu[node, gpu]
        lost += weights[WORTH] * (outlook.worth[free] - outlook.worth[free - requests.share[row]])
    return lost


@kernel
def best_gpu(
    nodes: Nodes, requests: Requests, demand: Demand, outlook: Outlook, node: int, row: int, weights: Doubles
) -> tuple[int, float]:
    """The GPU of a node on which a share costs least, and what it costs."""
    best, least = -1, 0.0
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] < requests.share[row] or seen_before(nodes, node, gpu):
            continue
        lost = losses(nodes, requests, demand, outlook, node, row, gpu, weights)
        if best < 0 or lost < least:
            best, least = gpu, lost
    return best, least


@kernel
def own_score(
    nodes: Nodes, requests: Requests, demand: Demand, outlook: Outlook, node: int, row: int, weights: Doubles
) -> float:
    """The score of our own policy: what a request costs on a node, negated, in thousandths of GPU."""
    if requests.gpus[row] == 1 and requests.share[row] < WHOLE:
        lost = best_gpu(nodes, requests, demand, outlook, node, row, weights)[1]
    else:
        lost = losses(nodes, requests, demand, outlook, node, row, -1, weights)
    kind = nodes.kind[node]
    size = requests.gpus[row] * requests.share[row]
    lost += weights[PRICE] * outlook.price[kind] * size
    gpu = free_gpu(nodes, node) / max(WHOLE * nodes.gpus[node], 1)
    cpu = nodes.cpu[node] / max(nodes.cores[node], 1)
    lost += WHOLE * (weights[CPU_LEFT] * cpu + weights[GPU_LEFT] * gpu)
    return -math.ceil(lost / weights[STEP]) * weights[STEP]
