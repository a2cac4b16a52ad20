"""Expected consumption from the calendar and the past, forecast a day ahead, and what a change saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zhizao.quantities import Input, InputError
from zhizao.studies.monitor.energy.conformal import half_widths
from zhizao.studies.monitor.energy.days import Days, DayType, days_of
from zhizao.studies.monitor.energy.findings import Accuracy
from zhizao.studies.monitor.energy.meter import check_meter, is_power, meter_notes
from zhizao.studies.monitor.energy.model import HISTORY, chosen, deviations, forecast
from zhizao.studies.monitor.energy.result import EnergyResult
from zhizao.studies.monitor.energy.saving import LEVEL, saving
from zhizao.studies.monitor.energy.shifting import Shift, Shifting, shift_of
from zhizao.studies.monitor.facts import version
from zhizao.studies.monitor.process.limits import rate_of
from zhizao.studies.monitor.samples import Floats, read_samples

if TYPE_CHECKING:
    from zhizao.engine import Progress

FEWEST_DAYS = 70
"""Days to train on: four weeks of profiles, and six to choose settings and to learn the errors."""
_WEEK = 7
_CALIBRATED = 14  # days of forecasts before the first interval


@dataclass(frozen=True, slots=True)
class EnergyOptions:
    """How to forecast and to compare.

    Parameters
    ----------
    holidays
        Country whose public holidays count (ISO 3166: `KR`, `DE-BY`); None: none do.
    drivers
        Columns that are known a day ahead: weather forecasts, planned output.
    forecast_from
        First day that is forecast and reported (default: the last quarter of the days).
    change
        First day after a change whose saving is asked for.
    time
        Column of times, each the end of its interval (default: by its name).
    shifting
        How load may move under a tariff; the target is then in kWh.
    """

    holidays: str | None = None
    drivers: tuple[str, ...] = ()
    forecast_from: date | None = None
    change: date | None = None
    time: str | None = None
    shifting: Shifting | None = None


def energy_baseline(
    table: str | Path,
    target: str,
    *,
    options: EnergyOptions | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> EnergyResult:
    """Forecast consumption a day ahead, with intervals, and estimate what a change saved.

    At the end of each day the next one is forecast from the calendar, from the days before, and from the
    drivers. Settings are chosen by rolling origins before the first reported day, and then kept; the
    regression is fitted anew every day.

    Parameters
    ----------
    table
        Samples at a fixed interval (CSV or Parquet) with a column of times.
    target
        Column of consumption in each interval, in any unit (kWh where load moves).
    options
        How to forecast, a change to judge, and how load may move.
    seed
        Of the bootstrap of what moved load saves; nothing else here is random.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The table cannot be read, lacks a column or times, or has too few days.
    """
    options = options or EnergyOptions()
    samples = read_samples(table, time=options.time)
    check_meter(samples, target, options.drivers)
    if options.shifting is not None and is_power(target):
        raise InputError(f"{samples.file}: {target}: found a power; moved load needs kWh of each interval")
    days = days_of(samples, target, options.drivers, options.holidays)
    if np.isnan(days.values).all():
        raise InputError(f"{samples.file}: column {target!r} has no known value; give metered consumption")
    first = _first(days, options, samples.file)
    change = None if options.change is None else _change(days, options.change, samples.file)
    settings = chosen(days, first)
    _done(progress, 0.5)
    begin = min(max(HISTORY + _WEEK, first - 2 * HISTORY - _CALIBRATED), first - _CALIBRATED)
    made = np.full_like(days.values, np.nan)
    made[begin:] = forecast(days, deviations(days, settings.half_life), settings.ridge, begin, days.count)
    half = half_widths(days.values, made, first, LEVEL)
    totals = days.values.sum(axis=1, keepdims=True), made.sum(axis=1, keepdims=True)
    result = EnergyResult(
        title=Path(samples.file).stem,
        inputs=(samples.as_input("consumption"), *_plant_of(options.shifting)),
        seed=seed,
        version=version(),
        target=target,
        drivers=options.drivers,
        holidays=options.holidays,
        settings=settings,
        trained_days=first,
        first=days.date_of(first),
        dates=tuple(days.date_of(day) for day in range(first, days.count)),
        types=tuple(DayType(int(one)) for one in days.types[first:]),
        metered=days.values[first:],
        expected=made[first:],
        half=half,
        day_half=half_widths(*totals, first, LEVEL)[:, 0],
        remarks=meter_notes(samples, target),
        accuracy=_accuracy(days.values, made, half, first),
        saving=None if change is None else saving(days, change, settings.half_life),
        shift=_shift(days, made, first, options.shifting, seed),
    )
    _done(progress, 1.0)
    return result


def _shift(days: Days, made: Floats, first: int, how: Shifting | None, seed: int) -> Shift | None:
    if how is None:
        return None
    dates = tuple(days.date_of(day) for day in range(first, days.count))
    return shift_of(dates, days.values[first:], made[first:], how, seed=seed)


def _plant_of(how: Shifting | None) -> tuple[Input, ...]:
    from zhizao.experiments.inputs import plant_input

    return () if how is None else (plant_input(how.plant),)


def _done(progress: Progress | None, share: float) -> None:
    if progress is not None:
        progress(share)


def _first(days: Days, options: EnergyOptions, file: str) -> int:
    """The first reported day."""
    given = options.forecast_from
    first = days.count - days.count // 4 if given is None else days.day_of(given)
    if not first < days.count:
        raise InputError(f"forecast_from: found {given}; {file} ends on {days.date_of(days.count - 1)}")
    if first < FEWEST_DAYS:
        raise InputError(
            f"{file}: found {max(first, 0)} days before the first forecast; give {FEWEST_DAYS} or more"
        )
    return first


def _change(days: Days, when: date, file: str) -> int:
    change, last = days.day_of(when), days.count - 1
    if not HISTORY + _WEEK <= change <= last:
        earliest = days.date_of(HISTORY + _WEEK)
        raise InputError(
            f"change: found {when}; expected a day of {file} from {earliest} to {days.date_of(last)}"
        )
    return change


def _accuracy(values: Floats, made: Floats, half: Floats, first: int) -> Accuracy:
    metered, expected = values[first:].ravel(), made[first:].ravel()
    naive = values[first - _WEEK : len(values) - _WEEK]
    held = np.repeat(values[first - 1 : -1, -1:], values.shape[1], axis=1)
    known = ~np.isnan(metered) & ~np.isnan(expected)
    error = metered[known] - expected[known]
    variance = ((metered[known] - metered[known].mean()) ** 2).sum()
    sizes = np.abs(error) / np.maximum(half.ravel()[known], 1e-12)
    return Accuracy(
        r2=float(1 - (error**2).sum() / variance) if variance > 0 else float("nan"),
        mae=float(np.abs(error).mean()),
        mae_last_week=float(np.nanmean(np.abs(metered - naive.ravel()))),
        mae_last_value=float(np.nanmean(np.abs(metered - held.ravel()))),
        better=all(_gains(values[first:], made[first:], other) for other in (naive, held)),
        coverage=rate_of(sizes <= 1, sizes),
    )


def _gains(metered: Floats, made: Floats, naive: Floats) -> bool:
    """Whether the mean absolute error by days is below that of a naive forecast, at 95 % (Student's t)."""
    from scipy.stats import t

    gain = np.abs(metered - naive) - np.abs(metered - made)
    known = ~np.isnan(gain)
    count = known.sum(axis=1)
    by_day = np.where(known, gain, 0.0).sum(axis=1)[count > 0] / count[count > 0]
    if len(by_day) < 2:
        return False
    error = float(by_day.std(ddof=1)) / len(by_day) ** 0.5
    return bool(by_day.mean() > float(t.ppf(0.95, len(by_day) - 1)) * error)
