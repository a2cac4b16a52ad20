"""`zhizao maintain`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "maintenance"
PLANT = """
zhizao: 1
plant: mill
work_centers: [{id: press, failures: [{between: exponential(100 h), repair: 2 h}]}]
routes: {r: [{id: a, on: press, takes: 6 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 10 min}]
"""
LIFE = ("--unit", "pump", "--time", "day", "--cap", "60", "--alarm", "10")


def test_alarms_become_a_measure_that_compare_reads(zhizao: Zhizao, tmp_path: Path) -> None:
    pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
    plant, measure, page = tmp_path / "plant.yaml", tmp_path / "measure.yaml", tmp_path / "page.html"
    plant.write_text(PLANT, encoding="utf-8")
    said = zhizao(
        "maintain", "life", FOLDER / "pumps.csv", *LIFE, "--step", "1 d", "--plant", plant,
        "--as-measure", "press", "-o", measure, "--report", page,
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "capped at 60" in said.out
    text = measure.read_text(encoding="utf-8")
    assert "remaining_life" in text
    assert "failures: []" not in text  # 24 of 24 detected are no 100 %
    assert "pumps.csv" in page.read_text(encoding="utf-8")
    said = zhizao("measures", plant, "--json")
    assert said.code == 0
    said = zhizao(
        "compare", plant, "--measures", measure, "--measure", "predictive-maintenance-at-press",
        "--days", "5", "--replications", "2", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err


def test_a_measure_takes_all_of_its_options(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("maintain", "life", FOLDER / "pumps.csv", *LIFE, "-o", tmp_path / "measure.yaml")
    assert said.code == 2
    assert "give all four, or none" in said.err


def test_failures_print_text_for_a_plant(zhizao: Zhizao) -> None:
    tables = ("--replacements", FOLDER / "replacements.csv")
    said = zhizao("maintain", "failures", FOLDER / "failures.csv", *tables, "--repair", "4 h")
    assert said.code == 0
    assert "between: 'weibull(shape" in said.out
    assert "repair assumed" in said.out
    said = zhizao("maintain", "failures", FOLDER / "failures.csv", "--repair", "4 x")
    assert said.code == 2
    assert "--repair" in said.err


def test_replacement_by_age_becomes_a_measure_that_compare_reads(zhizao: Zhizao, tmp_path: Path) -> None:
    plant, measure = tmp_path / "plant.yaml", tmp_path / "measure.yaml"
    tables = ("--replacements", FOLDER / "replacements.csv", "--repair", "8 h")
    said = zhizao("maintain", "failures", FOLDER / "failures.csv", *tables)
    printed = said.out[said.out.index("failures:\n") :].replace("\n", "\n    ")
    text = PLANT.replace("every: 10 min", "every: 1 h").replace(
        "[{id: press, failures: [{between: exponential(100 h), repair: 2 h}]}]",
        f"\n  - id: press\n    {printed}",
    )
    plant.write_text(text, encoding="utf-8")
    said = zhizao(
        "maintain", "failures", FOLDER / "failures.csv", *tables, "--preventive", "1 h", "--plant", plant,
        "--as-measure", "press", "-o", measure,
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "Age replacement" in said.out
    assert "failure_models" in measure.read_text(encoding="utf-8")
    said = zhizao(
        "compare", plant, "--measures", measure, "--measure", "age-replacement-at-press",
        "--days", "400", "--replications", "4", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "age-replacement-at-press" in said.out


def test_replacement_by_age_takes_all_of_its_options(zhizao: Zhizao, tmp_path: Path) -> None:
    failures = ("maintain", "failures", FOLDER / "failures.csv")
    said = zhizao(*failures, "--preventive", "1 h")
    assert (said.code, "found no --repair" in said.err) == (2, True)
    said = zhizao(*failures, "--repair", "8 h", "--preventive", "1 h", "-o", tmp_path / "measure.yaml")
    assert said.code == 2
    assert "give all four" in said.err
    said = zhizao(*failures, "--repair", "1 h", "--preventive", "8 h")
    assert said.code == 2
    assert "no downtime is saved" in said.err


def test_rules_as_json(zhizao: Zhizao) -> None:
    pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
    said = zhizao("maintain", "rules", FOLDER / "parts.csv", "--target", "failed", "--json")
    found = json.loads(said.out)
    assert (said.code, found["study"], found["rows"]) == (0, "failure_rules", 1500)
