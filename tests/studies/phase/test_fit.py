"""Parameters of a phase from records of batches, as a user asks for them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import zhizao
from zhizao.quantities import InputError
from zhizao.solvers.phases import Phase, run_phase
from zhizao.solvers.phases.library import monod_fed_batch
from zhizao.studies.phase import PhaseFitResult
from zhizao.studies.phase.spec import Spread, read_phase

SPEC = """# A culture
phase: Culture
model: monod-fed-batch
start: {volume: 1.0, viable: {mean: 0.3, sd: 0.02}, dead: 0, glucose: 25, lactate: 0, product: 0}
parameters:
  growth_max: {mean: 0.03, sd: 0.01}  # assumed so far
  product_rate: 0.3
  half_glucose: {low: 0.4, high: 0.6}
inputs: {feed: 0.004, feed_glucose: 200}
until: 240 h
ends: {state: product, level: 50, direction: rising}
"""
NOISE = {"viable": 0.08, "glucose": 0.5, "product": 1.0}
FITTED = ("growth_max", "product_rate")


def culture(
    batch: str, random: np.random.Generator, noise: float = 1.0, growth: float = 0.0
) -> list[dict[str, object]]:
    """Rows of a batch; the product is measured every other time."""
    values = {"growth_max": growth or random.normal(0.035, 0.003), "product_rate": random.normal(0.4, 0.03)}
    start = {"volume": 1.0, "viable": float(random.normal(0.3, 0.02)), "dead": 0.0, "glucose": 25.0}
    feed = {"feed": 0.004, "feed_glucose": 200.0}
    times = np.arange(0, 121, 12.0)
    phase = Phase(monod_fed_batch(), start | {"lactate": 0.0, "product": 0.0}, 120.0, values, feed)
    course = run_phase(phase, times)
    rows = []
    for i, time in enumerate(times):
        row: dict[str, object] = {"batch": batch, "hour": time, "temperature": 37}
        for name, sd in NOISE.items():
            off = noise * sd * random.normal() if i else 0.0
            row[name] = None if name == "product" and i % 2 else course.state(name)[i] + off
        rows.append(row)
    return rows


def table(folder: Path, batches: int, more: list[dict[str, object]] | None = None) -> Path:
    random = np.random.default_rng(7)
    rows = [row for i in range(batches) for row in culture(f"B{i + 1}", random)]
    pl.DataFrame(rows + (more or [])).write_csv(folder / "records.csv")
    return folder / "records.csv"


def spec(folder: Path, text: str = SPEC) -> Path:
    (folder / "culture.yaml").write_text(text, encoding="utf-8")
    return folder / "culture.yaml"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> PhaseFitResult:
    folder = tmp_path_factory.mktemp("fit")
    return zhizao.fit_phase(spec(folder), table(folder, 8), FITTED, columns=("batch", "hour"))


def test_parameters_come_with_mean_spread_and_intervals(fitted: PhaseFitResult) -> None:
    rows = {row["parameter"]: row for row in fitted.table().to_dicts()}
    for name, mean, sd in (("growth_max", 0.035, 0.003), ("product_rate", 0.4, 0.03)):
        assert rows[name]["mean_low"] < mean < rows[name]["mean_high"]
        assert rows[name]["sd_low"] < sd < rows[name]["sd_high"]
        assert rows[name]["batches"] == 8
    assert rows["growth_max"]["in"] == "1/h"


def test_what_was_not_used_and_what_was_assumed_is_said(fitted: PhaseFitResult) -> None:
    said = " ".join(fitted.notes)
    assert "Columns that are not used: temperature." in said
    assert "Batches start from their first row, taken as exact: viable." in said
    assert "Assumed at the mean of the file in all batches: half_glucose." in said
    assert "death_max" in said
    assert "Times: column hour, in h." in said


def test_left_out_batches_are_predicted_with_their_coverage(fitted: PhaseFitResult) -> None:
    rows = {row["at the end"]: row for row in fitted.coverage().to_dicts()}
    assert set(rows) == {"viable", "glucose", "product", "time to goal"}
    assert all(row["batches"] == 8 for row in rows.values())
    assert sum(row["inside"] for row in rows.values()) >= 16
    assert (
        f"Of 32 end values of left-out batches, {sum(r['inside'] for r in rows.values())} lie"
        in fitted.answer
    )
    known = json.loads(fitted.to_json())
    assert len(known["left_out"]) == 32
    assert known["study"] == "fit_phase"


def test_the_fitted_file_is_the_old_one_with_distributions_and_draws_lots(
    fitted: PhaseFitResult, tmp_path: Path
) -> None:
    file = fitted.save_phase(tmp_path / "fitted.yaml")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# A culture\nphase: Culture\n")
    found, _ = read_phase(file)
    old, _ = read_phase(spec(tmp_path))
    for name in FITTED:
        assert found.parameters[name].mean == pytest.approx(fitted.spreads[name].mean, rel=1e-5)  # type: ignore[union-attr]
        assert found.parameters[name].sd == pytest.approx(fitted.spreads[name].sd, rel=1e-5)  # type: ignore[union-attr]
    same = {"parameters": old.parameters}
    assert found.model_copy(update=same) == old
    lots = zhizao.phase(file, draws=20).lots
    assert lots["takes_h"].std() > 1  # type: ignore[operator]


def test_a_batch_that_does_not_fit_is_named(tmp_path: Path) -> None:
    odd = culture("odd", np.random.default_rng(1), noise=15.0)
    found = zhizao.fit_phase(spec(tmp_path), table(tmp_path, 4, odd), FITTED, columns=("batch", "hour"))
    assert any("Batch odd does not fit" in note for note in found.notes)
    assert found.table()["batches"].to_list() == [4, 4]


def test_one_batch_shows_no_spread(tmp_path: Path) -> None:
    found = zhizao.fit_phase(spec(tmp_path), table(tmp_path, 1), FITTED, columns=("batch", "hour"))
    assert found.table()["sd"].to_list() == [None, None]
    assert "One batch shows no spread" in " ".join(found.notes)
    assert "takes three or more" in found.answer
    text = found.save_phase(tmp_path / "fitted.yaml").read_text(encoding="utf-8")
    assert "sd not fitted: one batch" in text
    growth = read_phase(tmp_path / "fitted.yaml")[0].parameters["growth_max"]
    assert isinstance(growth, Spread)
    assert growth.sd is not None
    assert growth.mean is not None
    assert growth.sd / growth.mean == pytest.approx(1 / 3, rel=1e-4)
    json.loads(found.to_json())


def test_an_input_may_differ_from_batch_to_batch(tmp_path: Path) -> None:
    """A column of the input, in minutes: the same courses and so the same parameters."""
    records = pl.read_csv(table(tmp_path, 2)).with_columns(pl.lit(0.004).alias("feed"), pl.col("hour") * 60)
    records.rename({"hour": "minutes"}).write_csv(tmp_path / "minutes.csv")
    given = spec(tmp_path, SPEC.replace("feed: 0.004,", "feed: {low: 0.001, high: 0.01},"))
    first = zhizao.fit_phase(given, tmp_path / "minutes.csv", FITTED, columns=("batch", "minutes"))
    plain = zhizao.fit_phase(spec(tmp_path), tmp_path / "records.csv", FITTED, columns=("batch", "hour"))
    assert first.table()["mean"].to_list() == pytest.approx(plain.table()["mean"].to_list(), rel=1e-4)
    with pytest.raises(InputError, match="input feed differs from lot to lot; give a column feed"):
        zhizao.fit_phase(
            spec(tmp_path, SPEC.replace("feed: 0.004,", "feed: {low: 0.001, high: 0.01},")),
            tmp_path / "records.csv",
            FITTED,
            columns=("batch", "hour"),
        )


ROWS = "batch,hour,viable,product\nA,0,0.3,0\nA,12,0.4,2\nA,24,0.6,5\nA,36,0.9,9\n"


@pytest.mark.parametrize(
    ("text", "parameters", "said"),
    [
        (ROWS.replace("0.4,2", "0.4,much"), FITTED, r"r\.csv:3: product: found 'much'"),
        (ROWS.replace("A,0,", "A,6,"), FITTED, r"r\.csv:2: hour: batch A begins at 6; count from 0"),
        (ROWS.replace("A,24", "A,12"), FITTED, r"r\.csv:4: hour: batch A has 12 twice"),
        (ROWS.replace("A,36", ",36"), FITTED, r"r\.csv:5: batch: found no batch"),
        (ROWS.replace("A,36", "A,"), FITTED, r"r\.csv:5: hour: found no time"),
        (ROWS.replace("viable,product", "cells,titre"), FITTED, "found no column of a state"),
        (ROWS.replace("hour", "hours"), FITTED, "found no column 'hour'.*did you mean 'hours'"),
        ("batch,hour,viable\n", FITTED, "found no rows"),
        ("batch,hour,viable\nA,0,0.3\n", FITTED, "batch A: found one row"),
        ("batch,hour,viable\nA,0,0.3\nA,9,0.4\n", FITTED, "batch A: found 1 measurements"),
        (ROWS, ("growth",), "found no parameter 'growth'.*did you mean 'growth_max'"),
        (ROWS, (), "found no parameter to fit"),
        (ROWS.replace("0,0.3", "0,-2"), FITTED, "batch A: .*viable"),
        (
            "batch,hour,viable\nA,0,0.3\nA,9,0.4\nA,20,0.5\nA,30,0.7\n",
            FITTED,
            "product_rate is not determined in 1 of 1",
        ),
    ],
)
def test_faults_of_the_records_name_the_remedy(
    tmp_path: Path, text: str, parameters: tuple[str, ...], said: str
) -> None:
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        zhizao.fit_phase(spec(tmp_path), tmp_path / "r.csv", parameters, columns=("batch", "hour"))


def test_an_fmu_and_missing_files_are_refused(tmp_path: Path) -> None:
    unit = spec(tmp_path, "phase: p\nmodel: tank.fmu\nuntil: 1 h\nstep: 1 s\n")
    with pytest.raises(InputError, match=r"found the FMU tank\.fmu; parameters are fitted to equations only"):
        zhizao.fit_phase(unit, tmp_path / "r.csv", FITTED)
    with pytest.raises(InputError, match="found no such file"):
        zhizao.fit_phase(spec(tmp_path), tmp_path / "none.csv", FITTED)
