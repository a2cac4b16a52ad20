"""Expressions as programs in plain numbers, and the one compiled interpreter that evaluates them all.

Compiling a rule takes a tenth of a second or more, as long as a hundred short runs. So a search compiles one
rule, the interpreter, and each candidate is data: words (operation codes) and numbers (constants).
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from zhizao.solvers.rules.grammar import MAX_EXPONENT, MIN_DIVISOR, RULE_INPUTS, Call, Number, Tree, subtrees

Floats = npt.NDArray[np.float64]

WORDS = ("rule_word_0", "rule_word_1", "rule_word_2")
NUMBERS = (
    "rule_number_0",
    "rule_number_1",
    "rule_number_2",
    "rule_number_3",
    "rule_number_4",
    "rule_number_5",
)

_BITS, _CODES_PER_WORD = 6, 8  # 48 bits: a word is exact as a float
_NEG, _EXP, _IF, _ADD, _LESS, _TIMES, _OVER, _MIN, _MAX = range(1, 10)
_INPUT, _NUMBER = 20, 40  # first code of inputs, of constants
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
    """Words and numbers of an expression in postfix notation, by the names in `WORDS` and `NUMBERS`."""
    constants = list(dict.fromkeys(part.value for part in subtrees(tree) if isinstance(part, Number)))
    inputs = list(RULE_INPUTS)
    codes = []
    for part in subtrees(tree):
        if isinstance(part, Call):
            codes.append(_CODES[part.op])
        elif isinstance(part, Number):
            codes.append(_NUMBER + constants.index(part.value))
        else:
            codes.append(_INPUT + inputs.index(part))
    words = [0.0] * len(WORDS)
    for place, code in enumerate(codes):
        words[place // _CODES_PER_WORD] += float(code << _BITS * (place % _CODES_PER_WORD))
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
        return x / max(abs(y), MIN_DIVISOR)
    if code == _MIN:
        return min(x, y)
    return max(x, y)


def _evaluate(inputs: Any, words: Any, numbers: Any) -> float:
    """Evaluate a program on a stack of six; `inputs` in the order of `RULE_INPUTS`."""
    a = b = c = d = e = f = 0.0
    for word in words:
        left = int(word)
        while left > 0:
            code = left & 63
            left >>= 6
            if code >= _INPUT:
                f, e, d, c, b = e, d, c, b, a
                a = numbers[code - _NUMBER] if code >= _NUMBER else inputs[code - _INPUT]
            elif code == _NEG:
                a = -a
            elif code == _EXP:
                a = exp(min(a, MAX_EXPONENT))
            elif code == _IF:
                a, b, c = b if d < c else a, e, f
            else:
                a, b, c, d, e = _compiled_two(code, b, a), c, d, e, f
    return a


_compiled_two: Any = njit(_two)
evaluate: Any = njit(_evaluate)
"""The interpreter, compiled: (inputs, words, numbers) → value, the lot with the lowest goes first."""


# ---------------------------------------------------------------- vectorised
def ranks(tree: Tree, inputs: dict[str, Floats]) -> Floats:
    """The values of an expression for many lots at once; `inputs`: arrays of equal shape, by name."""
    if isinstance(tree, str):
        return inputs[tree]
    if isinstance(tree, Number):
        return np.full_like(inputs["now"], tree.value)
    of = [ranks(part, inputs) for part in tree.of]
    if tree.op == "neg":
        return -of[0]
    if tree.op == "exp":
        return np.exp(np.minimum(of[0], MAX_EXPONENT))
    if tree.op == "if":
        return np.where(of[0] < of[1], of[2], of[3])
    if tree.op == "/":
        return of[0] / np.maximum(np.abs(of[1]), MIN_DIVISOR)
    return np.asarray(_VECTORISED[tree.op](*of))


_VECTORISED = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "min": np.minimum, "max": np.maximum,
}  # fmt: skip
