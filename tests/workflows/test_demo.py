"""The loop of the demo, without its command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from zhizao.engine import run
from zhizao.workflows.demo import loop


def test_the_hidden_plant_comes_with_the_package() -> None:
    plant = loop.hidden_plant()
    assert {center.id for center in plant.work_centers} == {"spread", "cut", "sew", "fill", "inspect", "pack"}
    assert not plant.measures


def test_a_file_is_written_as_it_is_unless_the_caller_writes_it(tmp_path: Path) -> None:
    loop.write_file(tmp_path / "a.txt", lambda path: path.write_text("a", encoding="utf-8"))
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "a"


def test_a_demo_whose_log_was_cut_short_does_not_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C in the last moment of a run: all replications are there, and it was cancelled."""
    monkeypatch.setattr(loop, "run", lambda plant, settings: replace(run(plant, settings), interrupted=True))
    with pytest.raises(KeyboardInterrupt):
        loop.whole_loop(tmp_path, 1, lambda _: None)
    assert list(tmp_path.iterdir()) == []
