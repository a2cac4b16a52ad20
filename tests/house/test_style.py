"""House style that no linter knows: size of functions, heavy imports, names of hosts, links of decisions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhizao"
MODULES = sorted(SOURCE.rglob("*.py"))
DECISIONS = ROOT / "docs" / "decisions"
HEAVY = {
    "scipy",
    "lightgbm",
    "ortools",
    "onnxruntime",
    "PIL",
    "duckdb",
    "ezdxf",
    "reportlab",
    "shapely",
    "spyrrow",
    "pyvrp",
    "fastexcel",
    "fastapi",
    "asyncua",
    "basyx",
    "lxml",
    "aiomqtt",
    "ray",
    "torch",
}
SCREEN = 60  # lines
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def functions(module: Path) -> list[Function]:
    return [node for node in ast.walk(tree(module)) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    taken = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - taken


def loaded_at_once(module: Path) -> set[str]:
    """Packages that are loaded when the module is imported."""
    top = [node for node in tree(module).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in top if isinstance(node, ast.ImportFrom)}
    return {full.split(".")[0] for full in names}


def test_every_function_fits_one_screen() -> None:
    long = [f"{name(m)}:{f.lineno} {f.name}" for m in MODULES for f in functions(m) if length(f) > SCREEN]
    assert not long, "\n".join(long)


def test_a_function_is_mostly_shorter_than_fifteen_lines() -> None:
    assert median(length(f) for module in MODULES for f in functions(module)) < 15


def test_no_public_function_takes_what_it_does_not_name() -> None:
    public = [(m, f) for m in MODULES for f in functions(m) if not f.name.startswith("_")]
    loose = [f"{name(m)}:{f.lineno} {f.name}" for m, f in public if f.args.kwarg]
    assert not loose, "**kwargs accept and ignore what was mistyped:\n" + "\n".join(loose)


def test_heavy_libraries_are_loaded_only_by_the_function_that_needs_them() -> None:
    assert [name(module) for module in MODULES if loaded_at_once(module) & HEAVY] == []


def test_no_module_needs_what_windows_lacks() -> None:
    assert [name(module) for module in MODULES if loaded_at_once(module) & POSIX_ONLY] == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "common", "auxiliary", "helpers", "misc"}
    parts = {
        m: {part.removesuffix(".py").strip("_") for part in m.relative_to(SOURCE).parts} for m in MODULES
    }
    assert [name(module) for module in MODULES if parts[module] & drawers] == []


def written_files() -> Iterator[Path]:
    """Every text file of the repository that somebody wrote (not what tools leave behind)."""
    kinds = {
        ".py",
        ".md",
        ".toml",
        ".txt",
        ".yml",
        ".yaml",
        ".json",
        ".cfg",
        ".ini",
        ".html",
        ".js",
        ".css",
        "",
    }
    left_behind = {"site", "build", "dist", "__pycache__", "node_modules"}
    for path in sorted(ROOT.rglob("*")):
        folders = path.relative_to(ROOT).parts[:-1]
        hidden = any(part.startswith(".") and part != ".ci" for part in folders)
        if path.is_file() and path.suffix in kinds and not hidden and left_behind.isdisjoint(folders):
            yield path


def test_no_file_names_the_host_of_a_registry() -> None:
    # put together here, so that this file does not name one either
    words = [
        "index-" + "url",
        "trusted-" + "host",
        "find-" + "links",
        "python" + "hosted",
        "registry." + "npmjs",
    ]
    hosts = re.compile("|".join(map(re.escape, words)) + "|https?://[^ )\"']*(?:pyp" + "i|artifactory|nexus)")
    faults = {
        name(p) for p in written_files() if hosts.search(p.read_text(encoding="utf-8", errors="replace"))
    }
    assert faults == set()


def test_a_pin_is_a_name_and_a_version_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", pin)] == []


@pytest.mark.parametrize("decision", sorted(DECISIONS.glob("[0-9]*.md")), ids=name)
def test_every_decision_is_listed_and_says_what_why_and_what_we_gave_up(decision: Path) -> None:
    assert f"]({decision.name})" in (DECISIONS / "index.md").read_text(encoding="utf-8")
    text = decision.read_text(encoding="utf-8").lower()
    assert all(word in text for word in ("what", "why", "gave up"))


def test_no_two_decisions_have_the_same_number() -> None:
    numbers = [path.name[:4] for path in DECISIONS.glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))
