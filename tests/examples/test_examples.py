"""Every example is a file that runs."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from zhizao.cli import main
from zhizao.plant import RuleKind, read_plant
from zhizao.plant.rules import RULE_INPUTS
from zhizao.plant.rules_used import rules_used

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


def test_the_rules_beside_the_paint_shop_are_all_used(capsys: pytest.CaptureFixture[str]) -> None:
    path = EXAMPLES / "rules" / "paint.yaml"
    assert {kind for kind, _ in rules_used(read_plant(path))} == set(RuleKind)
    assert main(["check", str(path)]) == 0
    assert main(["simulate", str(path), "--days", "7", "--replications", "2"]) == 0
    assert "Throughput" in capsys.readouterr().out


def test_the_page_of_the_rules_says_what_happens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    text = (EXAMPLES.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "__main__"}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(block, "rules.md", "exec"), names)
    lead, said = capsys.readouterr().out.splitlines()
    assert float(lead) > 0
    shown = re.escape(re.findall(r"```\n(dispatch rule.*?)\n```", text)[0]).replace("…", r"\d+(\.\d+)?")
    assert re.fullmatch(shown, said)


def test_the_page_of_the_rules_names_all_that_they_are_reported() -> None:
    text = (EXAMPLES.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    parts = dict(zip(RuleKind, re.split(r"\n\*\*\w+\*\*, asked", text)[1:], strict=True))
    missing = {
        (kind, name)
        for kind, names in RULE_INPUTS.items()
        for name in names
        if f"`{name}`" not in parts[kind]
    }
    assert missing == set()


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


def test_the_display_fab_writes_a_plant_file_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "fab.yaml"
    monkeypatch.setattr("sys.argv", ["display_fab.py", str(path)])
    runpy.run_path(str(EXAMPLES / "display_fab.py"), run_name="__main__")
    assert main(["simulate", str(path), "--days", "20", "--replications", "2"]) == 0
    assert "Throughput" in capsys.readouterr().out
