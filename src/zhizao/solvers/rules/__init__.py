"""Search for dispatch rules: expression trees raced with common random numbers, and written as Python.

The package knows no plant: what runs a rule is a function that it is given (`Evaluate`), and what it finds is
an expression, a program in plain numbers, or the text of a Python file.
"""

from zhizao.solvers.rules.behaviour import Behaviour
from zhizao.solvers.rules.grammar import (
    NO_DUE_S,
    RULE_INPUTS,
    Call,
    Number,
    Tree,
    call,
    dimension,
    fits,
    inputs_of,
)
from zhizao.solvers.rules.program import NUMBERS, WORDS, evaluate, program, ranks
from zhizao.solvers.rules.race import Budget, Evaluate, Race
from zhizao.solvers.rules.simplify import simplified
from zhizao.solvers.rules.source import FUNCTION, code, formula, source_of
from zhizao.solvers.rules.space import SearchSpace, known_rules
from zhizao.solvers.rules.variation import Variation

__all__ = [
    "FUNCTION",
    "NO_DUE_S",
    "NUMBERS",
    "RULE_INPUTS",
    "WORDS",
    "Behaviour",
    "Budget",
    "Call",
    "Evaluate",
    "Number",
    "Race",
    "SearchSpace",
    "Tree",
    "Variation",
    "call",
    "code",
    "dimension",
    "evaluate",
    "fits",
    "formula",
    "inputs_of",
    "known_rules",
    "program",
    "ranks",
    "simplified",
    "source_of",
]
