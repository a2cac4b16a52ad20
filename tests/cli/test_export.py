"""`zhizao export`: what it writes, and what it says of bad input."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("basyx", reason="takes the extra [aas]")

from tests.cli.conftest import Zhizao


def submodels(path: Path) -> list[str]:
    return [one["id"].split("/submodel/")[1] for one in json.loads(path.read_text("utf-8"))["submodels"]]


def test_export_writes_a_shell_for_the_plant_each_work_center_and_each_unit(
    zhizao: Zhizao, plant: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plant.json"
    said = zhizao("export", "aas", plant, "-o", out, "--base", "https://factory.example/aas")
    assert (said.code, said.err) == (0, "")
    shells = json.loads(out.read_text("utf-8"))["assetAdministrationShells"]
    assert f"{len(shells)} shells" in said.out
    assert all(one["id"].startswith("https://factory.example/aas/") for one in shells)
    assert not any(name.endswith("KPIs") for name in submodels(out))


def test_export_adds_kpis_of_a_simulation_and_of_a_log(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    log, out = tmp_path / "log.csv", tmp_path / "plant.json"
    quick = ("--days", "3", "--replications", "2")
    assert zhizao("simulate", plant, *quick, "--events", log).code == 0
    said = zhizao("export", "aas", plant, "-o", out, "--log", log, *quick)
    assert said.code == 0, said.err
    assert "KPIs: measured" in said.out
    assert "KPIs: simulated" in said.out
    assert {"MeasuredKPIs", "SimulatedKPIs"} <= set(submodels(out))


def test_export_of_a_package_is_a_zip(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    out = tmp_path / "plant.aasx"
    assert zhizao("export", "aas", plant, "-o", out).code == 0
    assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "plant.xml"), "ends with .aasx or .json"),
        (("-o", "nowhere/plant.aasx"), "no folder"),
        (("-o", "plant.aasx", "--base", "factory"), "expected an absolute URI"),
        (("-o", "plant.aasx", "--columns", "map.json"), "--columns needs --log"),
        (("-o", "plant.aasx", "--replications", "5"), "--replications needs --days"),
        (("-o", "plant.aasx", "--seed", "5"), "--seed needs --days"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    zhizao: Zhizao, plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: Any, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = zhizao("export", "aas", plant, *options)
    assert said.code == 2
    assert words in said.err
    assert not list(tmp_path.glob("*.aasx"))


def test_an_output_that_cannot_be_written_is_an_input_error(
    zhizao: Zhizao, plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    said = zhizao("export", "aas", plant, "-o", tmp_path / "plant.aasx")
    assert said.code == 2
    assert "--out" in said.err
    assert "No space left on device" in said.err


def test_a_missing_extra_is_named(
    zhizao: Zhizao, plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "basyx" else real(name))
    said = zhizao("export", "aas", plant, "-o", tmp_path / "plant.aasx")
    assert said.code == 2
    assert "pip install 'zhizao[aas]'" in said.err
