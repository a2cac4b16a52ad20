"""`zhizao rank`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Zhizao

CITIES = Path(__file__).resolve().parents[2] / "examples" / "index" / "cities.yaml"
QUICK = ("--runs", "50", "--draws", "4")


def test_ranks_and_one_unit(zhizao: Zhizao) -> None:
    said = zhizao("rank", CITIES, *QUICK, "--unit", "Lakeside", "--places", "2")
    assert said.code == 0
    assert "is first of 24" in said.out
    assert "Lakeside: what it takes to gain 2 places" in said.out


def test_json_is_alone_on_stdout(zhizao: Zhizao) -> None:
    said = zhizao("rank", CITIES, *QUICK, "--json")
    found = json.loads(said.out)
    assert (said.code, found["study"], len(found["units"]), found["runs"]) == (0, "rank", 24, 50)
    assert found["unit"] is None


def test_a_fault_names_the_line(zhizao: Zhizao, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    text = CITIES.read_text(encoding="utf-8").replace("[plants_with_ai, robots]", "[plants_with_ai, robot]")
    wrong.write_text(text, encoding="utf-8")
    said = zhizao("rank", wrong, "--table", CITIES.with_suffix(".csv"))
    assert said.code == 2
    assert "wrong.yaml:18: groups.application.of" in said.err
    assert "did you mean 'robots'?" in said.err
