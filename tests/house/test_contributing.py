"""The lists of CONTRIBUTING are true: what they name exists, and holds each kind that there is."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from zhizao.engine.session import events
from zhizao.kernels import tables
from zhizao.kpi import FORMULAS
from zhizao.plant import Transport, read_plant
from zhizao.plant.model import Model
from zhizao.plant.query.transport import KINDS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhizao"
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TOP = ("src", "tests", "docs", "scripts", "examples", "benchmarks")

MORE_FILES = {
    "src/zhizao/engine/lower.py": "fleets: batteries are lowered as downtimes",
    "src/zhizao/engine/supply.py": "fleets: chargers are counted like tools",
    "src/zhizao/plant/measures/capacity.py": "another vehicle of a fleet; a store where a fleet brings lots",
    "src/zhizao/web/scene/floor.py": "each kind is drawn in its own way: vehicles, belts, racks",
    "src/zhizao/web/scene/places.py": "cranes have a place of their own on the layout",
    "src/zhizao/web/scene/trace.py": "says whether fleets drive by the places of the layout",
    "src/zhizao/studies/logistics/alternatives.py": "each kind has alternatives of its own",
    "src/zhizao/studies/logistics/study.py": "asks whether there is anything to plan",
    "src/zhizao/studies/logistics/findings.py": "says how many vehicles are enough",
    "src/zhizao/plant/query/floors.py": "fleets drive on floors",
    "src/zhizao/plant/checks/never.py": "fleets and conveyors: a way that takes time ends an endless loop",
}
"""Files besides those of the list that name a kind of transporter, and why."""


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def files_in(text: str) -> list[str]:
    """The files, folders and patterns of files that a text names."""
    return [name for name in re.findall(r"`([^`\s]+)`", text) if name.split("/")[0] in TOP and "/" in name]


def kind_of(field: str) -> type[Model]:
    """The class of the parts in a field of `Transport`."""
    found: type[Model] = get_args(Transport.model_fields[field].annotation)[0]
    return found


@cache
def said_in(path: Path) -> frozenset[str]:
    """Names that a file uses: of variables, attributes, what it imports, and whole strings."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case (
                ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.ClassDef(name=name)
            ):
                found.add(name)
            case ast.Constant(value=str(name)):
                found.add(name)
    return frozenset(found)


@pytest.mark.parametrize("name", sorted(set(files_in(TEXT))))
def test_every_file_that_contributing_names_exists(name: str) -> None:
    assert list(ROOT.glob(re.sub(r"<[^>]*>", "*", name)))


def test_every_transporter_of_the_model_is_registered() -> None:
    parts = [name for name, info in Transport.model_fields.items() if get_args(info.annotation)]
    assert {name for name in parts if "power" in getattr(kind_of(name), "model_fields", ())} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_leads_to_all_that_a_kind_of_transporter_has(kind: str) -> None:
    name = kind_of(kind).__name__
    for path in files_in(section("Add a kind of transporter")):
        if path.startswith("src/zhizao/plant/") and not path.endswith("faults.py"):
            assert {name, kind} & said_in(ROOT / path), path
    assert {name, kind} & said_in(SOURCE / "engine" / "transport.py")
    assert (ROOT / "tests" / "engine" / f"test_{kind}.py").is_file()
    assert name in said_in(ROOT / "tests" / "strategies.py")
    assert f"`{name}`" in read("docs/glossary.md")
    plants = map(read_plant, (ROOT / "examples" / "plants").glob("*.yaml"))
    assert any(getattr(plant.transport, kind) for plant in plants)


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_file_tells_a_kind_of_transporter_from_the_rest(kind: str) -> None:
    names = {kind, kind_of(kind).__name__}
    found = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCE.rglob("*.py")
        if names & said_in(path) and "kernels" not in path.parts
    }
    assert found - set(files_in(section("Add a kind of transporter"))) <= MORE_FILES.keys()


def test_the_loop_handles_every_event_of_the_twin() -> None:
    named = {name for name in vars(tables) if name.startswith("E_")}
    assert named
    assert named <= said_in(SOURCE / "kernels" / "loop.py")


@pytest.mark.parametrize("event", [event.__name__ for event in get_args(events.Event)])
def test_every_event_of_a_session_is_applied_tried_and_described(event: str) -> None:
    assert event in said_in(SOURCE / "engine" / "session" / "apply.py")
    assert any(event in said_in(path) for path in (ROOT / "tests" / "engine" / "session").glob("*.py"))
    assert f"`{event}" in read("docs/state.md")


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_kpi_has_its_value_by_hand_and_its_place_on_the_page(formula: str) -> None:
    assert any(formula in said_in(path) for path in (ROOT / "tests" / "kpi").glob("*.py"))
    assert f"## {formula}\n" in read("docs/kpi.md")


def test_every_option_of_the_command_line_stands_on_its_page() -> None:
    text = read("docs/cli.md")
    declared = {
        word
        for path in (SOURCE / "cli").glob("*.py")
        if path.name != "app.py"  # options of every command, such as --version
        for word in said_in(path)
        if re.fullmatch(r"--[a-z][a-z-]*", word)
    }
    assert declared
    assert [flag for flag in sorted(declared) if not re.search(rf"`{flag}[`,]", text)] == []
