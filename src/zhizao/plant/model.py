"""The plant: one frozen model that every study reads (ISA-95 words, ISA-88 for batch).

Names of fields are the keys of the plant file, except where an alias is given (`from`, `for`, `else`).
The text below a field is its description in docs/plant-file.md and in the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails

from zhizao.plant import forms
from zhizao.plant.rules import OwnRule
from zhizao.quantities.fields import (  # annotated types: parse "2.5 min" in files, base units in memory
    AnyMoment,  # s since the plant's start, negative before it; a file may give a date
    Emission,  # kg per kWh
    Energy,  # kWh
    EnergyPrice,  # currency per kWh
    Interval,  # s, or a count where `clock` says cycles or pieces
    Length,  # m
    MomentFromStart,  # s since the plant's start; a file may give a date, one before is the start
    MoneyRate,  # currency per hour in files, per second never: stored per HOUR (cost_per_h)
    Power,  # kW
    RandomCount,  # Distribution of whole numbers (pieces)
    RandomInterval,  # Distribution in s, or of counts where `clock` says cycles
    RandomTime,  # Distribution in s
    Share,  # 0..1
    Speed,  # m/s
    Time,  # s
    WorkingTime,  # Calendar
    interval_form,
    random_form,
)

Own = Annotated[OwnRule, *forms.OWN_RULE]
Handler = Any  # pydantic's serializer of the class itself


class Model(BaseModel):
    """Base of all parts of a plant: frozen, and no field is accepted and ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # an id may be written without quotes: `id: 10`
    )

    if not TYPE_CHECKING:  # hidden, so that type checkers see the constructor that the fields make

        def __init__(self, /, **data: Any) -> None:
            try:
                self.__pydantic_validator__.validate_python(data, self_instance=self)
            except ValidationError as error:
                from zhizao.plant.faults import named_in, plant_error

                raise plant_error(error, type(self), named_in(data)) from None

        def __setattr__(self, name: str, value: Any) -> None:
            raise _frozen(name)

        def __delattr__(self, name: str) -> None:
            raise _frozen(name)

        # Marks this as no custom constructor: nested parts are validated in place, with their context.
        __init__.__pydantic_base_init__ = True


def _frozen(name: str) -> AttributeError:
    return AttributeError(f"{name}: a plant never changes; make another with plant.replace({{path: value}})")


Id = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, forms.NOT_TRUE_OR_FALSE, forms.NOT_TOO_LARGE]
Number = Annotated[float, forms.NOT_TRUE_OR_FALSE]
Weight = Annotated[Number, Field(gt=0)]


# ---------------------------------------------------------------- equipment
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


class Clock(Enum):
    """What drives a failure or a maintenance."""

    CALENDAR = "calendar"
    BUSY = "busy"
    CYCLES = "cycles"
    PIECES = "pieces"


COUNTING = (Clock.CYCLES, Clock.PIECES)
"""Clocks whose intervals are counts, not times."""


class During(Enum):
    """For which part of an operation people are needed."""

    ALL = "all"
    SETUP = "setup"
    PROCESS = "process"


class AfterFailure(Enum):
    """What becomes of the lot that a failure hits."""

    RESUME = "resume"
    RESTART = "restart"
    SCRAP = "scrap"


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


# ---------------------------------------------------------------- work
class Takes(Model):
    """Processing time of a lot: load + per_lot + sum over pieces + runs * per_batch,
    runs = ceil(pieces / pieces_per_batch). A bare time or distribution in a file means per_lot.
    """

    per_lot: RandomTime | None = None
    """Time for the lot, once."""
    per_piece: RandomTime | None = None
    """Time for each piece."""
    per_batch: RandomTime | None = None
    """Time for each run of `pieces_per_batch` pieces."""
    pieces_per_batch: Annotated[Whole, Field(ge=1)] | None = None
    """Pieces in one run."""
    load: RandomTime | None = None
    """Time to load and unload, once for the lot."""

    @model_validator(mode="before")
    @classmethod
    def _read_bare(cls, data: Any) -> Any:
        return data if isinstance(data, (Mapping, Takes)) else {"per_lot": data}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        forms.check_takes(self.per_lot, self.per_piece, self.per_batch, self.pieces_per_batch, self.load)
        return self

    @model_serializer(mode="wrap")
    def _write_bare(self, handler: Handler) -> Any:
        return forms.only(forms.without_nothing(handler(self)), "per_lot")


