"""The procedure of a recipe as routes: alternatives by weight, parallel branches as parts that are joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isclose
from typing import TypeAlias

from zhizao.records.recipes import Block, Element, Level, Parallel, Recipe, Selection, Series, Step, chart_of
from zhizao.studies.recipe.faults import Faults

MOST_WAYS = 256
"""Routes of one product: selections in series multiply."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A unit procedure of a route: what it takes in from branches, and which branches it begins."""

    element: Element
    joins: tuple[str, ...] = ()
    forks: tuple[str, ...] = ()


Way: TypeAlias = tuple[float, tuple[Stage, ...]]
"""A route with its weight."""


@dataclass(slots=True)
class Procedure:
    """Ways through a procedure, by product: the recipe's own, and one for each parallel branch beside it."""

    recipe: Recipe
    weights: dict[str, float]
    faults: Faults
    ways: dict[str, tuple[Way, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)
    leading: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Find all ways."""
        chart = chart_of(self.recipe.procedure)
        if chart.loops:
            self._refuse(self.recipe.procedure, f"found a loop back to {', '.join(chart.loops)}", "unroll it")
        for link in self.recipe.procedure.logic.at_once:
            found = (
                f"found a transfer or synchronization of {link.source} and {link.target} on line {link.line}"
            )
            self._refuse(self.recipe.procedure, found, "let one follow the other")
        self.ways[self.recipe.product] = self._ways(chart.block, self.recipe.product)

    def _refuse(self, element: Element, found: str, right: str) -> None:
        self.faults.of(self.recipe, element, f"{found}: the twin cannot do that yet", right)

    def _ways(self, series: Series, product: str) -> tuple[Way, ...]:
        ways: tuple[Way, ...] = ((1.0, ()),)
        waiting: tuple[str, ...] = ()
        for part in series.parts:
            if isinstance(part, Parallel):
                if waiting:
                    self._refuse(
                        self._first(part),
                        "found a parallel branch right behind another",
                        "add a step between",
                    )
                ways, waiting = self._parallel(part, ways, product)
                continue
            more, waiting = self._joined(part, waiting, product), ()
            if len(ways) * len(more) > MOST_WAYS:
                found = f"found more than {MOST_WAYS} ways through its selections"
                self._refuse(self.recipe.procedure, found, "make recipes for some of the alternatives")
                more = more[:1]
            ways = tuple((w * v, a + b) for w, a in ways for v, b in more)
        if waiting:
            self._refuse(
                self.recipe.procedure,
                "found parallel branches at its end",
                "add a unit procedure that joins them",
            )
        return ways

    def _joined(self, part: Block, joins: tuple[str, ...], product: str) -> tuple[Way, ...]:
        if isinstance(part, Step):
            if part.element.level is not Level.UNIT_PROCEDURE:
                right = "put it into a unit procedure"
                self.faults.of(self.recipe, part.element, "found it directly in the procedure", right)
            return ((1.0, (Stage(part.element, joins),)),)
        if joins:
            self._refuse(
                self._first(part), "found a selection right behind parallel branches", "add a step between"
            )
        if isinstance(part, Series):
            return self._ways(part, product)
        return self._selected(part, product)

    def _selected(self, part: Selection | Parallel, product: str) -> tuple[Way, ...]:
        """Ways of a selection, with shares that sum to 1."""
        weights = [self._weight(branch) for branch in part.branches]
        total = 1.0 if isclose(sum(weights), 1.0) else sum(weights)
        found: list[Way] = []
        for branch, weight in zip(part.branches, weights, strict=True):
            self._named_once(branch)
            if any(isinstance(one, Parallel) for one in branch.parts):
                self._refuse(
                    self._first(branch), "found parallel branches in a selection", "make a recipe for each"
                )
            found += [(weight / total * own, stages) for own, stages in self._ways(branch, product)]
        return tuple(found)

    def _weight(self, branch: Series) -> float:
        """The weight of a branch; of one that begins with a selection, the sum of what this selects."""
        if branch.parts and isinstance(branch.parts[0], Selection):
            return sum(map(self._weight, branch.parts[0].branches))
        first = self._first(branch)
        if first.name in self.weights:
            self.used.add(first.name)
            return self.weights[first.name]
        right = f"give its weight in the equipment file: choices: {{{first.name}: 0.5}}"
        self.faults.of(
            self.recipe, first, "found a selection without the share of batches that go here", right
        )
        return 1.0

    def _named_once(self, branch: Series) -> None:
        """Refuse a second branch that begins with one name: `choices` would give both one weight."""
        if branch.parts and isinstance(branch.parts[0], Selection):
            return
        first = self._first(branch)
        if first.name in self.beginnings:
            what = "begin with it" if branch.parts else "are empty, and so have its name"
            found = f"found two branches of selections that {what}"
            self.faults.of(self.recipe, first, found, "begin each with a unit procedure of its own")
        self.beginnings.add(first.name)

    def _first(self, block: Block) -> Element:
        """The element that a block begins with; the procedure, for an empty branch."""
        if isinstance(block, Step):
            return block.element
        parts = block.parts if isinstance(block, Series) else block.branches
        return self._first(parts[0]) if parts else self.recipe.procedure

    def _parallel(
        self, part: Parallel, ways: tuple[Way, ...], product: str
    ) -> tuple[tuple[Way, ...], tuple[str, ...]]:
        """Follow the first branch with the batch itself; the others are parts, begun by what is before."""
        full = [branch for branch in part.branches if branch.parts]
        if not full:
            return ways, ()
        outside, self.leading = self.leading, []
        names = [self._begin(branch, product) for branch in full[1:]]
        mine = self._ways(full[0], product)
        begun = (*names, *self.leading)  # a branch that itself begins with branches has these begun as well
        self.leading = outside
        bare = [not stages for _, stages in ways]
        if all(bare):
            self.leading += begun
        elif any(bare):
            found = "found parallel branches behind a selection before which nothing is done"
            self._refuse(self._first(part), found, "add a step between")
        forked = [(w, (*a[:-1], _forking(a[-1], begun))) if a else (w, a) for w, a in ways]
        return tuple((w * v, a + b) for w, a in forked for v, b in mine), tuple(names)

    def _begin(self, branch: Series, product: str) -> str:
        """Find the ways of a parallel branch, under a name that no other has."""
        name = own = f"{product} / {self._first(branch).name}"
        number = 1
        while name in self.ways:
            number += 1
            name = f"{own} ({number})"
        self.ways[name] = ()
        self.ways[name] = self._ways(branch, name)
        return name


def _forking(stage: Stage, begun: tuple[str, ...]) -> Stage:
    return Stage(stage.element, stage.joins, begun)
