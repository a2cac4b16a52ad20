"""Energy tariff, measures and their evidence, uncertainty of parameters."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from zhizao.plant.model import forms
from zhizao.plant.model.base import Id, Model, Number, Weight, Whole
from zhizao.quantities.fields import Emission, EnergyPrice


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


class Uncertainty(Model):
    """Standard error of an estimated parameter; `simulate` and `compare` resample it."""

    what: Id
    """Which number: `work_centers.<id>.setup`, `work_centers.<id>.failures.between` or `.repair`,
    `operations.<name>.takes`, `.delay` or `.defects.share` (in all routes, repeats `<name> #2` too),
    `orders.<product>.every`, `orders.every` (of streams that no other names), `orders.mix.<product>`,
    `routes.<route>.<operation>.next.<operation or end>`."""
    error: Weight
    """Standard error of the number, as a share of it: 0.1 where it is known to ±20 % (95 % interval)."""
    observations: Annotated[Whole, Field(ge=1)]
    """Observations that it was measured from; four times as many would halve the error."""
