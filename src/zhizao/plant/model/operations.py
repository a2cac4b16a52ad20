"""Routes: operations with their times, needs, batches and inspections (ISA-95 operations segments)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, model_serializer, model_validator

from zhizao.plant.model import forms
from zhizao.plant.model.base import Handler, Id, Model, Own, Weight, Whole
from zhizao.quantities.fields import Energy, RandomTime, Share, Time


class DelayClock(Enum):
    """When the time of a delay runs."""

    CALENDAR = "calendar"
    OPEN_HOURS = "open-hours"


class During(Enum):
    """For which part of an operation people are needed."""

    ALL = "all"
    SETUP = "setup"
    PROCESS = "process"


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
    """`module:function` of your own that gives the share for each lot; it gets `share`."""
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


class Outcome(Model):
    """What one lot may make of an operation: its time, defects and energy, which belong together."""

    takes: Time
    """Processing time of the lot."""
    defects: Share = 0.0
    """Share of its pieces that go wrong."""
    energy: Energy = 0.0
    """Energy that it takes beside the power of the unit."""


class Operation(Model):
    """One step of a route (ISA-95 operations segment)."""

    id: Id
    """Name, unique in the route."""
    on: Annotated[tuple[Alternative, ...], Field(min_length=1), forms.ONE_OR_MANY]
    """Work centers that can do it: an id, or a list of ids or of {work_center, takes}."""
    takes: Takes | None = None
    """Processing time; a bare time means per_lot. Required unless every alternative has its own."""
    outcomes: tuple[Outcome, ...] = ()
    """What lots may make of it, in place of `takes`: each has one, all equally likely. A list or a CSV."""
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
    delay_clock: DelayClock = DelayClock.CALENDAR
    """When the delay runs: all the time (`calendar`), or in the `open-hours` of its work center."""
    batch: Batch | None = None
    """Lots that are worked on together."""
    cascade: Takes | None = None
    """Interval after which the unit takes the next lot of the same set-up while this one is still in it."""
    same_unit_as: str | None = None
    """Earlier operation on the same work center whose unit must do this one too (dedication)."""
    queue_at_most: QueueLimit | None = None
    """How long a lot may wait before it starts here: a time, or `{from, at_most, then}`."""
