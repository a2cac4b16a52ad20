"""What the twin writes of itself is a log like any other: read, learned from and compared, plant by plant."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import zhizao
from zhizao.cli import main
from zhizao.records import EVENTS, read_frame

PLANTS = sorted((Path(__file__).parents[2] / "examples" / "plants").glob("*.yaml"))


def test_there_are_plants_with_vehicles_among_the_examples() -> None:
    assert {"agv-cell", "warehouse-crane", "conveyor-line"} <= {path.stem for path in PLANTS}


@pytest.mark.parametrize("plant", PLANTS, ids=lambda path: path.stem)
def test_the_twins_own_log_is_read_whole_and_by_every_command(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, log = str(plant), tmp_path / "log.csv"
    run = ["simulate", text, "--days", "5", "--replications", "1", "--events"]
    assert main([*run, str(log)]) == 0
    written, found = read_frame(log, EVENTS), zhizao.read_log(log)
    events = found.records.events
    assert events is not None
    assert events.sort(pl.all()).equals(written.sort(pl.all()))
    assert found.unmapped == ()
    assert set(found.columns.used()) == set(EVENTS)
    assert main(["check", str(log)]) == 0
    assert main(["learn", str(log), "-o", str(tmp_path / "learned.yaml")]) == 0
    assert main(["check", str(tmp_path / "learned.yaml")]) == 0
    assert main(["validate", text, str(log), "--replications", "2"]) == 0
    capsys.readouterr()
