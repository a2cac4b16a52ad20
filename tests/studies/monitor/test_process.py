"""Process monitoring, as a user sees it; then the laws, and the corners."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.monitor.processes import process, written
from zhizao import InputError, MonitorOptions, monitor
from zhizao.studies.monitor.process.limits import autocorrelation_time, rate_of, upper_quantile
from zhizao.studies.monitor.process.statistics import Method, Statistic, fitted

ONSET = 301


@pytest.fixture(scope="module")
def normal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("monitor") / "normal.csv", process(2000, seed=1))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = process(600, seed=2, fault=(ONSET, 3.0))
    return written(tmp_path_factory.mktemp("monitor") / "faulty.csv", values)


# ---------------------------------------------------------------- what a user sees
def test_a_shifted_sensor_gives_an_alarm_and_is_named_first(normal: Path, faulty: Path) -> None:
    found = monitor(normal, faulty, options=MonitorOptions(onset=ONSET))
    row = found.table().row(0, named=True)
    assert row["detection"] > 0.95
    assert row["delay_rows"] <= 3
    assert row["delay_s"] == 180 * row["delay_rows"]
    assert row["sensors"].split(", ")[0] == "s2"
    assert found.checked.low <= 0.01 <= found.checked.high
    assert found.rows == (1000, 500, 500)


def test_without_a_watched_table_the_rate_of_false_alarms_is_the_answer(normal: Path) -> None:
    found = monitor(normal)
    assert found.answer.startswith("False-alarm rate on further normal rows")
    assert found.table()["false_alarms"][0] == found.checked.value
    assert found.mean_detection() is None


def test_normal_rows_that_are_watched_give_few_alarms(normal: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.csv", process(3000, seed=9))
    rate = monitor(normal, other).watched[0].detection
    assert rate is not None
    assert rate.value < 0.02


def test_the_evidence_says_what_is_measured_and_what_is_not(normal: Path, faulty: Path) -> None:
    found = monitor(normal, faulty, options=MonitorOptions(onset=ONSET)).evidence()
    basis = dict(zip(found["quantity"], found["basis"], strict=True))
    assert (
        basis["faults detected"] == basis["detection delay"] == basis["false alarms per year"] == "measured"
    )
    avoided = found.filter(pl.col("quantity") == "defective pieces avoided").row(0, named=True)
    assert (avoided["basis"], avoided["value"]) == ("assumed", None)


def test_alarms_per_year_are_stretches_over_the_time_watched(normal: Path) -> None:
    found = monitor(normal)
    assert found.per_year is not None
    alarms = found.check_index[~np.isnan(found.check_index)] > 1
    stretches = sum(bool(now and not before) for now, before in zip(alarms, [False, *alarms], strict=False))
    assert found.per_year.alarms == stretches
    assert found.per_year.days == pytest.approx(len(alarms) * 180 / 86400)


def test_without_times_delays_are_in_rows_and_no_rate_per_year_is_given(tmp_path: Path) -> None:
    normal = written(tmp_path / "normal.csv", process(1200, seed=1), minutes=None)
    watched = written(tmp_path / "fault.csv", process(300, seed=2, fault=(101, 3.0)), minutes=None)
    found = monitor(normal, watched, options=MonitorOptions(onset=101))
    assert found.per_year is None
    assert found.watched[0].delay_s is None
    assert found.watched[0].delay_rows is not None


# ---------------------------------------------------------------- laws
def test_equal_seeds_give_equal_results(normal: Path, faulty: Path) -> None:
    assert monitor(normal, faulty, seed=4).to_json() == monitor(normal, faulty, seed=4).to_json()


@pytest.mark.parametrize("method", [one.value for one in Method])
def test_units_of_the_sensors_do_not_matter(tmp_path: Path, method: str) -> None:
    values, fault = process(1000, seed=1), process(300, seed=2, fault=(101, 3.0))
    scale, shift = np.array([1, 10, 0.1, 5, 2, 1000.0]), np.arange(6.0)
    options = MonitorOptions(method=method)
    plain = monitor(written(tmp_path / "a.csv", values), written(tmp_path / "b.csv", fault), options=options)
    other = monitor(
        written(tmp_path / "c.csv", values * scale + shift),
        written(tmp_path / "d.csv", fault * scale + shift),
        options=options,
    )
    np.testing.assert_allclose(other.watched[0].index, plain.watched[0].index, rtol=1e-6)


def test_t2_and_q_are_those_of_a_singular_value_decomposition() -> None:
    values = process(400, seed=3)
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    t2, q = fitted(Method.PCA, scaled, 1, np.zeros(400, np.int64))
    left, sizes, right = np.linalg.svd(scaled, full_matrices=False)
    kept = t2.weights.shape[1]
    np.testing.assert_allclose(t2.values(scaled), 400 * (left[:, :kept] ** 2).sum(axis=1))
    rest = scaled - scaled @ right[:kept].T @ right[:kept]
    np.testing.assert_allclose(q.values(scaled), (rest**2).sum(axis=1))
    assert (sizes[:kept] ** 2).sum() / (sizes**2).sum() >= 0.9


def test_a_contribution_is_how_far_reconstructing_the_sensor_lowers_the_statistic() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    statistic = Statistic("any", 2, rng.normal(size=(6, 6)))
    sample = rng.normal(size=(1, 6))
    for sensor in range(3):

        def left(change: np.ndarray, sensor: int = sensor) -> float:
            moved = sample.copy()
            moved[0, [sensor, sensor + 3]] -= change
            return float(statistic.values(moved)[0])

        gained = statistic.values(sample)[0] - minimize(left, np.zeros(2), tol=1e-12).fun
        assert statistic.contributions(sample)[0, sensor] == pytest.approx(gained, rel=1e-6)


def test_the_autocorrelation_time_is_that_of_the_process() -> None:
    rng = np.random.default_rng(1)
    values = np.zeros(200_000)
    noise = rng.normal(size=len(values))
    for row in range(1, len(values)):
        values[row] = 0.8 * values[row - 1] + noise[row]
    assert autocorrelation_time(values) == pytest.approx((1 + 0.8) / (1 - 0.8), rel=0.1)
    assert autocorrelation_time(noise) == pytest.approx(1.0, abs=0.1)


def test_a_limit_is_exceeded_no_more_often_than_stated_in_most_samples() -> None:
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        limit = upper_quantile(rng.normal(size=1000), 0.05, rng)
        held += (rng.normal(size=20_000) > limit).mean() <= 0.05
    assert held >= 51


def test_the_interval_of_independent_rows_is_that_of_as_many_trials() -> None:
    rng = np.random.default_rng(3)
    index = rng.random(2000) * 1.05
    rate = rate_of(index > 1, index)
    assert rate.effective > 1400
    assert rate.low < 0.05 / 1.05 < rate.high


# ---------------------------------------------------------------- corners
def test_a_constant_sensor_and_one_mostly_unknown_are_named_and_left_out(tmp_path: Path) -> None:
    values = np.column_stack([process(800, seed=1), np.full(800, 3.0), np.full(800, np.nan)])
    values[::2, 7] = 1.0
    found = monitor(written(tmp_path / "normal.csv", values))
    assert set(found.left_out) == {"s6", "s7"}
    assert any("constant" in note and "s6" in note for note in found.notes)
    assert len(found.sensors) == 6


def test_normal_data_that_drift_are_said_to_drift(tmp_path: Path) -> None:
    values = process(1000, seed=1)
    values[:, 4] += np.linspace(0, 30, 1000)
    found = monitor(written(tmp_path / "normal.csv", values))
    assert "s4" in found.drifting
    assert any("not stationary" in note for note in found.notes)


def test_unknown_values_of_a_watched_table_give_no_decision(normal: Path, tmp_path: Path) -> None:
    values = process(300, seed=2)
    values[100, 3] = np.nan
    found = monitor(normal, written(tmp_path / "gap.csv", values)).watched[0]
    assert np.flatnonzero(np.isnan(found.index)).tolist() == [0, 100, 101]
    assert found.unknown == 3


def test_a_gap_in_time_is_not_bridged_by_lags(normal: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "watched.csv", process(300, seed=2))
    frame = pl.read_csv(path, infer_schema=False)
    pl.concat([frame[:100], frame[150:]]).write_csv(path)
    index = monitor(normal, path).watched[0].index
    assert np.flatnonzero(np.isnan(index)).tolist() == [0, 100]


def test_too_few_rows_for_the_sensors_are_refused_with_the_remedy(tmp_path: Path) -> None:
    normal = written(tmp_path / "normal.csv", process(40, seed=1))
    with pytest.raises(
        InputError, match=r"found 17 complete rows to fit 6 sensors; pooled takes 48: give more"
    ):
        monitor(normal)


def test_a_table_of_one_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 1 rows; give 8 or more"):
        monitor(written(tmp_path / "normal.csv", process(1, seed=1)))


def test_too_few_rows_for_a_limit_are_refused(tmp_path: Path) -> None:
    normal = written(tmp_path / "normal.csv", process(300, seed=1))
    with pytest.raises(InputError, match=r"found 74 complete rows to set a limit"):
        monitor(normal)
    assert monitor(normal, options=MonitorOptions(false_alarms=0.05)).rows == (150, 75, 75)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda f: f.rename({"s2": "S2b"}), "found no column 's2'; did you mean 'S2b'?"),
        (lambda f: pl.concat([f, f.tail(1).with_columns(pl.exclude("time") + "1")]), "found two rows of"),
        (lambda f: f.with_columns(time=pl.lit("soon")), ":2: time: found 'soon'"),
        (
            lambda f: f.with_columns(
                s1=pl.when(pl.int_range(pl.len()) == 4).then(pl.lit("high")).otherwise(pl.col("s1"))
            ),
            ":6: s1: found 'high'",
        ),
        (lambda f: f.with_columns(s1=pl.lit("high")), "column 's1' holds text"),
        (lambda f: f.head(0), "found no rows"),
    ],
    ids=["renamed", "backwards", "no time", "a word", "all words", "empty"],
)
def test_faults_of_a_table_name_file_line_and_column(
    normal: Path, tmp_path: Path, edit: object, said: str
) -> None:
    path = written(tmp_path / "watched.csv", process(50, seed=2))
    assert callable(edit)
    edit(pl.read_csv(path, infer_schema=False)).write_csv(path)
    with pytest.raises(InputError) as fault:
        monitor(normal, path)
    assert said in str(fault.value)
    assert str(path) in str(fault.value)


@pytest.mark.parametrize(
    "wrong", [{"method": "svm"}, {"lags": 0}, {"false_alarms": 0.0}, {"false_alarms": 0.9}, {"onset": 0}]
)
def test_options_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        MonitorOptions(**wrong)  # type: ignore[arg-type]


def test_an_onset_beyond_the_table_is_refused(normal: Path, faulty: Path) -> None:
    with pytest.raises(InputError, match="onset: found row 9999 of 600"):
        monitor(normal, faulty, options=MonitorOptions(onset=9999))
