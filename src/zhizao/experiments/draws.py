"""Run plants that are drawn from what is known of them, all on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from zhizao.engine.settings import Progress
from zhizao.experiments.experiment import Bench
from zhizao.experiments.progress import Parts
from zhizao.plant import Plant
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
    bench: Bench, plants: Sequence[Plant], plan: DrawPlan, measure: Measure[T], progress: Progress | None
) -> Drawn[T]:
    """Draw plants and run them; of several plants, all meet the same draw.

    A cancel keeps the draws that were done by then, and the groups of which all draws were.
    """
    found: Drawn[T] = Drawn()
    whole = plan.draws * (plan.replications + len(plan.apart) * plan.replications_apart)
    parts = Parts(progress)

    def rows(only: Group | None, replications: int, into: list[tuple[T, ...]]) -> None:
        step = replications / whole / len(plants)
        for index in range(plan.draws):
            row = []
            for plant in plants:
                one = drawn(plant, bench.seed, index, only)
                records = bench.records(one, 0, replications, parts.next(step))
                row.append(measure(records, one))
            into.append(tuple(row))

    try:
        rows(None, plan.replications, found.together)
        for group in plan.apart:
            alone: list[tuple[T, ...]] = []
            rows(group, plan.replications_apart, alone)
            found.alone[group] = alone
    except KeyboardInterrupt:
        found.interrupted = True
    return found
