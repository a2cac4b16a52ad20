"""Invented meters: weekdays with a working profile, quiet weekends, slow drift of the level, noise."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

FIRST = date(2025, 1, 6)  # a Monday
HOURS = 24


def metered(days: int, seed: int = 1, *, noise: float = 1.0) -> NDArray[np.float64]:
    """Days by hours, in kWh."""
    rng = np.random.default_rng(seed)
    shape = np.where((np.arange(HOURS) >= 7) & (np.arange(HOURS) < 19), 50.0, 8.0)
    weekday = np.arange(days) % 7
    level = np.where(weekday < 5, 1.0, np.where(weekday == 5, 0.4, 0.1))[:, None]
    drift = np.zeros(days)
    for day in range(1, days):
        drift[day] = 0.6 * drift[day - 1] + rng.normal(scale=0.05)
    values = shape * level * (1 + noise * drift[:, None]) + noise * rng.normal(size=(days, HOURS))
    return np.asarray(np.maximum(values, 0.0))


def written_meter(path: Path, values: NDArray[np.float64], **drivers: NDArray[np.float64]) -> Path:
    """A table with times at the end of each hour, `kwh`, and the drivers."""
    begin = datetime.combine(FIRST, datetime.min.time())
    times = [begin + timedelta(hours=hour + 1) for hour in range(values.size)]
    columns = {"kwh": values.ravel(), **{name: one.ravel() for name, one in drivers.items()}}
    frame = pl.DataFrame({"time": pl.Series(times).dt.to_string("%Y-%m-%d %H:%M"), **columns})
    frame.write_csv(path)
    return path
