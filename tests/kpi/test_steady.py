"""Intervals from one run: cycles counted by hand, estimators against plain twins."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan

import numpy as np
import polars as pl
import pytest

from zhizao.kpi.steady import SteadyMethod, regenerative_ratio, steady_lead_time
from zhizao.kpi.welch import moving_average, welch
from zhizao.records import LOTS, Records

START = datetime(2026, 1, 5)


def _records(visits: list[tuple[float, float | None]], days: float = 30.0) -> Records:
    """Lots by the hours of their release and completion (None: still there)."""
    at = [START + timedelta(hours=into) for into, _ in visits]
    out = [None if left is None else START + timedelta(hours=left) for _, left in visits]
    frame = pl.DataFrame(
        {
            "lot": [f"L{number:06d}" for number in range(len(visits))],
            "release": at,
            "completed": out,
            "status": ["in-process" if left is None else "completed" for left in out],
        }
    )
    missing = {name: kind for name, kind in LOTS.items() if name not in frame.columns}
    lots = frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in missing.items())
    lots = lots.select(pl.col(name).cast(kind) for name, kind in LOTS.items())
    return Records(START, START + timedelta(days=days), lots)


def test_a_cycle_begins_with_a_lot_that_finds_the_plant_empty() -> None:
    # 60 cycles of 10 h: a lot of 2 h, and one that comes after 1 h and leaves at hour 4: mean (2 + 3) / 2.
    visits: list[tuple[float, float | None]]
    visits = [lot for n in range(61) for lot in ((10.0 * n, 10.0 * n + 2), (10.0 * n + 1, 10.0 * n + 4))]
    found = steady_lead_time(_records(visits))
    assert (found.method, found.parts) == (SteadyMethod.REGENERATION, 60)
    assert (found.interval.mean, found.interval.half_width) == pytest.approx((2.5, 0.0))


def test_a_lot_that_never_leaves_ends_all_cycles() -> None:
    visits: list[tuple[float, float | None]] = [(0.0, None), *((1.0 * n, n + 0.5) for n in range(1, 300))]
    found = steady_lead_time(_records(visits))
    assert (found.method, found.parts) == (SteadyMethod.BATCH_MEANS, 20)
    assert found.interval.mean == pytest.approx(0.5)
    assert "20 batch means" in found.how


def test_cycles_that_depend_on_one_another_are_not_taken_for_regeneration() -> None:
    lead = 0.5 + 0.4 * np.sin(np.arange(400) / 40)  # the plant runs empty, but it remembers
    found = steady_lead_time(_records([(float(n), n + float(x)) for n, x in enumerate(lead)]))
    assert found.method is SteadyMethod.NONE
    assert isnan(found.interval.low)
    assert "too short" in found.how


def test_a_plant_without_lots_has_no_steady_state() -> None:
    assert steady_lead_time(_records([])).method is SteadyMethod.NONE


def test_the_jackknife_is_its_definition() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 9, 12).astype(float)
    sums = counts * rng.uniform(1, 3, 12)
    n, whole = 12, sums.sum() / counts.sum()
    pseudo = [n * whole - (n - 1) * np.delete(sums, i).sum() / np.delete(counts, i).sum() for i in range(n)]
    found = regenerative_ratio(sums, counts)
    assert found.mean == pytest.approx(np.mean(pseudo))
    assert found.half_width == pytest.approx(2.2009852 * np.std(pseudo, ddof=1) / np.sqrt(n))  # t of 11


# ---------------------------------------------------------------- Welch's plot
def test_the_moving_average_is_that_of_welch() -> None:
    # w = 2: the first of itself, the second of three, then of five; the last two have none.
    assert moving_average([1, 2, 6, 7, 9, 5], 2).tolist() == pytest.approx([1, 3, 5, 29 / 5])


def test_a_long_plot_keeps_its_ends_and_is_short() -> None:
    plot = welch(np.arange(5000) / 100, np.ones(5000), 3.0)
    assert len(plot.days) == len(plot.smoothed_h) == 300
    assert (plot.days[0], plot.window, plot.warm_up_days) == (0.0, 250, 3.0)
    assert plot.smoothed_h == pytest.approx([1.0] * 300)
