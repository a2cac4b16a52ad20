"""Products, demand, lots in the plant, and release control."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_serializer, model_validator

from zhizao.plant.model import forms
from zhizao.plant.model.base import Handler, Id, Model, Number, Own, Weight, Whole
from zhizao.quantities.fields import AnyMoment, MomentFromStart, RandomCount, RandomTime, Time


class Stock(Model):
    """Pieces of a product that wait to be built into others (it is in some operation's `parts`)."""

    initial: Annotated[Whole, Field(ge=0)] = 0
    """Pieces in stock at the start."""
    kanban: Annotated[Whole, Field(ge=1)] | None = None
    """Cards, of one lot each: a lot is released for each that is used up (default: lots come by orders)."""


class Product(Model):
    """What is made. A lot of a product that is somebody's part goes into stock, any other is sold."""

    route: Annotated[str | dict[str, Weight] | None, forms.ROUTE]
    """Name of its route, or names with weights, drawn for each lot; `past-lots` draws a past lot instead (see
    `past_lots`); null if it is bought or a by-product."""
    price: Number = 0.0
    """Money that a good piece earns."""
    material: Number = 0.0
    """Money that the material of a piece costs; it counts when its lot leaves the plant."""
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
    delay: Time | None = None
    """What is left of the delay before that operation, on the clock of that delay (default: all of it)."""
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


Demand = Annotated[
    Annotated[OrderStream, Tag("stream")] | Annotated[JobOrder, Tag("job order")],
    Discriminator(forms.demand_kind),
]
Release = Annotated[Push | Conwip | ReleaseRule, Field(discriminator="kind"), forms.RELEASE]
