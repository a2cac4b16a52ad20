"""Rules of failure in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zhizao.quantities import InputError
from zhizao.studies.maintain import RulesAim, RulesResult, failure_rules
from zhizao.studies.maintain.search import area

pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
PARTS = Path(__file__).resolve().parents[3] / "examples" / "maintenance" / "parts.csv"


@pytest.fixture(scope="module")
def found() -> RulesResult:
    return failure_rules(PARTS, "failed", aim=RulesAim(("part",)), seed=3)


def test_the_rules_behind_the_example_are_found(found: RulesResult) -> None:
    power, heat = found.rules
    assert power.words.startswith("speed [rpm] × torque [Nm] > ")
    assert 79_000 < float(power.words.split("> ")[1].split()[0]) < 81_000
    assert heat.words.startswith("line = A and temperature [C] > 6")
    assert power.precision is not None
    assert power.precision.value > 0.95


def test_failures_that_no_rule_covers_are_counted(found: RulesResult) -> None:
    frame = pl.read_csv(PARTS)
    hot = (pl.col("line") == "A") & (pl.col("temperature [C]") > 66)
    loaded = pl.col("speed [rpm]") * pl.col("torque [Nm]") > 80_000
    random = frame.filter((pl.col("failed") == 1) & ~hot & ~loaded).height
    assert abs(found.uncovered - random) <= 3
    assert any("cannot be predicted" in note for note in found.notes)


def test_pure_chance_is_not_shown_to_follow_rules(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    path = tmp_path / "chance.csv"
    columns = {"a": random.normal(size=800), "b": random.normal(size=800)}
    pl.DataFrame({**columns, "failed": (random.uniform(size=800) < 0.05).astype(int)}).write_csv(path)
    found = failure_rules(path, "failed")
    assert found.rules == ()
    assert found.answer.startswith("Not shown")
    assert found.auc[1] < 0.6


def test_what_is_written_after_the_failure_is_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "parts.csv"
    pl.read_csv(PARTS).with_columns(scrapped=pl.col("failed")).write_csv(path)
    found = failure_rules(path, "failed")
    assert any("separated by one column alone: scrapped;" in note for note in found.notes)


def test_the_area_under_the_curve_by_hand() -> None:
    assert area(np.array([1.0, 2.0, 3.0, 2.0]), np.array([False, False, True, True])) == pytest.approx(0.875)


def test_without_failures_nothing_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    pl.read_csv(PARTS).with_columns(failed=pl.lit(0)).write_csv(path)
    with pytest.raises(InputError, match=r"found 0 failures .* not shown"):
        failure_rules(path, "failed")


def test_a_wrong_target_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"parts.csv:1: faild: .*did you mean 'failed'"):
        failure_rules(PARTS, "faild")


def test_a_target_of_other_words_is_refused() -> None:
    with pytest.raises(InputError, match=r"parts.csv:2: line: found 'b'"):
        failure_rules(PARTS, "line")


# ---------------------------------------------------------------- tables as factories export them
def noise(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    failed = random.uniform(size=rows) < 0.15
    frame = pl.DataFrame(random.normal(size=(rows, 3)), schema=["a", "b", "c"])
    return frame.with_columns(failed=pl.Series(failed.astype(int))), failed


@pytest.mark.parametrize("leak", ["minutes", "filled", "code"])
def test_a_column_that_separates_failures_alone_is_named_first(tmp_path: Path, leak: str) -> None:
    frame, failed = noise(400, 3)
    minutes = np.random.default_rng(4).gamma(2, 20, 400)
    columns = {
        "minutes": np.where(failed, minutes, 0.0).tolist(),
        "filled": [value if bad else None for value, bad in zip(minutes, failed, strict=True)],
        "code": [("E1", "E2")[row % 2] if bad else "" for row, bad in enumerate(failed)],
    }
    path = tmp_path / "table.csv"
    frame.with_columns(pl.Series(leak, columns[leak])).write_csv(path)
    found = failure_rules(path, "failed")
    assert found.after == (leak,)
    assert found.answer.startswith(f"Check whether {leak} is known before the failure.")


def test_rows_that_are_copied_confirm_no_rule(tmp_path: Path) -> None:
    frame, _ = noise(400, 1)
    path = tmp_path / "table.csv"
    pl.concat([frame] * 8).write_csv(path)
    found = failure_rules(path, "failed")
    assert (found.rules, found.rows, found.repeated) == ((), 400, 2800)
    assert found.auc[1] < 0.55


def test_pieces_that_are_alike_are_no_copies(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    line, tool = random.integers(0, 2, 600), random.integers(0, 4, 600)
    path = tmp_path / "table.csv"
    failed = (line == 1) & (tool == 3)
    pl.DataFrame({"line": line, "tool": tool, "failed": failed.astype(int)}).write_csv(path)
    found = failure_rules(path, "failed")
    assert (found.repeated, found.uncovered) == (0, 0)


@pytest.mark.parametrize("seed", range(10))
def test_rules_that_are_due_to_chance_are_not_shown(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "table.csv"
    noise(200, seed)[0].write_csv(path)
    assert failure_rules(path, "failed").rules == ()


def test_results_are_read_as_they_are_written_in_tests_of_parts(tmp_path: Path) -> None:
    frame, failed = noise(400, 5)
    path = tmp_path / "table.csv"
    frame.with_columns(failed=pl.Series(np.where(failed, "NOK", "OK"))).write_csv(path, separator=";")
    path.write_text(path.read_text("utf-8").replace(".", ","), "utf-8")
    found = failure_rules(path, "failed")
    assert (found.failures, found.left_out) == (int(failed.sum()), ())


def test_a_few_words_among_numbers_are_faults_and_not_dropped(tmp_path: Path) -> None:
    frame, _ = noise(400, 6)
    path = tmp_path / "table.csv"
    odd = pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("Err")).otherwise(pl.col("a").cast(pl.String))
    frame.with_columns(a=odd).write_csv(path)
    with pytest.raises(InputError, match=r"table.csv:9: a: found 'Err'"):
        failure_rules(path, "failed")
