"""docs/semantics.md: every sentence about the twin names tests, and those exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("plant", "engine", "kernels", "naive", "laws", "published", "studies/simulate", "studies/schedule")


def sentences() -> list[str]:
    """The points of the page, each with its tests."""
    text = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    return [
        re.sub(r"\s+", " ", point.split("\n\n")[0])
        for point in re.split(r"^- ", text, flags=re.MULTILINE)[1:]
    ]


def named(sentence: str) -> list[str]:
    return re.findall(r"`(test_\w+)`", sentence)


def defined() -> set[str]:
    paths = [path for room in TESTS for path in sorted((ROOT / "tests" / room).glob("test_*.py"))]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_sentence_names_a_test() -> None:
    assert len(sentences()) > 60
    assert [sentence for sentence in sentences() if not named(sentence)] == []


def test_every_test_that_a_sentence_names_exists() -> None:
    missing = {name for sentence in sentences() for name in named(sentence)} - defined()
    assert sorted(missing) == []


def test_nearly_every_test_of_what_a_user_sees_stands_behind_a_sentence() -> None:
    """All but those of runs (settings, progress, cancel, size) and of this page."""
    used = {name for sentence in sentences() for name in named(sentence)}
    means = (
        "test_run",
        "test_lower",
        "test_bench",
        "test_log_files",
        "test_checkpoint",
        "test_semantics_page",
    )
    rooms = [p for p in sorted((ROOT / "tests" / "engine").glob("test_*.py")) if p.stem not in means]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in rooms]
    asked = {
        n.name
        for tree in trees
        for n in tree.body
        if isinstance(n, ast.FunctionDef)
        if n.name.startswith("test_")
    }
    silent = {
        "test_no_piece_leaves_out_an_operation_because_others_went_back_twice",
    }
    assert sorted(asked - used - silent) == []
