"""Place arriving jobs by a policy, and measure how much of the GPUs is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zhizao.solvers.cluster.kernels import scores
from zhizao.solvers.cluster.kernels.placing import Policy, place_all
from zhizao.solvers.cluster.problem import (
    Cluster,
    Longs,
    Workload,
    demand_of,
    nodes_table,
    requests_table,
)


class Placing(StrEnum):
    """Where a job goes."""

    RANDOM = "random"
    DOT_PRODUCT = "dot-product"
    CLUSTERING = "gpu-clustering"
    PACKING = "gpu-packing"
    BEST_FIT = "best-fit"
    FGD = "fgd"
    OWN = "own"


_CODES = {
    Placing.RANDOM: scores.RANDOM,
    Placing.DOT_PRODUCT: scores.DOT_PRODUCT,
    Placing.CLUSTERING: scores.CLUSTERING,
    Placing.PACKING: scores.PACKING,
    Placing.BEST_FIT: scores.BEST_FIT,
    Placing.FGD: scores.FGD,
    Placing.OWN: scores.OWN,
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of our own policy.

    `scale` multiplies the growth of fragmentation before it is rounded. Among nodes that then score the same,
    `cpu_left` and `gpu_left` weigh the free share of the node (less is better), and `idle` counts against
    a node of which no GPU is in use. `by_gpu`: a request of the workload counts by its GPUs to this power.
    """

    scale: float = 0.5
    cpu_left: float = 0.5
    gpu_left: float = 0.5
    idle: float = 0.0
    by_gpu: float = 0.0


OWN = Weights()


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where each job of a stream went: its node (-1: turned away) and its GPUs, one bit each."""

    nodes: Longs
    gpus: Longs
    arrived_milli: Longs
    used_milli: Longs


def place(
    cluster: Cluster,
    jobs: Workload,
    stream: Longs,
    policy: Placing,
    *,
    seed: int,
    own: Weights = OWN,
) -> Placed:
    """Place a stream of jobs that stay.

    Parameters
    ----------
    cluster
        The machines.
    jobs
        The jobs that the workload of fragmentation is made of.
    stream
        Numbers of jobs, in the order of arrival.
    policy
        Where a job goes.
    seed
        Seed of the order by which ties are settled, and of random choices.
    own
        Weights of our own policy.
    """
    generator = np.random.default_rng([seed, 1])
    order = generator.permutation(len(cluster.nodes)).astype(np.int64)
    draws = generator.random((len(stream) if policy is Placing.RANDOM else 0, 2))
    draws = draws if len(draws) else np.zeros((len(stream), 2))
    kinds = cluster.kinds
    demand = demand_of(jobs, kinds, by_gpu=own.by_gpu if policy is Placing.OWN else 0.0)
    found, gpus = place_all(
        nodes_table(cluster, order),
        requests_table(jobs.requests, kinds),
        demand,
        Policy(_CODES[policy], np.array([own.scale, own.cpu_left, own.gpu_left, own.idle])),
        jobs.rows[stream],
        draws,
    )
    size = jobs.gpu_milli[stream]
    used = np.cumsum(np.where(found >= 0, size, 0))
    places = np.where(found >= 0, order[found], -1)
    return Placed(places, gpus, np.cumsum(size), used)
