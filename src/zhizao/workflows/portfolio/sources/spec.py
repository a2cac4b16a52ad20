"""What a portfolio file says: shared limits by year, how money is judged, where measures come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from zhizao.quantities import UnitError
from zhizao.quantities.fields import fault, quantity
from zhizao.quantities.units import MONEY, SHARE, Dimension


def _of(dimension: Dimension) -> PlainValidator:
    def read(value: Any) -> float:
        try:
            return quantity(value, dimension, from_file=False)
        except UnitError as error:
            raise fault(error.found, error.right, error.nearest) from None

    return PlainValidator(read)


Money = Annotated[float, _of(MONEY)]
Share = Annotated[float, _of(SHARE)]
Amount = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]
MOST_YEARS = 20


class Part(BaseModel):
    """Base of all parts of a portfolio file: frozen, and no field is accepted and ignored."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True, populate_by_name=True
    )


class Budget(Part):
    """Money to spend: by year (one number: the same each year), in total, and whether it may be kept."""

    per_year: Annotated[tuple[Money, ...], Field(min_length=1)] | Money | None = None
    total: Money | None = None
    carry_over: bool = True


class Risk(Part):
    """What is maximised: mean − `sd` × standard deviation, or the mean of the worst share 1 − `cvar`."""

    sd: Amount | None = None
    cvar: Annotated[float, Field(gt=0, lt=1)] | None = None


class Learning(Part):
    """What one plant says about the others; all assumed, because no estimate can show it.

    `shared_sd`: standard deviation, as a share of the gain, of what all measures of one kind miss together.
    `observation_sd`: that of a gain as it is measured once the measure works.
    """

    shared_sd: Share = 0.3
    observation_sd: Share = 0.1


class Source(Part):
    """One plant: a result of `improve` (JSON), or a plant file that is to be improved here."""

    plant: Name | None = None
    result: Name | None = None
    file: Name | None = None
    size: Annotated[float, Field(gt=0)] | None = None
    people: dict[Name, Amount] = {}
    compute_h: dict[Name, Amount] = {}


class PortfolioFile(Part):
    """A whole portfolio file."""

    format: Annotated[Literal[1], Field(alias="zhizao-portfolio")]
    portfolio: Name
    currency: Name
    years: Annotated[int, Field(ge=1, le=MOST_YEARS)]
    budget: Budget
    people: Annotated[tuple[Amount, ...], Field(min_length=1)] | Amount | None = None
    compute_h: Annotated[tuple[Amount, ...], Field(min_length=1)] | Amount | None = None
    interest: Share = 0.08
    service_years: Annotated[float, Field(gt=0, le=100)] = 5.0
    risk: Risk = Risk()
    learning: Learning = Learning()
    measures: Name | None = None
    plants: tuple[Source, ...] = ()