class Alternative(Model):
    """A work center that can do the operation, with its own durations where they differ."""

    work_center: Id
    """Id of the work center."""
    takes: Takes | None = None
    """Durations here (default: those of the operation)."""

    @model_validator(mode="before")
    @classmethod
    def _read_id(cls, data: Any) -> Any:
        return data if isinstance(data, (Mapping, Alternative)) else {"work_center": data}

    @model_serializer(mode="wrap")
    def _write_id(self, handler: Handler) -> Any:
        return forms.only(forms.without_nothing(handler(self)), "work_center")


class Defects(Model):
    """Pieces that go wrong here, and what is done about those that are found."""

    per: Literal["piece", "lot"] = "piece"
    """What goes wrong and is found: single pieces, or all pieces of a `lot` together."""

    share: Share = 0.0
    """Share of the pieces that this operation makes defective."""
    rule: Own | None = None
    """`module:function` of your own that gives the share for each lot; it is told `share`."""
    found: Share = 1.0
    """Share of defective pieces (made here or earlier and not yet found) that is found here."""
    false_alarms: Share = 0.0
    """Share of the sound pieces that is rejected here as defective (false rejects of the inspection)."""
    then: Annotated[str, Field(pattern=r"^(scrap|rework \S.*)$")] = "scrap"
    """What is done with pieces that are found: `scrap`, or `rework <operation>`."""
    at_most: Annotated[Whole, Field(ge=1)] = 1
    """How often a lot is reworked from here."""
    otherwise: Literal["scrap", "pass"] = Field(
        default="scrap", validation_alias=AliasChoices("else", "otherwise"), serialization_alias="else"
    )
    """What happens to pieces found after that: `scrap` or `pass`."""


class Hold(Model):
    """Lots that are held back for a time after an operation; a held lot is on no unit."""

    share: Share = 1.0
    """Share of the lots that are held."""
    takes: RandomTime = Field(validation_alias=AliasChoices("for", "takes"), serialization_alias="for")
    """How long."""


class Need(Model):
    """People that an operation needs. A bare number in a file means so many, all the time."""

    count: Annotated[Whole, Field(ge=1)]
    """How many."""
    during: During = During.ALL
    """For what: `all` of the operation, its `setup` only, or only to `process`."""

    @model_validator(mode="before")
    @classmethod
    def _read_count(cls, data: Any) -> Any:
        return data if isinstance(data, (Mapping, Need)) else {"count": data}

    @model_serializer(mode="wrap")
    def _write_count(self, handler: Handler) -> Any:
        return self.count if self.during is During.ALL else handler(self)


class EnergyUse(Model):
    """Energy that goes into the work itself, beside the power of the unit by state."""

    per_piece: Energy = 0.0
    """Energy for each piece."""
    per_lot: Energy = 0.0
    """Energy for the lot, once."""


class Span(Model):
    """A least and a most number; in a file `2..6`, or `4` for exactly four."""

    least: Annotated[Whole, Field(ge=1)]
    """Not fewer than this."""
    most: Annotated[Whole, Field(ge=1)]
    """Not more than this."""

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, data: Any) -> Any:
        return forms.read_span(data)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        forms.check_span(self.least, self.most)
        return self

    @model_serializer(mode="plain")
    def _write_text(self) -> Any:
        return self.least if self.least == self.most else f"{self.least}..{self.most}"


