"""Invented processes: sensors driven by a few slow causes, with faults at a known row."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

SENSORS = 6
_HERE = Path(__file__).resolve()
_SHARED = (os.environ.get("ZHIZAO_SHARED"), _HERE.parents[4] / "shared", _HERE.parents[5] / "shared")


def shared(name: str) -> Path:
    """A file of the public data sets beside the repository; the test is skipped without it."""
    for folder in _SHARED:
        if folder and (Path(folder) / "data" / name).exists():
            return Path(folder) / "data" / name
    pytest.skip(f"data/{name} is not in ../shared")


def process(rows: int, seed: int, *, fault: tuple[int, float] | None = None) -> NDArray[np.float64]:
    """Rows by sensors: two slow causes seen by all sensors; a fault shifts s2 from a row (from 1) on."""
    rng = np.random.default_rng(seed)
    causes = np.zeros((rows, 2))
    for row in range(1, rows):
        causes[row] = 0.8 * causes[row - 1] + rng.normal(size=2)
    mixing = np.array([[1, 0.5, -1, 0.3, 2, 0.1], [0.2, -1, 0.4, 1, 0.5, -2]])
    values = 50 + causes @ mixing + 0.3 * rng.normal(size=(rows, SENSORS))
    if fault is not None:
        values[fault[0] - 1 :, 2] += fault[1]
    return np.asarray(values)


def written(
    path: Path, values: NDArray[np.float64], *, minutes: float | None = 3.0, start: str = "2026-01-05"
) -> Path:
    """A table s0, s1 … with a column of times, unless there are none."""
    frame = pl.DataFrame({f"s{number}": values[:, number] for number in range(values.shape[1])})
    if minutes is not None:
        begin = datetime.fromisoformat(start)
        times = [begin + timedelta(minutes=minutes * row) for row in range(len(values))]
        frame = frame.insert_column(0, pl.Series("time", times).dt.to_string("%Y-%m-%d %H:%M:%S"))
    frame.write_csv(path)
    return path
