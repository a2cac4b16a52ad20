"""Dispatch rules as small expression trees over the inputs of a rule, with dimensions.

The dimension of a subtree is a power of time (work is 1, a share 0, a rate -1), or it is a moment. Seconds
are never added to pieces, so every rule can be read (dimensionally aware genetic programming: Keijzer &
Babovic 1999, GECCO).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

MOMENT = 9
RULE_INPUTS = {
    **dict.fromkeys(("now", "due", "release", "since"), MOMENT),
    **dict.fromkeys(("work", "rest", "setup"), 1),
    **dict.fromkeys(("priority", "active", "pieces"), 0),
}
"""Inputs of a dispatch rule, in the order of the kernels, and the dimension of each."""

POWERS = (-1, 0, 1, 2)
PAIRS = ("+", "-", "*", "/", "min", "max")
MIN_DIVISOR = 1e-6  # divisors are at least this far from 0
MAX_EXPONENT = 30.0  # arguments of exp are capped here
NO_DUE_S = 1e12  # due date of a lot without one
MAX_TOKENS, MAX_NUMBERS, MAX_STACK = 24, 6, 6  # what a program can hold (`program`)


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; `power`: its dimension, as a power of time."""

    value: float
    power: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """An operation on others: + - * / min max, neg, exp, or `if` (x, y, a, b: a where x < y, else b)."""

    op: str
    of: tuple[Tree, ...]


Tree = str | Number | Call
"""An input by its name, a number, or an operation."""


def call(op: str, *of: Tree) -> Call:
    """Write an operation."""
    return Call(op, of)


# ---------------------------------------------------------------- dimensions
def dimension_of(op: str, dimensions: tuple[int, ...]) -> int | None:
    """Dimension of an operation on operands of these dimensions; None: it has none."""
    if op == "exp":
        return 0 if dimensions == (0,) else None
    if op == "neg":
        return None if dimensions[0] == MOMENT else dimensions[0]
    if op == "if":
        return dimensions[2] if dimensions[0] == dimensions[1] and dimensions[2] == dimensions[3] else None
    x, y = dimensions
    if op in ("*", "/"):
        power = x + y if op == "*" else x - y
        return power if MOMENT not in dimensions and power in POWERS else None
    if MOMENT in dimensions:
        return _of_moments(op, x, y)
    return x if x == y else None


def _of_moments(op: str, x: int, y: int) -> int | None:
    if x == y:
        return {"-": 1, "min": MOMENT, "max": MOMENT}.get(op)
    return MOMENT if x == MOMENT and y == 1 and op in ("+", "-") else None


@cache
def dimension(tree: Tree) -> int | None:
    """Dimension of an expression; None: its operands do not go together."""
    if isinstance(tree, str):
        return RULE_INPUTS[tree]
    if isinstance(tree, Number):
        return tree.power
    dimensions = [dimension(part) for part in tree.of]
    known = tuple(part for part in dimensions if part is not None)
    return dimension_of(tree.op, known) if len(known) == len(dimensions) else None


# ---------------------------------------------------------------- subtrees
def subtrees(tree: Tree) -> Iterator[Tree]:
    """All subtrees in postorder: operands before their operation."""
    if isinstance(tree, Call):
        for part in tree.of:
            yield from subtrees(part)
    yield tree


def size(tree: Tree) -> int:
    """Number of inputs, constants and operations."""
    return sum(1 for _ in subtrees(tree))


def inputs_of(tree: Tree) -> tuple[str, ...]:
    """Inputs that an expression reads, in the order of `RULE_INPUTS`."""
    found = {part for part in subtrees(tree) if isinstance(part, str)}
    return tuple(name for name in RULE_INPUTS if name in found)


def fits(tree: Tree) -> bool:
    """Whether an expression has a dimension and fits into a program."""
    numbers = {part for part in subtrees(tree) if isinstance(part, Number)}
    room = size(tree) <= MAX_TOKENS and len(numbers) <= MAX_NUMBERS and _stack_depth(tree) <= MAX_STACK
    return room and dimension(tree) is not None


def _stack_depth(tree: Tree) -> int:
    """Stack places that evaluating an expression takes."""
    return (
        max(place + _stack_depth(part) for place, part in enumerate(tree.of)) if isinstance(tree, Call) else 1
    )


def with_subtree(tree: Tree, place: int, new: Tree) -> Tree:
    """The expression with the subtree at a place (in the order of `subtrees`) replaced."""
    return _replaced(tree, place, new)[0]


def _replaced(tree: Tree, place: int, new: Tree) -> tuple[Tree, int]:
    """(Expression, places left to go; below 0: replaced)."""
    if isinstance(tree, Call):
        of = []
        for part in tree.of:
            if place >= 0:
                part, place = _replaced(part, place, new)
            of.append(part)
        tree = Call(tree.op, tuple(of))
    if place == 0:
        return new, -1
    return tree, place - 1 if place > 0 else place
