"""Work centers and their units: dispatch, set-up, downtime, buffers, power (ISA-95 equipment)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, model_serializer, model_validator

from zhizao.plant.model import forms
from zhizao.plant.model.base import Handler, Id, Model, Number, Whole
from zhizao.plant.model.downtime import Failure, Maintenance
from zhizao.plant.rules import OwnRule
from zhizao.quantities.fields import Length, MoneyRate, Power, RandomTime, Time


class DispatchRule(Enum):
    """How a work center picks from its queue (first in listed order on ties of the key: arrival)."""

    FIFO = "fifo"
    PRIORITY = "priority"  # highest priority first
    EARLIEST_DUE_DATE = "earliest-due-date"
    SHORTEST_PROCESSING_TIME = "shortest-processing-time"
    CRITICAL_RATIO = "critical-ratio"
    ATC = "atc"  # apparent tardiness cost
    LEAST_SETUP = "least-setup"
    PRIORITY_SETUP = "priority-least-setup"  # highest priority, then least mean set-up
    PRIORITY_RATIO = "priority-critical-ratio"  # highest priority, then least critical ratio
    PRIORITY_SETUP_RATIO = "priority-least-setup-critical-ratio"  # the three in this order


class OffShift(Enum):
    """What happens to work in hand when the shift ends."""

    PAUSE = "pause"
    FINISH = "finish"
    NO_START = "no-start"  # does not start what it cannot finish


class Preempt(Enum):
    """What a hot lot does that finds no unit free, and what becomes of the lot that it interrupts."""

    NEVER = "never"  # it waits for a unit
    RESUME = "resume"
    RESTART = "restart"


class WorkUnit(Model):
    """One machine of a work center."""

    id: Id
    """Name of the machine, unique in the plant."""
    speed: Annotated[Number, Field(gt=0)] = 1.0
    """Speed relative to the plan: 1.25 does in 8 min what the plan gives 10 min."""


class SetupTime(Model):
    """One entry of a set-up matrix."""

    from_family: str | None = Field(
        default=None, validation_alias=AliasChoices("from", "from_family"), serialization_alias="from"
    )
    """Family that the unit is set up for (default: any that no other entry names, or none yet)."""
    to: str
    """Family that it is set up to."""
    takes: RandomTime
    """Duration of this change."""


class Setup(Model):
    """Set-up when the family changes. In a file, `matrix: setups.csv` (from,to,takes) stands for `times`."""

    by: str = "family"
    """What a family is: `family` (the operation's setup_family), `product`, `operation` or an attribute."""
    default: RandomTime
    """Duration of a change that `times` does not list."""
    times: tuple[SetupTime, ...] = ()
    """Durations that depend on both families."""
    min_run: Annotated[Whole, Field(ge=1)] = 1
    """Lots of a family that a unit works on before it may be set up for another."""
    without_family: Literal["keep", "clear"] = "keep"
    """What an operation without a family leaves: the set-up that there was (`keep`), or none (`clear`)."""


class Buffer(Model):
    """Places for lots in front of the units of a work center, and behind them."""

    capacity: Annotated[Whole, Field(ge=0)] | None = None
    """Places in front, in lots (default: without limit)."""
    full: Literal["block-after-service", "block-before-service"] = "block-after-service"
    """`block-after-service`: a lot that finds it full stays on its unit, which is blocked;
    `block-before-service`: a unit does not begin a lot that goes here next before it can keep a place for it.
    """
    output: Annotated[Whole, Field(ge=0)] = 0
    """Places after the units, in lots: one that is done and finds no room ahead leaves its unit for them."""


class ByState(Model):
    """Power by state of a unit; a state that is not named takes the value of `idle`, `off` is 0."""

    off: Power = 0.0
    """Power off shift."""
    idle: Power = 0.0
    """Power without work."""
    setup: Power | None = None
    """Power during set-up."""
    busy: Power | None = None
    """Power while processing."""
    blocked: Power | None = None
    """Power while work is done and the next buffer is full."""
    waiting: Power | None = None
    """Power while work in hand waits for personnel."""
    down: Power | None = None
    """Power during a failure."""
    maintenance: Power | None = None
    """Power during maintenance."""
    standby: Power | None = None
    """Power in standby."""
    start_up: Power | None = None
    """Power while starting up, waking up or shutting down."""

    def kw(self, state: str) -> float:
        """Power in a state, by its name; one that is not given is that of `idle`."""
        value: float | None = getattr(self, state.replace("-", "_"))
        return self.idle if value is None else value


class Standby(Model):
    """What a unit does that has nothing to do: it saves power, and has to wake up for its next lot."""

    after: Time
    """Time idle after which it goes to standby."""
    wake: RandomTime
    """Time that it needs to wake up."""


class WorkCenter(Model):
    """Units that can do the same work and share one queue (ISA-95 work center)."""

    id: Id
    """Name, unique in the plant."""
    units: Annotated[tuple[WorkUnit, ...], Field(min_length=1), forms.UNITS] = ()
    """Machines: a number n (units `<id>-1` … `<id>-n`; default 1), or a list of ids or of {id, speed}."""
    calendar: str | None = None
    """Working time, by name (default: always open)."""
    off_shift: OffShift = OffShift.PAUSE
    """What happens to work in hand when the shift ends: `pause`, `finish` or `no-start`."""
    dispatch: Annotated[DispatchRule | OwnRule, *forms.dispatch_type(DispatchRule)] = DispatchRule.FIFO
    """How the next lot is picked: a rule, or `module:function` of your own (docs/rules.md)."""
    setup: Setup | None = None
    """Set-up when the family changes."""
    failures: tuple[Failure, ...] = ()
    """Failure modes, independent of one another."""
    maintenance: tuple[Maintenance, ...] = ()
    """Planned maintenance."""
    buffer: Buffer | None = None
    """Places in front of the units and behind them (default: without limit, and none)."""
    preempt: Preempt = Preempt.NEVER
    """Whether a hot lot interrupts one that is not, which then goes on or begins again."""
    power: ByState = ByState()
    """Power by state."""
    cost: MoneyRate = 0.0
    """Money per unit and hour on shift, whatever the state."""
    at: tuple[Length, Length] | None = None
    """Place on the layout."""
    uses: dict[str, Annotated[Number, Field(gt=0)]] = {}
    """What a unit takes of utilities while it processes a lot: utility id, and how much."""
    standby: Standby | None = None
    """Standby of idle units (default: they stay idle)."""
    start_up: Time = 0.0
    """Time that a unit needs when its calendar opens, before it works; at most a day."""
    shut_down: Time = 0.0
    """Time that a unit needs before its calendar closes, in which it does not work; at most a day."""

    @model_validator(mode="before")
    @classmethod
    def _read_units(cls, data: Any) -> Any:
        return forms.read_units(data)

    @model_serializer(mode="wrap")
    def _write_units(self, handler: Handler) -> Any:
        return forms.short_units(handler(self), self.id)
