"""Streams of jobs made of a trace, as in the FGD experiments."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.cluster.problem import Cluster, Longs, Workload
from zhizao.solvers.cluster.run import Placed


def inflated(cluster: Cluster, jobs: Workload, load: float, *, seed: int) -> Longs:
    """The jobs of a trace in random order, with more drawn from it, or some left out, to reach a load.

    `load` is the requested share of the GPUs of the cluster. Jobs that are drawn again arrive last.
    """
    generator = np.random.default_rng([seed, 0])
    size = jobs.gpu_milli
    shuffled = generator.permutation(len(size)).astype(np.int64)
    aim, total = load * cluster.gpu_milli, int(size.sum())
    if total > aim:
        order = generator.permutation(shuffled)
        gone = np.cumsum(size[order])
        out = order[: int(np.searchsorted(gone, total - aim)) + 1]
        return shuffled[~np.isin(shuffled, out)]
    if not size.any():
        return shuffled
    mean = size.mean()
    more = generator.integers(0, len(size), int(2 * (aim - total) / mean) + 1_000)
    reached = total + np.cumsum(size[more])
    return np.concatenate([shuffled, more[: int(np.searchsorted(reached, aim, side="right"))]])


def until(stream: Longs, jobs: Workload, cluster: Cluster, load: float) -> Longs:
    """The beginning of a stream, up to the job with which a load is reached."""
    arrived = np.cumsum(jobs.gpu_milli[stream])
    return stream[: int(np.searchsorted(arrived, load * cluster.gpu_milli)) + 1]


def allocation_at(placed: Placed, cluster: Cluster, load: float) -> float:
    """Mean allocated share of the GPUs while the arrived load, rounded to whole percent, is this one."""
    arrived = np.round(100 * placed.arrived_milli / cluster.gpu_milli)
    at = arrived == round(100 * load)
    return float(placed.used_milli[at].mean() / cluster.gpu_milli) if at.any() else float("nan")
