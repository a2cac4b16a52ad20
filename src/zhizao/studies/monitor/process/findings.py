"""What monitoring finds: rates, delays and contributions, per table, with what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from zhizao.kpi.analysis import binomial_interval
from zhizao.studies.monitor.facts import Facts
from zhizao.studies.monitor.process.limits import Rate
from zhizao.studies.monitor.samples import Floats

MEASURED, ASSUMED = "measured", "assumed"
SENSORS = 3
"""Sensors that are named for an alarm."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A table under the detector.

    `index` has one value per row (above 1: alarm, nan: unknown). `false_alarms` are those before the onset,
    `detection` those from it on (of all rows, without an onset); None where there are no known rows.
    `first` is the row (from 1) of the first alarm that lasts; `delay_rows` counts from the onset to it, and
    `certain_s` to the row at which it is seen to last.
    """

    name: str
    index: Floats
    false_alarms: Rate | None
    detection: Rate | None
    first: int | None
    time: datetime | None
    delay_rows: int | None
    delay_s: float | None
    certain_s: float | None
    contributions: tuple[tuple[str, float], ...]

    @property
    def unknown(self) -> int:
        """Rows without a decision."""
        return int(np.isnan(self.index).sum())


@dataclass(frozen=True, slots=True)
class PerYear:
    """Alarms (stretches of rows) per year of normal operation, with Garwood's exact 95 % interval (1936)."""

    value: float
    low: float
    high: float
    alarms: int
    days: float

    def __str__(self) -> str:
        return f"{self.value:,.0f} ({self.low:,.0f} to {self.high:,.0f})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Monitored(Facts):
    """What a detector does on further normal rows, and on the tables it watches.

    `rows` are those used for fitting, limits and measuring. `checked` is the rate of false alarms on the last
    of these, `per_year` the same as alarms per year (None where the sampling interval is not known), and
    `lasting_alarms` the number of those that last.
    """

    method: str
    lags: int
    stated: float
    sensors: tuple[str, ...]
    statistics: tuple[str, ...]
    left_out: dict[str, str]
    rows: tuple[int, int, int]
    checked: Rate
    check_index: Floats
    per_year: PerYear | None
    lasting_alarms: int
    drifting: tuple[str, ...]
    remarks: tuple[str, ...]
    onset: int | None
    watched: tuple[Watched, ...]

    def table(self) -> pl.DataFrame:
        """One row per watched table; without any, the one of the normal rows.

        Columns: table, rows, unknown, false_alarms, detection, low, high (95 % interval of detection),
        delay_rows, delay_s, sensors.
        """
        rows = [_row(one) for one in self.watched] or [
            {
                "table": "normal",
                "rows": self.rows[2],
                "unknown": int(np.isnan(self.check_index).sum()),
                "false_alarms": self.checked.value,
            }
        ]
        return pl.DataFrame(rows, schema=_SCHEMA)

    def evidence(self) -> pl.DataFrame:
        """What a measure of process monitoring can cite, and what it can not.

        Columns: quantity, value, low, high (95 % interval; for the delay, the least and the largest), unit,
        basis (measured or assumed). A value that nothing shows is null.
        """
        rows = [*_detected(self), _delay(self)] if self.onset is not None and self.watched else []
        rows.append(
            ("false alarms", self.checked.value, self.checked.low, self.checked.high, "share", MEASURED)
        )
        if self.per_year is not None:
            year = self.per_year
            rows.append(("false alarms per year", year.value, year.low, year.high, "1/a", MEASURED))
        rows.append(("defective pieces avoided", None, None, None, "share", ASSUMED))
        names = ("quantity", "value", "low", "high", "unit", "basis")
        kinds = (pl.String, pl.Float64, pl.Float64, pl.Float64, pl.String, pl.String)
        return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")

    def mean_detection(self) -> float | None:
        """Mean over the watched tables of the share of rows with an alarm; None without any."""
        found = [one.detection.value for one in self.watched if one.detection is not None]
        return float(np.mean(found)) if found else None


_Line = tuple[str, float | None, float | None, float | None, str, str]


def _detected(found: Monitored) -> list[_Line]:
    """Share of the faults that gave a lasting alarm, each table one fault."""
    hits, faults = sum(one.first is not None for one in found.watched), len(found.watched)
    low, high = binomial_interval(hits, faults)
    return [("faults detected", hits / faults, low, high, "share", MEASURED)]


def _delay(found: Monitored) -> _Line:
    """Median delay of the faults that were detected; in rows where the sampling interval is not known."""
    watched = [one for one in found.watched if one.delay_rows is not None]
    in_s = all(one.delay_s is not None for one in watched)
    delays = [float((one.delay_s if in_s else one.delay_rows) or 0) for one in watched]
    unit = "s" if in_s else "rows"
    if not delays:
        return ("detection delay", None, None, None, unit, MEASURED)
    return ("detection delay", float(np.median(delays)), min(delays), max(delays), unit, MEASURED)


_SCHEMA = {
    "table": pl.String,
    "rows": pl.Int64,
    "unknown": pl.Int64,
    "false_alarms": pl.Float64,
    "detection": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "delay_rows": pl.Int64,
    "delay_s": pl.Float64,
    "sensors": pl.String,
}


def _row(one: Watched) -> dict[str, object]:
    found = one.detection
    return {
        "table": one.name,
        "rows": len(one.index),
        "unknown": one.unknown,
        "false_alarms": None if one.false_alarms is None else one.false_alarms.value,
        "detection": None if found is None else found.value,
        "low": None if found is None else found.low,
        "high": None if found is None else found.high,
        "delay_rows": one.delay_rows,
        "delay_s": one.delay_s,
        "sensors": ", ".join(name for name, _ in one.contributions[:SENSORS]) or None,
    }
