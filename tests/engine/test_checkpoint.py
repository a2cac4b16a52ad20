"""Long sweeps that are stopped and go on where they were."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.engine.shops import op, shop
from zhizao.engine import LogLevel, Run, RunSettings, run, run_many
from zhizao.quantities import InputError
from zhizao.records import TableFile, with_events

checkpoint = import_module("zhizao.engine.checkpoint")
ROOT = Path(__file__).resolve().parents[2]
PLANTS = tuple(shop(route=[op("a", "m", takes=f"exponential({n} min)")]) for n in (8, 9))
SETTINGS = RunSettings(days=20, replications=3, log=LogLevel.EVENTS)
LONG = RunSettings(days=1000, replications=4, threads=2, log=LogLevel.EVENTS)
PROGRAM = """
import sys
from pathlib import Path
from typing import Any
from tests.engine.test_checkpoint import LONG, PLANTS
from zhizao.engine import run_many
run_many(PLANTS, LONG, checkpoint=Path(sys.argv[1]))
"""


def same(a: Run, b: Run) -> bool:
    pairs = list(zip(map(with_events, a.records), map(with_events, b.records), strict=True))
    frames = [(getattr(x, name), getattr(y, name)) for x, y in pairs for name in ("events", "lots", "states")]
    rest = [(x.start, x.end, x.personnel_s) == (y.start, y.end, y.personnel_s) for x, y in pairs]
    return all(x.equals(y) for x, y in frames) and all(rest) and a.operations == b.operations


def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The replications that are really run from now on."""
    sweep = import_module("zhizao.engine.sweep")
    found: list[int] = []
    plain = sweep.replicate

    def noted(task, *rest):
        found.append(task.number)
        return plain(task, *rest)

    monkeypatch.setattr(sweep, "replicate", noted)
    return found


def test_a_sweep_gives_each_plant_what_it_would_have_alone() -> None:
    together = run_many(PLANTS, SETTINGS)
    alone = [run(plant, SETTINGS) for plant in PLANTS]
    assert [same(a, b) for a, b in zip(together, alone, strict=True)] == [True, True]


def test_a_sweep_that_is_asked_for_again_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_many(PLANTS, SETTINGS, checkpoint=tmp_path)
    assert len(list(tmp_path.iterdir())) == 6
    ran = begun(monkeypatch)
    again = run_many(PLANTS, SETTINGS, checkpoint=tmp_path)
    assert [same(a, b) for a, b in zip(first, again, strict=True)] == [True, True]
    assert ran == []
    run(PLANTS[1], replace(SETTINGS, replications=5), checkpoint=tmp_path)
    assert sorted(ran) == [3, 4]


def test_what_a_checkpoint_kept_goes_to_log_files_too(tmp_path: Path) -> None:
    first = run(PLANTS[0], SETTINGS, checkpoint=tmp_path / "kept")
    settings = replace(SETTINGS, log_folder=tmp_path / "logs")
    for _ in range(2):  # from what was in memory, then from files
        again = run(PLANTS[0], settings, checkpoint=tmp_path / "kept")
        assert [r.event_file is not None and r.event_file.path.exists() for r in again.records] == [True] * 3
        assert [isinstance(r.lot_table, TableFile) for r in again.records] == [True] * 3
        assert same(first, again)
        settings = replace(settings, seed=2)
        first = run(PLANTS[0], settings, checkpoint=tmp_path / "kept")


@pytest.mark.parametrize(
    "other", [{"days": 21}, {"seed": 2}, {"warm_up_days": 1}, {"log": LogLevel.LOTS}], ids=str
)
def test_another_question_is_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    run(PLANTS[0], replace(SETTINGS, replications=1), checkpoint=tmp_path)
    ran = begun(monkeypatch)
    run(PLANTS[0], replace(SETTINGS, replications=1, **other), checkpoint=tmp_path)
    run(PLANTS[1], replace(SETTINGS, replications=1), checkpoint=tmp_path)
    run(PLANTS[0], replace(SETTINGS, replications=1, threads=2), checkpoint=tmp_path)
    assert ran == [0, 0]


def test_a_file_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    first = run(PLANTS[0], SETTINGS, checkpoint=tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    assert same(first, run(PLANTS[0], SETTINGS, checkpoint=tmp_path))
    assert [zipfile.ZipFile(path).testzip() for path in tmp_path.iterdir()] == [None] * 3


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match="taken"):
        run(PLANTS[0], SETTINGS, checkpoint=tmp_path / "taken")


@pytest.mark.slow
def test_a_sweep_killed_half_way_goes_on_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
    child = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], env=env, cwd=ROOT)
    until = time.monotonic() + 120
    while len(list(tmp_path.glob("*.zip"))) < 3 and child.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    child.kill()
    child.wait()
    kept = list(tmp_path.glob("*.zip"))
    assert 3 <= len(kept) < 8
    assert [zipfile.ZipFile(path).testzip() for path in kept] == [None] * len(kept)
    ran = begun(monkeypatch)
    whole = run_many(PLANTS, LONG, checkpoint=tmp_path)
    assert len(ran) == 8 - len(kept)
    assert [same(a, b) for a, b in zip(whole, run_many(PLANTS, LONG), strict=True)] == [True, True]
