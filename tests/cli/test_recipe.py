"""`zhizao recipe`: what it shows and writes, and its exit codes."""

import json
from pathlib import Path

from tests.cli.conftest import Zhizao
from tests.connect.batchml.make import Part, chain, phase, recipe_xml, unit_procedure, written
from zhizao.connect.batchml import read_record
from zhizao.plant import read_plant

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "recipes"
RECIPE, WORKS = EXAMPLES / "ointment.xml", EXAMPLES / "ointment-works.yaml"


def test_show_lists_the_procedure(zhizao: Zhizao) -> None:
    said = zhizao("recipe", "show", RECIPE)
    assert said.code == 0
    assert "Ointment: master recipe Ointment, version 1, batch size 400 L" in said.out
    found = json.loads(zhizao("recipe", "show", RECIPE, "--json").out)["recipes"][0]
    assert (found["errors"], found["warnings"]) == ([], [])
    rows = {row["element"]: row for row in found["procedure"]}
    assert (rows["Heat Water"]["done"], rows["Heat Water"]["equipment"]) == (
        "in parallel, branch 2", "kettle",
    )  # fmt: skip
    assert rows["Boil"]["duration_min"] == 30


def test_show_names_a_loop_and_exits_with_2(zhizao: Zhizao, tmp_path: Path) -> None:
    procedure = Part(
        "p", "Procedure", inside=[unit_procedure("a", phase("a1", 1))],
        links=[*chain("begin", "a", "t1", "a"), *chain("a", "t2", "end")],
    )  # fmt: skip
    said = zhizao("recipe", "show", written(tmp_path, recipe_xml("P", procedure)))
    assert said.code == 2
    assert "a loop back to 'a' never ends" in said.err


def test_plant_writes_a_plant_that_reads(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "plant.yaml"
    said = zhizao("recipe", "plant", RECIPE, "-e", WORKS, "-o", out)
    assert said.code == 0
    assert "Ointment works: 30 batches, 7 kinds of units" in said.out
    assert "note: No capacity is stated, so that it was not checked for the batch: booth (400 L)." in said.err
    assert len(read_plant(out).work_centers) == 7


def test_record_writes_the_first_batches(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "record.xml"
    said = zhizao("recipe", "record", RECIPE, "-e", WORKS, "-o", out, "--batches", "2")
    assert said.code == 0
    assert "30 of 30 batches are complete." in said.out
    assert [one.batch for one in read_record(out).batches] == ["B001", "B002"]


def test_a_vessel_that_is_too_small_writes_nothing(zhizao: Zhizao, tmp_path: Path) -> None:
    text = WORKS.read_text("utf-8").replace("{id: melter, capacity: 500 L", "{id: melter, capacity: 50 L")
    works = written(tmp_path, text, "works.yaml")
    said = zhizao("recipe", "plant", RECIPE, "-e", works, "-o", tmp_path / "plant.yaml")
    assert said.code == 2
    assert f"{works}:5: units.melter.capacity: found 50 L, too small for a batch of 400 L" in said.err
    assert not (tmp_path / "plant.yaml").exists()
