"""New expressions from old ones and from nothing; kinds always fit."""

from __future__ import annotations

from itertools import product

import numpy as np

from zhizao.kpi.analysis import Floats
from zhizao.studies.dispatching.grammar import (
    KINDS,
    MOMENT,
    PAIRS,
    POWERS,
    Call,
    Number,
    Tree,
    call,
    fits,
    kind,
    kind_of,
    parts,
    simple,
    with_part,
)
from zhizao.studies.dispatching.machine import ranks
from zhizao.studies.dispatching.seeds import Known

_FACTORS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
_STATES, _LOTS = 60, 6
Ways = dict[int, list[tuple[str, tuple[int, ...]]]]


def _ways() -> Ways:
    """Operations and kinds of operands, by the kind that they give."""
    kinds = (*POWERS, MOMENT)
    tried: list[tuple[str, tuple[int, ...]]] = [(op, of) for op in PAIRS for of in product(kinds, kinds)]
    tried += [("exp", (0,)), *(("neg", (x,)) for x in POWERS)]
    tried += [("if", (x, x, y, y)) for x in (0, 1, MOMENT) for y in (0, 1, MOMENT)]
    found: Ways = {}
    for op, of in tried:
        gives = kind_of(op, of)
        if gives is not None:
            found.setdefault(gives, []).append((op, of))
    return found


_WAYS = _ways()


class Variety:
    """Draws expressions of the facts that tell lots apart in a plant."""

    def __init__(self, known: Known, rng: np.random.Generator) -> None:
        self._rng = rng
        self._work_s = known.work_s
        usual = {"now", "since", "release", "work", "rest"}
        self._leaves: dict[int, list[Tree]] = {power: [] for power in (*POWERS, MOMENT)}
        for name in (name for name in KINDS if name in usual | known.facts):
            self._leaves[KINDS[name]].append(name)
        self._leaves[1] += [call("-", "now", "since"), call("-", "now", "release")]
        if "due" in known.facts:
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

    def grown(self, power: int, deep: int) -> Tree:
        """An expression of a kind, at most so deep."""
        if deep == 0 or self._rng.random() < 0.25:
            return self._leaf(power)
        ways = _WAYS[power]
        op, of = ways[self._rng.integers(len(ways))]
        return Call(op, tuple(self.grown(part, deep - 1) for part in of))

    def child(self, mother: Tree, father: Tree) -> Tree:
        """A new expression from two; the mother where none is found that fits."""
        for _ in range(20):
            new = simple(self._tried(mother, father))
            if new != mother and fits(new):
                return new
        return mother

    def _tried(self, mother: Tree, father: Tree) -> Tree:
        luck = self._rng.random()
        if luck < 0.2 and kind(mother) == kind(father):
            share = Number(float(self._rng.choice(_FACTORS)))
            return call("+", mother, call("*", share, father)) if kind(mother) != MOMENT else mother
        place, old = self._any_part(mother)
        if luck < 0.55:
            same = [part for part in parts(father) if kind(part) == kind(old)]
            return with_part(mother, place, same[self._rng.integers(len(same))]) if same else mother
        if luck < 0.75 and isinstance(old, Number):
            value = float(f"{old.value * float(np.exp(0.5 * self._rng.standard_normal())):.3g}")
            return with_part(mother, place, Number(value, old.power))
        own = kind(old)
        return with_part(mother, place, self.grown(1 if own is None else own, 2))

    def _any_part(self, tree: Tree) -> tuple[int, Tree]:
        every = list(parts(tree))
        place = int(self._rng.integers(len(every)))
        return place, every[place]


class Behaviour:
    """How a rule orders the lots of many drawn queues: two rules that order all alike are one."""

    def __init__(
        self, known: Known, allowances: Floats, priorities: Floats, rng: np.random.Generator
    ) -> None:
        shape, work = (_STATES, _LOTS), known.work_s
        now = np.repeat(rng.uniform(10, 1000, (_STATES, 1)) * work, _LOTS, axis=1)
        since = now - np.sort(rng.exponential(3 * work, shape), axis=1)[:, ::-1]
        release = since - rng.exponential(5 * work, shape) * rng.integers(0, 2, shape)
        works = work * np.exp(0.7 * rng.standard_normal(shape))
        pieces = rng.integers(1, 20, shape).astype(np.float64)
        self._facts: dict[str, Floats] = {
            "now": now,
            "since": since,
            "release": release,
            "due": release + rng.choice(allowances, shape),
            "work": works,
            "rest": works + rng.exponential(3 * work, shape) * rng.integers(0, 2, shape),
            "setup": np.asarray(0.5 * work * rng.integers(0, 3, shape), dtype=np.float64),
            "priority": np.asarray(rng.choice(priorities, shape), dtype=np.float64),
            "active": pieces,
            "pieces": pieces,
        }

    def of(self, tree: Tree) -> bytes:
        """The order of each queue, the first to come first on ties."""
        order = np.argsort(ranks(tree, self._facts), axis=1, kind="stable")
        return order.astype(np.uint8).tobytes()

    def shorter(self, tree: Tree) -> list[Tree]:
        """Expressions with a part less that order all queues alike, the shortest first."""
        same, found = self.of(tree), []
        for place, old in enumerate(parts(tree)):
            if isinstance(old, Call):
                fitting = [part for part in parts(old) if part != old and kind(part) == kind(old)]
                found += [with_part(tree, place, part) for part in fitting]
        found.sort(key=lambda new: sum(1 for _ in parts(new)))
        return [new for new in found if fits(new) and self.of(new) == same]
