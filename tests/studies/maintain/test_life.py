"""Remaining life from histories of units run to failure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import zhizao
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.studies.maintain import LifeAim, LifeResult, as_measure, remaining_life
from zhizao.studies.maintain.alarms import alarms_of, cautious
from zhizao.studies.maintain.conformal import HeldOut, calibrated
from zhizao.studies.maintain.facts import median_of, rate_of
from zhizao.studies.maintain.features import moving_mean, slope, weighted_mean
from zhizao.studies.maintain.histories import filled

pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "maintenance"
AIM = LifeAim(unit="pump", time="day", cap=60.0, alarm=10.0)


@pytest.fixture(scope="module")
def pumps() -> LifeResult:
    return remaining_life(EXAMPLES / "pumps.csv", EXAMPLES / "in-service.csv", aim=AIM, seed=3)


# ---------------------------------------------------------------- what a user sees
def test_units_in_service_come_shortest_life_first_with_intervals(pumps: LifeResult) -> None:
    found = pumps.table()
    assert found.height == 6
    assert found["remaining"].is_sorted()
    assert (found["low"] <= found["remaining"]).all()
    assert (found["high"] >= found["remaining"]).all()
    assert found["unit"][0] in pumps.answer


def test_sensors_say_more_than_age_and_the_cap_is_stated(pumps: LifeResult) -> None:
    assert pumps.accuracy.shown
    assert pumps.accuracy.rmse.value < 0.7 * pumps.accuracy.by_age
    assert "capped at 60" in pumps.how
    assert "Constant columns were left out: speed_hz." in pumps.notes


def test_the_same_seed_gives_the_same_result(pumps: LifeResult) -> None:
    again = remaining_life(EXAMPLES / "pumps.csv", EXAMPLES / "in-service.csv", aim=AIM, seed=3)
    assert again.to_json() == pumps.to_json()


def test_a_sensor_of_pure_noise_is_not_shown_to_predict(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    lives = random.integers(40, 41, size=14)  # all alike: the age says everything
    rows = [(u, t, random.normal()) for u, life in enumerate(lives) for t in range(life)]
    path = tmp_path / "noise.csv"
    pl.DataFrame(rows, schema=["unit", "cycle", "s"], orient="row").write_csv(path)
    found = remaining_life(path, aim=LifeAim(cap=35.0, alarm=10.0))
    assert not found.accuracy.shown
    assert found.answer.startswith("Not shown")
    with pytest.raises(InputError, match="Not shown"):
        as_measure(found, plant(), "press", time_s=3600.0)


# ---------------------------------------------------------------- evidence of a measure
def plant() -> Plant:
    return parse_plant(
        """
zhizao: 1
plant: mill
work_centers:
  - {id: press, failures: [{between: exponential(100 h), repair: 2 h}]}
  - {id: saw, failures: [{between: exponential(50 h), repair: 1 h}]}
