"""Every example is a file that runs."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from zhizao.cli import main
from zhizao.plant import read_plant

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PLANTS = sorted((EXAMPLES / "plants").glob("*.yaml"))


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.stem)
def test_an_example_plant_has_no_fault_and_its_measures_fit(path: Path) -> None:
    plant = read_plant(path)
    plant.with_measures(measure.id for measure in plant.measures)


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.stem)
def test_an_example_plant_can_be_simulated(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(path), "--days", "7", "--replications", "2"]) == 0
    assert "Throughput" in capsys.readouterr().out


def test_the_what_if_script_says_what_two_more_sewing_places_gain(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["what_if.py"])
    runpy.run_path(str(EXAMPLES / "what_if.py"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("lead time today: ")
    assert [line.partition(":")[0] for line in lines[-5:]] == [
        "Throughput", "Unit cost", "Unit energy", "Defect rate", "Lead time, mean"
    ]  # fmt: skip
    assert lines[-1].endswith("(better)")
