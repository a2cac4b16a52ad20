"""A plant as it is run: with a plan that it follows, with measures that were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from zhizao.engine import Twin
from zhizao.plant import Measure, Plant


@dataclass(frozen=True, eq=False)
class Scenario:
    """A plant to run, by name; it is lowered once for all its runs.

    `plan` says what lots of the order table are to do when and where, in the columns of an event log (see
    `engine.plan`). `measures` are those that the plant has taken.
    """

    name: str
    plant: Plant
    plan: pl.DataFrame | None = None
    measures: tuple[Measure, ...] = ()

    @cached_property
    def twin(self) -> Twin:
        """The plant, lowered."""
        return Twin(self.plant, self.plan)

    @property
    def cost(self) -> float:
        """What the measures cost once, in the plant's currency."""
        return sum(measure.cost for measure in self.measures)

    @property
    def yearly_cost(self) -> float:
        """What the measures cost each year, in the plant's currency."""
        return sum(measure.yearly_cost for measure in self.measures)


def with_measures(plant: Plant, ids: Iterable[str], name: str) -> Scenario:
    """The plant after some of its measures.

    Raises
    ------
    PlantError
        A measure is unknown, or what it sets does not fit.
    """
    wanted = tuple(ids)
    taken = tuple(measure for measure in plant.measures if measure.id in wanted)
    return Scenario(name, plant.with_measures(wanted), measures=taken)
