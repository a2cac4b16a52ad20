"""Options of the studies of records and process files: their JSON Schema makes the forms."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from zhizao.web.options import Options, Seed

_Column = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"format": "column"})]
_Columns = Annotated[list[_Column], Field(max_length=500)]
_Level = Annotated[float, Field(ge=0.5, lt=1, description="Level of the intervals.")]
_SampleTime = Annotated[
    _Column | None,
    Field(description="Column of times. Default: time, timestamp, date or datetime."),
]


class LifeOptions(Options):
    """Options of `remaining_life`."""

    unit: _Column | None = Field(None, description="Column of units. Default: unit or machine.")
    time: _Column | None = Field(None, description="Column of times, as numbers. Default: cycle or time.")
    cap: float = Field(
        125.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest remaining life, in the unit of the times; longer ones count as this.",
    )
    alarm: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Predicted life at which an alarm is raised."
    )
    notice: float = Field(
        1.0, ge=0, allow_inf_nan=False, description="Shortest lead time of an alarm that is of use."
    )
    level: _Level = 0.9
    seed: Seed = 1


class FailureOptions(Options):
    """Options of `failure_models`."""

    fitted_on: float | None = Field(
        None,
        ge=0.1,
        lt=1,
        description="First share of the time, from which the rest is forecast. Default: 2/3.",
    )
    level: float = Field(0.9, ge=0.1, lt=1, description="Level of the forecast intervals.")
    seed: Seed = 1


class RulesOptions(Options):
    """Options of `failure_rules`."""

    target: _Column = Field(description="Column of failures: 1 or 0, yes or no.")
    without: _Columns = Field(
        [], description="Columns that rules must not read, such as what is written afterwards."
    )
    seed: Seed = 1


class MonitorOptions(Options):
    """Options of `monitor`."""

    method: Literal["pca", "dpca", "cva", "pooled"] = Field(
        "pooled",
        description="PCA, PCA with lags, canonical variate analysis, or the last two together.",
    )
    onset: int | None = Field(
        None, ge=1, description="Row of the watched table at which a known fault begins, from 1."
    )
    lags: int = Field(2, ge=1, le=100, description="Samples that a statistic looks at, the newest included.")
    false_alarms: float = Field(
        0.01, gt=0, lt=0.5, description="Share of normal rows that may give an alarm."
    )
    columns: _Columns = Field([], description="Sensors. Default: all columns of numbers.")
    time: _SampleTime = None
    seed: Seed = 1


class EnergyOptions(Options):
    """Options of `energy_baseline`."""

    target: _Column = Field(description="Column of consumption.")
    change: date | None = Field(None, description="First day after a change to judge. Default: no change.")
    forecast_from: date | None = Field(None, description="First day to forecast. Default: the last quarter.")
    drivers: _Columns = Field(
        [], description="Columns known a day ahead: a weather forecast, planned output."
    )
    holidays: str | None = Field(
        None,
        min_length=1,
        max_length=10,
        description="Public holidays of a country: CN, DE-BY. Default: none.",
    )
    time: _SampleTime = None
    seed: Seed = 1


class BatchOptions(Options):
    """Options of `batch_quality`."""

    target: _Column = Field(description="Column of the quality.")
    batch: _Column = Field("batch", description="Column of the batch, in all tables.")
    time: _Column | None = Field(
        None,
        description="Column that is no sensor; for batches under way, the time since the start. "
        "Default: all columns are sensors.",
    )
    seed: Seed = 1


class PhaseOptions(Options):
    """Options of `phase`."""

    draws: int = Field(200, ge=1, le=100_000, description="Lots to draw.")
    seed: Seed = 1


class RecipeOptions(Options):
    """Options of `run_recipe`."""

    seed: Seed = 1