routes: {r: [{id: a, on: press, takes: 6 min}, {id: b, on: saw, takes: 6 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 10 min}]
"""
    )


def test_the_alarms_are_evidence_of_a_measure(pumps: LifeResult) -> None:
    measure = as_measure(pumps, plant(), "press", time_s=86400.0)
    assert measure.evidence is not None
    assert measure.evidence.study == "remaining_life"
    assert "measured on 24 units" in (measure.evidence.note or "")
    assert "assumed" in (measure.evidence.note or "")
    assert all("saw" not in path for path in measure.set)
    after = plant().model_copy(update={"measures": (measure,)}).with_measures([measure.id])
    assert after != plant()


def test_all_detected_is_no_recall_of_one() -> None:
    assert cautious(1.0, 24) == pytest.approx(24.5 / 25)
    assert cautious(0.0, 24) == pytest.approx(0.5 / 25)


def test_a_work_center_that_is_not_there_is_named(pumps: LifeResult) -> None:
    with pytest.raises(InputError, match="did you mean 'press'"):
        as_measure(pumps, plant(), "pres", time_s=86400.0)


def test_alarms_are_counted_by_hand() -> None:
    left = np.arange(50.0, -1.0, -1.0)
    good, early, none = left.copy(), np.where(left > 30, 5.0, 50.0), np.full(51, 50.0)
    found = alarms_of([good, early, none], [left] * 3, threshold=10.0, notice=1.0)
    assert found.detection.value == pytest.approx(1 / 3)
    assert found.lead_time is not None
    assert found.lead_time.value == 10.0
    assert found.lead_time.low is None  # one value has no interval
    assert found.false_alarms.value == pytest.approx(1 / 3)
    assert found.per_time.value == pytest.approx(1 / 150)


# ---------------------------------------------------------------- laws
def test_intervals_cover_as_promised_where_errors_are_known() -> None:
    random = np.random.default_rng(1)
    unit = np.repeat(np.arange(400), 5)
    actual = random.uniform(0, 1000, len(unit))
    error = np.repeat(random.normal(0, 30, 400), 5) + random.normal(0, 5, len(unit))
    cuts = HeldOut(unit, unit % 10, actual + error, actual)
    found = calibrated(cuts.of_units(np.arange(200)), 0.9, 2000.0)
    new = cuts.of_units(np.arange(200, 400))
    inside = []
    for guess, true in zip(new.predicted[::5], new.actual[::5], strict=True):
        ends = found.interval(np.full(10, guess))
        assert ends is not None
        inside.append(ends[0] <= true <= ends[1])
    assert 0.84 <= np.mean(inside) <= 0.96


def test_too_few_units_have_no_interval() -> None:
    unit = np.repeat(np.arange(18), 4)
    found = calibrated(HeldOut(unit, unit % 9, np.arange(72.0), np.arange(72.0) + 1), 0.9, 100.0)
    assert found.interval(np.zeros(9)) is None


def test_windows_agree_with_plain_formulas() -> None:
    x = np.random.default_rng(2).normal(size=(12, 2))
    assert moving_mean(x, 5)[10] == pytest.approx(x[6:11].mean(axis=0))
    assert slope(x, 5)[10] == pytest.approx(np.polyfit(np.arange(5), x[6:11], 1)[0])
    weights = 0.9 ** np.arange(12)[::-1]
    assert weighted_mean(x, 0.1)[-1] == pytest.approx(weights @ x / weights.sum())
    assert slope(x[:1], 5) == pytest.approx(0.0)


def test_features_do_not_look_ahead(pumps: LifeResult) -> None:
    from zhizao.studies.maintain.features import recipe_of
    from zhizao.studies.maintain.histories import History

    random = np.random.default_rng(4)
    known = tuple(History(str(u), np.arange(40.0), random.normal(size=(40, 3))) for u in range(3))
    recipe, one = recipe_of(known, 20.0), known[0]
    begun = History("x", one.time[:25], one.values[:25])
    assert recipe.features(begun) == pytest.approx(recipe.features(one)[:25])


def test_gaps_take_the_last_known_value() -> None:
    values = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan]])
    assert filled(values, np.array([9.0, 9.0])).tolist() == [[9.0, 1.0], [2.0, 1.0], [2.0, 1.0]]


def test_exact_intervals_agree_with_published_ones() -> None:
    assert rate_of(0, 1.0).high == pytest.approx(3.689, abs=1e-3)  # Garwood 1936
    assert rate_of(10, 1.0).low == pytest.approx(4.795, abs=1e-3)
    # of 10 values, the 2nd and the 9th hold the median with 97.9 %
    assert (median_of(np.arange(1.0, 11.0)).low, median_of(np.arange(1.0, 11.0)).high) == (2.0, 9.0)


# ---------------------------------------------------------------- corners
def changed(tmp_path: Path, old: str, new: str, count: int = -1) -> Path:
    text = (EXAMPLES / "pumps.csv").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "pumps.csv"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return path


def test_a_wrong_column_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"pumps.csv:1: pumpe: .*did you mean 'pump'"):
        remaining_life(EXAMPLES / "pumps.csv", aim=LifeAim(unit="pumpe", time="day"))


def test_times_that_run_backwards_name_file_line_and_unit(tmp_path: Path) -> None:
    path = changed(tmp_path, "P01,3,", "P01,1.5,")
    with pytest.raises(InputError, match=r"pumps.csv:4: day: found 1.5 after 2 in unit P01; sort"):
        remaining_life(path, aim=AIM)


def test_a_cell_that_is_no_number_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, "P02,1,", "P02,1,x", 1)
    with pytest.raises(InputError, match=r"vibration_mm_s: found 'x"):
        remaining_life(path, aim=AIM)


def test_without_enough_failures_nothing_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("unit,cycle,s\na,1,2\nb,1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"found 0 units .* not shown"):
        remaining_life(path)


def test_constant_sensors_are_refused(tmp_path: Path) -> None:
    rows = [(u, t, 1.0) for u in range(12) for t in range(30)]
    path = tmp_path / "flat.csv"
    pl.DataFrame(rows, schema=["unit", "cycle", "s"], orient="row").write_csv(path)
    with pytest.raises(InputError, match="no sensor changes"):
        remaining_life(path)


@pytest.mark.parametrize(
    "wrong", [{"level": 1.0}, {"cap": 0.0}, {"alarm": 200.0}, {"notice": -1.0}, {"cap": float("nan")}]
)
def test_impossible_aims_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="found"):
        LifeAim(**wrong)  # type: ignore[arg-type]


def test_a_unit_in_service_with_one_row_is_not_shown(tmp_path: Path) -> None:
    text = (EXAMPLES / "in-service.csv").read_text(encoding="utf-8")
    path = tmp_path / "now.csv"
    path.write_text(text + "P99,1,3.0,60.0,8.0,50\nP98,1,,,,\n", encoding="utf-8")
    found = remaining_life(EXAMPLES / "pumps.csv", path, aim=AIM)
    assert found.table().tail(2)["remaining"].to_list() == [None, None]
    assert any("too few rows, of which nothing is shown: 2" in note for note in found.notes)
    assert json.loads(found.to_json())["units"][-1]["remaining"] is None


def test_the_front_door_has_it() -> None:
    assert zhizao.remaining_life is remaining_life


def test_a_measure_has_an_id_that_the_plant_has_not(pumps: LifeResult) -> None:
    first = as_measure(pumps, plant(), "press", time_s=86400.0)
    with_one = plant().replace({"measures": (first,)})
    second = as_measure(pumps, with_one, "press", time_s=86400.0)
    assert (first.id, second.id) == (
        "predictive-maintenance-at-press",
        "predictive-maintenance-at-press-2",
    )
    assert len(with_one.replace({"measures": (first, second)}).measures) == 2


# ---------------------------------------------------------------- histories as factories export them
def worn(units: int = 14, seed: int = 1) -> pl.DataFrame:
    """Units whose sensor `wear` rises towards the failure, with noise; `life` is the remaining life."""
    random = np.random.default_rng(seed)
    rows = []
    for unit, life in enumerate(random.integers(40, 90, units)):
        for age in range(1, life + 1):
            wear = 2 * (age / life) ** 3 + random.normal(0, 0.15)
            rows.append((f"u{unit:02d}", age, wear, random.normal(), life - age, age / life))
    return pl.DataFrame(rows, schema=["unit", "cycle", "wear", "other", "life", "share"], orient="row")


WORN = LifeAim(cap=40.0, alarm=10.0)


@pytest.mark.parametrize("leak", ["life", "share"])
def test_a_column_made_of_the_life_is_named_first(tmp_path: Path, leak: str) -> None:
    path = tmp_path / "histories.csv"
    worn().select("unit", "cycle", "wear", leak).write_csv(path)
    found = remaining_life(path, aim=WORN)
    assert found.follows == (leak,)
    assert found.answer.startswith(f"Check whether {leak} is known before the failure.")


def test_units_outside_of_the_range_are_not_shown(tmp_path: Path) -> None:
    path, current = tmp_path / "histories.csv", tmp_path / "current.csv"
    frame = worn().select("unit", "cycle", "wear", "other")
    frame.write_csv(path)
    now = worn(2, seed=2).select("unit", "cycle", "wear", "other")
    now.with_columns(wear=pl.col("wear") + 30 * (pl.col("unit") == "u01")).write_csv(current)
    found = remaining_life(path, current, aim=WORN)
    assert found.follows == ()
    assert found.outside == ("u01 (wear)",)
    assert {one.unit: one.remaining is None for one in found.units} == {"u00": False, "u01": True}


def test_times_may_be_dates_and_units_that_end_together_are_said(tmp_path: Path) -> None:
    path, dated = tmp_path / "histories.csv", tmp_path / "dated.csv"
    frame = worn().select("unit", "cycle", "wear", "other")
    frame.write_csv(path)
    begin = pl.date(2026, 1, 1) + pl.duration(days=3 * pl.col("unit").str.slice(1).cast(pl.Int64))
    day = begin + pl.duration(days="cycle")
    frame = frame.with_columns(cycle=day).filter(pl.col("cycle") <= pl.date(2026, 3, 20))
    frame.with_columns(pl.col("cycle").dt.to_string("%d.%m.%Y")).write_csv(dated, separator=";")
    ends = frame.group_by("unit").agg(pl.col("cycle").max(), rows=pl.len()).filter(pl.col("rows") > 21)
    running = int((ends["cycle"] == ends["cycle"].max()).sum())
    found = remaining_life(dated, aim=WORN)
    assert found.together == running > 1
    assert "The last row of each unit is taken for its failure (assumed)." in found.notes
