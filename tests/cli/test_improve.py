"""`zhizao improve` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Zhizao
from tests.studies.plants import LINE
from tests.studies.validate.plants import log_of
from zhizao.plant import parse_plant

PAYING = LINE.replace("exponential(10 min)", "exponential(7 min)")
QUICK = ("--days", "5", "--seconds", "8")


@pytest.fixture
def plant_file(tmp_path: Path) -> Path:
    file = tmp_path / "line.yaml"
    file.write_text(PAYING, encoding="utf-8")
    return file


def test_it_prints_the_answer_then_the_list(zhizao: Zhizao, plant_file: Path, tmp_path: Path) -> None:
    page, table = tmp_path / "improve.html", tmp_path / "list.csv"
    said = zhizao("improve", plant_file, *QUICK, "--report", page, "--table", table)
    assert said.code == 0
    assert "Take second-slow-machine and less-scrap: net present value" in said.out
    assert "A + B" in said.out
    assert "assumed" in said.out
    assert "Ranked list" in page.read_text(encoding="utf-8")
    assert pl.read_csv(table)["chosen"].to_list()[0]


def test_json_stands_alone_on_stdout(zhizao: Zhizao, plant_file: Path) -> None:
    said = zhizao("improve", plant_file, *QUICK, "--budget", "0.6k", "--interest", "6 %", "--json")
    found = json.loads(said.out)
    assert found["study"] == "improve"
    assert found["take"] == ["less-scrap"]
    assert found["interest"] == pytest.approx(0.06)
    assert found["left_out"][0]["measure"] == "second-slow-machine"


def test_a_log_is_learned_and_says_what_it_does_not_know(zhizao: Zhizao, tmp_path: Path) -> None:
    log, money = tmp_path / "log.csv", tmp_path / "money.yaml"
    events = log_of(parse_plant(LINE), days=8).events
    assert events is not None
    events.write_csv(log)
    money.write_text("products: {p: {price: 10, material: 2}}\n", encoding="utf-8")
    said = zhizao("improve", log, *QUICK, "--money", money, "--json")
    found = json.loads(said.out)
    assert found["goal"] == "profit"
    assert found["learned"]
    assert not found["lead_time_validated"]
    assert "not validated" in " ".join(found["notes"])
    assert [one["kind"] for one in found["inputs"]] == ["log", "plant"]


def test_a_file_of_measures_is_searched_too_with_its_evidence(
    zhizao: Zhizao, plant_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "measures.yaml"
    file.write_text(
        "measures:\n  - id: third-slow-machine\n    cost: 1\n    set: {work_centers.slow.units: 3}\n"
        "    evidence: {study: inspect_evaluate, run: abc}\n",
        encoding="utf-8",
    )
    said = zhizao("improve", plant_file, "--days", "5", "--seconds", "20", "--measures", file)
    assert said.code == 0, said.err
    assert "inspect_evaluate abc" in said.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--budget", "-5"), "--budget: .*negative"),
        (("--budget", "much"), "--budget: .*amount of money such as '2M'"),
        (("--interest", "-2 %"), "--interest: .*negative"),
        (("--seconds", "5", "--minutes", "1"), "--seconds and --minutes: found both"),
        (("--columns", "map.json"), "is a plant file; --columns needs an event log"),
        (("--measures", "none.yaml"), "none.yaml: found no such file; give the path of a file of measures"),
        (("--money", "none.yaml"), "none.yaml: found no such file; give the path of a money file"),
        (("--table", "no/such/list.csv"), "no folder"),
    ],
)
def test_what_cannot_be_is_refused(
    zhizao: Zhizao, plant_file: Path, options: tuple[str, ...], said: str
) -> None:
    import re

    done = zhizao("improve", plant_file, *options)
    assert done.code == 2
    assert re.search(said, done.err)
