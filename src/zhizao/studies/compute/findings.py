"""What `compute` found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
import polars as pl

from zhizao.kpi.analysis import Interval, mean_interval
from zhizao.quantities import Input
from zhizao.solvers.cluster.placement import Placing
from zhizao.solvers.cluster.problem import NO_GPU, Cluster, Doubles, Longs

Ends = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """One stream of jobs, placed by each policy: shares of the GPUs of the nodes as they are."""

    allocated: Doubles  # [policies]
    refused: Longs  # [policies]
    jobs: int
    by_kind: Doubles  # [policies, kinds]
    allocated_more: Doubles  # [policies] with the added nodes; empty without a what-if


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Allocated:
    """Placement policies on common streams of jobs."""

    name: str
    policies: tuple[Placing, ...]
    runs: tuple[Runs, ...]
    load: float
    cluster: Cluster
    larger: Cluster | None
    misfits: tuple[str, ...]
    unused: tuple[str, ...]
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the node list."""
        return self.name

    def table(self) -> pl.DataFrame:
        """One row per policy: allocated share with its interval, and the paired difference from the first."""
        return self._compared(np.array([one.allocated for one in self.runs]))

    def refused(self) -> pl.DataFrame:
        """One row per policy: jobs that found no room when they arrived, mean over the streams."""
        rows: list[tuple[str | float | None, ...]] = []
        for at, policy in enumerate(self.policies):
            mean = mean_interval([one.refused[at] for one in self.runs])
            rows.append((str(policy), *ends(mean)))
        return frame(rows, ("policy",), "jobs", "low", "high")

    def by_kind(self) -> pl.DataFrame:
        """One row per policy and kind of GPU: allocated share, with its interval."""
        rows: list[tuple[str | float | None, ...]] = []
        for at, policy in enumerate(self.policies):
            for number, kind in enumerate(self.cluster.kinds):
                if kind == NO_GPU:
                    continue
                mean = mean_interval([one.by_kind[at, number] for one in self.runs])
                rows.append((str(policy), kind or "without a name", *ends(mean)))
        return frame(rows, ("policy", "kind"), "allocated", "low", "high")

    def with_added(self) -> pl.DataFrame:
        """With the added nodes, one row per policy: allocated GPUs as a share of the GPUs as they are."""
        if self.larger is None:
            return self._compared(np.empty((0, 0)))
        return self._compared(np.array([one.allocated_more for one in self.runs]))

    def _compared(self, allocated: Doubles) -> pl.DataFrame:
        rows: list[tuple[str | float | None, ...]] = []
        for at, policy in enumerate(self.policies if allocated.size else ()):
            mean = mean_interval(allocated[:, at])
            ahead = mean_interval(allocated[:, at] - allocated[:, 0])
            rows.append((str(policy), *ends(mean), *(ends(ahead) if at else (None, None, None))))
        heads = ("allocated", "low", "high", "difference", "difference_low", "difference_high")
        return frame(rows, ("policy",), *heads)


def ends(interval: Interval) -> Ends:
    """Mean and both ends; None where unknown."""
    return known(interval.mean), known(interval.low), known(interval.high)


def known(value: float) -> float | None:
    """The value; None in place of nan."""
    return None if isnan(value) else float(value)


def frame(rows: list[tuple[str | float | None, ...]], keys: tuple[str, ...], *numbers: str) -> pl.DataFrame:
    """A table whose first columns are names, and all others numbers."""
    schema = {**dict.fromkeys(keys, pl.String), **dict.fromkeys(numbers, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")
