"""The plant: one frozen model that every study reads (ISA-95 words, ISA-88 for batch)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zhizao.quantities.calendars import Calendar
from zhizao.quantities.fields import (  # annotated types: parse "2.5 min" in files, base units in memory
    Emission,  # kg per kWh
    EnergyPrice,  # currency per kWh
    Length,  # m
    MoneyRate,  # currency per hour in files, per second never: stored per HOUR (cost_per_h)
    Power,  # kW
    RandomCount,  # Distribution of whole numbers (pieces)
    RandomTime,  # Distribution in s
    Share,  # 0..1
    Time,  # s
)


class Model(BaseModel):
    """Base of all parts of a plant: frozen, and no field is accepted and ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class AfterFailure(Enum):
    """What becomes of the lot that a failure hits."""

    RESUME = "resume"
    RESTART = "restart"
    SCRAP = "scrap"


class WorkUnit(Model):
    """One machine of a work center; `speed` 1.25 does in 8 min what the plan gives 10 min."""

    id: str
    speed: Annotated[float, Field(gt=0)] = 1.0


class SetupTime(Model):
    """One entry of a set-up matrix (file key `from`)."""

    from_family: str = Field(alias="from")
    to: str
    takes: RandomTime


class Setup(Model):
    """Set-up when the family changes. `by`: "family" (the operation's setup_family), "product",
    "operation", or the name of a product attribute. `matrix` in a file is a CSV (from,to,takes)."""

    by: str = "family"
    default: RandomTime
    times: tuple[SetupTime, ...] = ()


class Failure(Model):
    """A failure mode: time (or cycles, for clock `cycles`) between the end of a repair and the next failure."""

    clock: Clock = Clock.BUSY
    between: RandomTime | RandomCount
    repair: RandomTime
    then: AfterFailure = AfterFailure.RESUME


class Maintenance(Model):
    """Planned maintenance, by calendar, busy time or cycles. `when: idle` lets the work in hand finish."""

    every: RandomTime | RandomCount
    clock: Clock = Clock.CALENDAR
    takes: RandomTime = Field(alias="for")
    when: Literal["idle", "now"] = "idle"
    first: Time | None = None


class Buffer(Model):
    """Input buffer, in lots; a lot that finds it full stays on its unit, which is blocked."""

    capacity: Annotated[int, Field(ge=0)]
    full: Literal["block-after-service"] = "block-after-service"


class ByState(Model):
    """Power in kW by state of a unit; a state that is not named takes the value of `idle`, `off` is 0."""

    off: Power = 0.0
    idle: Power = 0.0
    setup: Power | None = None
    busy: Power | None = None
    blocked: Power | None = None
    waiting: Power | None = None
    down: Power | None = None
    maintenance: Power | None = None


