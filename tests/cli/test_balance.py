"""`zhizao balance`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from tests.cli.conftest import Zhizao

POLO = Path(__file__).resolve().parents[2] / "examples" / "garment" / "polo-operations.csv"


def test_stations_at_a_cycle_time(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "line.csv"
    said = zhizao("balance", POLO, "--cycle", "1 min", "-o", out)
    assert said.code == 0
    assert "10 stations at a cycle time of 60.0 s: proved least." in said.out
    assert pl.read_csv(out)["station"].max() == 10


def test_the_line_becomes_a_plant(zhizao: Zhizao, tmp_path: Path) -> None:
    line = tmp_path / "line.yaml"
    said = zhizao("balance", POLO, "--cycle", "60s", "--plant", line, "--cv", "0.2")
    assert said.code == 0
    assert "coefficient of variation 0.2" in line.read_text(encoding="utf-8")
    assert zhizao("check", line).code == 0


def test_json_is_alone_on_stdout(zhizao: Zhizao) -> None:
    said = zhizao("balance", POLO, "--stations", "8", "--json")
    found = json.loads(said.out)
    assert (said.code, found["study"], found["cycle_s"], found["proved"]) == (0, "balance", 72.0, True)


def test_what_is_wrong_is_said(zhizao: Zhizao) -> None:
    for options, said in (
        ((), "found none; give exactly one of cycle, stations and workers"),
        (("--cycle", "60"), "--cycle 60"),
        (("--cycle", "30s"), "shorter than"),
        (("--cycle", "60s", "--cv", "0.2"), "give --plant"),
    ):
        found = zhizao("balance", POLO, *options)
        assert found.code == 2
        assert said in found.err
