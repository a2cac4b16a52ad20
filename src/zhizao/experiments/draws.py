"""Run plants whose uncertain parameters are drawn, all with common random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from zhizao.experiments.cancel import interrupted
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.scenario import Scenario
from zhizao.plant import Plant
from zhizao.plant.measures.effects import with_drawn_effects
from zhizao.plant.uncertainty import Group, drawn
from zhizao.records import Records

T = TypeVar("T")
Measure = Callable[[Sequence[Records], Plant], T]
"""Measures the replications of one plant."""


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """How many plants are drawn, replications of each, groups to be drawn alone, replications of those."""

    draws: int
    replications: int
    apart: tuple[Group, ...] = ()
    replications_apart: int = 0


@dataclass(slots=True, eq=False)
class Drawn(Generic[T]):
    """What was measured, a row per draw with an entry per plant; `alone` where only one group was drawn."""

    together: list[tuple[T, ...]] = field(default_factory=list)
    alone: dict[Group, list[tuple[T, ...]]] = field(default_factory=dict)
    interrupted: bool = False


def run_drawn(
    experiment: Experiment, scenarios: Sequence[Scenario], plan: DrawPlan, measure: Measure[T], share: float
) -> Drawn[T]:
    """Draw plants and run them; of several scenarios, all meet the same draw.

    A cancel keeps the draws that were done by then, and the groups of which all draws were. The share is
    that of all the work of the experiment.
    """
    found: Drawn[T] = Drawn()
    whole = plan.draws * (plan.replications + len(plan.apart) * plan.replications_apart)

    def rows(only: Group | None, replications: int, into: list[tuple[T, ...]]) -> None:
        step = share * replications / whole / len(scenarios)
        for index in range(plan.draws):
            row = []
            for scenario in scenarios:
                plant = drawn(scenario.plant, experiment.seed, index, only)
                if only in (None, Group.EFFECTS):
                    plant = with_drawn_effects(plant, scenario.measures, experiment.seed, index)
                one = replace(scenario, plant=plant)
                row.append(measure(experiment.records(one, 0, replications, step), plant))
            into.append(tuple(row))

    def everything() -> None:
        rows(None, plan.replications, found.together)
        for group in plan.apart:
            alone: list[tuple[T, ...]] = []
            rows(group, plan.replications_apart, alone)
            found.alone[group] = alone

    found.interrupted = interrupted(everything)
    return found
