"""The plant as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from zhizao.plant.faults import Problem
from zhizao.plant.model import forms
from zhizao.plant.model.base import Model
from zhizao.plant.model.economics import Measure, Tariff, Uncertainty
from zhizao.plant.model.equipment import WorkCenter
from zhizao.plant.model.operations import Operation
from zhizao.plant.model.orders import Demand, Product, Push, Release, WipLot
from zhizao.plant.model.past_lots import PastLots, with_weights
from zhizao.plant.model.resources import Personnel, Tool, Utility
from zhizao.plant.model.transport import Transport
from zhizao.quantities.fields import WorkingTime


class Plant(Model):
    """A whole plant; read once, checked once, never changed."""

    zhizao: Literal[1] = 1
    """Version of this file format."""
    name: str = Field(validation_alias=AliasChoices("plant", "name"), serialization_alias="plant")
    """Name of the plant."""
    currency: str = "CNY"
    """Currency of all money."""
    start: Annotated[datetime, *forms.START] = datetime(2026, 1, 5)  # a Monday
    """Moment t = 0, local to the plant."""
    calendars: dict[str, WorkingTime] = {}
    """Working times by name."""
    work_centers: Annotated[tuple[WorkCenter, ...], Field(min_length=1)]
    """Equipment."""
    personnel: tuple[Personnel, ...] = ()
    """People."""
    tools: tuple[Tool, ...] = ()
    """Tools and fixtures that operations share."""
    utilities: tuple[Utility, ...] = ()
    """Utilities of which there is only so much at a time."""
    routes: dict[str, tuple[Operation, ...]]
    """Operations in their order, by name of the route."""
    past_lots: PastLots | None = None
    """Past lots that new lots are drawn from, for products with `route: past-lots`; or a table of them by its
    name, `past-lots.csv`."""
    products: dict[str, Product]
    """Products by name."""
    orders: tuple[Demand, ...]
    """Demand: streams, orders, or a table by its name, `orders.csv`, or `{table: orders.csv}` among them
    (order,product,pieces,release,due,priority)."""
    wip: tuple[WipLot, ...] = ()
    """Lots there at the start, or a table of them, `wip.csv`
    (lot,product,pieces,operation,delay,priority,release,due)."""
    release: Release = Push()
    """Release control: `push`, `{conwip: 20}` (at most 20 lots inside), or `{rule: module:function}`."""
    transport: Transport = Transport()
    """Ways between work centers: fixed times and transporters."""
    tariff: Tariff = Tariff()
    """Energy price and CO2."""
    measures: tuple[Measure, ...] = ()
    """What could be done."""
    uncertainty: tuple[Uncertainty, ...] = ()
    """Uncertainty of numbers above; those that are not named here count as known exactly."""

    @model_validator(mode="before")
    @classmethod
    def _draw_past_lots(cls, data: Any) -> Any:
        return with_weights(data)

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = _services().check(self)
        if found:
            details = [InitErrorDetails(type=p.error(), loc=p.path, input=None) for p in found]
            raise ValidationError.from_exception_data("Plant", details)
        return self

    def replace(self, changes: Mapping[str, Any]) -> Plant:
        """Give a plant with other values at paths by id; this plant stays as it is.

        Parameters
        ----------
        changes
            Path to value, for example `{"work_centers.cut.units": 3, "work_centers.cut.cost": "95/h"}`, as in
            files or as parts of the model. Where a file needs a unit, a number without one is refused, but
            for 0 and `BaseUnits(95.0)`, which is in base units. A number of units keeps those that there are.

        Raises
        ------
        PlantError
            A path leads nowhere (with the nearest name), or the new plant has faults.
        """
        return _services().change(self, changes)

    def with_measures(self, ids: Iterable[str]) -> Plant:
        """Give the plant with these measures taken, in this order.

        Raises
        ------
        PlantError
            A measure is unknown, or what it sets does not fit the plant.
        """
        return _services().with_measures(self, ids)


@dataclass(frozen=True, slots=True)
class Services:
    """How a plant is checked and changed. These functions know the class, so it does not import them:
    `zhizao.plant` registers them when it is imported.
    """

    check: Callable[[Plant], list[Problem]]
    """Lists everything that is wrong between the parts of a plant."""
    change: Callable[[Plant, Mapping[str, Any]], Plant]
    """See `Plant.replace`."""
    with_measures: Callable[[Plant, Iterable[str]], Plant]
    """See `Plant.with_measures`."""


_REGISTERED: list[Services] = []


def register(services: Services) -> None:
    """Say how plants are checked and changed; the last registration counts."""
    _REGISTERED.append(services)


def _services() -> Services:
    return _REGISTERED[-1]
