"""What an energy baseline finds: accuracy, coverage, expected consumption by day, and a saving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from zhizao.studies.monitor.energy.days import DayType
from zhizao.studies.monitor.energy.model import Settings
from zhizao.studies.monitor.energy.saving import Saving
from zhizao.studies.monitor.energy.shifting import Shift
from zhizao.studies.monitor.facts import Facts
from zhizao.studies.monitor.process.limits import Rate
from zhizao.studies.monitor.samples import Floats


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of forecasts on days that chose nothing: share of variance explained, and mean absolute errors.

    `mae_last_week` and `mae_last_value` are those of naive forecasts: the same interval a week before, and
    the last value of the day before. `better`: the error is below both, by days, at 95 %.
    """

    r2: float
    mae: float
    mae_last_week: float
    mae_last_value: float
    better: bool
    coverage: Rate


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Forecast(Facts):
    """Day-ahead forecasts of the days from `first` on (days by intervals), with intervals.

    `day_half` is the half-width of the interval of each day's total. `saving` is None without a change date,
    `shift` without a tariff.
    """

    target: str
    drivers: tuple[str, ...]
    holidays: str | None
    settings: Settings
    trained_days: int
    first: date
    dates: tuple[date, ...]
    types: tuple[DayType, ...]
    metered: Floats
    expected: Floats
    half: Floats
    day_half: Floats
    remarks: tuple[str, ...]
    accuracy: Accuracy
    saving: Saving | None
    shift: Shift | None

    def table(self) -> pl.DataFrame:
        """One row per forecast day, totals of its known intervals.

        Columns: date, day, metered, expected, low, high (interval of the total, 90 %); null where no interval
        of the day is known.
        """
        known = ~np.isnan(self.metered) & ~np.isnan(self.expected)
        some, whole = np.asarray(known.any(axis=1)), np.asarray(known.all(axis=1))
        metered, expected = (np.where(known, one, 0.0).sum(axis=1) for one in (self.metered, self.expected))
        low = np.maximum(expected - self.day_half, 0.0 if np.nanmin(self.metered) >= 0 else -np.inf)
        frame = pl.DataFrame(
            {
                "date": list(self.dates),
                "day": [one.name.lower().replace("_", " ") for one in self.types],
                "metered": _where(some, metered),
                "expected": _where(some, expected),
                "low": _where(whole, low),
                "high": _where(whole, expected + self.day_half),
            }
        )
        return frame.with_columns(pl.col("low", "high").cast(pl.Float64))


def _where(known: np.ndarray, values: Floats) -> list[float | None]:
    return [
        float(value) if here and np.isfinite(value) else None
        for here, value in zip(known, values, strict=True)
    ]
