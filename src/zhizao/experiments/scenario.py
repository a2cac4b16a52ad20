"""A plant as it is run: with a plan that it follows, with measures that were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Protocol

import polars as pl

from zhizao.engine import Twin
from zhizao.experiments.inputs import frame_input, plant_input, state_input
from zhizao.plant import Measure, Plant, PlantState
from zhizao.plant.query.measures import with_needed
from zhizao.quantities import Input


class Planned(Protocol):
    """What has a plan: rows of an event log, as the result of `schedule` does."""

    @property
    def events(self) -> pl.DataFrame:
        """Rows of work that is planned."""
        ...


def plan_rows(plan: pl.DataFrame | Planned | None) -> pl.DataFrame | None:
    """The rows of a plan, however it is given."""
    return plan if plan is None or isinstance(plan, pl.DataFrame) else plan.events


@dataclass(frozen=True, eq=False)
class Scenario:
    """A plant to run, by name; it is lowered once for all its runs.

    `plan` says what lots of the order table are to do when and where, in the columns of an event log (see
    `engine.plan`). `measures` are those that the plant has taken. Its runs begin at the moment of `state`.
    """

    name: str
    plant: Plant
    plan: pl.DataFrame | None = None
    measures: tuple[Measure, ...] = ()
    state: PlantState | None = None

    @cached_property
    def twin(self) -> Twin:
        """The plant, lowered."""
        return Twin(self.plant, self.plan, self.state)

    @property
    def cost(self) -> float:
        """What the measures cost once, in the plant's currency; nan where one's cost is not known."""
        return sum(nan if measure.cost is None else measure.cost for measure in self.measures)

    @property
    def yearly_cost(self) -> float:
        """What the measures cost each year, in the plant's currency."""
        return sum(measure.yearly_cost for measure in self.measures)

    @property
    def installation_s(self) -> float:
        """Time until all its measures work, in s: they are put in side by side."""
        return max((measure.installation for measure in self.measures), default=0.0)


def inputs_of(scenarios: Iterable[Scenario]) -> tuple[Input, ...]:
    """Plants and plans, each once, with hashes of their content."""
    found: dict[Input, None] = {}
    for one in scenarios:
        found[plant_input(one.plant)] = None
        if one.plan is not None:
            found[frame_input("plan", one.name, one.plan)] = None
        if one.state is not None:
            found[state_input(one.state)] = None
    return tuple(found)


def with_measures(plant: Plant, ids: Iterable[str], name: str) -> Scenario:
    """The plant after some of its measures, and those that they need.

    Raises
    ------
    PlantError
        A measure is unknown, or what it sets does not fit.
    """
    wanted = with_needed(plant.measures, ids)
    taken = tuple(measure for measure in plant.measures if measure.id in wanted)
    return Scenario(name, plant.with_measures(wanted), measures=taken)
