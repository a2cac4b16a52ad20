"""What may be taken: measures of the plant and of the library, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from zhizao.experiments import Scenario
from zhizao.experiments.scenario import with_measures
from zhizao.plant import Measure, MeasureKind, Plant
from zhizao.plant.query.measures import excluded_pairs, with_needed
from zhizao.quantities import InputError
from zhizao.solvers.subsets import Problem, members
from zhizao.studies.compare.payback import Costs
from zhizao.studies.compare.study import costs_of
from zhizao.workflows.improve.goal import Goal

TODAY = "as it is"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A measure that was not searched, and why."""

    measure: Measure
    why: str


@dataclass(frozen=True)
class Options:
    """Measures that may be taken; bit b of a subset is the b-th of `measures`. The plant has all of them.

    `priceless` are measures whose cost would decide, and is not known: each is tried alone, to say what it
    may cost at most.
    """

    plant: Plant
    measures: tuple[Measure, ...]
    priceless: tuple[Measure, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    budget: float | None = None
    at_most: int | None = None

    @property
    def alone(self) -> Options:
        """The measures without a known cost, and those that they need, as options of their own."""
        needed = {name for m in self.priceless for name in with_needed(self.plant.measures, [m.id])}
        return Options(self.plant, tuple(m for m in self.plant.measures if m.id in needed))

    @cached_property
    def problem(self) -> Problem:
        """The rules of which go together, by number."""
        number = {measure.id: b for b, measure in enumerate(self.measures)}
        pairs = excluded_pairs(self.measures)
        return Problem(
            tuple(max(measure.cost or 0.0, 0.0) for measure in self.measures),
            self.budget,
            self.at_most,
            needs=tuple((number[m.id], number[need]) for m in self.measures for need in m.needs),
            excludes=tuple((number[a], number[b]) for a, b in map(sorted, pairs)),
        )

    def taken(self, subset: int) -> tuple[Measure, ...]:
        """The measures of a subset."""
        return tuple(self.measures[b] for b in members(subset))

    def scenario(self, subset: int) -> Scenario:
        """The plant after the measures of a subset."""
        taken = self.taken(subset)
        if not taken:
            return Scenario(TODAY, self.plant)
        ids = [measure.id for measure in taken]
        return with_measures(self.plant, ids, " + ".join(measure.name for measure in taken))

    def costs(self, subset: int) -> Costs:
        """What a subset costs."""
        return costs_of(Scenario(TODAY, self.plant, measures=self.taken(subset)))


def options_of(plant: Plant, goal: Goal, budget: float | None, at_most: int | None) -> Options:
    """The measures of a plant that can be searched for a goal, within a budget.

    Raises
    ------
    InputError
        The budget or the number is negative.
    """
    if budget is not None and not budget >= 0:
        raise InputError(f"budget: found {budget:g}; right is 0 or more, in {plant.currency}")
    if at_most is not None and at_most < 1:
        raise InputError(f"at most: found {at_most}; right is 1 or more")
    decides = goal is Goal.PROFIT or budget is not None
    unknown = {measure.id for measure in plant.measures if decides and measure.cost is None}
    out = dict(_reasons(plant.measures, budget))
    by_plan = {measure.id for measure in plant.measures if measure.kind is MeasureKind.SCHEDULING}
    for measure in plant.measures:  # what needs one that is left out cannot be taken either
        missing = [need for need in with_needed(plant.measures, [measure.id]) if need in out]
        if missing and measure.id not in out:
            out[measure.id] = f"it needs {missing[0]!r}, which is left out"
    left = tuple(LeftOut(m, out[m.id]) for m in plant.measures if m.id in out)
    there = [measure for measure in plant.measures if measure.id not in out | dict.fromkeys(by_plan)]
    priceless = {m.id for m in there if unknown & set(with_needed(plant.measures, [m.id]))}
    return Options(
        plant,
        tuple(measure for measure in there if measure.id not in priceless),
        tuple(measure for measure in there if measure.id in priceless),
        left,
        budget,
        at_most,
    )


def _reasons(measures: Iterable[Measure], budget: float | None) -> Iterable[tuple[str, str]]:
    for measure in measures:
        if measure.cost is not None and budget is not None and measure.cost > budget:
            yield measure.id, f"it costs more than the budget ({measure.cost:g})"
