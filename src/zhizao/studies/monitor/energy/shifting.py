"""What moving load under a tariff would have saved: planned by forecasts, settled by what was metered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np

from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.quantities.calendars import DAY_S, WEEK_S
from zhizao.studies.monitor.energy.moves import Limits, moves
from zhizao.studies.monitor.energy.saving import LEVEL
from zhizao.studies.monitor.samples import Floats

BLOCK = 7
"""Days drawn together: weeks are alike, and errors of neighbouring days go together."""
DRAWS = 2000
FEWEST_BLOCKS = 4
"""Blocks of days without which no interval is given, as for savings since a change."""


@dataclass(frozen=True, slots=True)
class Shifting:
    """How load may move, which is stated and not measured.

    Parameters
    ----------
    plant
        Plant whose tariff applies.
    movable
        Share of each interval's load that may move, in 0..1.
    within_s
        Time by which it may move, in s, within its day.
    peak_kw
        Power that no interval may exceed after moving (default: the highest that is forecast for the day).
    """

    plant: Plant
    movable: float
    within_s: float
    peak_kw: float | None = None

    def __post_init__(self) -> None:
        tariff = self.plant.tariff
        if not tariff.periods and tariff.default == 0:
            raise InputError("shifting: the plant has no tariff; give it `tariff`")
        if not 0 < self.movable <= 1:
            raise InputError(f"movable: found {self.movable:g}; expected a share above 0, at most 1")
        if not 0 < self.within_s <= DAY_S:
            raise InputError(f"within: found {self.within_s:g} s; expected a time above 0, at most a day")
        if self.peak_kw is not None and not self.peak_kw > 0:
            raise InputError(f"peak_at_most: found {self.peak_kw:g} kW; expected a power above 0")


@dataclass(frozen=True, slots=True)
class Shift:
    """Moved load by day: means over the days in kWh and money, powers in kW over all days.

    `saved` has the interval `low` to `high` by days (moving-block bootstrap; None: too few days); `perfect`
    is what a forecast without error would have saved. `raised` counts days whose highest power rose.
    """

    movable: float
    within_s: float
    peak_kw: float | None
    currency: str
    days: int
    moved: float
    cost: float
    saved: float
    low: float | None
    high: float | None
    perfect: float
    highest_before: float
    highest_after: float
    raised: int

    @property
    def shown(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def interval_prices(plant: Plant, when: date, count: int) -> Floats:
    """Mean price of energy in each of `count` intervals of a day."""
    from zhizao.engine.tariff import price_week

    week = price_week(plant)
    if not week.n:
        return np.full(count, plant.tariff.default)
    numbers = np.array(week.numbers)
    starts, before = numbers[: week.n], numbers[2 * week.n :]
    edges = when.weekday() * DAY_S + np.linspace(0, DAY_S, count + 1)
    until = np.interp(edges, [*starts, WEEK_S], before)
    return np.asarray(np.diff(until) / (DAY_S / count))


def shift_of(
    dates: tuple[date, ...],
    metered: Floats,
    expected: Floats,
    how: Shifting,
    *,
    seed: int,
) -> Shift:
    """Plan each day by its forecast, and settle it by what was metered.

    The shares of each interval that the forecast moves are moved of what was metered: the day's total stays,
    and the highest power may rise where the forecast is wrong. Days with an unknown interval are left out.

    Raises
    ------
    InputError
        No day is complete, consumption is negative, or load can not move by a whole interval.
    """
    count = metered.shape[1]
    step_h = 24 / count
    whole = np.flatnonzero(~np.isnan(metered).any(axis=1) & ~np.isnan(expected).any(axis=1))
    if not len(whole):
        raise InputError("shifting: found no forecast day whose intervals are all known; give such days")
    if metered[whole].min() < 0:
        raise InputError("shifting: found consumption below 0; give consumption without feed-in, in kWh")
    reach = int(how.within_s / (DAY_S / count) + 1e-9)
    if reach < 1:
        raise InputError(f"within: found {how.within_s:g} s, less than an interval of {DAY_S / count:g} s")
    limits = Limits(how.movable, reach, None if how.peak_kw is None else how.peak_kw * step_h)
    rows = []
    for day in whole:
        prices = interval_prices(how.plant, dates[day], count)
        rows.append(_settled(metered[day], expected[day], prices, limits))
    moved, cost, saved, perfect, before, after = np.array(rows).T
    low, high = _interval(saved, seed)
    return Shift(
        movable=how.movable,
        within_s=how.within_s,
        peak_kw=how.peak_kw,
        currency=how.plant.currency,
        days=len(whole),
        moved=float(moved.mean()),
        cost=float(cost.mean()),
        saved=float(saved.mean()),
        low=low,
        high=high,
        perfect=float(perfect.mean()),
        highest_before=float(before.max() / step_h),
        highest_after=float(after.max() / step_h),
        raised=int((after > before * (1 + 1e-6)).sum()),
    )


def _settled(metered: Floats, expected: Floats, prices: Floats, limits: Limits) -> tuple[float, ...]:
    """Load moved, cost before, saving, that by a perfect forecast, and the highest load before and after."""
    shares = moves(np.maximum(expected, 0.0), prices, limits)
    moved = shares * metered[:, None]
    gain = np.subtract.outer(prices, prices)
    perfect = moves(metered, prices, limits, spread=False) * metered[:, None]
    after = metered - moved.sum(axis=1) + moved.sum(axis=0)
    return (
        float(moved.sum()),
        float(metered @ prices),
        float((moved * gain).sum()),
        float((perfect * gain).sum()),
        float(metered.max()),
        float(after.max()),
    )


def _interval(values: Floats, seed: int) -> tuple[float | None, float | None]:
    """Interval of a mean over days by a moving-block bootstrap (Künsch 1989)."""
    count = len(values)
    if count < FEWEST_BLOCKS * BLOCK:
        return None, None
    starts = np.random.default_rng(seed).integers(0, count - BLOCK + 1, (DRAWS, ceil(count / BLOCK)))
    rows = (starts[:, :, None] + np.arange(BLOCK)).reshape(DRAWS, -1)[:, :count]
    low, high = np.quantile(values[rows].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
