"""Place the jobs of a list on the nodes of a list, by several policies and with common random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import version
from zhizao.quantities import InputError, nearest_name
from zhizao.solvers.cluster.arrivals import inflated, until
from zhizao.solvers.cluster.placement import Placed, Placing, place
from zhizao.solvers.cluster.problem import Cluster, Doubles, Longs, Node, Request, Workload, workload_of
from zhizao.studies.compute.findings import Runs
from zhizao.studies.compute.read import JobList, NodeList, read_cluster
from zhizao.studies.compute.result import ComputeResult
from zhizao.studies.compute.trials import check_trial

REPLICATIONS = 10
"""Streams of jobs, as in the FGD experiments."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried.

    `load` is the GPUs requested by all that has arrived, as a share of the GPUs of the nodes: jobs are drawn
    from the list until it is reached. `policies` are compared with the first of them. `add` names kinds of
    GPU and how many nodes of each are added for a what-if, each like the most frequent node of its kind.
    """

    policies: tuple[Placing, ...] = (Placing.BEST_FIT, Placing.FGD, Placing.OWN)
    load: float = 1.0
    replications: int = REPLICATIONS
    add: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.load <= 10:
            raise InputError(f"load: found {self.load:g}; expected more than 0, at most 10 (1: 100 %)")
        check_trial(self.replications, self.add)
        if not self.policies:
            raise InputError(f"policies: found none; name one of {', '.join(Placing)}")


DEFAULT = Trial()


def compute(
    nodes: str | Path,
    jobs: str | Path,
    *,
    trial: Trial = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> ComputeResult:
    """Compare placement policies on a cluster of GPUs.

    Parameters
    ----------
    nodes
        The node list (CSV or Parquet): node, cpu_milli, memory_mib, gpus, kind.
    jobs
        The job list (CSV or Parquet): job, cpu_milli, memory_mib, gpus, gpu_milli, kinds.
    trial
        Policies, load, replications, and nodes to be added.
    seed
        Seed of the random numbers.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A list has faults; all that were found are listed with file and line.
    """
    machines, work = read_cluster(Path(nodes), Path(jobs))
    cluster, workload = Cluster(machines.nodes), workload_of(work.requests)
    if not cluster.gpu_milli:
        raise InputError(f"{nodes}: found no node with GPUs; a load of GPUs needs some")
    if not workload.gpu_milli.any():
        raise InputError(f"{jobs}: found no job that uses GPUs; a load of GPUs needs some")
    larger = with_nodes(cluster, trial.add)
    runs = _Work(cluster, larger, workload, trial, seed, progress)
    cut = interrupted(runs.all)
    return ComputeResult(
        Path(nodes).stem,
        trial.policies,
        tuple(runs.found),
        trial.load,
        cluster,
        larger if trial.add else None,
        _misfits(cluster, work),
        _unused(machines, work),
        (machines.input, work.input),
        seed,
        version(),
        cut,
    )


def with_nodes(cluster: Cluster, add: Mapping[str, int]) -> Cluster:
    """Add nodes, each like the most frequent node of its kind.

    Raises
    ------
    InputError
        No node is of that kind.
    """
    more = list(cluster.nodes)
    for kind, count in add.items():
        alike = [node for node in cluster.nodes if node.gpus and node.kind == kind]
        if not alike:
            near = nearest_name(kind, cluster.kinds)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"add: found no node of the kind {kind!r} in the node list{hint}")
        more += [max(dict.fromkeys(alike), key=alike.count)] * count
    return Cluster(tuple(more))


@dataclass(slots=True, eq=False)
class _Work:
    """The runs, so that those done by a Ctrl-C are kept."""

    cluster: Cluster
    larger: Cluster
    jobs: Workload
    trial: Trial
    seed: int
    progress: Progress | None
    found: list[Runs] = field(default_factory=list)

    def all(self) -> None:
        for number in range(self.trial.replications):
            stream = self._stream(number)
            every = [self._run(self.cluster, policy, stream, number) for policy in self.trial.policies]
            more = [
                self._run(self.larger, policy, stream, number)
                for policy in (self.trial.policies if self.trial.add else ())
            ]
            self.found.append(_runs(self.cluster, self.jobs, stream, every, more))
            if self.progress is not None:
                self.progress((number + 1) / self.trial.replications)

    def _stream(self, number: int) -> Longs:
        seed = _seed(self.seed, number)
        stream = inflated(self.cluster, self.jobs, self.trial.load + 0.3, seed=seed)
        return until(stream, self.jobs, self.cluster, self.trial.load)

    def _run(self, cluster: Cluster, policy: Placing, stream: Longs, number: int) -> Placed:
        return place(cluster, self.jobs, stream, policy, seed=_seed(self.seed, number))


def _seed(seed: int, number: int) -> int:
    return seed * 1_000_003 + number


def _runs(
    cluster: Cluster, jobs: Workload, stream: Longs, every: Sequence[Placed], more: Sequence[Placed]
) -> Runs:
    rows = jobs.rows[stream]
    return Runs(
        np.array([one.used_milli[-1] for one in every]) / cluster.gpu_milli,
        np.array([(one.nodes < 0).sum() for one in every], np.int64),
        len(stream),
        np.array([_by_kind(cluster, jobs, rows, one) for one in every]),
        np.array([one.used_milli[-1] for one in more]) / cluster.gpu_milli,
    )


def _by_kind(cluster: Cluster, jobs: Workload, rows: Longs, placed: Placed) -> Doubles:
    """Allocated share of the GPUs of each kind."""
    kinds = cluster.kinds
    size = np.array([one.gpu_milli for one in jobs.requests], np.int64)[rows]
    kind = np.array([kinds.index(node.kind) for node in cluster.nodes])
    put = placed.nodes >= 0
    used = np.bincount(kind[placed.nodes[put]], weights=size[put], minlength=len(kinds))
    there = np.bincount(kind, weights=[1000.0 * node.gpus for node in cluster.nodes], minlength=len(kinds))
    share: Doubles = np.full(len(kinds), np.nan)
    np.divide(used, there, out=share, where=there > 0)
    return share


def _misfits(cluster: Cluster, work: JobList) -> tuple[str, ...]:
    """Jobs that no node could hold, were it free."""
    alone = {one: any(_holds(at, one) for at in set(cluster.nodes)) for one in set(work.requests)}
    return tuple(name for name, one in zip(work.names, work.requests, strict=True) if not alone[one])


def _holds(node: Node, one: Request) -> bool:
    kind = not one.gpus or not one.kinds or node.kind in one.kinds
    room = node.cpu_milli >= one.cpu_milli and node.memory_mib >= one.memory_mib
    return kind and room and node.gpus >= one.gpus


def _unused(machines: NodeList, work: JobList) -> tuple[str, ...]:
    times = {"submit_s": work.submit_s, "duration_s": work.duration_s}
    timed = (name for name, values in times.items() if not np.isnan(values).all())
    return (*machines.unused, *work.unused, *timed)
