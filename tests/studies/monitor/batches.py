"""Invented batches: trajectories of three sensors whose course decides the purity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MINUTES = 30


def batches(count: int, seed: int) -> tuple[Floats, Floats]:
    """Batches by minutes by sensors, and the purity of each: by feed early and temperature late."""
    rng = np.random.default_rng(seed)
    feed, heat = rng.normal(size=count), rng.normal(size=count)
    course = np.linspace(0, 1, MINUTES)
    values = np.stack(
        [
            10 + feed[:, None] * np.exp(-3 * course),
            80 + heat[:, None] * course**2,
            5 + 0.5 * feed[:, None] - 0.2 * heat[:, None] + 0 * course,
        ],
        axis=2,
    )
    values = values + 0.1 * rng.normal(size=values.shape)
    return np.asarray(values), np.asarray(95 + 2 * feed - 1.5 * heat + 0.4 * rng.normal(size=count))


def written_batches(folder: Path, values: Floats, quality: Floats, *, unknown: int = 0) -> tuple[Path, Path]:
    """The two tables; the last `unknown` batches have no quality yet."""
    names = [f"b{number:03d}" for number in range(len(values))]
    rows = [
        (name, minute, *map(float, values[number, minute]))
        for number, name in enumerate(names)
        for minute in range(MINUTES)
    ]
    samples, known = folder / "batches.csv", folder / "quality.csv"
    pl.DataFrame(rows, schema=["batch", "minute", "feed", "heat", "flow"], orient="row").write_csv(samples)
    last = len(names) - unknown
    pl.DataFrame({"batch": names[:last], "purity": quality[:last]}).write_csv(known)
    return samples, known
