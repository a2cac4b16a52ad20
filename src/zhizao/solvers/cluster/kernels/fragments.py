"""Fragmentation of a node: GPU capacity that a request drawn from the workload could not use.

Weng et al., Beware of Fragmentation (USENIX ATC 2023), section 3. Requests of one size are one row of
`Demand`, so that a node costs a look at each size and not at each request.
"""

from __future__ import annotations

from zhizao.solvers.cluster.kernels.jit import kernel
from zhizao.solvers.cluster.kernels.tables import Demand, Nodes


@kernel
def steps_of(demand: Demand, cpu: int) -> int:
    """Count the distinct CPU requests that fit into what is free."""
    low, high = 0, len(demand.cpu)
    while low < high:
        middle = (low + high) >> 1
        if demand.cpu[middle] <= cpu:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def fragments(nodes: Nodes, demand: Demand, node: int, cpu: int) -> float:
    """Expected free thousandths of GPU that the next request could not use, with so much CPU free."""
    total = 0
    for gpu in range(nodes.gpus[node]):
        total += nodes.gpu[node, gpu]
    if total == 0:
        return 0.0
    steps, kind = steps_of(demand, cpu), nodes.kind[node]
    usable = 0.0
    for size in range(len(demand.share)):
        weight = demand.weight[size, kind, steps]
        if weight == 0.0:
            continue
        room, count = 0, 0
        for gpu in range(nodes.gpus[node]):
            free = nodes.gpu[node, gpu]
            if free >= demand.share[size]:
                room += free
                count += 1
        if count >= demand.gpus[size]:
            usable += weight * room
    return total - usable
