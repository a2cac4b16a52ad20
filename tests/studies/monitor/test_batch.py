"""Quality of batches, as a user sees it; then the laws, and the corners."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.monitor.batches import batches, written_batches
from zhizao import InputError, batch_quality
from zhizao.studies.monitor.batch.pls import fitted, jackknife_plus, left_out_models, paths


def test_quality_is_predicted_and_intervals_hold_the_truth(tmp_path: Path) -> None:
    trajectories, quality = batches(90, seed=1)
    samples, known = written_batches(tmp_path, trajectories, quality, unknown=40)
    found = batch_quality(samples, known, "purity", time="minute")
    assert found.q2 is not None
    assert found.q2 > 0.8
    new = found.table().filter(pl.col("measured").is_null())
    truth = quality[-40:]
    inside = (new["low"].to_numpy() <= truth) & (truth <= new["high"].to_numpy())
    assert new.height == 40
    assert inside.mean() >= 0.8


def test_quality_that_has_nothing_to_do_with_the_trajectories_is_not_shown(tmp_path: Path) -> None:
    trajectories, _ = batches(40, seed=1)
    noise = np.random.default_rng(2).normal(size=40)
    found = batch_quality(*written_batches(tmp_path, trajectories, noise), "purity", time="minute")
    assert found.q2 is not None
    assert found.q2 < 0.1
    if found.q2 <= 0:
        assert "not shown" in found.answer


def test_with_all_components_pls_is_least_squares() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(50, 4)), rng.normal(size=50)
    full = paths(x, y, 4)[-1]
    design = np.column_stack([np.ones(50), x])
    np.testing.assert_allclose(full.predict(x), design @ np.linalg.lstsq(design, y)[0], atol=1e-8)


def test_jackknife_plus_covers_what_it_aims_at() -> None:
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(70, 3))
        y = x @ np.array([1.0, -2.0, 0.5]) + rng.normal(size=70)
        models = left_out_models(x[:30], y[:30])
        errors = np.array([abs(y[row] - model.predict(x[[row]])[0]) for row, model in enumerate(models)])
        low, high = jackknife_plus(models, errors, x[30:], 0.9)
        inside.append(((low <= y[30:]) & (y[30:] <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


def test_a_model_without_components_is_the_mean() -> None:
    x = np.random.default_rng(1).normal(size=(30, 3))
    assert fitted(x, np.full(30, 2.0)).predict(x) == pytest.approx(np.full(30, 2.0))


def test_batches_of_different_length_are_resampled(tmp_path: Path) -> None:
    trajectories, quality = batches(30, seed=3)
    samples, known = written_batches(tmp_path, trajectories, quality)
    frame = pl.read_csv(samples)
    frame.filter((pl.col("batch") != "b003") | (pl.col("minute") % 2 == 0)).write_csv(samples)
    assert batch_quality(samples, known, "purity", time="minute").table().height == 30


@pytest.mark.parametrize(
    ("target", "batch", "few", "said"),
    [
        ("purety", "batch", False, "found no column 'purety'; did you mean 'purity'?"),
        ("purity", "batsh", False, "found no column 'batsh'; did you mean 'batch'?"),
        ("purity", "batch", True, "give 20 or more"),
    ],
)
def test_faults_name_the_file_and_the_remedy(
    tmp_path: Path, target: str, batch: str, few: bool, said: str
) -> None:
    samples, known = written_batches(tmp_path, *batches(25, seed=1), unknown=15 if few else 0)
    with pytest.raises(InputError) as fault:
        batch_quality(samples, known, target, batch=batch, time="minute")
    assert said in str(fault.value)
    assert str(tmp_path) in str(fault.value)


def test_a_batch_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    samples, known = written_batches(tmp_path, *batches(25, seed=1))
    frame = pl.read_csv(known)
    pl.concat([frame, frame.head(1)]).write_csv(known)
    with pytest.raises(InputError, match="b000' twice"):
        batch_quality(samples, known, "purity", time="minute")


# ---------------------------------------------------------------- tables as factories export them
def test_predictions_beyond_the_known_qualities_are_extrapolated_and_have_no_interval(tmp_path: Path) -> None:
    values, quality = batches(40, seed=1)
    values[38:, :, 0] += 30 * np.exp(-3 * np.linspace(0, 1, values.shape[1]))
    found = batch_quality(*written_batches(tmp_path, values, quality, unknown=4), "purity", time="minute")
    assert [one.batch for one in found.predicted if one.low is None] == ["b038", "b039"]
    assert any(note.startswith("Extrapolated") and note.endswith(": b038, b039.") for note in found.notes)


def test_a_value_of_the_laboratory_among_the_sensors_is_named(tmp_path: Path) -> None:
    samples, known = written_batches(tmp_path, *batches(30, seed=2))
    frame = pl.read_csv(samples).join(pl.read_csv(known).rename({"purity": "lab"}), on="batch")
    frame.write_csv(samples)
    found = batch_quality(samples, known, "purity", time="minute")
    assert any(note.startswith("One value throughout each batch: lab;") for note in found.notes)


def test_rows_in_any_order_give_the_same_predictions(tmp_path: Path) -> None:
    samples, known = written_batches(tmp_path, *batches(30, seed=3))
    sorted_rows = batch_quality(samples, known, "purity", time="minute")
    pl.read_csv(samples).sample(fraction=1, shuffle=True, seed=1).sort(
        "batch", maintain_order=True
    ).write_csv(samples)
    shuffled = batch_quality(samples, known, "purity", time="minute")
    assert shuffled.q2 == pytest.approx(sorted_rows.q2)


def test_batches_that_are_written_in_two_ways_are_named(tmp_path: Path) -> None:
    samples, known = written_batches(tmp_path, *batches(30, seed=4))
    pl.read_csv(known).with_columns(pl.col("batch").str.replace("b0*", "B")).write_csv(known)
    with pytest.raises(InputError, match=r"the one has 'b000' and the other 'B'"):
        batch_quality(samples, known, "purity", time="minute")
