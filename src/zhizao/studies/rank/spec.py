"""What an index file says: indicators, groups above them, and the choice made at each step."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(min_length=1)]


class Direction(StrEnum):
    """Which way an indicator is good."""

    HIGHER = "higher"
    LOWER = "lower"


class Scale(StrEnum):
    """Scale on which an indicator is normalised."""

    LINEAR = "linear"
    LOG = "log"


class Imputation(StrEnum):
    """What stands in for a missing value."""

    NONE = "none"
    MEAN = "mean"
    MEDIAN = "median"
    GROUP_MEAN = "group-mean"
    GROUP_MEDIAN = "group-median"
    REGRESSION = "regression"


class Normalisation(StrEnum):
    """How an indicator is brought to a scale that it shares with the others."""

    MIN_MAX = "min-max"
    GOALPOSTS = "goalposts"
    Z_SCORE = "z-score"
    SCALED = "scaled"
    RANK = "rank"
    BORDA = "borda"
    PERCENTILE_RANK = "percentile-rank"
    DISTANCE_TO_MAX = "distance-to-max"
    DISTANCE_TO_REFERENCE = "distance-to-reference"
    DISTANCE_TO_TARGET = "distance-to-target"
    FRACTION_OF_MAX = "fraction-of-max"


class Aggregation(StrEnum):
    """How the parts of a group become its score."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"
    POWER = "power"
    OUTRANKING = "outranking"


class Weighting(StrEnum):
    """Where weights come from."""

    GIVEN = "given"
    EQUAL = "equal"
    PCA = "pca"
    ENTROPY = "entropy"
    OPTIMISED = "optimised"


class Part(BaseModel):
    """Base of all parts of an index file: frozen, and no field is accepted and ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True)


class Indicator(Part):
    """One indicator: the column that holds it, its direction, and what the steps need to know of it."""

    column: Name | None = None
    name: Name | None = None
    direction: Direction = Direction.HIGHER
    weight: Weight = 1.0
    per: Name | None = None
    loss: Name | None = None
    scale: Scale = Scale.LINEAR
    goalposts: Annotated[tuple[float, ...], Field(min_length=2, max_length=2)] | None = None
    target: float | None = None


class Group(Part):
    """A group of indicators or of other groups, which its score sums up."""

    of: Annotated[tuple[Name, ...], Field(min_length=1)]
    name: Name | None = None
    weight: Weight = 1.0
    loss: Name | None = None
    aggregate: Aggregation | None = None


class Treatment(Part):
    """Outliers: Winsorise up to so many points while skew and kurtosis are beyond bounds, else take logs.

    The bounds on skew (absolute) and kurtosis are those of the Handbook on Constructing Composite
    Indicators (OECD/JRC, 2008) as COINr uses them.
    """

    winsorise: Annotated[int, Field(ge=0)] = 5
    log: bool = True
    skew: Annotated[float, Field(gt=0)] = 2.0
    kurtosis: Annotated[float, Field(gt=0)] = 3.5


class Steps(Part):
    """The choice made at each step."""

    impute: Imputation = Imputation.NONE
    impute_by: Name | None = None
    screen: Share | None = None
    treat: Treatment | None = None
    normalise: Normalisation = Normalisation.MIN_MAX
    reference: Name | None = None
    range: Annotated[tuple[float, ...], Field(min_length=2, max_length=2)] = (0.0, 100.0)
    weights: Weighting = Weighting.GIVEN
    aggregate: Aggregation = Aggregation.ARITHMETIC
    power: float = 0.5
    present: Share = 0.0


class Alternatives(Part):
    """Choices that could have been made as well; an empty list leaves the choice as it is.

    `winsorise`: numbers of points (0: no treatment); `weights`: relative noise of every weight.
    """

    impute: tuple[Imputation, ...] = ()
    winsorise: tuple[Annotated[int, Field(ge=0)], ...] = ()
    normalise: tuple[Normalisation, ...] = ()
    aggregate: tuple[Aggregation, ...] = ()
    weights: Annotated[float, Field(ge=0, lt=1)] = 0.25


class IndexFile(Part):
    """A whole index file."""

    index: Name
    table: Name | None = None
    unit: Name
    indicators: Annotated[dict[Name, Indicator], Field(min_length=1)]
    groups: Annotated[dict[Name, Group], Field(min_length=1)]
    steps: Steps = Steps()
    uncertainty: Alternatives | None = None
