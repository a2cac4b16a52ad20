"""The state of a plant at one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Literal

from pydantic import Field

from zhizao.plant.model import forms
from zhizao.plant.model.base import Id, Model, Number, Whole
from zhizao.plant.model.plant import Plant
from zhizao.quantities.fields import Time

Moment = Annotated[datetime, *forms.START]
Count = Annotated[Whole, Field(ge=0)]


class LotPlace(Enum):
    """Where a lot is."""

    OUTSIDE = "outside"  # it waits to be let in (CONWIP, a release rule)
    WAITING = "waiting"  # in the queue of a work center
    IN_WORK = "in-work"  # on a unit, in set-up or in process
    DONE = "done"  # its operation is done and it has not left: it blocks its unit, or stands beside it
    ON_THE_WAY = (
        "on-the-way"  # between two operations: it is carried, waits for that, is in a delay or on hold
    )


class Condition(Enum):
    """State of a unit, in the words of the records."""

    OFF = "off"
    IDLE = "idle"
    SETUP = "setup"
    BUSY = "busy"
    BLOCKED = "blocked"
    WAITING = "waiting"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    STANDBY = "standby"
    START_UP = "start-up"


class LotState(Model):
    """A lot in the plant."""

    id: Id
    """Name, unique among them."""
    product: str
    """What it is."""
    pieces: Annotated[Whole, Field(ge=1)]
    """Pieces in it."""
    operation: str
    """Operation that it is at, or goes to."""
    at: LotPlace = LotPlace.WAITING
    """Where it is: `outside`, `waiting`, `in-work`, `done` or `on-the-way`."""
    work_center: str | None = None
    """Work center, or means of transport, where it is or for which it waits."""
    unit: str | None = None
    """Unit that it is on."""
    left: Time | None = None
    """Working time left of the activity in hand, on that unit; for a lot on the way, of its delay."""
    order: str | None = None
    """Order that it belongs to."""
    priority: Number | None = None
    """Priority (default: the product's)."""
    hot: bool = False
    """It comes before all others in every queue."""
    release: Moment | None = None
    """When it was released (default: at this moment)."""
    due: Moment | None = None
    """When it is due."""


class UnitSituation(Model):
    """A unit of a work center, or a vehicle."""

    id: Id
    """Name of the unit."""
    state: Condition = Condition.IDLE
    """State, in the words of the records: `off`, `idle`, `setup`, `busy`, `blocked`, `down` …"""
    setup_family: str | None = None
    """What it is set up for (default: nothing)."""
    repair_left: Time | None = None
    """Time until its repair or maintenance is over."""
    place: str | None = None
    """Where a vehicle is, or will be when its trip is over."""


class PlantState(Model):
    """The state of a plant at one moment; never changed."""

    zhizao_state: Literal[1] = 1
    """Version of this file format."""
    plant: str
    """Name of the plant."""
    moment: Moment
    """When it is in this state, local to the plant."""
    lots: tuple[LotState, ...] = ()
    """Lots in the plant, by release."""
    units: tuple[UnitSituation, ...] = ()
    """Units and vehicles; those that are not named are idle."""
    stock: dict[str, Count] = {}
    """Pieces in stock of the products that are parts of others (default: none)."""
    personnel: dict[str, Count] = {}
    """How many people, tools and amounts of utilities are in use, by id; as the lots in work say."""
    next_orders: dict[str, Moment] = {}
    """When the next order of a stream comes: `S1` is the first stream of the plant (default: as drawn)."""
    exact: str | None = None
    """Exact image of a simulation, to go on with the very same run. Not to be edited."""

    def readable(self) -> PlantState:
        """Give the same state without its exact image, and without `personnel`: it follows from lots."""
        return self.model_copy(update={"exact": None, "personnel": {}})

    def check(self, plant: Plant) -> None:
        """Check that the state fits a plant.

        Raises
        ------
        StateError
            It does not; all faults are listed, each with the nearest valid name.
        """
        _CHECKS[-1](self, plant)


_CHECKS: list[Callable[[PlantState, Plant], None]] = []


def register_check(check: Callable[[PlantState, Plant], None]) -> None:
    """Say how a state is checked (`zhizao.plant` does when it is imported); the last registration counts."""
    _CHECKS.append(check)