class WorkCenter(Model):
    """Units that can do the same work and share one queue (ISA-95 work center)."""

    id: str
    units: tuple[WorkUnit, ...] = ()  # a number n in a file gives units "<id>-1" … "<id>-n"
    calendar: str | None = None
    off_shift: OffShift = OffShift.PAUSE
    dispatch: DispatchRule | str = DispatchRule.FIFO  # str: "module:function"
    setup: Setup | None = None
    failures: tuple[Failure, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    buffer: Buffer | None = None
    power: ByState = ByState()
    cost: MoneyRate = 0.0  # per unit and hour of calendar time (on shift), whatever the state
    at: tuple[Length, Length] | None = None


class Personnel(Model):
    """People with the same skills and calendar. An operation's `needs` names an id or a skill."""

    id: str
    count: Annotated[int, Field(ge=1)]
    skills: tuple[str, ...] = ()
    calendar: str | None = None
    cost: MoneyRate = 0.0


# ---------------------------------------------------------------- work
class Takes(Model):
    """Processing time of a lot: load + per_lot + sum over pieces + runs * per_batch,
    runs = ceil(pieces / pieces_per_batch). A bare time or distribution in a file means per_lot."""

    per_lot: RandomTime | None = None
    per_piece: RandomTime | None = None
    per_batch: RandomTime | None = None
    pieces_per_batch: Annotated[int, Field(ge=1)] | None = None
    load: RandomTime | None = None


class Alternative(Model):
    """A work center that can do the operation, with its own durations where they differ."""

    work_center: str
    takes: Takes | None = None


class Defects(Model):
    """Pieces that go wrong here, and what is done about those that are found.

    `found` is the share of defective pieces (made here or earlier and not yet found) that is found.
    `then`: "scrap", or "rework <operation id>" (file form), at most `at_most` times per lot, `otherwise`
    (file key `else`) what happens after that.
    """

    share: Share = 0.0
    found: Share = 1.0
    then: str = "scrap"
    at_most: Annotated[int, Field(ge=1)] = 1
    otherwise: Literal["scrap", "pass"] = Field("scrap", alias="else")


class Operation(Model):
    """One step of a route (ISA-95 operations segment)."""

    id: str
    on: tuple[Alternative, ...]  # a file may list plain ids
    takes: Takes | None = None  # required unless every alternative has its own
    setup_family: str | None = None
    needs: dict[str, Annotated[int, Field(ge=1)]] = {}
    defects: Defects | None = None
    sample: Share = 1.0  # share of lots that do this operation
    delay: RandomTime | None = None  # wait before the lot is ready here that no resource explains


class Product(Model):
    """What is made: its route, its money, its lot size and its attributes (for set-ups)."""

    route: str
    price: float = 0.0
    material: float = 0.0
    lot: Annotated[int, Field(ge=1)] = 1
    priority: float = 0.0
    attributes: dict[str, str] = {}


# ---------------------------------------------------------------- demand
class OrderStream(Model):
    """Demand without end: a product (or a mix by weight) every so often."""

    product: str | None = None
    mix: dict[str, Annotated[float, Field(gt=0)]] = {}
    every: RandomTime
    pieces: RandomCount | None = None  # default: one lot of the product
    due: RandomTime | None = None  # after release
    priority: float | None = None  # default: the product's
    calendar: str | None = None  # the time between orders runs only in its working time
    first: Time | None = None  # default: after one draw of `every`


class JobOrder(Model):
    """One order. `release` and `due` in s from the plant's start (a file may give a date)."""

    id: str
    product: str
    pieces: Annotated[int, Field(ge=1)]
    release: Time = 0.0
    due: Time | None = None
    priority: float | None = None


class Push(Model):
    """Every order starts when it arrives."""

    kind: Literal["push"] = "push"


class Conwip(Model):
    """At most `lots` lots in the plant; orders wait outside, first come first served."""

    kind: Literal["conwip"] = "conwip"
    lots: Annotated[int, Field(ge=1)]


class Move(Model):
    """Time to carry a lot from one work center to another."""

    from_center: str = Field(alias="from")
    to: str
    takes: Time


class Transport(Model):
    """Fixed times between work centers; `default` between all others (0 within one)."""

    default: Time = 0.0
    times: tuple[Move, ...] = ()


class TariffPeriod(Model):
    """A price of energy in a weekly time window, for example `mon-fri 08:00-11:00`."""

    when: str
    price: EnergyPrice


class Tariff(Model):
    """Energy price by time of day, and the CO2 of a kWh."""

    default: EnergyPrice = 0.0
    periods: tuple[TariffPeriod, ...] = ()  # the first that matches counts
    co2: Emission = 0.0


class Evidence(Model):
    """How a measure's numbers are known."""

    study: str
    run: str | None = None
    note: str | None = None


class Measure(Model):
    """What could be done, what it costs once, what it changes. Keys of `set` are paths by id
    (`routes.parka.cut-parka.defects.found`), values are written as in the file."""

    id: str
    cost: float = 0.0
    set: dict[str, Any]
    evidence: Evidence | None = None


class Plant(Model):
    """A whole plant; read once, checked once, never changed."""

    zhizao: Literal[1] = 1
    plant: str
    currency: str = "CNY"
    start: datetime = datetime(2026, 1, 5)  # t = 0; a Monday
    calendars: dict[str, Calendar] = {}
    work_centers: tuple[WorkCenter, ...]
    personnel: tuple[Personnel, ...] = ()
    routes: dict[str, tuple[Operation, ...]]
    products: dict[str, Product]
    orders: tuple[OrderStream | JobOrder, ...]
    release: Push | Conwip = Push()
    transport: Transport = Transport()
    tariff: Tariff = Tariff()
    measures: tuple[Measure, ...] = ()
