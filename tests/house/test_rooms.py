"""The rooms of the house: which there are, and who may import whom."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhizao"
MODULES = sorted(SOURCE.rglob("*.py"))
ROOMS = sorted({path.relative_to(SOURCE).parts[0] for path in MODULES if path.parent != SOURCE})
PACKAGES = sorted(path.parent for path in MODULES if path.name == "__init__.py")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def contracts() -> dict[str, dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def rooms_in_contract() -> set[str]:
    layers = contracts()["layers"]["layers"]
    assert isinstance(layers, list)
    return {room.strip(" ()") for layer in layers for room in layer.split("|")}


def imported(module: Path) -> set[str]:
    """Full names of what a module imports, wherever in it the import stands."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_every_folder_of_the_package_is_a_room_in_the_contract() -> None:
    assert set(ROOMS) <= rooms_in_contract(), "a new room needs a line in the contract and a decision record"


def model_house(folder: Path) -> Path:
    """An empty package with the rooms that must exist."""
    package = folder / "zhizao"
    for room in rooms_in_contract() - {"solvers"}:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").touch()
    return package


def test_a_folder_that_is_not_in_the_contract_fails_the_build(tmp_path: Path) -> None:
    attic = model_house(tmp_path) / "attic"
    attic.mkdir()
    (attic / "__init__.py").touch()
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert "attic" in run.stdout


@pytest.mark.parametrize(
    ("room", "imports"),
    [
        ("kpi", "zhizao.studies"),  # upward
        ("kpi", "zhizao.engine"),  # a neighbour
        ("plant", "zhizao.kernels"),  # kernels are protected
        ("studies", "zhizao.kernels"),
        ("kernels", "zhizao.quantities"),  # kernels know no room
        ("kernels", "polars"),
        ("report", "zhizao.plant"),
        ("connect", "zhizao.engine"),
    ],
)
def test_a_room_that_reaches_where_it_may_not_fails_the_build(
    tmp_path: Path, room: str, imports: str
) -> None:
    package = model_house(tmp_path)
    (package / room / "__init__.py").write_text(f"import {imports}\n", encoding="utf-8")
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert f"zhizao.{room} -> {imports}" in run.stdout


@pytest.mark.parametrize("room", ["studies", "connect", "solvers"])
def test_a_study_that_knows_another_study_fails_the_build(tmp_path: Path, room: str) -> None:
    package = model_house(tmp_path)
    for name, text in (("", ""), ("one", ""), ("two", f"import zhizao.{room}.one\n")):
        (package / room / name).mkdir(exist_ok=True)
        (package / room / name / "__init__.py").write_text(text, encoding="utf-8")
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert f"zhizao.{room}.two -> zhizao.{room}.one" in run.stdout


def test_the_rooms_as_designed_pass(tmp_path: Path) -> None:
    package = model_house(tmp_path)
    (package / "engine" / "__init__.py").write_text("import zhizao.kernels, zhizao.plant\n", encoding="utf-8")
    (package / "studies" / "__init__.py").write_text("import zhizao.report, zhizao.kpi\n", encoding="utf-8")
    assert lint_imports(tmp_path).returncode == 0


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of this repository on another package of the same name."""
    settings = str(ROOT / "pyproject.toml")
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); from importlinter.cli import lint_imports; "
        f"sys.exit(lint_imports(config_filename={settings!r}, no_cache=True))"
    )
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )


def test_a_kernel_knows_numpy_and_numba_and_nothing_else() -> None:
    allowed = {"numpy", "numba", "llvmlite", *sys.stdlib_module_names}
    kernels = [module for module in MODULES if module.is_relative_to(SOURCE / "kernels")]
    known = {full for m in kernels for full in imported(m) if not full.startswith("zhizao.kernels")}
    assert {full.split(".")[0] for full in known} <= allowed


def test_every_room_says_at_its_door_what_it_is_for() -> None:
    silent = [name(package) for package in PACKAGES if len(door(package).split()) < 4]
    assert not silent, f"no docstring worth the name: {', '.join(silent)}"


def door(package: Path) -> str:
    return ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""


def test_the_tests_mirror_the_rooms() -> None:
    beside = {"house", "laws", "naive", "published", "recovery", "examples", "strategies", "data"}
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("*/*.py")}
    assert folders <= rooms_in_contract() | beside
