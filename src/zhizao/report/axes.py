"""Scales and ticks of a chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from zhizao.report.text import day, number

_STEPS_S = (
    *(60.0 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * hours for hours in (1, 2, 3, 6, 12)),
    *(86400.0 * days for days in (1, 2, 7, 14, 28, 56, 112, 364, 728)),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places on the page: `low` lies at `start`, `high` at `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Place of a value."""
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.stop - self.start)

    def all(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places of many values."""
        span = self.high - self.low or 1.0
        return self.start + (values - self.low) / span * (self.stop - self.start)


@dataclass(frozen=True, slots=True)
class Ticks:
    """Places of the ticks and what is written there."""

    at: tuple[float, ...]
    labels: tuple[str, ...]


def number_ticks(low: float, high: float, *, about: int = 5) -> Ticks:
    """Round numbers within [low, high], 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if span <= 0:
        return Ticks((low,), (number(low),))
    raw = span / about
    power = 10.0 ** floor(log10(raw))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    decimals = max(0, -floor(log10(step) + 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    at = tuple(index * step for index in range(first, last + 1))
    return Ticks(at, tuple(_label(value, decimals) for value in at))


def _label(value: float, decimals: int) -> str:
    if decimals > 4 or abs(value) >= 1e15:
        return number(value)
    text = f"{value:,.{decimals}f}"
    return text.replace(",", "\u202f").replace("-", "\u2212")


def time_ticks(low: datetime, high: datetime, *, about: int = 7) -> Ticks:
    """Full minutes, hours, days or weeks (Mondays) within [low, high], in s from `low`."""
    span = (high - low).total_seconds()
    step = next((s for s in _STEPS_S if s * about >= span), _STEPS_S[-1])
    monday = datetime(low.year, low.month, low.day) - timedelta(days=low.weekday())
    anchor = monday if step >= 7 * 86400 else datetime(low.year, low.month, low.day)
    index = ceil((low - anchor).total_seconds() / step)
    at: list[float] = []
    while (place := (anchor - low).total_seconds() + index * step) <= span:
        at.append(place)
        index += 1
    write = _time_label(step)
    return Ticks(tuple(at), tuple(write(low + timedelta(seconds=place)) for place in at))


def _time_label(step: float) -> Callable[[datetime], str]:
    if step >= 364 * 86400:
        return lambda when: str(when.year)
    if step >= 86400:
        return day
    return lambda when: day(when) if when.hour == when.minute == 0 else when.strftime("%H:%M")
