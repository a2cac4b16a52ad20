"""Variation: new expressions by recombination, mutation and growth; dimensions always fit."""

from __future__ import annotations

from itertools import product

import numpy as np

from zhizao.solvers.rules.grammar import (
    MOMENT,
    PAIRS,
    POWERS,
    RULE_INPUTS,
    Call,
    Number,
    Tree,
    call,
    dimension,
    dimension_of,
    fits,
    subtrees,
    with_subtree,
)
from zhizao.solvers.rules.simplify import simplified
from zhizao.solvers.rules.space import SearchSpace

_FACTORS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
_MAX_TRIES = 20  # variations of a pair before the first parent is given back
_Productions = dict[int, list[tuple[str, tuple[int, ...]]]]


def _productions() -> _Productions:
    """Operations with the dimensions of their operands, by the dimension of the result."""
    dimensions = (*POWERS, MOMENT)
    tried: list[tuple[str, tuple[int, ...]]] = [
        (op, of) for op in PAIRS for of in product(dimensions, dimensions)
    ]
    tried += [("exp", (0,)), *(("neg", (x,)) for x in POWERS)]
    tried += [("if", (x, x, y, y)) for x in (0, 1, MOMENT) for y in (0, 1, MOMENT)]
    found: _Productions = {}
    for op, of in tried:
        gives = dimension_of(op, of)
        if gives is not None:
            found.setdefault(gives, []).append((op, of))
    return found


_PRODUCTIONS = _productions()


class Variation:
    """Draws expressions from a search space."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self._rng = rng
        self._work_s = space.work_s
        usual = {"now", "since", "release", "work", "rest"}
        self._leaves: dict[int, list[Tree]] = {power: [] for power in (*POWERS, MOMENT)}
        for name in (name for name in RULE_INPUTS if name in usual | space.inputs):
            self._leaves[RULE_INPUTS[name]].append(name)
        self._leaves[1] += [call("-", "now", "since"), call("-", "now", "release")]
        if "due" in space.inputs:
            left = call("-", "due", "now")
            self._leaves[1] += [left, call("-", left, "rest"), call("max", left, "rest")]

    def _leaf(self, power: int) -> Tree:
        own = self._leaves[power]
        if power == MOMENT or (own and self._rng.random() < 0.75):
            return own[self._rng.integers(len(own))]
        factor = float(self._rng.choice(_FACTORS))
        if power == 0:
            return Number(factor)
        if power == 1:
            return Number(factor * self._work_s, 1)
        return call("/", Number(1.0), "work") if power == -1 else call("*", "work", self._leaf(1))

    def grown(self, power: int, depth: int) -> Tree:
        """An expression of the dimension `power`, at most `depth` levels deep."""
        if depth == 0 or self._rng.random() < 0.25:
            return self._leaf(power)
        choices = _PRODUCTIONS[power]
        op, of = choices[self._rng.integers(len(choices))]
        return Call(op, tuple(self.grown(part, depth - 1) for part in of))

    def child(self, first: Tree, second: Tree) -> Tree:
        """A new expression from two parents; the first parent where none that fits is found."""
        for _ in range(_MAX_TRIES):
            new = simplified(self._tried(first, second))
            if new != first and fits(new):
                return new
        return first

    def _tried(self, first: Tree, second: Tree) -> Tree:
        draw = self._rng.random()
        if draw < 0.2 and dimension(first) == dimension(second):
            share = Number(float(self._rng.choice(_FACTORS)))
            return call("+", first, call("*", share, second)) if dimension(first) != MOMENT else first
        place, old = self._random_subtree(first)
        if draw < 0.55:
            same = [part for part in subtrees(second) if dimension(part) == dimension(old)]
            return with_subtree(first, place, same[self._rng.integers(len(same))]) if same else first
        if draw < 0.75 and isinstance(old, Number):
            value = float(f"{old.value * float(np.exp(0.5 * self._rng.standard_normal())):.3g}")
            return with_subtree(first, place, Number(value, old.power))
        own = dimension(old)
        return with_subtree(first, place, self.grown(1 if own is None else own, 2))

    def _random_subtree(self, tree: Tree) -> tuple[int, Tree]:
        every = list(subtrees(tree))
        place = int(self._rng.integers(len(every)))
        return place, every[place]