class Batch(Model):
    """Lots worked on together as one batch, in the time of one lot with all their pieces.

    It starts when its least size is there, or when its oldest lot has waited `wait_at_most`, and takes at
    most its most.
    """

    pieces: Span | None = None
    """Least and most pieces (`100..150`); or give `lots`."""
    lots: Span | None = None
    """Least and most lots (`2..6`)."""
    by: str = "operation"
    """What its lots share: `operation` (of a route), `product`, `family`, `any`, or an attribute."""
    wait_at_most: Time | None = None
    """A lot that has waited so long starts with those that are there (default: it waits for the rest)."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        forms.check_batch(self.pieces, self.lots)
        return self


class QueueLimit(Model):
    """How long a lot may wait before it starts an operation (a bare time in a file means `at_most`)."""

    from_operation: str | None = Field(
        default=None, validation_alias=AliasChoices("from", "from_operation"), serialization_alias="from"
    )
    """Earlier operation at whose end the time begins (default: it begins when the lot comes here)."""
    at_most: Time
    """Time until the start here."""
    then: Annotated[str, Field(pattern=r"^(count|scrap|rework \S.*)$")] = "count"
    """What is done with a lot that waited longer: `count` it, `scrap` it, or `rework <operation>`."""

    @model_validator(mode="before")
    @classmethod
    def _read_bare(cls, data: Any) -> Any:
        return data if isinstance(data, (Mapping, QueueLimit)) else {"at_most": data}

    @model_serializer(mode="wrap")
    def _write_bare(self, handler: Handler) -> Any:
        return forms.only(handler(self), "at_most")


class Operation(Model):
    """One step of a route (ISA-95 operations segment)."""

    id: Id
    """Name, unique in the route."""
    on: Annotated[tuple[Alternative, ...], Field(min_length=1), forms.ONE_OR_MANY]
    """Work centers that can do it: an id, or a list of ids or of {work_center, takes}."""
    takes: Takes | None = None
    """Processing time; a bare time means per_lot. Required unless every alternative has its own."""
    routing: Own | None = None
    """`module:function` of your own that picks the work center (default: room, a free unit, least load)."""
    setup_family: str | None = None
    """Family for set-ups `by: family`."""
    needs: dict[str, Need] = {}
    """People: personnel id or skill, and how many, or `{count: 1, during: setup}`."""
    tools: dict[str, Annotated[Whole, Field(ge=1)]] = {}
    """Tools and fixtures from the set-up on until the work is done: tool id, and how many."""
    energy: EnergyUse | None = None
    """Energy that the pieces take, beside the power of the unit."""
    parts: dict[str, Annotated[Whole, Field(ge=1)]] = {}
    """Products built in here, and how many pieces of each for a piece: taken from stock at the start."""
    makes: dict[str, Annotated[Whole, Field(ge=1)]] = {}
    """By-products, or what is left after disassembly: pieces of each for a piece that goes on."""
    split: Annotated[Whole, Field(ge=1)] | None = None
    """The lot goes on as lots of so many pieces (default: it stays one lot)."""
    hold: Hold | None = None
    """Lots that are held back afterwards."""
    next: dict[str, Weight] = {}
    """Operations, or `end`, that a lot goes on to, with weights (default: the one listed next)."""
    defects: Defects | None = None
    """Pieces that go wrong or are inspected here."""
    sample: Share = 1.0
    """Share of lots that do this operation."""
    delay: RandomTime | None = None
    """Wait before the lot is ready here that no resource explains."""
    batch: Batch | None = None
    """Lots that are worked on together."""
    cascade: Takes | None = None
    """Interval after which the unit takes the next lot of the same set-up while this one is still in it."""
    same_unit_as: str | None = None
    """Earlier operation on the same work center whose unit must do this one too (dedication)."""
    queue_at_most: QueueLimit | None = None
    """How long a lot may wait before it starts here: a time, or `{from, at_most, then}`."""


class Stock(Model):
    """Pieces of a product that wait to be built into others (it is in some operation's `parts`)."""

    initial: Annotated[Whole, Field(ge=0)] = 0
    """Pieces in stock at the start."""
    kanban: Annotated[Whole, Field(ge=1)] | None = None
    """Cards, of one lot each: a lot is released for each that is used up (default: lots come by orders)."""


class Product(Model):
    """What is made. A lot of a product that is somebody's part goes into stock, any other is sold."""

    route: Annotated[str | dict[str, Weight] | None, forms.ROUTE]
    """Name of its route, or names with weights, drawn for each lot; null if it is bought or a by-product."""
    price: Number = 0.0
    """Money that a good piece earns."""
    material: Number = 0.0
    """Money that the material of a piece costs, due when its lot starts."""
    escape_cost: Annotated[Number, Field(ge=0)] | None = None
    """Money that a shipped defective piece costs: refund, replacement, claims. The piece itself is sold at
    its price like any other. Null: not known, and neither is the money that a change of escapes is worth."""
    lot: Annotated[Whole, Field(ge=1)] = 1
    """Pieces of a full lot; an order is split into lots."""
    priority: Number = 0.0
    """Higher goes first, where the rule asks for it."""
    attributes: dict[str, str] = {}
    """Names and values that set-ups may depend on."""
    stock: Stock = Stock()
    """Stock of a product that is a part of others."""


# ---------------------------------------------------------------- demand
class OrderStream(Model):
    """Demand without end: a product (or a mix by weight) every so often."""

    product: str | None = None
    """Product of every order; or give `mix`."""
    mix: dict[str, Annotated[Number, Field(gt=0)]] = {}
    """Products with their weights, drawn for each order."""
    every: RandomTime
    """Time between orders."""
    pieces: RandomCount | None = None
    """Pieces of an order (default: one lot of the product)."""
    due: RandomTime | None = None
    """Due so long after release."""
    priority: Number | None = None
    """Priority (default: the product's)."""
    calendar: str | None = None
    """The time between orders runs only in the working time of this calendar."""
    hot: bool = False
    """Its lots come before all others in every queue (see `preempt` of a work center)."""
    first: Time | None = None
    """Time of the first order (default: after one draw of `every`)."""

    _above_zero = field_validator("every")(forms.mean_above_zero)

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        forms.check_product_or_mix(self.product, self.mix)
        return self


class JobOrder(Model):
    """One order. `release` and `due` in s from the plant's start; a file may give a date."""

    id: Id
    """Name, unique in the plant."""
    product: str
    """What is ordered."""
    pieces: Annotated[Whole, Field(ge=1)]
    """How many."""
    release: MomentFromStart = 0.0
    """When work may start: a date, or a time after the plant's start; a date before that is the start."""
    due: AnyMoment | None = None
    """When it is due: a date, also one before the start, or a time after it; `+5 d` counts from release."""
    priority: Number | None = None
    """Priority (default: the product's)."""
    hot: bool = False
    """Its lots come before all others in every queue (see `preempt` of a work center)."""

    @model_validator(mode="before")
    @classmethod
    def _read_due(cls, data: Any, info: Any) -> Any:
        return forms.due_after_release(data, info)


class WipLot(Model):
    """A lot that is in the plant at its start and waits before an operation."""

    id: Id
    """Name, unique among them (in a table: `lot`)."""
    product: str
    """What it is."""
    pieces: Annotated[Whole, Field(ge=1)]
    """Pieces in it."""
    operation: str
    """Operation of its route that it waits for."""
    priority: Number | None = None
    """Priority (default: the product's)."""
    release: AnyMoment = 0.0
    """When it was released, at the plant's start or before: a date, or a time, negative before the start."""
    due: AnyMoment | None = None
    """When it is due: a date, or a time after the plant's start; `+5 d` counts from release."""

    @model_validator(mode="before")
    @classmethod
    def _read_due(cls, data: Any, info: Any) -> Any:
        return forms.due_after_release(data, info)


class Push(Model):
    """Every order starts when it arrives (in a file: `push`)."""

    kind: Literal["push"] = "push"
    """Marks this release control."""

    @model_serializer(mode="plain")
    def _write(self) -> Any:
        return "push"


class Conwip(Model):
    """At most `lots` lots in the plant; orders wait outside, first come first served (`{conwip: 20}`)."""

    kind: Literal["conwip"] = "conwip"
    """Marks this release control."""
    lots: Annotated[Whole, Field(ge=1)]
    """Lots in the plant."""

    @model_serializer(mode="plain")
    def _write(self) -> Any:
        return {"conwip": self.lots}


class ReleaseRule(Model):
    """Orders wait outside until a rule of your own lets them in (`{rule: module:function}`)."""

    kind: Literal["rule"] = "rule"
    """Marks this release control."""
    rule: Own
    """`module:function` of your own, which says of a lot whether it may come in."""
    every: Time = 3600.0
    """It is asked whenever something happens in the plant, and at least so often."""

    _above_zero = field_validator("every")(forms.time_above_zero)

    @model_serializer(mode="wrap")
    def _write(self, handler: Handler) -> Any:
        return {key: value for key, value in handler(self).items() if key != "kind"}


class Move(Model):
    """Time from one place to another."""

    from_center: str = Field(validation_alias=AliasChoices("from", "from_center"), serialization_alias="from")
    """Place where the way begins: a work center or crane, for a fleet also a location."""
    to: str
    """Place where it ends."""
    takes: Time
    """Time under way."""


class Location(Model):
    """A place on the layout that is no work center: a charger, a place to park."""

    id: Id
    """Name, unique among work centers, cranes and locations."""
    at: tuple[Length, Length]
    """Place on the layout."""


class Distance(Model):
    """Length of the way from one place to another."""

    from_place: str = Field(validation_alias=AliasChoices("from", "from_place"), serialization_alias="from")
    """Work center, crane or location."""
    to: str
    """Work center, crane or location."""
    length: Length
    """Length of the way."""


class Layout(Enum):
    """How a way runs between two places of which only the coordinates are known."""

    RECTILINEAR = "rectilinear"  # along the two axes
    STRAIGHT = "straight"


class FleetDispatch(Enum):
    """Which load a free vehicle takes next (first come on ties)."""

    FIFO = "fifo"
    NEAREST = "nearest"  # least empty travel
    PRIORITY = "priority"
    EARLIEST_DUE_DATE = "earliest-due-date"


class Charging(Model):
    """Battery of a vehicle: full at the start, and charged anew once it has run so long."""

    after: RandomTime
    """Time under way, loaded or empty, that a charge lasts; a trip that is begun is ended first."""
    takes: RandomTime = Field(validation_alias=AliasChoices("for", "takes"), serialization_alias="for")
    """Duration of a charge."""
    at: str | None = None
    """Work center or location of the chargers (default: where the vehicle stands)."""
    chargers: Annotated[Whole, Field(ge=1)] | None = None
    """Vehicles of the fleet that can be charged at a time (default: all)."""

    _above_zero = field_validator("after")(forms.mean_above_zero)


class Fleet(Model):
    """Vehicles of one kind, each of which carries one lot at a time between the work centers."""

    id: Id
    """Name, unique among work centers, fleets, cranes and conveyors."""
    vehicles: Annotated[Whole, Field(ge=1, le=forms.MOST_UNITS)] = 1
    """How many; they are called `<id>-1`, `<id>-2`, …"""
    serves: tuple[str, ...] = ()
    """Work centers and cranes between which it carries lots (default: all)."""
    home: str | None = None
    """Work center, crane or location where the vehicles stand at the start (default: the first it serves)."""
    times: tuple[Move, ...] = ()
    """Times under way between places, the same for the way back unless that is listed too."""
    distances: tuple[Distance, ...] = ()
    """Lengths of the ways that `times` does not list; the same back unless listed."""
    speed: Annotated[Speed, Field(gt=0)] | None = None
    """Speed of a vehicle, for `distances` and for places of which only the coordinates are known."""
    layout: Layout = Layout.RECTILINEAR
    """How ways run that are neither in `times` nor in `distances`: `rectilinear` or `straight`."""
    load: RandomTime | None = None
    """Time to take up a lot."""
    unload: RandomTime | None = None
    """Time to put it down."""
    dispatch: FleetDispatch = FleetDispatch.FIFO
    """Which load goes first: `fifo`, `nearest`, `priority` or `earliest-due-date`."""
    charging: Charging | None = None
    """Battery (default: none to be charged)."""
    calendar: str | None = None
    """Working time, by name (default: always); a trip that is begun is ended over time."""
    failures: tuple[Failure, ...] = ()
    """Failure modes of each vehicle; `busy` counts the time under way with a load."""
    maintenance: tuple[Maintenance, ...] = ()
    """Planned maintenance of each vehicle."""
    power: ByState = ByState()
    """Power by state: `setup` is the empty trip to a load, `busy` the trip with it."""
    cost: MoneyRate = 0.0
    """Money per vehicle and hour on shift."""


class ConveyorKind(Enum):
    """What a conveyor does when the lot at its end finds no room."""

    ACCUMULATING = "accumulating"  # the others close up behind it
    SLOTTED = "slotted"  # all stand; lots go on only where a slot passes


class Conveyor(Model):
    """A conveyor from one work center to another."""

    id: Id
    """Name, unique among work centers, fleets, cranes and conveyors."""
    from_center: str = Field(validation_alias=AliasChoices("from", "from_center"), serialization_alias="from")
    """Work center where lots go on it."""
    to: str
    """Work center (or crane) at its end."""
    length: Annotated[Length, Field(gt=0)]
    """Length."""
    speed: Annotated[Speed, Field(gt=0)]
    """Speed."""
    places: Annotated[Whole, Field(ge=1)]
    """Lots that it holds; a lot takes length / places of it."""
    kind: ConveyorKind = ConveyorKind.ACCUMULATING
    """`accumulating` or `slotted`."""
    power: ByState = ByState()
    """Power of the whole: `busy` while lots move on it, `blocked` while the first finds no room."""
    cost: MoneyRate = 0.0
    """Money per hour."""


class Crane(Model):
    """A stacker crane with its rack (AS/RS): lots bound for the work centers that it serves wait in it."""

    id: Id
    """Name, unique among work centers, fleets, cranes and conveyors."""
    serves: Annotated[tuple[str, ...], Field(min_length=1)]
    """Work centers whose lots it stores, and brings when there is room for them."""
    length: Annotated[Length, Field(gt=0)]
    """Length of the rack; lots come in and go out at a lower corner."""
    height: Annotated[Length, Field(gt=0)]
    """Height of the rack."""
    speed: Annotated[Speed, Field(gt=0)]
    """Speed along the rack."""
    lift: Annotated[Speed, Field(gt=0)]
    """Speed up and down; both at once, so that the longer of the two times counts."""
    transfer: RandomTime | None = None
    """Time to take up a lot, and time to put it down."""
    command: Literal["single", "dual"] = "dual"
    """`dual`: from where it has stored a lot it goes on to fetch one; `single`: it comes back first."""
    at: tuple[Length, Length] | None = None
    """Place of the corner on the layout."""
    calendar: str | None = None
    """Working time, by name (default: always); a trip that is begun is ended over time."""
    failures: tuple[Failure, ...] = ()
    """Failure modes."""
    maintenance: tuple[Maintenance, ...] = ()
    """Planned maintenance."""
    power: ByState = ByState()
    """Power by state: `setup` is the empty trip to a load."""
    cost: MoneyRate = 0.0
    """Money per hour on shift."""


class Transport(Model):
    """How lots get from one work center to another: by conveyor, in a listed time, by fleet, or in `default`.

    The first of these that is given for a way is taken; within a work center there is no way.
    """

    default: Time = 0.0
    """Time between work centers where nothing else is given."""
    times: tuple[Move, ...] = ()
    """Fixed times, without vehicles."""
    locations: tuple[Location, ...] = ()
    """Places besides the work centers."""
    fleets: tuple[Fleet, ...] = ()
    """Vehicles; a way that several fleets serve belongs to the first."""
    conveyors: tuple[Conveyor, ...] = ()
    """Conveyors."""
    cranes: tuple[Crane, ...] = ()
    """Stacker cranes with their racks."""


class TariffPeriod(Model):
    """A price of energy in a weekly time window."""

    when: Annotated[str, forms.WEEKLY_WINDOW]
    """Weekly window, for example `mon-fri 08:00-11:00, 18:00-21:00`."""
    price: EnergyPrice
    """Price in it."""


class Tariff(Model):
    """Energy price by time of day, and the CO2 of a kWh."""

    default: EnergyPrice = 0.0
    """Price outside all periods."""
    periods: tuple[TariffPeriod, ...] = ()
    """Windows with their own price; the first that matches counts."""
    co2: Emission = 0.0
    """CO2 per kWh."""


class Evidence(Model):
    """How a measure's numbers are known."""

    study: str
    """Study that measured them."""
    run: str | None = None
    """Run of that study."""
    note: str | None = None
    """Anything a reader should know."""


class Measure(Model):
    """What could be done, what it costs once, what it changes."""

    id: Id
    """Name, unique in the plant."""
    cost: Number = 0.0
    """Money, once; below 0 it is a saving."""
    yearly_cost: Number = 0.0
    """Money a year to keep it up (licences, service, people that are not in the plant)."""
    set: Annotated[dict[str, Any], Field(min_length=1), forms.AS_IN_FILE]
    """Changes: path by id (`routes.parka.cut-parka.defects.found`) and new value, written as in the file."""
    evidence: Evidence | None = None
    """How the numbers are known."""


class Known(Model):
    """How well a number of the plant is known, where it was measured: `simulate` and `compare` draw it."""

    what: Id
    """Which number: `work_centers.<id>.setup`, `work_centers.<id>.failures.between` or `.repair`,
    `operations.<name>.takes`, `.delay` or `.defects.share` (in all routes, repeats `<name> #2` too),
    `orders.<product>.every`, `orders.every` (of streams that no other names), `orders.mix.<product>`,
    `routes.<route>.<operation>.next.<operation or end>`."""
    error: Weight
    """Standard error of the number, as a share of it: 0.1 where it is known to ±20 % (95 % interval)."""
    observations: Annotated[Whole, Field(ge=1)]
    """Observations that it was measured from; four times as many would halve the error."""


Demand = Annotated[
    Annotated[OrderStream, Tag("stream")] | Annotated[JobOrder, Tag("job order")],
    Discriminator(forms.demand_kind),
]
Release = Annotated[Push | Conwip | ReleaseRule, Field(discriminator="kind"), forms.RELEASE]


class Plant(Model):
    """A whole plant; read once, checked once, never changed."""

    zhizao: Literal[1] = 1
    """Version of this file format."""
    plant: str
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
    products: dict[str, Product]
    """Products by name."""
    orders: tuple[Demand, ...]
    """Demand: streams, orders, or a table by its name, `orders.csv`, or `{table: orders.csv}` among them
    (order,product,pieces,release,due,priority)."""
    wip: tuple[WipLot, ...] = ()
    """Lots there at the start, or a table of them, `wip.csv`
    (lot,product,pieces,operation,priority,release,due)."""
    release: Release = Push()
    """Release control: `push`, `{conwip: 20}` (at most 20 lots inside), or `{rule: module:function}`."""
    transport: Transport = Transport()
    """Ways between work centers: times, fleets, conveyors, cranes."""
    tariff: Tariff = Tariff()
    """Energy price and CO2."""
    measures: tuple[Measure, ...] = ()
    """What could be done."""
    known: tuple[Known, ...] = ()
    """How well numbers above are known; those that are not named here count as known exactly."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        from zhizao.plant.checks import check_plant

        found = check_plant(self)
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
        from zhizao.plant.changes import changed

        return changed(self, changes)

    def with_measures(self, ids: Iterable[str]) -> Plant:
        """Give the plant with these measures taken, in this order.

        Raises
        ------
        PlantError
            A measure is unknown, or what it sets does not fit the plant.
        """
        from zhizao.plant.changes import with_measures

        return with_measures(self, ids)
