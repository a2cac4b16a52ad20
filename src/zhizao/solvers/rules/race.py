"""The search: a population raced with common random numbers, few runs for many rules and many for few.

Genetic programming of dispatch rules: Nguyen, Mei & Zhang 2017, Complex & Intelligent Systems 3, 41-66;
successive halving: Jamieson & Talwalkar 2016, AISTATS.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np

from zhizao.solvers.rules.behaviour import Behaviour
from zhizao.solvers.rules.grammar import Tree, size
from zhizao.solvers.rules.variation import Variation

Evaluate = Callable[[Sequence[tuple[Tree, int]]], list[float]]
"""Values to minimise of pairs (rule, replication); equal replications have common random numbers."""

_POPULATION, _CHILDREN, _FINALISTS = 30, 24, 3
_FRESH_FACTOR = 4  # finalists run on this many times the replications of the race, most of them fresh
_PARSIMONY = 3e-4  # share of the objective that each token of a rule must be worth
_MAX_DUPLICATES = 50  # children in a row that behave like known rules: the search has converged


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a search: seconds of wall time and runs, whichever is reached first."""

    seconds: float | None
    work: int | None

    def share(self, began: float, done: int) -> float:
        """Share of the budget that is used, 0..1 and above."""
        by_time = 0.0 if self.seconds is None else (time.perf_counter() - began) / self.seconds
        return max(by_time, 0.0 if self.work is None else done / self.work)


@dataclass
class Race:
    """A search for the rule with the least mean value; `progress` is called with the completed fraction."""

    evaluate: Evaluate
    variation: Variation
    behaviour: Behaviour
    budget: Budget
    rng: np.random.Generator
    progress: Callable[[float], None] | None = None
    values: dict[Tree, list[float]] = field(default_factory=dict)
    runs: int = 0
    full: int = 4
    interrupted: bool = False
    _seen: set[bytes] = field(default_factory=set)
    _began: float = field(default_factory=time.perf_counter)
    _seeds: list[Tree] = field(default_factory=list)

    def best(self, seeds: Sequence[Tree]) -> Tree:
        """The best rule found, or the best seed if fresh replications do not confirm that a rule is better.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before all seeds were tried.
        """
        self._first(seeds)
        try:
            self._generations()
            return self._final()
        except KeyboardInterrupt:
            self.interrupted = True
            return self._final()

    # ------------------------------------------------------------ runs
    def _run(self, trees: Sequence[Tree], replications: int) -> None:
        """Run rules until each has `replications` values."""
        todo = [(t, n) for t in trees for n in range(len(self.values.setdefault(t, [])), replications)]
        for (tree, _), value in zip(todo, self.evaluate(todo), strict=True):
            self.values[tree].append(value)
        self.runs += len(todo)
        if self.progress is not None:
            self.progress(min(self._used(), 1.0))

    def _used(self) -> float:
        return self.budget.share(self._began, self.runs)

    def _first(self, seeds: Sequence[Tree]) -> None:
        """Run all seeds; the time that this takes sets how many replications the budget affords."""
        for tree in seeds:
            behaves = self.behaviour.of(tree)
            if behaves not in self._seen:
                self._seen.add(behaves)
                self._seeds.append(tree)
        self._run(self._seeds, 2)
        affordable = self.runs / max(self._used(), 1e-9)
        self.full = int(np.clip(np.sqrt(affordable) / 4, 4, 20))
        self._run(self._seeds, self.full)

    # ------------------------------------------------------------ race
    def _lead(self, tree: Tree) -> float:
        """Relative value against the best seed with common random numbers, with parsimony pressure."""
        return self._against(tree) + _PARSIMONY * size(tree)

    def _against(self, tree: Tree) -> float:
        own, best = self.values[tree], self.values[self._best_seed()][: len(self.values[tree])]
        if not own:
            return inf
        scale = abs(float(np.mean(self.values[self._best_seed()]))) or 1.0
        return (float(np.mean(own)) - float(np.mean(best))) / scale

    def _best_seed(self) -> Tree:
        return min(self._seeds, key=lambda tree: float(np.mean(self.values[tree])))

    def _race(self, trees: list[Tree]) -> None:
        """Successive halving: few replications for all, all replications for the best."""
        for replications, stay in ((ceil(self.full / 8), 3), (ceil(self.full / 3), 3), (self.full, 1)):
            self._run(trees, replications)
            trees = sorted(trees, key=self._lead)[: max(1, len(trees) // stay)]

    def _generations(self) -> None:
        population = sorted(self._seeds, key=self._lead)
        while self._used() < 1.0:
            children = self._children(population)
            if not children:
                return
            self._race(children)
            population = sorted({*population, *children}, key=lambda t: (self._lead(t), size(t), repr(t)))
            population = population[:_POPULATION]

    def _children(self, population: list[Tree]) -> list[Tree]:
        found: list[Tree] = []
        duplicates = 0
        while len(found) < _CHILDREN and duplicates < _MAX_DUPLICATES:
            new = self.variation.child(self._chosen(population), self._chosen(population))
            behaves = self.behaviour.of(new)
            duplicates = duplicates + 1 if behaves in self._seen else 0
            if behaves not in self._seen:
                self._seen.add(behaves)
                found.append(new)
        return found

    def _chosen(self, population: list[Tree]) -> Tree:
        """Tournament selection of size three; the population is sorted."""
        return population[int(self.rng.integers(len(population), size=3).min())]

    # ------------------------------------------------------------ end
    def _final(self) -> Tree:
        """The best finalist if fresh replications confirm it; else the best seed."""
        seed = self._best_seed()
        whole = [tree for tree, values in self.values.items() if len(values) >= self.full]
        finalists = sorted((tree for tree in whole if tree not in self._seeds), key=self._lead)[:_FINALISTS]
        if self.interrupted or not finalists:
            return min([seed, *finalists], key=lambda tree: float(np.mean(self.values[tree][: self.full])))
        self._run([seed, *finalists], _FRESH_FACTOR * self.full)
        lead, best = min((self._fresh_lead(tree, seed), place) for place, tree in enumerate(finalists))
        return self._short(finalists[best]) if lead < 0.0 else seed

    def _fresh_lead(self, tree: Tree, seed: Tree) -> float:
        """Mean difference to the best seed on fresh replications, plus one standard error."""
        fresh = slice(self.full, None)
        difference = np.array(self.values[tree][fresh]) - np.array(self.values[seed][fresh])
        return float(difference.mean() + difference.std(ddof=1) / np.sqrt(len(difference)))

    def _short(self, tree: Tree) -> Tree:
        """The shortest form with equal values."""
        for new in self.behaviour.shorter(tree)[:4]:
            self._run([new], self.full)
            if self.values[new][: self.full] == self.values[tree][: self.full]:
                return new
        return tree
