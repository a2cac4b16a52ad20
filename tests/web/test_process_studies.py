"""Studies of tables and process files, over the API of the page: results, refusals, kinds of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.studies.monitor.batches import batches, written_batches
from tests.studies.monitor.meters import metered, written_meter
from tests.studies.monitor.processes import process, written
from tests.web.conftest import asked, ended, serving
from zhizao.web.folder import Folder
from zhizao.web.studies import STUDIES, Group

if TYPE_CHECKING:
    import httpx

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COPIED = (
    "maintenance/failures.csv",
    "maintenance/parts.csv",
    "phases/forge-furnace.yaml",
    "recipes/ointment.xml",
    "recipes/ointment-works.yaml",
)
ASKED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "remaining_life": ({"histories": "pumps.csv"}, {"unit": "pump", "time": "day", "cap": 60, "alarm": 15}),
    "failure_models": ({"failures": "failures.csv"}, {}),
    "failure_rules": ({"table": "parts.csv"}, {"target": "failed", "without": ["part"]}),
    "monitor": ({"normal": "normal.csv", "watch": "today.csv"}, {"onset": 161}),
    "energy_baseline": ({"table": "meter.csv"}, {"target": "kwh"}),
    "batch_quality": (
        {"samples": "batches.csv", "quality": "quality.csv"},
        {"target": "purity", "time": "minute"},
    ),
    "phase": ({"phase": "forge-furnace.yaml"}, {"draws": 10}),
    "run_recipe": ({"recipe": "ointment.xml", "equipment": "ointment-works.yaml"}, {}),
}
"""Inputs and options of each study of tables and process files."""


def put_examples(folder: Path) -> None:
    """Write what the studies read."""
    for name in COPIED:
        copy(EXAMPLES / name, folder)
    pumps = (EXAMPLES / "maintenance" / "pumps.csv").read_text(encoding="utf-8").splitlines()
    few = [row for row in pumps if row.split(",")[0] in {"pump", *(f"P{n:02d}" for n in range(1, 13))}]
    (folder / "pumps.csv").write_text("\n".join(few) + "\n", encoding="utf-8")  # enough to learn from
    written(folder / "normal.csv", process(600, 1))
    written(folder / "today.csv", process(300, 2, fault=(161, 8.0)))
    written_meter(folder / "meter.csv", metered(100))
    written_batches(folder, *batches(25, 1), unknown=2)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    folder = tmp_path_factory.mktemp("works")
    put_examples(folder)
    with serving(folder) as client:
        yield client, folder


@pytest.mark.parametrize("study", ASKED)
def test_a_study_gives_a_page_in_both_languages(line: tuple[httpx.Client, Path], study: str) -> None:
    client, _ = line
    inputs, options = ASKED[study]
    if study in ("remaining_life", "failure_rules"):
        pytest.importorskip("lightgbm", reason="needs the extra maintain")
    job = ended(client, asked(client, study, inputs, **options)["id"])
    assert job["status"] == "done", job
    result = client.get(f"/api/results/{job['result']}").json()
    assert result["study"] == study
    assert len(result["inputs"]) == len(inputs)
    for language in ("en", "zh"):
        page = client.get(f"/api/results/{job['result']}/page", params={"language": language}).json()
        assert page["sections"], language


def test_every_study_that_reads_no_plant_is_asked_here() -> None:
    ours = {name for name, one in STUDIES.items() if one.group in (Group.MAINTENANCE, Group.PROCESS)}
    assert ours == set(ASKED)


def test_the_outcomes_of_a_phase_are_written_for_a_plant(line: tuple[httpx.Client, Path]) -> None:
    client, folder = line
    job = ended(client, asked(client, "phase", {"phase": "forge-furnace.yaml"}, draws=12)["id"])
    (name,) = job["outputs"]
    assert len((folder / name).read_text(encoding="utf-8").splitlines()) == 13


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("failure_rules", {"target": "failled"}, "part, line, speed [rpm]"),
    ("remaining_life", {}, "the table has pump, day"),
    ("energy_baseline", {"target": "kwhh"}, "kwh"),
    ("batch_quality", {"target": "puritty"}, "purity"),
    ("monitor", {"columns": ["s99"]}, "s9"),
)


@pytest.mark.parametrize(("study", "options", "expected"), WRONG, ids=[one[0] for one in WRONG])
def test_a_column_that_is_not_there_is_said_with_those_that_are(
    line: tuple[httpx.Client, Path], study: str, options: dict[str, Any], expected: str
) -> None:
    client, _ = line
    job = ended(client, asked(client, study, ASKED[study][0], **options)["id"])
    assert (job["status"], expected in job["message"]) == ("failed", True), job["message"]


def test_what_a_study_needs_is_said_before_it_runs(line: tuple[httpx.Client, Path]) -> None:
    client, _ = line
    request = {"study": "failure_rules", "inputs": {"table": "parts.csv"}, "options": {}}
    answer = client.post("/api/jobs", json=request)
    assert (answer.status_code, "target" in answer.text) == (422, True)


PHASE = (EXAMPLES / "phases" / "forge-furnace.yaml").read_text(encoding="utf-8")
CODE = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
"""


