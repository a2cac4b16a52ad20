"""Behaviour of rules on random queues, by which duplicates are found (phenotypic characterisation:
Hildebrandt & Branke 2015, Evolutionary Computation 23, 343-367).
"""

from __future__ import annotations

import numpy as np

from zhizao.solvers.rules.grammar import Call, Tree, dimension, fits, subtrees, with_subtree
from zhizao.solvers.rules.program import Floats, ranks
from zhizao.solvers.rules.space import SearchSpace

_QUEUES, _LOTS = 60, 6  # random queues, lots in each


class Behaviour:
    """How a rule orders the lots of many random queues; rules that order all of them alike count as one.

    `allowances` (s from release to due) and `priorities` are samples to draw from.
    """

    def __init__(
        self, space: SearchSpace, allowances: Floats, priorities: Floats, rng: np.random.Generator
    ) -> None:
        shape, work = (_QUEUES, _LOTS), space.work_s
        now = np.repeat(rng.uniform(10, 1000, (_QUEUES, 1)) * work, _LOTS, axis=1)
        since = now - np.sort(rng.exponential(3 * work, shape), axis=1)[:, ::-1]
        release = since - rng.exponential(5 * work, shape) * rng.integers(0, 2, shape)
        works = work * np.exp(0.7 * rng.standard_normal(shape))
        pieces = rng.integers(1, 20, shape).astype(np.float64)
        self._inputs: dict[str, Floats] = {
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
        """The order of each queue; ties go to the lot that came first."""
        order = np.argsort(ranks(tree, self._inputs), axis=1, kind="stable")
        return order.astype(np.uint8).tobytes()

    def shorter(self, tree: Tree) -> list[Tree]:
        """Expressions with one operation less that order all queues alike, the shortest first."""
        same, found = self.of(tree), []
        for place, old in enumerate(subtrees(tree)):
            if isinstance(old, Call):
                fitting = [
                    part for part in subtrees(old) if part != old and dimension(part) == dimension(old)
                ]
                found += [with_subtree(tree, place, part) for part in fitting]
        found.sort(key=lambda new: sum(1 for _ in subtrees(new)))
        return [new for new in found if fits(new) and self.of(new) == same]
