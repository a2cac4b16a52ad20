"""Meters as factories export them: what a column of consumption is not is refused or said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.monitor.meters import metered, written_meter
from zhizao import EnergyOptions, InputError, energy_baseline

DAYS = 100


@pytest.mark.parametrize("reset", [False, True])
def test_readings_of_a_counter_are_refused(tmp_path: Path, reset: bool) -> None:
    counter = 1000 + np.cumsum(metered(DAYS))
    if reset:
        counter[1000:] -= counter[1000] - 5
    path = written_meter(tmp_path / "counter.csv", counter.reshape(DAYS, -1))
    with pytest.raises(InputError, match=r"readings of a counter; give the consumption of each interval"):
        energy_baseline(path, "kwh")


def test_feed_in_is_consumption_below_zero_and_no_counter(tmp_path: Path) -> None:
    values = metered(DAYS)
    values[:, 10:14] -= 80
    found = energy_baseline(written_meter(tmp_path / "meter.csv", values), "kwh")
    assert found.accuracy.better
    assert found.table()["metered"].min() < 0  # type: ignore[operator]


@pytest.mark.parametrize("driver", ["kwh", "cost"])
def test_a_driver_that_is_the_target_in_another_unit_is_refused(tmp_path: Path, driver: str) -> None:
    values = metered(DAYS)
    path = written_meter(tmp_path / "meter.csv", values, cost=0.2 * values + 3)
    with pytest.raises(InputError, match=f"{driver}: found a driver that is kwh itself"):
        energy_baseline(path, "kwh", options=EnergyOptions(drivers=(driver,)))


def test_a_driver_that_explains_much_is_no_copy(tmp_path: Path) -> None:
    values = metered(DAYS)
    output = values + np.random.default_rng(2).normal(scale=2.0, size=values.shape)
    path = written_meter(tmp_path / "meter.csv", values, output=output)
    assert energy_baseline(path, "kwh", options=EnergyOptions(drivers=("output",))).accuracy.better


def test_a_change_of_the_interval_is_refused(tmp_path: Path) -> None:
    path = written_meter(tmp_path / "meter.csv", metered(DAYS))
    frame = pl.read_csv(path)
    last = frame.height // 2
    frame = pl.concat([frame.head(last), frame.tail(frame.height - last).gather_every(2)])
    frame.write_csv(path)
    with pytest.raises(InputError, match="found intervals of 7200 s, elsewhere 3600 s"):
        energy_baseline(path, "kwh")


def test_two_rows_of_one_interval_are_refused_and_none_is_dropped(tmp_path: Path) -> None:
    path = written_meter(tmp_path / "meter.csv", metered(DAYS))
    lines = path.read_text("utf-8").splitlines()
    hour, minute = lines[50].split(",")[0], lines[50].split(",")[0].replace(":00", ":20")
    path.write_text("\n".join([*lines[:51], lines[50].replace(hour, minute), *lines[51:]]), "utf-8")
    with pytest.raises(InputError, match="in one interval of 3600 s; give one row per interval"):
        energy_baseline(path, "kwh")


@pytest.mark.parametrize("seed", range(3))
def test_a_random_walk_is_not_forecast_better_than_by_its_last_value(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = 500 + np.cumsum(rng.normal(size=DAYS * 24)).reshape(DAYS, 24)
    found = energy_baseline(written_meter(tmp_path / "walk.csv", values), "kwh")
    assert not found.accuracy.better
    assert "is not shown" in found.answer


def test_noise_is_not_forecast_better_than_by_its_mean(tmp_path: Path) -> None:
    values = np.random.default_rng(5).normal(50, 5, (DAYS, 24))
    assert "is not shown" in energy_baseline(written_meter(tmp_path / "noise.csv", values), "kwh").answer


def test_a_meter_that_stands_still_is_said_and_explains_nothing(tmp_path: Path) -> None:
    values = metered(DAYS)
    values[60:] = 7.25
    found = energy_baseline(written_meter(tmp_path / "still.csv", values), "kwh")
    assert found.answer == "Not shown: kwh does not vary on the days that are forecast."
    assert any("may stand still" in note and "7.25 in 960 intervals" in note for note in found.notes)
    assert "nan" not in " ".join(found.notes)


def test_a_power_is_no_energy(tmp_path: Path) -> None:
    path = written_meter(tmp_path / "meter.csv", metered(DAYS))
    path.write_text(path.read_text("utf-8").replace("kwh", "Leistung [kW]", 1), "utf-8")
    found = energy_baseline(path, "Leistung [kW]")
    assert any("is a power by its name" in note and "1 h" in note for note in found.notes)