@pytest.mark.parametrize("model", ["ownmodel:make", "tank.fmu"])
def test_a_model_that_is_code_is_refused_and_not_run(line: tuple[httpx.Client, Path], model: str) -> None:
    client, folder = line
    (folder / "ownmodel.py").write_text(CODE, encoding="utf-8")
    (folder / "own.yaml").write_text(PHASE.replace("model: furnace", f"model: {model}"), encoding="utf-8")
    job = ended(client, asked(client, "phase", {"phase": "own.yaml"}, draws=2)["id"])
    assert job["status"] == "failed"
    assert "--allow-code" in job["message"], job["message"]
    assert not (folder / "ran").exists()


def test_with_allow_code_a_model_beside_the_phase_file_runs(tmp_path: Path) -> None:
    text = "from zhizao.solvers.phases.library import furnace\n\n\ndef make():\n    return furnace()\n"
    (tmp_path / "ownfurnace.py").write_text(text, encoding="utf-8")
    own = PHASE.replace("model: furnace", "model: ownfurnace:make")
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    with serving(tmp_path, allow_code=True) as client:
        job = ended(client, asked(client, "phase", {"phase": "own.yaml"}, draws=2)["id"])
        assert job["status"] == "done", job["message"]


def test_a_phase_file_names_nothing_outside_the_folder(line: tuple[httpx.Client, Path]) -> None:
    client, folder = line
    outside = PHASE.replace("model: furnace", "model: ../tank.fmu")
    (folder / "outside.yaml").write_text(outside, encoding="utf-8")
    request = {"study": "phase", "inputs": {"phase": "outside.yaml"}, "options": {}}
    answer = client.post("/api/jobs", json=request)
    assert (answer.status_code, "must be in the folder" in answer.text) == (422, True), answer.text


def test_rules_of_the_equipment_are_code_and_refused(line: tuple[httpx.Client, Path]) -> None:
    client, folder = line
    (folder / "ownrule.py").write_text(CODE, encoding="utf-8")
    text = (EXAMPLES / "recipes" / "ointment-works.yaml").read_text(encoding="utf-8")
    ruled = text + "plant: {work_centers: {kettle: {dispatch: 'ownrule:pick'}}}\n"
    (folder / "ruled.yaml").write_text(ruled, encoding="utf-8")
    job = ended(
        client, asked(client, "run_recipe", {"recipe": "ointment.xml", "equipment": "ruled.yaml"})["id"]
    )
    assert (job["status"], "--allow-code" in job["message"]) == ("failed", True), job["message"]
    assert not (folder / "ran").exists()


def test_a_file_that_a_phase_names_counts_for_its_result(tmp_path: Path) -> None:
    from zhizao.web.material import Material

    (tmp_path / "own.yaml").write_text(PHASE.replace("model: furnace", "model: tank.fmu"), encoding="utf-8")
    material = Material(Folder(tmp_path), {"phase": "own.yaml"})
    hashes = [material.hashes(frozenset())]
    for content in (b"one", b"two"):
        (tmp_path / "tank.fmu").write_bytes(content)
        hashes.append(material.hashes(frozenset()))
    assert len({str(one) for one in hashes}) == 3


def test_process_files_are_known_by_their_content(tmp_path: Path) -> None:
    put_examples(tmp_path)
    (tmp_path / "line.yaml").write_text("zhizao: 1\nplant: line\nphase: none\n", encoding="utf-8")
    (tmp_path / "log.xml").write_text("<log><trace/></log>", encoding="utf-8")
    (tmp_path / "prices.yaml").write_text("# phase: none\nequipment_h: 3\n", encoding="utf-8")
    kinds = {file.name: file.kind.value for file in Folder(tmp_path).files()}
    assert {name: kinds[name] for name in kinds if not name.endswith(".csv")} == {
        "forge-furnace.yaml": "phase",
        "ointment-works.yaml": "equipment",
        "ointment.xml": "recipe",
        "line.yaml": "plant",
        "log.xml": "log",
        "prices.yaml": "plant",
    }


def test_a_table_is_offered_under_headings_on_a_narrow_page(page: Any, client: httpx.Client) -> None:
    client.put("/api/files/parts.csv", content=(EXAMPLES / "maintenance" / "parts.csv").read_bytes())
    client.put("/api/files/forge.yaml", content=PHASE.encode())
    page.set_viewport_size({"width": 390, "height": 900})
    page.reload()
    page.locator('[data-file="parts.csv"]').click()
    group = page.get_by_role("group", name="Maintenance")
    assert group.get_by_role("button").all_inner_texts() == [
        "Remaining life",
        "Failure models",
        "Failure rules",
    ]
    group.get_by_role("button", name="Failure rules").click()
    page.locator('datalist option[value="failed"]').wait_for(state="attached")
    page.get_by_label("Target column").fill("line")  # neither 1 nor 0
    page.get_by_role("button", name="Run").click()
    page.locator("#said.bad").wait_for()
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) == 0
    page.locator('[data-file="forge.yaml"]').click()
    assert page.locator("#work [data-choose]").all_inner_texts() == ["Run the phase"]
