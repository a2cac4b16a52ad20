"""Rules as small expressions over what a dispatch rule is told; times meet times, so that each can be read.

A subtree has a kind: the power of time that it is (work is 1, a share 0, a rate -1), or a moment. What would
add seconds to pieces is never made (Keijzer & Babovic 1999, GECCO, on dimensionally aware programming).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

MOMENT = 9
KINDS = {
    **dict.fromkeys(("now", "due", "release", "since"), MOMENT),
    **dict.fromkeys(("work", "rest", "setup"), 1),
    **dict.fromkeys(("priority", "active", "pieces"), 0),
}
"""Facts that a dispatch rule is told, and what kind each is."""

POWERS = (-1, 0, 1, 2)
PAIRS = ("+", "-", "*", "/", "min", "max")
LEAST = 1e-6  # what is divided by is at least this far from 0
STEEPEST = 30.0  # of what is put into exp
NO_DUE_S = 1e12  # due date of a lot without one
MOST_TOKENS, MOST_NUMBERS, MOST_DEEP = 24, 6, 6  # what the machine has room for
_NEVER_NEGATIVE = frozenset(("work", "rest", "setup", "active", "pieces"))


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; `power` of time that it is."""

    value: float
    power: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """An operation on others: + - * / min max, neg, exp, or `if` (x, y, a, b: a where x < y, else b)."""

    op: str
    of: tuple[Tree, ...]


Tree = str | Number | Call
"""A fact by its name, a number, or an operation."""


def call(op: str, *of: Tree) -> Call:
    """Write an operation."""
    return Call(op, of)


# ---------------------------------------------------------------- kinds
def kind_of(op: str, kinds: tuple[int, ...]) -> int | None:
    """Kind of an operation on these kinds; None: it makes no sense."""
    if op == "exp":
        return 0 if kinds == (0,) else None
    if op == "neg":
        return None if kinds[0] == MOMENT else kinds[0]
    if op == "if":
        return kinds[2] if kinds[0] == kinds[1] and kinds[2] == kinds[3] else None
    x, y = kinds
    if op in ("*", "/"):
        power = x + y if op == "*" else x - y
        return power if MOMENT not in kinds and power in POWERS else None
    if MOMENT in kinds:
        return _of_moments(op, x, y)
    return x if x == y else None


def _of_moments(op: str, x: int, y: int) -> int | None:
    if x == y:
        return {"-": 1, "min": MOMENT, "max": MOMENT}.get(op)
    return MOMENT if x == MOMENT and y == 1 and op in ("+", "-") else None


@cache
def kind(tree: Tree) -> int | None:
    """Kind of an expression; None: it makes no sense."""
    if isinstance(tree, str):
        return KINDS[tree]
    if isinstance(tree, Number):
        return tree.power
    kinds = [kind(part) for part in tree.of]
    known = tuple(part for part in kinds if part is not None)
    return kind_of(tree.op, known) if len(known) == len(kinds) else None


# ---------------------------------------------------------------- looking at trees
def parts(tree: Tree) -> Iterator[Tree]:
    """All subtrees, operands before what is done to them."""
    if isinstance(tree, Call):
        for part in tree.of:
            yield from parts(part)
    yield tree


def size(tree: Tree) -> int:
    """Facts, numbers and operations."""
    return sum(1 for _ in parts(tree))


def facts_in(tree: Tree) -> tuple[str, ...]:
    """Facts that an expression needs, in the order in which rules are told them."""
    found = {part for part in parts(tree) if isinstance(part, str)}
    return tuple(name for name in KINDS if name in found)


def fits(tree: Tree) -> bool:
    """Whether an expression makes sense and has room in the machine."""
    numbers = {part for part in parts(tree) if isinstance(part, Number)}
    room = size(tree) <= MOST_TOKENS and len(numbers) <= MOST_NUMBERS and _deep(tree) <= MOST_DEEP
    return room and kind(tree) is not None


def _deep(tree: Tree) -> int:
    """Places on the stack that it takes to work an expression out."""
    return max(place + _deep(part) for place, part in enumerate(tree.of)) if isinstance(tree, Call) else 1


def with_part(tree: Tree, place: int, new: Tree) -> Tree:
    """The expression with another subtree at a place in the order of `parts`."""
    return _put(tree, place, new)[0]


def _put(tree: Tree, place: int, new: Tree) -> tuple[Tree, int]:
    """(Expression, places left to go; below 0: it is done)."""
    if isinstance(tree, Call):
        of = []
        for part in tree.of:
            if place >= 0:
                part, place = _put(part, place, new)
            of.append(part)
        tree = Call(tree.op, tuple(of))
    if place == 0:
        return new, -1
    return tree, place - 1 if place > 0 else place


