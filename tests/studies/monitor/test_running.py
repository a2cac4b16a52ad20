"""Batches under way, as a user sees them; then the laws, and the corners."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.monitor.batches import MINUTES, Floats, batches, written_batches
from zhizao import InputError, batch_quality
from zhizao.studies.monitor import BatchResult

COUNT = 30


def under_way(path: Path, values: Floats, minutes: dict[int, int]) -> Path:
    """A table of some batches until so many minutes."""
    rows = [
        (f"r{number:03d}", minute, *map(float, values[number, minute]))
        for number, until in minutes.items()
        for minute in range(until)
    ]
    pl.DataFrame(rows, schema=["batch", "minute", "feed", "heat", "flow"], orient="row").write_csv(path)
    return path


def late(count: int, seed: int) -> tuple[Floats, Floats]:
    """Batches whose quality depends on the heat alone, which differs in the second half only."""
    values, _ = batches(count, seed)
    rng = np.random.default_rng(seed + 100)
    heat = rng.normal(size=count)
    values[:, :, 1] = 80 + heat[:, None] * (np.arange(MINUTES) >= MINUTES / 2)
    values[:, :, 1] += 0.1 * rng.normal(size=(count, MINUTES))
    values[:, :, 2] = rng.normal(size=(count, MINUTES))
    return values, np.asarray(95 - 2 * heat + 0.3 * rng.normal(size=count))


def predicted(folder: Path, made: tuple[Floats, Floats], running: Path) -> BatchResult:
    samples, quality = written_batches(folder, made[0][:COUNT], made[1][:COUNT])
    return batch_quality(samples, quality, "purity", time="minute", current=running)


# ---------------------------------------------------------------- what a user sees
def test_a_batch_under_way_has_a_prediction_with_an_interval(tmp_path: Path) -> None:
    made = batches(COUNT + 1, seed=1)
    found = predicted(tmp_path, made, under_way(tmp_path / "running.csv", made[0], {COUNT: 15}))
    row = found.running_table().row(0, named=True)
    assert (row["batch"], row["at"], row["shown"]) == ("r030", 14, True)
    assert row["low"] < row["predicted"] < row["high"]
    assert found.stages_table()["at"].to_list() == pytest.approx([29 / 4, 29 / 2, 29 * 3 / 4, 29])
    assert "are shown from 7.25 on; the median duration is 29" in " ".join(found.notes)
    assert found.inputs[-1].kind == "running"
    assert [one["batch"] for one in found.details()["running"]] == ["r030"]


def test_what_shows_late_is_not_shown_early(tmp_path: Path) -> None:
    made = late(COUNT + 2, seed=3)
    running = under_way(tmp_path / "running.csv", made[0], {COUNT: 10, COUNT + 1: 26})
    found = predicted(tmp_path, made, running)
    assert found.stages_table()["shown"].to_list() == [False, False, True, True]
    assert found.running_table()["shown"].to_list() == [False, True]
    notes = " ".join(found.notes)
    assert "are shown from 21.8 on" in notes
    assert "Not shown at their time so far: r030." in notes


def test_quality_that_has_nothing_to_do_with_the_course_is_never_shown(tmp_path: Path) -> None:
    values, quality = batches(COUNT + 1, seed=5)
    made = values, np.random.default_rng(0).permutation(quality)
    found = predicted(tmp_path, made, under_way(tmp_path / "running.csv", values, {COUNT: 15}))
    assert not any(found.stages_table()["shown"])
    assert "before a batch ends is not shown at any time" in " ".join(found.notes)


# ---------------------------------------------------------------- laws
def test_a_batch_at_its_end_is_predicted_as_one_of_unknown_quality(tmp_path: Path) -> None:
    values, quality = batches(COUNT + 1, seed=2)
    running = under_way(tmp_path / "running.csv", values, {COUNT: MINUTES})
    samples, known = written_batches(tmp_path, values, quality, unknown=1)
    found = batch_quality(samples, known, "purity", time="minute", current=running)
    assert found.under_way is not None
    ended, one = found.predicted[0], found.under_way.running[0]
    assert (one.value, one.low, one.high) == pytest.approx((ended.value, ended.low, ended.high))
    last = found.under_way.stages[-1]
    assert (last.q2, last.rmse) == pytest.approx((found.q2, found.rmse))


def test_nothing_after_the_time_of_the_batch_counts(tmp_path: Path) -> None:
    values, quality = batches(COUNT + 1, seed=4)
    running = under_way(tmp_path / "running.csv", values, {COUNT: 12})
    other = values.copy()
    other[:, 12:] = np.random.default_rng(0).normal(size=other[:, 12:].shape)
    tables = [predicted(tmp_path, (one, quality), running).running_table().row(0) for one in (values, other)]
    assert tables[0] == tables[1]


def test_intervals_cover_what_becomes_of_the_batches(tmp_path: Path) -> None:
    values, quality = batches(COUNT + 80, seed=6)
    running = under_way(tmp_path / "running.csv", values, dict.fromkeys(range(COUNT, COUNT + 80), 15))
    table = predicted(tmp_path, (values, quality), running).running_table()
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    covered = ((low <= quality[COUNT:]) & (quality[COUNT:] <= high)).mean()
    assert covered >= 0.8  # what jackknife+ guarantees at 90 %
    assert np.corrcoef(table["predicted"].to_numpy(), quality[COUNT:])[0, 1] > 0.8


# ---------------------------------------------------------------- corners
def test_batches_without_a_prediction_say_why(tmp_path: Path) -> None:
    values, quality = batches(COUNT, seed=1)
    samples, known = written_batches(tmp_path, values, quality)
    longer = np.concatenate([values, values], axis=1)
    running = under_way(tmp_path / "running.csv", longer, {0: 1, 1: 40, 2: 10})
    frame = pl.read_csv(running)
    frame = frame.with_columns(pl.when(pl.col("batch") != "r002").then("heat").alias("heat"))
    frame.write_csv(running)
    found = batch_quality(samples, known, "purity", time="minute", current=running)
    assert found.running_table()["predicted"].to_list() == [None, None, None]
    notes = " ".join(found.notes)
    assert "r000 (too few samples so far)" in notes
    assert "r001 (runs longer than any batch of known quality)" in notes
    assert "r002 (a sensor is unknown so far)" in notes


def test_tables_that_do_not_fit(tmp_path: Path) -> None:
    values, quality = batches(COUNT, seed=1)
    samples, known = written_batches(tmp_path, values, quality)
    running = under_way(tmp_path / "running.csv", values, {0: 10})
    with pytest.raises(InputError, match="time since the start"):
        batch_quality(samples, known, "purity", current=running)
    frame = pl.read_csv(running)
    frame.rename({"heat": "heet"}).write_csv(running)
    with pytest.raises(InputError, match="found no column 'heat'; did you mean 'heet'"):
        batch_quality(samples, known, "purity", time="minute", current=running)
    frame.with_columns(pl.lit(3).alias("minute")).write_csv(running)
    with pytest.raises(InputError, match=r"running.csv:3: minute: found two rows of 3 in batch"):
        batch_quality(samples, known, "purity", time="minute", current=running)
