"""The scripts of the house: they find what is wrong, and say nothing where all is well."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [*sys.path])  # a script puts `src` in front
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader(f"scripts_{name}", str(ROOT / "scripts" / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, loader.name, module)
    loader.exec_module(module)
    return module


@pytest.fixture
def docs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    module = script("docs", monkeypatch)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "DOCS", tmp_path)
    return module


def test_a_link_to_a_page_or_a_heading_that_is_not_there_is_found(docs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# Off shift\n\n## `oee`\n", encoding="utf-8")
    text = (
        "[a](there.md) [b](there.md#off-shift) [c](there.md#oee) [d](gone.md) [e](there.md#gone) ![f](g.png)"
    )
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    faults = list(docs.broken(tmp_path / "page.md"))
    assert [fault.split(": ")[1] for fault in faults] == ["gone.md", "there.md#gone", "g.png"]


def test_links_in_code_and_to_the_network_are_left_alone(docs: ModuleType, tmp_path: Path) -> None:
    text = "```\n[a](gone.md)\n```\n[b](https://example.org/gone)\n"
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert list(docs.broken(tmp_path / "page.md")) == []


def test_a_page_that_is_not_current_is_shown_as_a_difference(docs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "kpi.md").write_text("# OEE\nold\n", encoding="utf-8")
    assert "-old" in docs.stale("kpi.md", "# OEE\nnew\n")
    docs.write(tmp_path / "kpi.md", "# OEE\nnew\n")
    assert docs.stale("kpi.md", "# OEE\nnew\n") == []
    assert [path.name for path in tmp_path.iterdir()] == ["kpi.md"]


def test_a_bar_in_a_meaning_does_not_break_the_table(docs: ModuleType) -> None:
    assert docs.table(["a", "b"], [("x | y", None)])[-1] == "| x \\| y |  |"


def test_the_page_of_the_command_line_tells_every_option(docs: ModuleType) -> None:
    app = typer.Typer()

    @app.command()
    def simulate(plant: str, seed: Annotated[int, typer.Option(help="of the random numbers")] = 1) -> None:
        """Run the plant."""

    @app.command()
    def check(plant: str) -> None:
        """Read the plant."""

    page = docs.commands(app)
    assert "## check\n\nRead the plant." in page
    assert "| `--seed` | `1` | of the random numbers |" in page
    assert "| `PLANT` |  |" in page


def test_examples_of_a_command_are_shown_as_code_and_the_rest_as_paragraphs(docs: ModuleType) -> None:
    app = typer.Typer(epilog="Exit codes: 0 ok.")

    @app.command()
    def check(plant: str) -> None:
        """Read a <plant>.

        It may be
        long.

        \b
        plant check a.yaml      # two  spaces
        plant check b.yaml
        """

    @app.command()
    def other(plant: str) -> None:
        """Do something else."""

    page = docs.commands(app)
    code = "```sh\nplant check a.yaml      # two  spaces\nplant check b.yaml\n```"
    assert f"## check\n\nRead a &lt;plant>.\n\nIt may be long.\n\n{code}\n\n| " in page
    assert "# The command line\n\nExit codes: 0 ok.\n\n## check" in page
    assert page.count("```") == 2


def test_an_angle_bracket_is_escaped_in_text_and_stays_as_it_is_in_code(docs: ModuleType) -> None:
    row = docs.table(["a"], [("a < b, `rework <operation>` and ``<id>`` for <id>",)])[-1]
    assert row == "| a &lt; b, `rework <operation>` and ``<id>`` for &lt;id> |"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.stem)
def test_no_page_shows_an_html_escape_in_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`[^`\n]+`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    assert [code for code in (*blocks, *spans) if re.search(r"&(#\d+|[a-z]+);", code)] == []


@pytest.mark.parametrize(("names", "ran"), [(["ruff"], ["ruff"]), (["rooms", "links"], ["rooms", "links"])])
def test_a_check_can_be_run_by_its_name(
    names: list[str], ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [step.name for step in script("check", monkeypatch).chosen(names, False)] == ran


def test_all_checks_include_the_tests_and_the_quick_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    check = script("check", monkeypatch)
    assert "tests" in {step.name for step in check.chosen([], True)}
    assert "tests" not in {step.name for step in check.chosen([], False)}


def test_a_check_that_does_not_exist_is_refused_with_the_names_that_do() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "check"), "spelling"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode != 0
    assert "no check named spelling; there are: ruff, format, mypy" in done.stderr


def test_a_check_that_fails_makes_the_whole_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check = script("check", monkeypatch)
    good, bad = ((sys.executable, "-c", f"raise SystemExit({code})") for code in (0, 3))
    monkeypatch.setattr(check, "STEPS", (check.Step("good", good), check.Step("bad", bad)))
    monkeypatch.setattr(sys, "argv", ["check"])
    assert check.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["good", "passed"] for line in lines)
    assert any(line.split()[:2] == ["bad", "FAILED"] for line in lines)
