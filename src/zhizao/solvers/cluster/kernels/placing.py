"""Requests that arrive one after another and stay: each goes where its policy says, or is turned away."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zhizao.solvers.cluster.kernels.gradient import descent, gpu_for
from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.outlook import best_gpu, own_score
from zhizao.solvers.cluster.kernels.scores import (
    BEST_FIT,
    CLUSTERING,
    DOT_PRODUCT,
    FGD,
    NO_FIT,
    OWN,
    PACKING,
    RANDOM,
    best_fit,
    clustering,
    dot_product,
    fits,
    packing,
    tag_of,
)
from zhizao.solvers.cluster.kernels.tables import WHOLE, Demand, Doubles, Longs, Nodes, Outlook, Requests


class Memo(NamedTuple):
    """Scores that still hold: a score holds until its node changes."""

    score: Doubles  # [rows, nodes]
    version: Longs  # [rows, nodes] version of the node when it was scored
    now: Longs  # [nodes] version of the node, from 1


class Policy(NamedTuple):
    """Which policy; weights of our own, and what it expects."""

    code: int
    weights: Doubles
    outlook: Outlook


@kernel
def score_of(nodes: Nodes, requests: Requests, demand: Demand, policy: Policy, node: int, row: int) -> float:
    """Score a node for a request."""
    if not fits(nodes, requests, node, row):
        return NO_FIT
    if policy.code == DOT_PRODUCT:
        return dot_product(nodes, requests, node, row)
    if policy.code == CLUSTERING:
        return clustering(nodes, requests, node, row)
    if policy.code == PACKING:
        return packing(nodes, requests, node, row)
    if policy.code == BEST_FIT:
        return best_fit(nodes, requests, node, row)
    if policy.code == FGD:
        return descent(nodes, requests, demand, node, row)
    if policy.code == OWN:
        return own_score(nodes, requests, demand, policy.outlook, node, row, policy.weights)
    return 0.0


@kernel
def best_node(nodes: Nodes, requests: Requests, demand: Demand, policy: Policy, memo: Memo, row: int) -> int:
    """The node of the highest score, the first of equals; -1 where the request fits nowhere."""
    best, highest = -1, NO_FIT
    for node in range(len(memo.now)):
        if memo.version[row, node] != memo.now[node]:
            memo.score[row, node] = score_of(nodes, requests, demand, policy, node, row)
            memo.version[row, node] = memo.now[node]
        score = memo.score[row, node]
        if score > highest:
            best, highest = node, score
    return best


@kernel
def random_node(nodes: Nodes, requests: Requests, row: int, draw: float) -> int:
    """Any node on which the request fits; -1 where there is none."""
    count = 0
    for node in range(len(nodes.cpu)):
        if fits(nodes, requests, node, row):
            count += 1
    chosen = int(draw * count)
    for node in range(len(nodes.cpu)):
        if fits(nodes, requests, node, row):
            if chosen == 0:
                return node
            chosen -= 1
    return -1


@kernel
def random_gpu(nodes: Nodes, requests: Requests, node: int, row: int, draw: float) -> int:
    """Any GPU of a node that takes a share."""
    count = 0
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] >= requests.share[row]:
            count += 1
    chosen = int(draw * count)
    for gpu in range(nodes.gpus[node]):
        if nodes.gpu[node, gpu] >= requests.share[row]:
            if chosen == 0:
                return gpu
            chosen -= 1
    return -1


@kernel
def occupy(nodes: Nodes, requests: Requests, node: int, row: int, shared: int) -> int:
    """Take what a request needs; gives the GPUs, one bit each."""
    nodes.cpu[node] -= requests.cpu[row]
    nodes.memory[node] -= requests.memory[row]
    left = requests.gpus[row]
    if left == 0:
        return 0
    nodes.tags[node, tag_of(requests, row)] += 1
    if requests.share[row] < WHOLE:
        nodes.gpu[node, shared] -= requests.share[row]
        return 1 << shared
    taken = 0
    for gpu in range(nodes.gpus[node]):
        if left > 0 and nodes.gpu[node, gpu] == WHOLE:
            nodes.gpu[node, gpu] = 0
            taken |= 1 << gpu
            left -= 1
    return taken


@kernel
def vacate(nodes: Nodes, requests: Requests, node: int, row: int, gpus: int) -> None:
    """Give back what a request took, on its GPUs (one bit each)."""
    nodes.cpu[node] += requests.cpu[row]
    nodes.memory[node] += requests.memory[row]
    if requests.gpus[row] > 0:
        nodes.tags[node, tag_of(requests, row)] -= 1
    for gpu in range(nodes.gpus[node]):
        if gpus >> gpu & 1:
            nodes.gpu[node, gpu] += requests.share[row]


@kernel
def score_all(nodes: Nodes, requests: Requests, demand: Demand, policy: Policy) -> Doubles:
    """Score of each node for the one request; minus infinity where it has no room."""
    found = np.full(len(nodes.cpu), -np.inf)
    for node in range(len(found)):
        if fits(nodes, requests, node, 0):
            found[node] = score_of(nodes, requests, demand, policy, node, 0)
    return found


@kernel
def shared_gpu(
    nodes: Nodes, requests: Requests, demand: Demand, policy: Policy, node: int, row: int, draw: float
) -> int:
    """The GPU on which a share goes; -1 for a request of whole GPUs or of none."""
    if requests.gpus[row] == 0 or requests.share[row] == WHOLE:
        return -1
    if policy.code == RANDOM:
        return random_gpu(nodes, requests, node, row, draw)
    if policy.code == OWN:
        return best_gpu(nodes, requests, demand, policy.outlook, node, row, policy.weights)[0]
    return gpu_for(nodes, requests, demand, node, row, policy.code == FGD)


@kernel
def place_all(
    nodes: Nodes, requests: Requests, demand: Demand, policy: Policy, order: Longs, draws: Doubles
) -> tuple[Longs, Longs]:
    """Place requests in their order; gives the node of each (-1: none) and its GPUs, one bit each."""
    rows, count = len(requests.cpu), len(nodes.cpu)
    memo = Memo(np.zeros((rows, count)), np.zeros((rows, count), np.int64), np.ones(count, np.int64))
    places, gpus = np.full(len(order), -1, np.int64), np.zeros(len(order), np.int64)
    for job in range(len(order)):
        row = order[job]
        if policy.code == RANDOM:
            node = random_node(nodes, requests, row, draws[job, 0])
        else:
            node = best_node(nodes, requests, demand, policy, memo, row)
        if node < 0:
            continue
        shared = shared_gpu(nodes, requests, demand, policy, node, row, draws[job, 1])
        gpus[job] = occupy(nodes, requests, node, row, shared)
        memo.now[node] += 1
        places[job] = node
    return places, gpus
