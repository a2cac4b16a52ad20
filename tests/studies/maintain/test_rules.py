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
    assert any(note.startswith("Found in failures alone: scrapped") for note in found.notes)


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
