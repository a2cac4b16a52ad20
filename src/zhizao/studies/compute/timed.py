"""Read nodes and jobs over time; all faults are reported together, each with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zhizao.quantities import Input, InputError, nearest_name
from zhizao.solvers.cluster.kernels.tables import WHOLE
from zhizao.solvers.cluster.problem import Cluster, Doubles, Request
from zhizao.solvers.cluster.queueing import Queue
from zhizao.studies.compute.read import (
    JOB_COLUMNS,
    NODE_COLUMNS,
    Cells,
    ClusterFileError,
    nodes_of,
    requests_of,
)

_NODES = NODE_COLUMNS | {"busy_w": (), "idle_w": ()}
_JOBS = JOB_COLUMNS | {"pods": (), "restart_s": (), "stoppable": ()}
_OPTIONAL = frozenset({"kind", "kinds", "gpu_milli", "busy_w", "idle_w", "pods", "restart_s", "stoppable"})
_YES_NO = {"": 1, "yes": 1, "no": 0}
MOST_PODS = 4_096
"""Pods of one job; a larger number is more likely a slip than a job."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Nodes with their power, and jobs over time by name, in the order of submission."""

    cluster: Cluster
    busy_w: Doubles  # [nodes] of each GPU in use
    idle_w: Doubles  # [nodes] of each GPU that is not
    names: tuple[str, ...]
    jobs: Queue
    inputs: tuple[Input, Input]
    unused: tuple[str, ...]


def read_timed(nodes: Path, jobs: Path) -> Site:
    """Read both lists.

    Raises
    ------
    InputError
        A file cannot be read, or has faults; all that were found are listed with file and line.
    """
    machines, work = Cells(nodes, _NODES, "node", _OPTIONAL), Cells(jobs, _JOBS, "job", _OPTIONAL)
    if machines.faults or work.faults:
        raise ClusterFileError((*machines.faults, *work.faults))
    found = tuple(nodes_of(machines))
    wanted = tuple(requests_of(work, {node.kind for node in found if node.gpus}))
    power = _power(machines)
    queue = _queue(work, wanted)
    if machines.faults or work.faults:
        raise ClusterFileError((*machines.faults, *work.faults))
    order = np.argsort(queue.submit_s, kind="stable")
    names = tuple(work.names()[row] for row in order)
    return Site(
        Cluster(found), *power, names, queue.rows(order, queue.submit_s[order]),
        (machines.input, work.input), (*machines.unused, *work.unused),
    )  # fmt: skip


def _power(machines: Cells) -> tuple[Doubles, Doubles]:
    busy, idle = machines.numbers("busy_w", None), machines.numbers("idle_w", 0.0)
    for row in np.flatnonzero(idle > np.nan_to_num(busy, nan=np.inf)):
        machines.fault(int(row), "idle_w", f"found {idle[row]:g}", f"write at most busy_w, {busy[row]:g}")
    return busy, idle


def _queue(work: Cells, wanted: tuple[Request, ...]) -> Queue:
    submit, duration = work.numbers("submit_s", None), work.numbers("duration_s", None)
    for name, values in (("submit_s", submit), ("duration_s", duration)):
        for row, text in enumerate(work.texts(name)):
            if not text:
                work.fault(row, name, "found nothing", "write seconds")
            elif name == "duration_s" and values[row] == 0:
                work.fault(row, name, "found 0", "write more than 0 s")
    for row, one in enumerate(wanted):
        if one.gpus and 0 < one.share < WHOLE:
            work.fault(row, "gpu_milli", f"found {one.share}", f"take whole GPUs ({WHOLE}) over time")
    return Queue(wanted, _pods(work), submit, duration, work.numbers("restart_s", 0.0), _stoppable(work))


def _pods(work: Cells) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    values = work.numbers("pods", 1)
    for row, value in enumerate(values):
        if value % 1 or not 1 <= value <= MOST_PODS:
            work.fault(row, "pods", f"found {value:g}", f"write a whole number from 1 to {MOST_PODS}")
    return np.nan_to_num(values, nan=1.0).astype(np.int64)


def _stoppable(work: Cells) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    texts = work.texts("stoppable")
    for row, text in enumerate(texts):
        if text not in _YES_NO:
            work.fault(
                row, "stoppable", f"found {text!r}", "write yes or no", nearest_name(text, ["yes", "no"])
            )
    return np.array([_YES_NO.get(text, 1) for text in texts], np.int64)


def no_job_left(jobs: Path) -> InputError:
    """Say that no job of the list fits on the nodes."""
    return InputError(f"{jobs}: found no job that fits on the nodes, were they all free")
