"""Readers of the published cluster traces; tests skip where the data is absent."""

from __future__ import annotations

import csv
import gzip
import lzma
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from zhizao.solvers.cluster.preemption import TimedJobs
from zhizao.solvers.cluster.problem import Cluster, Node, Request, Workload, workload_of
from zhizao.solvers.cluster.queueing import Queue

_HERE = Path(__file__).resolve()
_SHARED = (os.environ.get("ZHIZAO_SHARED"), _HERE.parents[3] / "shared", _HERE.parents[4] / "shared")
_FOLDERS = [Path(folder) / "data" / "compute" for folder in _SHARED if folder]
DATA = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
START_COST_S = {
    1: {"vgg16": 7, "vgg19": 7, "resnet18": 4, "shufflenet_v2_x1_0": 4, "a2c": 38, "dqn": 5},
    2: {"vgg16": 7, "vgg19": 7, "resnet18": 5, "shufflenet_v2_x1_0": 4, "a2c": 39, "dqn": 5},
    4: {"vgg16": 8, "vgg19": 8, "resnet18": 5, "shufflenet_v2_x1_0": 5, "a2c": 39, "dqn": 6},
    8: {"vgg16": 9, "vgg19": 9, "resnet18": 7, "shufflenet_v2_x1_0": 5, "a2c": 46, "dqn": 6},
    16: {"vgg16": 9, "vgg19": 10, "resnet18": 7, "shufflenet_v2_x1_0": 7, "a2c": 46, "dqn": 8},
    32: {"vgg16": 10, "vgg19": 10, "resnet18": 7, "shufflenet_v2_x1_0": 8, "a2c": 46, "dqn": 8},
}
"""Start cost by GPUs and model, as profiled by the authors of Muri (10 s where none is given)."""
SLOWER = 1.015
"""Factor on every iteration in the simulator of Muri."""


def rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of a CSV file, whichever way it is packed."""
    for path, reader in (
        (DATA / f"{name}.xz", lzma.open),
        (DATA / f"{name}.gz", gzip.open),
        (DATA / name, open),
    ):
        if path.exists():
            with reader(path, "rt", encoding="utf-8") as file:
                yield from csv.DictReader(file)
            return
    pytest.skip(f"needs the published traces: {DATA / name}")


def openb_cluster() -> Cluster:
    """The 1,213 nodes with GPUs of the Alibaba trace of 2023."""
    return Cluster(
        tuple(
            Node(int(row["cpu_milli"]), int(row["memory_mib"]), int(row["gpu"]), row["model"])
            for row in rows("openb/openb_node_list_gpu_node.csv")
        )
    )


def openb_jobs(workload: str) -> Workload:
    """Pods of one of the workloads of the FGD experiments."""
    return workload_of([_pod(row) for row in rows(f"openb/openb_pod_list_{workload}.csv")])


def _pod(row: dict[str, str]) -> Request:
    gpus = int(row["num_gpu"])
    kinds = tuple(sorted({kind for kind in (row.get("gpu_spec") or "").split("|") if kind}))
    share = int(row["gpu_milli"]) if gpus else 0
    return Request(int(row["cpu_milli"]), share, gpus, kinds, int(row["memory_mib"]))


def muri_jobs(trace: str) -> TimedJobs:
    """Jobs of one of the traces of Muri's simulator."""
    found = list(rows(f"muri/sim_{trace}.csv"))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in found])

    costs = [START_COST_S[int(row["num_gpu"])].get(row["model_name"], 10) for row in found]
    work_s = column("iterations") * column("iteration_time") * SLOWER / 1000
    gpus = column("num_gpu").astype(np.int64)
    return TimedJobs(column("submit_time") / 1000, work_s, gpus, np.array(costs, float))


def muri_queue(trace: str) -> Queue:
    """The same jobs as gangs of pods; a pod has at most the 8 GPUs of a node."""
    jobs = muri_jobs(trace)
    size = np.minimum(jobs.gpus, 8)
    return Queue(
        tuple(Request(0, 1000, int(gpus)) for gpus in size),
        jobs.gpus // size,
        jobs.submit_s,
        jobs.work_s,
        jobs.start_cost_s,
        np.ones(len(size), np.int64),
    )
