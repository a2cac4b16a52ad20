"""What operations share beside work centers: personnel, tools, utilities."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zhizao.plant.model.base import Id, Model, Number, Whole
from zhizao.quantities.fields import MoneyRate


class Personnel(Model):
    """People with the same skills and calendar. An operation's `needs` names an id or a skill."""

    id: Id
    """Name, unique in the plant."""
    count: Annotated[Whole, Field(ge=1)]
    """People."""
    skills: tuple[str, ...] = ()
    """What they can do, besides what is named like their id."""
    calendar: str | None = None
    """Working time, by name (default: always there)."""
    cost: MoneyRate = 0.0
    """Money per person and hour on shift."""
    overtime_cost: MoneyRate | None = None
    """Money per person and hour of overtime: work outside the calendar, which `off_shift: finish` asks for.
    Null: as `cost`.
    """
    tends: Annotated[Whole, Field(ge=1)] = 1
    """Machines that one person can look after at a time."""


class Tool(Model):
    """Tools or fixtures of one kind, of which an operation takes some from its set-up on until it is done."""

    id: Id
    """Name, unique in the plant."""
    count: Annotated[Whole, Field(ge=1)] = 1
    """How many there are."""
    cost: MoneyRate = 0.0
    """Money per tool and hour, in use or not."""


class Utility(Model):
    """What machines share while they process, and of which there is only so much: steam, air, power."""

    id: Id
    """Name, unique in the plant."""
    limit: Annotated[Number, Field(gt=0)]
    """Most that may be in use at a time, in the unit (kg/h, kW) in which `uses` counts it."""
