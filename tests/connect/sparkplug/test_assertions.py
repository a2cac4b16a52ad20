"""The table of assertions names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "sparkplug.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(tck-id-[\w-]+)` \| `(\w+)\.(\w+)` \|$", re.MULTILINE)
ASSERTIONS = 299  # of the specification


def test_each_assertion_is_mapped_to_a_test_that_exists() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) == PAGE.count("| `tck-id-")
    tests = {
        (file.stem, node.name)
        for file in HERE.glob("test_*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert {(module, name) for _, module, name in rows} <= tests


def test_the_assertions_that_apply_and_those_that_do_not_are_all() -> None:
    named = [row[0] for row in ROW.findall(PAGE)]
    others = re.findall(r"^- .*: (\d+)$", PAGE, re.MULTILINE)
    assert len(set(named)) == len(named)
    assert len(named) + sum(map(int, others)) == ASSERTIONS
