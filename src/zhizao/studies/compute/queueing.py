"""Run the jobs of a list over time, by several disciplines and with common random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.solvers.cluster.bounds import least_mean_completion
from zhizao.solvers.cluster.problem import NO_GPU, Cluster, Doubles, Longs
from zhizao.solvers.cluster.queueing import Queue, Queueing, misfits, run_queue
from zhizao.studies.compute.queued import Course, QueueResult, Stream
from zhizao.studies.compute.study import REPLICATIONS, with_nodes
from zhizao.studies.compute.timed import Site, no_job_left, read_timed
from zhizao.studies.compute.trials import check_trial


@dataclass(frozen=True, slots=True)
class QueueTrial:
    """What is tried.

    `disciplines` are compared with the first of them. `add` names kinds of GPU and how many nodes of each
    are added for a what-if, each like the most frequent node of its kind.
    """

    disciplines: tuple[Queueing, ...] = (Queueing.FIFO, Queueing.EASY, Queueing.SRSF, Queueing.LAS)
    replications: int = REPLICATIONS
    add: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_trial(self.replications, self.add)
        if not self.disciplines:
            raise InputError(f"disciplines: found none; name one of {', '.join(Queueing)}")


DEFAULT = QueueTrial()


def queue_jobs(
    nodes: str | Path,
    jobs: str | Path,
    *,
    trial: QueueTrial = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> QueueResult:
    """Compare queue disciplines on a cluster of GPUs, over time.

    The list is run as it is, and streams that are resampled from it in blocks of consecutive jobs with the
    times between them (circular block bootstrap, Politis & Romano 1992).

    Parameters
    ----------
    nodes
        The node list (CSV or Parquet): node, cpu_milli, memory_mib, gpus, kind, busy_w, idle_w (W per GPU).
    jobs
        The job list (CSV or Parquet): job, cpu_milli, memory_mib, gpus, kinds, pods, submit_s, duration_s,
        restart_s, stoppable.
    trial
        Disciplines, replications, and nodes to be added.
    seed
        Seed of the random numbers.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A list has faults; all that were found are listed with file and line.
    """
    site = read_timed(Path(nodes), Path(jobs))
    if not site.cluster.gpu_milli:
        raise InputError(f"{nodes}: found no node with GPUs")
    lost = misfits(site.cluster, site.jobs)
    kept = np.setdiff1d(np.arange(len(site.names)), lost)
    if not len(kept):
        raise no_job_left(Path(jobs))
    fitting = site.jobs.rows(kept, site.jobs.submit_s[kept])
    larger = with_nodes(site.cluster, trial.add)
    runs = _Work(site, larger, fitting, trial, seed, progress)
    cut = interrupted(runs.all)
    return QueueResult(
        Path(nodes).stem,
        trial.disciplines,
        runs.listed,
        tuple(runs.found),
        site.cluster,
        larger if trial.add else None,
        len(kept),
        tuple(site.names[row] for row in lost),
        site.unused,
        site.inputs,
        seed,
        version(),
        cut,
    )


@dataclass(slots=True, eq=False)
class _Work:
    """The runs, so that those done by a Ctrl-C are kept."""

    site: Site
    larger: Cluster
    jobs: Queue
    trial: QueueTrial
    seed: int
    progress: Progress | None
    listed: Stream | None = None
    found: list[Stream] = field(default_factory=list)

    def all(self) -> None:
        self.listed = self._stream(self.jobs)
        for number in range(self.trial.replications):
            generator = np.random.default_rng([self.seed, number])
            self.found.append(self._stream(resampled(self.jobs, generator)))
            if self.progress is not None:
                self.progress((number + 1) / self.trial.replications)

    def _stream(self, jobs: Queue) -> Stream:
        tried = self.trial.disciplines
        return Stream(
            tuple(self._run(self.site.cluster, jobs, one) for one in tried),
            tuple(self._run(self.larger, jobs, one) for one in (tried if self.trial.add else ())),
            least_mean_completion(jobs.submit_s, jobs.work_s, jobs.gpus, self.site.cluster.gpu_milli // 1000),
        )

    def _run(self, cluster: Cluster, jobs: Queue, discipline: Queueing) -> Course:
        ran = run_queue(cluster, jobs, discipline)
        horizon = float(ran.end_s.max() - jobs.submit_s.min())
        gpus = np.array([node.gpus for node in cluster.nodes], float)
        completion = ran.end_s - jobs.submit_s
        return Course(
            float(completion.mean()),
            float(np.quantile(completion, 0.95)),
            float((ran.start_s - jobs.submit_s).mean()),
            float(ran.busy_s.sum() / gpus.sum() / horizon),
            self._energy(cluster, ran.busy_s, gpus * horizon),
            float(ran.stops.mean()),
            _by_kind(cluster, ran.busy_s, gpus * horizon),
        )

    def _energy(self, cluster: Cluster, busy_s: Doubles, there_s: Doubles) -> float:
        """Energy of all GPUs from the first submission to the last end, kWh; nan where a power is missing."""
        row = {node: at for at, node in reversed(list(enumerate(self.site.cluster.nodes)))}
        like = list(range(len(self.site.cluster.nodes)))
        like += [row[node] for node in cluster.nodes[len(like) :]]
        has = there_s > 0
        watts = self.site.busy_w[like] * busy_s + self.site.idle_w[like] * (there_s - busy_s)
        return float(watts[has].sum() / 3.6e6)


def resampled(jobs: Queue, generator: np.random.Generator) -> Queue:
    """Draw blocks of consecutive jobs, with the times between them, until there are as many jobs."""
    n = len(jobs.submit_s)
    length = max(1, round(n ** (1 / 3)))
    first = generator.integers(0, n, -(-n // length))
    chosen: Longs = ((first[:, None] + np.arange(length)) % n).ravel()[:n]
    gaps = np.diff(jobs.submit_s, prepend=jobs.submit_s[0])
    gaps[0] = gaps[1:].mean() if n > 1 else 0.0
    return jobs.rows(chosen, np.cumsum(gaps[chosen]) - gaps[chosen[0]])


def _by_kind(cluster: Cluster, busy_s: Doubles, there_s: Doubles) -> tuple[float, ...]:
    """Utilisation of each kind of GPU, in the order of the cluster's kinds."""
    kind = np.array([node.kind if node.gpus else NO_GPU for node in cluster.nodes])
    found = []
    for name in cluster.kinds:
        there = there_s[kind == name].sum()
        found.append(float(busy_s[kind == name].sum() / there) if there else float("nan"))
    return tuple(found)
