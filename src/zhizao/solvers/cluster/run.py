"""One stream of jobs through the kernel."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np

from zhizao.solvers.cluster.kernels.placing import Policy, place_all
from zhizao.solvers.cluster.kernels.scores import RANDOM
from zhizao.solvers.cluster.kernels.tables import Demand, Outlook
from zhizao.solvers.cluster.outlook import NOTHING_EXPECTED
from zhizao.solvers.cluster.problem import (
    Cluster,
    Longs,
    Workload,
    demand_of,
    nodes_table,
    requests_table,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of our own policy, which places a job where the weighted sum of its costs is least.

    `next`: growth of fragmentation, as in FGD. `fill`: growth of the GPU capacity left when a node is filled
    with requests of one kind. `worth`: worth that a shared GPU loses. `price`: rival
    demand for the kind of GPU. `cpu_left`, `gpu_left`: free share of the node. Costs are rounded up to
    multiples of `step` thousandths of a GPU; the first node in the order of ties wins among equals.
    """

    next: float = 1.0
    fill: float = 0.5
    worth: float = 0.5
    price: float = 0.0
    cpu_left: float = 0.05
    gpu_left: float = 0.05
    step: float = 1.0

    def __post_init__(self) -> None:
        if self.step <= 0:
            raise ValueError(f"step: found {self.step:g}; expected more than 0")


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where each job of a stream went: its node (-1: turned away) and its GPUs, one bit each."""

    nodes: Longs
    gpus: Longs
    arrived_milli: Longs
    used_milli: Longs


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A policy as the kernel reads it, with the demand and the outlook of its workload."""

    code: int
    demand: Demand
    outlook: Outlook = NOTHING_EXPECTED
    weights: Weights = Weights()


def rule_of(code: int, cluster: Cluster, jobs: Workload) -> Rule:
    """A policy without weights, for the workload that the jobs are."""
    return Rule(code, demand_of(jobs, cluster.kinds))


def run(cluster: Cluster, jobs: Workload, stream: Longs, rule: Rule, *, seed: int) -> Placed:
    """Place a stream of jobs that stay, one after another."""
    generator = np.random.default_rng([seed, 1])
    order = generator.permutation(len(cluster.nodes)).astype(np.int64)
    draws = generator.random((len(stream), 2)) if rule.code == RANDOM else np.zeros((len(stream), 2))
    found, gpus = place_all(
        nodes_table(cluster, order),
        requests_table(jobs.requests, cluster.kinds),
        rule.demand,
        Policy(rule.code, np.array(astuple(rule.weights)), rule.outlook),
        jobs.rows[stream],
        draws,
    )
    size = jobs.gpu_milli[stream]
    used = np.cumsum(np.where(found >= 0, size, 0))
    places = np.where(found >= 0, order[found], -1)
    return Placed(places, gpus, np.cumsum(size), used)
