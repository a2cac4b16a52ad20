"""Rows out of order, repeated rows, and hours that clocks lose and repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from zhizao import InputError
from zhizao.studies.monitor.energy.days import days_of
from zhizao.studies.monitor.samples import read_samples

HOURS = 24 * 320
BEGIN = datetime(2025, 1, 5, 23, tzinfo=UTC)


def local_meter(path: Path, form: str) -> tuple[Path, np.ndarray]:
    """A meter in local time of a year with a lost hour and one that comes twice."""
    zone, values = ZoneInfo("Europe/Berlin"), np.random.default_rng(1).uniform(1, 9, HOURS).round(3)
    times = [(BEGIN + timedelta(hours=hour + 1)).astimezone(zone) for hour in range(HOURS)]
    pl.DataFrame({"time": [one.strftime(form) for one in times], "kwh": values}).write_csv(path)
    return path, values


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z"])
def test_the_hour_that_comes_twice_is_no_fault_and_moves_no_other(tmp_path: Path, form: str) -> None:
    path, values = local_meter(tmp_path / "meter.csv", form)
    found = read_samples(path)
    assert found.times is not None
    assert (np.diff(found.times) > np.timedelta64(0)).all()
    assert found.column("kwh").tolist() == values.tolist()
    days = days_of(found, "kwh", (), None)
    twice, lost = days.day_of(datetime(2025, 10, 26).date()), days.day_of(datetime(2025, 3, 30).date())
    begin = [int((datetime(2025, month, day, tzinfo=UTC) - BEGIN).total_seconds() // 3600)
             for month, day in ((10, 25), (3, 29))]  # fmt: skip
    after = values[begin[0] + 22 :][:25]  # the day has 25 hours
    assert days.values[twice, 1] == pytest.approx((after[1] + after[2]) / 2)  # ends at 02:00, twice
    assert days.values[twice, 2:].tolist() == after[3:].tolist()
    assert np.flatnonzero(np.isnan(days.values[lost])).tolist() == [1]


def test_rows_in_any_order_give_the_same_samples_and_it_is_said(tmp_path: Path) -> None:
    path, values = local_meter(tmp_path / "meter.csv", "%Y-%m-%dT%H:%M:%S%z")
    pl.read_csv(path).sample(fraction=1, shuffle=True, seed=3).write_csv(path)
    found = read_samples(path)
    assert found.column("kwh").tolist() == values.tolist()
    assert found.remarks == ("Rows were not in the order of time, and were sorted.",)


def test_rows_that_repeat_others_count_once_and_it_is_said(tmp_path: Path) -> None:
    path, values = local_meter(tmp_path / "meter.csv", "%Y-%m-%d %H:%M")
    frame = pl.read_csv(path).head(500)
    pl.concat([frame, frame.tail(30)]).write_csv(path)
    found = read_samples(path)
    assert found.column("kwh").tolist() == values[:500].tolist()
    assert any("count once: 30 left out" in one for one in found.remarks)


def test_two_meters_in_one_column_are_refused(tmp_path: Path) -> None:
    path, _ = local_meter(tmp_path / "meter.csv", "%Y-%m-%d %H:%M")
    frame = pl.read_csv(path).head(500)
    pl.concat([frame, frame.with_columns(kwh=pl.col("kwh") * 2)]).write_csv(path)
    with pytest.raises(InputError, match="of several meters or machines one table each"):
        read_samples(path)
