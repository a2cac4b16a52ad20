"""Rules as text: a formula for people, and a Python file for the twin, a plant file and the floor."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

from zhizao.solvers.rules.grammar import (
    MAX_EXPONENT,
    MIN_DIVISOR,
    NO_DUE_S,
    Call,
    Number,
    Tree,
    inputs_of,
    subtrees,
)

FUNCTION = "next_lot"
"""Name of the function in a rule's file."""

_NEVER_NEGATIVE = frozenset(("work", "rest", "setup", "active", "pieces"))


def source_of(tree: Tree, title: str) -> str:
    """Text of the file; `title` says where the rule comes from."""
    lines = [f"    {line}" for line in wrap(formula(tree), 100)]
    body = ['    """The lot with the lowest number goes first.', "", *lines, '    """']
    inputs = inputs_of(tree)
    if "due" in inputs:
        body.append(f"    due = min(due, {NO_DUE_S!r})  # a lot without a due date")
    body.append(f"    return {code(tree)}")
    uses_exp = any(getattr(part, "op", "") == "exp" for part in subtrees(tree))
    head = [
        f'"""{title}"""',
        "",
        *(["from math import exp", ""] if uses_exp else []),
        "from zhizao import rule",
    ]
    return "\n".join([*head, "", "", "@rule", f"def {FUNCTION}({', '.join(inputs)}):", *body, ""])


@dataclass(frozen=True, slots=True)
class _Signs:
    """How operations are written."""

    times: str
    over: str
    minus: str
    code: bool


_CODE = _Signs("*", "/", "-", code=True)
_MATHS = _Signs("×", "÷", "−", code=False)
_LEVEL = {"if": 0, "+": 1, "-": 1, "*": 2, "/": 2, "neg": 3}


def formula(tree: Tree) -> str:
    """The expression in mathematical notation."""
    return _text(tree, _MATHS)


def code(tree: Tree) -> str:
    """The expression in Python; it gives the same digits as its program."""
    return _text(tree, _CODE)


def _text(tree: Tree, signs: _Signs) -> str:
    if isinstance(tree, str):
        return tree
    if isinstance(tree, Number):
        return repr(tree.value) if signs.code else _amount(tree)
    op, of = tree.op, tree.of
    if op == "if":
        x, y, a, b = (_within(part, 1, signs) for part in of)
        return f"{a} if {x} < {y} else {b}"
    if op == "exp":
        inner = _text(of[0], signs)
        return f"exp(min({inner}, {MAX_EXPONENT}))" if signs.code else f"exp({inner})"
    if op in ("min", "max"):
        return f"{op}({_text(of[0], signs)}, {_text(of[1], signs)})"
    if op == "neg":
        return f"{signs.minus}{_within(of[0], 3, signs)}"
    level = _LEVEL[op]
    sign = {"+": "+", "-": signs.minus, "*": signs.times, "/": signs.over}[op]
    right = _divisor(of[1], signs) if op == "/" else _within(of[1], level + 1, signs)
    return f"{_within(of[0], level, signs)} {sign} {right}"


def _within(tree: Tree, level: int, signs: _Signs) -> str:
    """An operand, in brackets where it binds less than its operation."""
    text = _text(tree, signs)
    own = _LEVEL.get(tree.op, 9) if isinstance(tree, Call) else 9
    own = 3 if isinstance(tree, Number) and tree.value < 0 else own
    return f"({text})" if own < level else text


def _divisor(tree: Tree, signs: _Signs) -> str:
    if not signs.code or (isinstance(tree, Number) and tree.value >= MIN_DIVISOR):
        return _within(tree, 3, signs)
    inner = _text(tree, signs)
    return f"max({inner}, {MIN_DIVISOR})" if _never_negative(tree) else f"max(abs({inner}), {MIN_DIVISOR})"


def _never_negative(tree: Tree) -> bool:
    if isinstance(tree, str):
        return tree in _NEVER_NEGATIVE
    if isinstance(tree, Number):
        return tree.value >= 0.0
    if tree.op == "exp":
        return True
    if tree.op == "max":
        return any(_never_negative(part) for part in tree.of)
    return tree.op in ("+", "*", "/", "min") and all(_never_negative(part) for part in tree.of)


def _amount(number: Number) -> str:
    """A constant in a fitting unit of time."""
    if number.power != 1:
        return f"{number.value:.4g}"
    for unit, seconds in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if abs(number.value) >= seconds:
            return f"{number.value / seconds:.4g} {unit}"
    return f"{number.value:.4g} s"
