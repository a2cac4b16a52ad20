"""Place arriving jobs by a policy, and measure how much of the GPUs is allocated."""

from __future__ import annotations

from enum import StrEnum

from zhizao.solvers.cluster.choice import chosen
from zhizao.solvers.cluster.kernels import scores
from zhizao.solvers.cluster.problem import Cluster, Longs, Workload
from zhizao.solvers.cluster.run import Placed, Rule, Weights, rule_of, run

__all__ = ["Placed", "Placing", "Weights", "place", "rule_for"]


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
}


def place(cluster: Cluster, jobs: Workload, stream: Longs, policy: Placing, *, seed: int) -> Placed:
    """Place a stream of jobs that stay.

    Parameters
    ----------
    cluster
        The machines.
    jobs
        The jobs that the workload of fragmentation is made of. Our own policy is chosen by simulation of
        streams drawn from them; the choice is kept as long as the same objects are passed.
    stream
        Numbers of jobs, in the order of arrival.
    policy
        Where a job goes.
    seed
        Seed of the order by which ties are settled, and of random choices.
    """
    return run(cluster, jobs, stream, rule_for(policy, cluster, jobs), seed=seed)


def rule_for(policy: Placing, cluster: Cluster, jobs: Workload) -> Rule:
    """A policy as the kernel reads it; our own is chosen by simulation."""
    if policy is Placing.OWN:
        return chosen(cluster, jobs).rule
    return rule_of(_CODES[policy], cluster, jobs)
