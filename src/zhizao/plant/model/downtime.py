"""Failures and planned maintenance of units."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, field_serializer, field_validator, model_validator

from zhizao.plant.model import forms
from zhizao.plant.model.base import Id, Model, Whole
from zhizao.quantities.fields import Interval, RandomInterval, RandomTime, Time, interval_form, random_form


class Clock(Enum):
    """What drives a failure or a maintenance."""

    CALENDAR = "calendar"
    BUSY = "busy"
    CYCLES = "cycles"
    PIECES = "pieces"


COUNTING = (Clock.CYCLES, Clock.PIECES)
"""Clocks whose intervals are counts, not times."""


class AfterFailure(Enum):
    """What becomes of the lot that a failure hits."""

    RESUME = "resume"
    RESTART = "restart"
    SCRAP = "scrap"


class Failure(Model):
    """A failure mode of each unit of a work center."""

    clock: Clock = Clock.BUSY
    """What the time to failure counts: `calendar` time, `busy` time, `cycles` (operations) or `pieces`."""
    between: RandomInterval
    """From the end of a repair to the next failure: a time, or for `cycles` and `pieces` a count."""
    repair: RandomTime
    """Duration of the repair."""
    then: AfterFailure = AfterFailure.RESUME
    """What becomes of the lot in hand: `resume`, `restart` or `scrap`."""
    needs: dict[str, Annotated[Whole, Field(ge=1)]] = {}
    """People for the repair: personnel id or skill, and how many (default: it needs none)."""
    idle_too: bool = True
    """Whether it hits a unit without work; if not, one that falls due then is passed over as if repaired."""

    _above_zero = field_validator("between")(forms.mean_above_zero)

    @field_serializer("between")
    def _write_between(self, value: Any) -> Any:
        return random_form(value, counts=self.clock in COUNTING)


class Maintenance(Model):
    """Planned maintenance of each unit of a work center."""

    clock: Clock = Clock.CALENDAR
    """What `every` counts: `calendar` time, `busy` time, `cycles` (operations) or `pieces`."""
    every: RandomInterval
    """From the end of one maintenance to the next: a time, or for `cycles` and `pieces` a count."""
    takes: RandomTime = Field(validation_alias=AliasChoices("for", "takes"), serialization_alias="for")
    """Duration."""
    when: Literal["idle", "now"] = "idle"
    """`idle` lets the work in hand finish, `now` interrupts it."""
    first: Interval | None = None
    """When the first is due: a time, or for `cycles` and `pieces` a count (default: a draw of `every`)."""
    in_turn: bool = False
    """The units take turns: the first one of unit k of n is due at k/n of `first`."""
    idle_too: bool = True
    """Whether a unit without work is taken down; if not, what falls due then is passed over as if done."""
    needs: dict[str, Annotated[Whole, Field(ge=1)]] = {}
    """People for it: personnel id or skill, and how many (default: it needs none)."""
    window: str | None = None
    """Calendar in whose working time it may begin, by name; what is due before waits (default: any time)."""
    group: Id | None = None
    """Name that plans share which are done together on a unit (see `ahead`)."""
    ahead: Time = 0.0
    """Done with another of its group on the unit if due within so long (not for clocks that count)."""

    _above_zero = field_validator("every")(forms.mean_above_zero)

    @model_validator(mode="after")
    def _turns(self) -> Self:
        forms.check_turns(self.first, in_turn=self.in_turn)
        return self

    @field_serializer("every")
    def _write_every(self, value: Any) -> Any:
        return random_form(value, counts=self.clock in COUNTING)

    @field_serializer("first")
    def _write_first(self, value: Any) -> Any:
        return None if value is None else interval_form(value, counts=self.clock in COUNTING)
