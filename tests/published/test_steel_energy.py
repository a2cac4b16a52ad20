"""Day-ahead consumption of a steel works in 2018 (UCI, Steel Industry Energy Consumption).

The column of times puts each day's midnight at its beginning instead of its end; rows are in order, so that
times are written anew. The known figure for calendar and lags of a day or more is R2 0.649, by boosted trees.
"""

from __future__ import annotations

import lzma
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.monitor.processes import shared
from tests.studies.monitor.test_shifting import DEAR
from zhizao import EnergyOptions, Shifting, energy_baseline

TEST = date(2018, 10, 1)
"""First day of the last quarter: settings are chosen on the nine months before."""


@pytest.fixture(scope="module")
def steel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = lzma.decompress(shared("maintenance/Steel_industry_data.csv.xz").read_bytes())
    frame = pl.read_csv(source, infer_schema=False).select("Usage_kWh")
    begin = datetime(2018, 1, 1)
    times = [begin + timedelta(minutes=15 * (row + 1)) for row in range(frame.height)]
    path = tmp_path_factory.mktemp("steel") / "steel.csv"
    frame.insert_column(0, pl.Series("time", times).dt.to_string("%Y-%m-%d %H:%M")).write_csv(path)
    return path


def test_the_last_quarter_is_forecast_with_an_r2_above_070_from_calendar_and_past_alone(steel: Path) -> None:
    found = energy_baseline(steel, "Usage_kWh", options=EnergyOptions(holidays="KR", forecast_from=TEST))
    assert (found.trained_days, len(found.dates)) == (273, 92)
    assert found.accuracy.r2 >= 0.70
    assert found.accuracy.mae < 9.6
    assert found.accuracy.mae_last_week == pytest.approx(12.94, abs=0.01)
    assert 0.85 <= found.accuracy.coverage.value <= 0.95
    metered = pl.read_csv(steel)["Usage_kWh"].to_numpy()[-92 * 96 :]
    error = metered - found.expected.ravel()
    by_hand = 1 - error.var() / metered.var() - error.mean() ** 2 / metered.var()
    assert found.accuracy.r2 == pytest.approx(float(by_hand))
    assert np.isfinite(found.half).all()


def test_load_moved_in_the_last_month_saves_by_the_meter(steel: Path) -> None:
    how = Shifting(DEAR, movable=0.2, within_s=4 * 3600)
    options = EnergyOptions(holidays="KR", forecast_from=date(2018, 12, 1), shifting=how)
    found = energy_baseline(steel, "Usage_kWh", options=options).shift
    assert found is not None
    assert found.shown
    assert found.saved == pytest.approx(found.perfect, rel=0.02)
    dear = pl.read_csv(steel)["Usage_kWh"].to_numpy()[-31 * 96 :].reshape(31, 96)[:, 36:48].sum() / 31
    assert found.saved <= 0.2 * dear + 1e-6  # no more than all that can move, for 1.0 less
    assert found.highest_before == pytest.approx(
        pl.read_csv(steel)["Usage_kWh"].to_numpy()[-31 * 96 :].max() * 4
    )
    assert found.raised > 0  # the plan keeps the highest power that is forecast, not the one that is metered


def test_no_saving_is_shown_where_nothing_is_known_to_have_changed(steel: Path) -> None:
    options = EnergyOptions(holidays="KR", forecast_from=TEST, change=date(2018, 12, 1))
    found = energy_baseline(steel, "Usage_kWh", options=options)
    assert found.saving is not None
    assert found.saving.periods >= 4
    assert not found.saving.shown
