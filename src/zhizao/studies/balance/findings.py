"""What is found of a balanced line: loads of stations, assignment of operations, and how even it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities import Input
from zhizao.solvers.balancing import Balance
from zhizao.studies.balance.read import TICKS, SewingLine

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalancedLine:
    """A balanced line as numbers: stations, assignment, efficiency."""

    line: SewingLine
    balance: Balance
    given: str
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the table of operations."""
        return self.line.title

    @property
    def stations(self) -> int:
        """Number of stations."""
        return self.balance.stations

    @property
    def cycle_s(self) -> float:
        """Cycle time in seconds: the one given, or the least found."""
        return self.balance.cycle / TICKS

    @property
    def proved(self) -> bool:
        """Whether no line has fewer stations, or a shorter cycle time."""
        return self.balance.proved

    @property
    def bound(self) -> float:
        """Lower bound: stations where the cycle time is given, else the cycle time in seconds."""
        return self.balance.bound if self.given == "cycle" else self.balance.bound / TICKS

    @property
    def balance_efficiency(self) -> float:
        """Work over stations times cycle time, in 0..1 (Scholl 1999, Balancing and Sequencing, ch. 2)."""
        whole = self.stations * self.cycle_s
        return float(self._loads_s().sum()) / whole if whole else 0.0

    @property
    def smoothness_index_s(self) -> float:
        """Root of the squared differences to the highest load, in seconds (Moodie & Young 1965)."""
        loads = self._loads_s()
        return sqrt(float(((loads.max() - loads) ** 2).sum()))

    def times_s(self) -> Floats:
        """Time of each operation where it stands, in seconds."""
        b, crew = self.balance, self.line.crew
        if crew is None or b.worker is None:
            return np.asarray(self.line.tasks.time / TICKS, np.float64)
        return np.asarray(crew.time[np.arange(len(b.station)), b.worker[b.station]] / TICKS)

    def _loads_s(self) -> Floats:
        found = np.bincount(self.balance.station, weights=self.times_s(), minlength=self.stations)
        return np.asarray(found, np.float64)

    def _worker(self, station: int) -> str | None:
        worker = self.balance.worker
        return None if worker is None else self.line.workers[int(worker[station])]

    def table(self) -> pl.DataFrame:
        """One row per station: worker, operations, load, idle time, share of the cycle time."""
        loads, rows = self._loads_s(), []
        for k in range(self.stations):
            names = [self.line.operations[i] for i in np.flatnonzero(self.balance.station == k)]
            load = round(float(loads[k]), 3)
            idle = round(self.cycle_s - load, 3)
            share = load / self.cycle_s if self.cycle_s else 0.0
            rows.append((k + 1, self._worker(k), "; ".join(names), load, idle, share))
        schema = {"station": pl.Int64, "worker": pl.String, "operations": pl.String, "load_s": pl.Float64,
                  "idle_s": pl.Float64, "utilisation": pl.Float64}  # fmt: skip
        return _without_empty(pl.DataFrame(rows, schema=schema, orient="row"))

    def assignment(self) -> pl.DataFrame:
        """One row per operation: station, worker, seconds; in the order of the line."""
        times = self.times_s()
        rows = [
            (self.line.operations[i], int(k) + 1, self._worker(int(k)), float(times[i]))
            for i, k in sorted(enumerate(self.balance.station), key=lambda one: (one[1], one[0]))
        ]
        schema = {"operation": pl.String, "station": pl.Int64, "worker": pl.String, "seconds": pl.Float64}
        return _without_empty(pl.DataFrame(rows, schema=schema, orient="row"))


def _without_empty(frame: pl.DataFrame) -> pl.DataFrame:
    """Without the column of workers where there are none."""
    return frame.drop("worker") if frame["worker"].null_count() == frame.height else frame