# ---------------------------------------------------------------- simpler, to the same effect
def simple(tree: Tree) -> Tree:
    """The expression with what cancels out left away; its answers may differ in the last digits."""
    return _at_root(_simple(tree))


def _simple(tree: Tree) -> Tree:
    if not isinstance(tree, Call):
        return tree
    of = tuple(_simple(part) for part in tree.of)
    if tree.op == "neg" and isinstance(of[0], Call) and of[0].op == "neg":
        return of[0].of[0]
    if tree.op == "if" and of[2] == of[3]:
        return of[2]
    if len(of) == 2:
        return _folded(tree.op, *of) or _shorter(tree.op, *of) or Call(tree.op, of)
    return Call(tree.op, of)


def _folded(op: str, x: Tree, y: Tree) -> Tree | None:
    """Two numbers as one."""
    if not (isinstance(x, Number) and isinstance(y, Number)):
        return None
    power = kind_of(op, (x.power, y.power))
    return None if power is None else Number(worked_out(op, x.value, y.value), power)


def worked_out(op: str, x: float, y: float) -> float:
    """An operation on two numbers, as every form of a rule has it."""
    if op == "+":
        return x + y
    if op == "-":
        return x - y
    if op == "*":
        return x * y
    if op == "/":
        return x / max(abs(y), LEAST)
    return min(x, y) if op == "min" else max(x, y)


def _shorter(op: str, x: Tree, y: Tree) -> Tree | None:
    """What an operation comes to where one side makes no difference."""
    if x == y:
        same = kind(x)
        if op in ("min", "max"):
            return x
        if op == "-" and same is not None:
            return Number(0.0, 1 if same == MOMENT else same)
    if op in ("+", "-") and isinstance(y, Number) and y.value == 0.0:
        return x
    if op == "+" and isinstance(x, Number) and x.value == 0.0:
        return y
    if op in ("*", "/") and y == Number(1.0):
        return x
    return y if op == "*" and x == Number(1.0) else None


def _at_root(tree: Tree) -> Tree:
    """What ranks the same: a factor above 0, an amount for all alike, exp and `now` are left away."""
    while isinstance(tree, Call):
        x, y = tree.of[0], tree.of[-1]
        if tree.op == "exp" or (tree.op in ("+", "-", "*", "/") and _same_for_all(tree.op, y)):
            tree = x
        elif tree.op in ("+", "*") and _same_for_all(tree.op, x):
            tree = y
        else:
            break
    return tree


def _same_for_all(op: str, tree: Tree) -> bool:
    if op in ("+", "-"):
        return tree == "now" or isinstance(tree, Number)
    return isinstance(tree, Number) and tree.value > 0.0


# ---------------------------------------------------------------- as text
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
    """The expression for people to read."""
    return _text(tree, _MATHS)


def code(tree: Tree) -> str:
    """The expression in Python; it gives the same digits as the machine."""
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
        return f"exp(min({inner}, {STEEPEST}))" if signs.code else f"exp({inner})"
    if op in ("min", "max"):
        return f"{op}({_text(of[0], signs)}, {_text(of[1], signs)})"
    if op == "neg":
        return f"{signs.minus}{_within(of[0], 3, signs)}"
    level = _LEVEL[op]
    sign = {"+": "+", "-": signs.minus, "*": signs.times, "/": signs.over}[op]
    right = _divisor(of[1], signs) if op == "/" else _within(of[1], level + 1, signs)
    return f"{_within(of[0], level, signs)} {sign} {right}"


def _within(tree: Tree, level: int, signs: _Signs) -> str:
    """A part of an operation, in brackets where it binds less."""
    text = _text(tree, signs)
    own = _LEVEL.get(tree.op, 9) if isinstance(tree, Call) else 9
    own = 3 if isinstance(tree, Number) and tree.value < 0 else own
    return f"({text})" if own < level else text


def _divisor(tree: Tree, signs: _Signs) -> str:
    if not signs.code or (isinstance(tree, Number) and tree.value >= LEAST):
        return _within(tree, 3, signs)
    inner = _text(tree, signs)
    return f"max({inner}, {LEAST})" if _never_negative(tree) else f"max(abs({inner}), {LEAST})"


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
    """A number in the unit that suits it."""
    if number.power != 1:
        return f"{number.value:.4g}"
    for unit, seconds in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if abs(number.value) >= seconds:
            return f"{number.value / seconds:.4g} {unit}"
    return f"{number.value:.4g} s"
