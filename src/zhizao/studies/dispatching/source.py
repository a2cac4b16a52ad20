"""A rule as a Python file: for the plant file, for the twin, and for the floor."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import Any

from zhizao.studies.dispatching.grammar import NO_DUE_S, Tree, code, facts_in, formula, parts

NAME = "next_lot"


def source_of(tree: Tree, said: str) -> str:
    """Text of the file; `said` tells where the rule comes from."""
    lines = [f"    {line}" for line in wrap(formula(tree), 100)]
    body = ['    """The lot with the lowest number goes first.', "", *lines, '    """']
    facts = facts_in(tree)
    if "due" in facts:
        body.append(f"    due = min(due, {NO_DUE_S!r})  # a lot without a due date")
    body.append(f"    return {code(tree)}")
    uses_exp = any(getattr(part, "op", "") == "exp" for part in parts(tree))
    head = [
        f'"""{said}"""',
        "",
        *(["from math import exp", ""] if uses_exp else []),
        "from zhizao import rule",
    ]
    return "\n".join([*head, "", "", "@rule", f"def {NAME}({', '.join(facts)}):", *body, ""])


def function_of(source: str) -> Callable[..., Any]:
    """The function in the text of a file."""
    names: dict[str, Any] = {"__name__": "a_rule_that_was_found"}
    exec(compile(source, "<rule>", "exec"), names)
    found: Callable[..., Any] = names[NAME]
    return found
