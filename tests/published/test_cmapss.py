"""C-MAPSS FD001 (Saxena, Goebel, Simon and Eklund 2008): remaining life of the 100 test engines.

Settings were chosen by cross-validation by engine on the training engines; the test engines judge.
"""

from __future__ import annotations

import lzma
import os
from pathlib import Path

import numpy as np
import pytest

from zhizao.studies.maintain import LifeResult, remaining_life

pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
pytestmark = pytest.mark.slow
_HERE = Path(__file__).resolve()
NAMES = ["unit", "cycle", *(f"setting{i}" for i in range(1, 4)), *(f"s{i}" for i in range(1, 22))]


def folder() -> Path:
    for shared in (os.environ.get("ZHIZAO_SHARED"), *(_HERE.parents[i] / "shared" for i in (3, 4))):
        if shared and (found := Path(shared) / "data" / "maintenance" / "cmapss_fd001").is_dir():
            return found
    pytest.skip("the shared data are not here: maintenance/cmapss_fd001")


def table(source: Path, to: Path) -> Path:
    rows = lzma.decompress(source.read_bytes()).decode().splitlines()
    lines = [",".join(NAMES), *(",".join(row.split()) for row in rows if row.strip())]
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return to


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> LifeResult:
    to, source = tmp_path_factory.mktemp("fd001"), folder()
    return remaining_life(
        table(source / "train_FD001.txt.xz", to / "train.csv"),
        table(source / "test_FD001.txt.xz", to / "test.csv"),
    )


@pytest.fixture(scope="module")
def actual() -> dict[str, float]:
    lives = (folder() / "RUL_FD001.txt").read_text(encoding="utf-8").split()
    return {str(number): float(life) for number, life in enumerate(lives, 1)}


def test_the_error_on_the_test_engines(engines: LifeResult, actual: dict[str, float]) -> None:
    score = engines.score(actual)
    assert engines.cap == 125.0
    assert score.units == 100
    assert score.rmse <= 11.5


def test_intervals_cover_the_test_engines(engines: LifeResult, actual: dict[str, float]) -> None:
    covered = engines.score(actual).covered
    assert covered is not None
    assert 0.84 <= covered <= 0.96


def test_intervals_cover_training_engines_over_repeated_splits(engines: LifeResult) -> None:
    covered = engines.accuracy.coverage
    assert covered is not None
    assert abs(covered - 0.9) <= 0.02


def test_the_score_agrees_with_one_by_hand(engines: LifeResult, actual: dict[str, float]) -> None:
    errors = [
        min(one.remaining, 125.0) - min(actual[one.unit], 125.0)
        for one in engines.units
        if one.remaining is not None
    ]
    assert engines.score(actual).rmse == pytest.approx(np.linalg.norm(errors) / 10)
