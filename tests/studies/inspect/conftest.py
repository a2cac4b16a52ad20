"""Plates, and an inspector trained with them: made once."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason="takes the extra [inspect]")
pytest.importorskip("PIL", reason="takes the extra [inspect]")

from tests.studies.inspect.drawn import draw
from zhizao.studies.inspect import Inspector, train_inspector


@pytest.fixture(scope="session")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plates")
    draw(folder / "good", 30, seed=1)
    draw(folder / "more", 12, seed=2)
    draw(folder / "bad", 6, seed=3, scratched=True)
    return folder


@pytest.fixture(scope="session")
def inspector(plates: Path) -> Inspector:
    return train_inspector(plates / "good", plates / "bad", false_alarms=0.1)


@pytest.fixture(scope="session")
def plain(plates: Path) -> Inspector:
    """Trained without pictures of defects."""
    return train_inspector(plates / "good", false_alarms=0.1)


@pytest.fixture(scope="session")
def thorough(plates: Path) -> Inspector:
    """Trained by the thorough recipe, with pictures of defects."""
    return train_inspector(plates / "good", plates / "bad", false_alarms=0.1, recipe="thorough")


@pytest.fixture(scope="session")
def thorough_plain(plates: Path) -> Inspector:
    """Trained by the thorough recipe, without pictures of defects."""
    return train_inspector(plates / "good", false_alarms=0.1, recipe="thorough")
