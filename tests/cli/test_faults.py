"""What a user's mistake looks like: a message that helps, exit code 2, and nothing written over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Said, Zhizao

LOG = "lot,operation,work_center,start,end\n"


def refused(said: Said, *words: str) -> None:
    assert said.code == 2, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


# ---------------------------------------------------------------- input
@pytest.mark.parametrize("command", ["check", "simulate", "bottlenecks"])
def test_a_file_that_is_not_there_is_named(zhizao: Zhizao, command: str, tmp_path: Path) -> None:
    refused(zhizao(command, tmp_path / "nowhere.yaml"), "nowhere.yaml", "no such file")


def test_broken_yaml_is_reported_with_its_line(zhizao: Zhizao, plant: Path) -> None:
    plant.write_text("zhizao: 1\nplant: [x\nwork_centers: }\n", encoding="utf-8")
    refused(zhizao("simulate", plant), f"{plant}:")


def test_all_faults_of_a_plant_come_at_once_with_the_nearest_name(zhizao: Zhizao, plant: Path) -> None:
    text = plant.read_text(encoding="utf-8")
    plant.write_text(text.replace("on: slow", "on: slwo").replace("8 min", "8 kg"), encoding="utf-8")
    refused(zhizao("check", plant), "2 faults", "did you mean 'slow'", "8 kg")


def test_the_faults_of_a_plant_are_data_too(zhizao: Zhizao, plant: Path) -> None:
    text = plant.read_text(encoding="utf-8")
    plant.write_text(text.replace("on: slow", "on: slwo"), encoding="utf-8")
    said = zhizao("check", plant, "--json")
    assert said.code == 2
    fault = json.loads(said.out)["faults"][0]
    assert (fault["nearest"], fault["line"] > 0) == ("slow", True)


def test_an_unknown_measure_is_reported_before_any_work(zhizao: Zhizao, plant: Path) -> None:
    refused(zhizao("compare", plant, "--measure", "les-scrap"), "'les-scrap'", "did you mean 'less-scrap'")


def test_compare_wants_another_plant_or_a_measure_and_not_both(zhizao: Zhizao, plant: Path) -> None:
    refused(zhizao("compare", plant), "--measure")
    refused(zhizao("compare", plant, plant, "--measure", "less-scrap"), "--measure")


def test_an_empty_log_is_refused_and_no_plant_is_written(zhizao: Zhizao, tmp_path: Path) -> None:
    log, out = tmp_path / "log.csv", tmp_path / "out.yaml"
    log.write_text(LOG, encoding="utf-8")
    out.write_text("mine", encoding="utf-8")
    refused(zhizao("learn", log, "-o", out), "log.csv")
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_row_that_ends_before_it_starts_is_reported_with_its_row(zhizao: Zhizao, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG + "1,a,m,2026-01-05 08:00,2026-01-05 07:00\n", encoding="utf-8")
    refused(zhizao("learn", log, "-o", tmp_path / "out.yaml"), "log.csv", "row")
    assert not (tmp_path / "out.yaml").exists()


@pytest.mark.parametrize(
    "arguments",
    [("--days", "-1"), ("--replications", "0"), ("--precision", "7"), ("--seed", "-3"), ("--days", "many")],
)
def test_an_option_that_makes_no_sense_is_refused(
    zhizao: Zhizao, plant: Path, arguments: tuple[str, str]
) -> None:
    refused(zhizao("simulate", plant, *arguments), arguments[0].strip("-"))


def test_a_command_that_does_not_exist_is_refused(zhizao: Zhizao) -> None:
    refused(zhizao("simulat"), "simulat")


# ---------------------------------------------------------------- outputs
def test_an_output_never_replaces_the_input(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    before = plant.read_text(encoding="utf-8")
    other_name = tmp_path / "x" / ".." / "plant.yaml"
    (tmp_path / "x").mkdir()
    refused(zhizao("simulate", plant, "--report", other_name), "already uses")
    assert plant.read_text(encoding="utf-8") == before


def test_two_outputs_are_two_files(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    refused(zhizao("simulate", plant, "--report", out, "--events", out), "already uses")


def test_a_folder_that_is_not_there_is_reported_before_any_work(
    zhizao: Zhizao, plant: Path, tmp_path: Path
) -> None:
    refused(zhizao("simulate", plant, "--report", tmp_path / "no" / "page.html"), "no folder")


def test_an_event_log_is_written_as_parquet_or_csv(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    refused(zhizao("simulate", plant, "--events", tmp_path / "log.xlsx"), ".parquet or .csv")


# ---------------------------------------------------------------- internal errors, and cancels
def broken(*args: Any, **kwargs: Any) -> Any:
    raise ZeroDivisionError("a bug")


def test_an_internal_error_is_short_and_says_where_the_details_are(
    zhizao: Zhizao, plant: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("zhizao.studies.simulate.simulate", broken)
    said = zhizao("simulate", plant)
    assert said.code == 1
    assert "internal error" in said.err
    assert "Traceback" not in said.err
    details = next(tmp_path.glob("zhizao-failure-*.txt"))
    assert str(details) in said.err
    assert "Traceback" in details.read_text(encoding="utf-8")


@pytest.mark.parametrize("by_option", [True, False])
def test_debug_shows_the_traceback(
    zhizao: Zhizao, plant: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_option: bool
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("zhizao.studies.simulate.simulate", broken)
    if not by_option:
        monkeypatch.setenv("ZHIZAO_DEBUG", "1")
    said = zhizao(*(("--debug",) if by_option else ()), "simulate", plant)
    assert said.code == 1
    assert "Traceback" in said.err


def test_a_cancel_with_nothing_done_writes_nothing(
    zhizao: Zhizao, plant: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def cancelled(*args: Any, **kwargs: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("zhizao.engine.Twin.run", cancelled)
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    said = zhizao("simulate", plant, "--report", page)
    assert (said.code, said.out) == (130, "")
    assert "cancelled" in said.err
    assert page.read_text(encoding="utf-8") == "mine"


def test_a_page_that_fails_half_way_leaves_the_old_one(
    zhizao: Zhizao, plant: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("zhizao.report.page.html", broken)
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    assert zhizao("simulate", plant, "--days", "2", "--replications", "2", "--report", page).code == 1
    assert page.read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob(".page*"))
