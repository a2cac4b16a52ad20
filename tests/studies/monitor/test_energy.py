"""The energy baseline, as a user sees it; then the laws, and the corners."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.monitor.meters import FIRST, HOURS, metered, written_meter
from zhizao import EnergyOptions, InputError, energy_baseline
from zhizao.studies.monitor.energy.conformal import half_widths
from zhizao.studies.monitor.energy.days import Days, DayType, day_types
from zhizao.studies.monitor.energy.model import deviations, forecast, profiles
from zhizao.studies.monitor.energy.saving import saving


def days(values: np.ndarray, *drivers: np.ndarray) -> Days:
    return Days(FIRST, values, day_types(FIRST, len(values), None), drivers)


# ---------------------------------------------------------------- what a user sees
def test_a_working_week_is_forecast_well_and_intervals_cover_what_they_aim_at(tmp_path: Path) -> None:
    found = energy_baseline(written_meter(tmp_path / "meter.csv", metered(280)), "kwh")
    assert found.accuracy.r2 > 0.95
    assert found.accuracy.mae < found.accuracy.mae_last_week
    assert found.accuracy.coverage.low <= 0.9 <= found.accuracy.coverage.high
    table = found.table()
    assert table.height == 70
    inside = (table["metered"] >= table["low"]) & (table["metered"] <= table["high"])
    assert 0.8 <= inside.mean() <= 0.99  # type: ignore[operator]


def test_a_saving_of_a_fifth_is_found_and_one_of_nothing_is_not_shown(tmp_path: Path) -> None:
    values = metered(280)
    change = FIRST + timedelta(days=252)
    options = EnergyOptions(change=change)
    none = energy_baseline(written_meter(tmp_path / "none.csv", values), "kwh", options=options)
    assert none.saving is not None
    assert not none.saving.shown
    assert "A saving is not shown" in none.answer
    true = float(0.2 * values[252:].sum())
    values[252:] *= 0.8
    some = energy_baseline(written_meter(tmp_path / "some.csv", values), "kwh", options=options)
    assert some.saving is not None
    assert some.saving.low is not None
    assert some.saving.high is not None
    assert some.saving.low < true < some.saving.high
    assert some.answer.startswith("Saved: ")


def test_with_too_few_periods_before_the_change_no_interval_is_given(tmp_path: Path) -> None:
    values = metered(200)
    values[120:] *= 0.8
    options = EnergyOptions(change=FIRST + timedelta(days=120))
    found = energy_baseline(written_meter(tmp_path / "meter.csv", values), "kwh", options=options)
    assert found.saving is not None
    assert (found.saving.low, found.saving.shown) == (None, False)
    assert any("are needed to know the error" in note for note in found.notes)


def test_a_driver_known_ahead_makes_the_forecast_better(tmp_path: Path) -> None:
    output = np.random.default_rng(5).uniform(0.5, 1.5, size=(200, 1)) * np.ones((1, HOURS))
    values = metered(200) * output
    path = written_meter(tmp_path / "meter.csv", values, output=output)
    without = energy_baseline(path, "kwh").accuracy.r2
    assert (
        energy_baseline(path, "kwh", options=EnergyOptions(drivers=("output",))).accuracy.r2 > without + 0.02
    )


def test_holidays_are_days_of_their_own() -> None:
    types = day_types(date(2018, 9, 17), 24, "KR")
    of = {date(2018, 9, 17) + timedelta(days=day): DayType(int(one)) for day, one in enumerate(types)}
    assert of[date(2018, 9, 24)] == of[date(2018, 9, 25)] == DayType.SUNDAY  # Chuseok, a run of holidays
    assert of[date(2018, 10, 3)] == of[date(2018, 10, 9)] == DayType.SINGLE_HOLIDAY
    assert of[date(2018, 9, 22)] == DayType.SATURDAY
    assert DayType.SINGLE_HOLIDAY not in day_types(date(2018, 9, 17), 24, None)


# ---------------------------------------------------------------- laws
def test_a_forecast_uses_nothing_of_its_day_or_later() -> None:
    values = metered(120)
    other = values.copy()
    other[100:] = 77.0
    made = [forecast(days(v), deviations(days(v), 30.0), 100.0, 80, 101) for v in (values, other)]
    np.testing.assert_array_equal(made[0], made[1])


def test_a_baseline_uses_nothing_after_the_change() -> None:
    values = metered(200)
    other = values.copy()
    other[180:] *= 3
    found = [saving(days(v), 180, 30.0) for v in (values, other)]
    assert found[0].baseline == pytest.approx(found[1].baseline)
    assert found[1].metered == pytest.approx(3 * found[0].metered)


def test_twice_the_consumption_is_twice_the_forecast(tmp_path: Path) -> None:
    values = metered(120)
    one = energy_baseline(written_meter(tmp_path / "one.csv", values), "kwh")
    two = energy_baseline(written_meter(tmp_path / "two.csv", 2 * values), "kwh")
    np.testing.assert_allclose(two.expected, 2 * one.expected, rtol=1e-4)
    assert two.accuracy.r2 == pytest.approx(one.accuracy.r2, abs=1e-4)


def test_a_profile_is_the_weighted_mean_by_hand() -> None:
    values = np.arange(40.0)[:, None] * np.ones((1, 2))
    found = profiles(values, days(values), 10.0)
    past = [day for day in range(39) if day % 7 < 5]
    weights = [0.5 ** ((39 - day) / 10) * (2 if day % 7 == 39 % 7 else 1) for day in past]
    assert found[39, 0] == pytest.approx(
        sum(w * d for w, d in zip(weights, past, strict=True)) / sum(weights)
    )


def test_conformal_intervals_cover_independent_errors() -> None:
    errors = np.random.default_rng(1).standard_t(3, size=(400, 24)) * np.arange(1, 25)
    half = half_widths(errors, np.zeros_like(errors), 100, 0.9)
    assert (np.abs(errors[100:]) <= half).mean() == pytest.approx(0.9, abs=0.01)


def test_the_interval_of_a_saving_covers_no_saving_in_most_years() -> None:
    held = sum(not saving(days(metered(250, seed)), 222, 60.0).shown for seed in range(30))
    assert held >= 24


# ---------------------------------------------------------------- corners
def test_a_missing_day_is_unknown_and_not_zero(tmp_path: Path) -> None:
    path = written_meter(tmp_path / "meter.csv", metered(160))
    frame = pl.read_csv(path, infer_schema=False)
    pl.concat([frame[: 130 * HOURS], frame[131 * HOURS :]]).write_csv(path)
    row = energy_baseline(path, "kwh").table().filter(pl.col("date") == FIRST + timedelta(days=130))
    assert row["metered"][0] is None
    assert row["low"][0] is None


@pytest.mark.parametrize(
    ("edit", "target", "options", "said"),
    [
        (None, "kWh_", EnergyOptions(), "found no column 'kWh_'; did you mean 'kwh'?"),
        (None, "kwh", EnergyOptions(drivers=("rain",)), "found no column 'rain'"),
        (None, "kwh", EnergyOptions(forecast_from=date(2030, 1, 1)), "ends on 2025-05-05"),
        (None, "kwh", EnergyOptions(forecast_from=FIRST), "found 0 days before the first forecast"),
        (None, "kwh", EnergyOptions(change=date(2030, 1, 1)), "change: found 2030-01-01; expected a day"),
        (lambda f: f.drop("time"), "kwh", EnergyOptions(), "found no times"),
        (lambda f: f.gather_every(24), "kwh", EnergyOptions(), "found intervals of 86400 s"),
        (
            lambda f: pl.concat([f, f.tail(1).with_columns(pl.exclude("time") + "1")]),
            "kwh",
            EnergyOptions(),
            "found two rows of",
        ),
        (lambda f: f.head(200), "kwh", EnergyOptions(), "give 70 or more"),
        (lambda f: f.with_columns(kwh=pl.lit("")), "kwh", EnergyOptions(), "has no known value"),
    ],
)
def test_faults_name_the_file_and_the_remedy(
    tmp_path: Path, edit: object, target: str, options: EnergyOptions, said: str
) -> None:
    path = written_meter(tmp_path / "meter.csv", metered(120))
    if callable(edit):
        edit(pl.read_csv(path, infer_schema=False)).write_csv(path)
    with pytest.raises(InputError) as fault:
        energy_baseline(path, target, options=options)
    assert said in str(fault.value)


def test_constant_consumption_has_no_variance_to_explain(tmp_path: Path) -> None:
    found = energy_baseline(written_meter(tmp_path / "meter.csv", np.full((120, HOURS), 5.0)), "kwh")
    assert '"r2": null' in found.to_json()
    assert found.accuracy.mae == pytest.approx(0.0, abs=1e-6)
