"""A rule that works out any expression: a program in the numbers that it is told, compiled once for all.

To compile a rule takes a tenth of a second and more, which is what a hundred short runs take. So the plant
that is searched on has this rule, and each candidate is a program in attributes of the products.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numba import njit

from zhizao.kpi.analysis import Floats
from zhizao.plant.rules import rule
from zhizao.studies.dispatching.grammar import (
    KINDS,
    LEAST,
    NO_DUE_S,
    STEEPEST,
    Call,
    Number,
    Tree,
    parts,
)

WORDS = ("rule_word_0", "rule_word_1", "rule_word_2")
NUMBERS = (
    "rule_number_0",
    "rule_number_1",
    "rule_number_2",
    "rule_number_3",
    "rule_number_4",
    "rule_number_5",
)

_BITS, _IN_A_WORD = 6, 8
_NEG, _EXP, _IF, _ADD, _LESS, _TIMES, _OVER, _MIN, _MAX = range(1, 10)
_FACT, _NUMBER = 20, 40
_CODES = {
    "neg": _NEG,
    "exp": _EXP,
    "if": _IF,
    "+": _ADD,
    "-": _LESS,
    "*": _TIMES,
    "/": _OVER,
    "min": _MIN,
    "max": _MAX,
}


def program(tree: Tree) -> dict[str, float]:
    """Words and numbers of a program: operands come before what is done to them."""
    constants = list(dict.fromkeys(part.value for part in parts(tree) if isinstance(part, Number)))
    facts = list(KINDS)
    codes = []
    for part in parts(tree):
        if isinstance(part, Call):
            codes.append(_CODES[part.op])
        elif isinstance(part, Number):
            codes.append(_NUMBER + constants.index(part.value))
        else:
            codes.append(_FACT + facts.index(part))
    words = [0.0] * len(WORDS)
    for place, code in enumerate(codes):
        words[place // _IN_A_WORD] += float(code << _BITS * (place % _IN_A_WORD))
    constants += [0.0] * (len(NUMBERS) - len(constants))
    return dict(zip((*WORDS, *NUMBERS), (*words, *constants), strict=True))


def _two(code: int, x: float, y: float) -> float:
    if code == _ADD:
        return x + y
    if code == _LESS:
        return x - y
    if code == _TIMES:
        return x * y
    if code == _OVER:
        return x / max(abs(y), LEAST)
    if code == _MIN:
        return min(x, y)
    return max(x, y)


def _value(facts: Any, words: Any, numbers: Any) -> float:
    """Work a program out on a stack of six."""
    a = b = c = d = e = f = 0.0
    for word in words:
        left = int(word)
        while left > 0:
            code = left & 63
            left >>= 6
            if code >= _FACT:
                f, e, d, c, b = e, d, c, b, a
                a = numbers[code - _NUMBER] if code >= _NUMBER else facts[code - _FACT]
            elif code == _NEG:
                a = -a
            elif code == _EXP:
                a = exp(min(a, STEEPEST))
            elif code == _IF:
                a, b, c = b if d < c else a, e, f
            else:
                a, b, c, d, e = _compiled_two(code, b, a), c, d, e, f
    return a


_compiled_two: Any = njit(_two)
_compiled: Any = njit(_value)


@rule
def steady(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    due, release, since, priority, work, rest, active, pieces,
    rule_word_0, rule_word_1, rule_word_2,
    rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5,
):  # fmt: skip
    """Rank by a program that needs neither `now` nor `setup`: asked once for each lot."""
    return _compiled(
        (0.0, min(due, NO_DUE_S), release, since, work, rest, 0.0, priority, active, pieces),
        (rule_word_0, rule_word_1, rule_word_2),
        (rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5),
    )


@rule
def changing(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    now, due, release, since, priority, work, rest, setup, active, pieces,
    rule_word_0, rule_word_1, rule_word_2,
    rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5,
):  # fmt: skip
    """Rank by any program."""
    return _compiled(
        (now, min(due, NO_DUE_S), release, since, work, rest, setup, priority, active, pieces),
        (rule_word_0, rule_word_1, rule_word_2),
        (rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5),
    )


# ---------------------------------------------------------------- on many lots at once
def ranks(tree: Tree, facts: dict[str, Floats]) -> Floats:
    """The answers of an expression to many lots at once."""
    if isinstance(tree, str):
        return facts[tree]
    if isinstance(tree, Number):
        return np.full_like(facts["now"], tree.value)
    of = [ranks(part, facts) for part in tree.of]
    if tree.op == "neg":
        return -of[0]
    if tree.op == "exp":
        return np.exp(np.minimum(of[0], STEEPEST))
    if tree.op == "if":
        return np.where(of[0] < of[1], of[2], of[3])
    if tree.op == "/":
        return of[0] / np.maximum(np.abs(of[1]), LEAST)
    return np.asarray(_MANY[tree.op](*of))


_MANY = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "min": np.minimum, "max": np.maximum,
}  # fmt: skip
