"""Options of the studies of the page: their JSON Schema makes the forms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seed = Annotated[int, Field(ge=0, le=2**53, description="Seed of the random numbers.")]
Replications = Annotated[int, Field(ge=2, le=1000, description="Number of replications.")]
Days = Annotated[
    float | None,
    Field(
        gt=0,
        le=36_500,
        allow_inf_nan=False,
        description="Length of the window after the warm-up, in days. Default: 13 weeks, or until all orders "
        "of a table are done.",
    ),
]
Uncertainty = Annotated[
    int | None,
    Field(
        ge=2, le=200, description="Resample the parameters so many times; default: simulation noise alone."
    ),
]
Relevance = Annotated[
    float, Field(ge=0, lt=1, description="Smallest relative change that counts as better or worse.")
]
Interest = Annotated[
    float, Field(ge=0, lt=1, description="Annual interest rate for the net present value (assumed).")
]
Years = Annotated[
    float, Field(gt=0, le=100, description="Service life in years for the net present value (assumed).")
]


class Options(BaseModel):
    """Options of a study; one that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LearnOptions(Options):
    """Options of `learn`."""

    name: str | None = Field(
        None, min_length=1, max_length=120, description="Name of the plant. Default: name of the log file."
    )
    seed: Seed = 1


class ValidateOptions(Options):
    """Options of `validate`."""

    replications: Replications = 20
    releases: Literal["own", "log"] = Field(
        "own", description="Releases in the twin: from its own orders, or as in the log."
    )
    days: float | None = Field(
        None,
        gt=0,
        le=36_500,
        allow_inf_nan=False,
        description="Follow-up of each lot, in days. Default: from the log.",
    )
    seed: Seed = 1


class SimulateOptions(Options):
    """Options of `simulate`."""

    days: Days = None
    replications: Replications = 20
    uncertainty: Uncertainty = None
    seed: Seed = 1


class CompareOptions(Options):
    """Options of `compare`."""

    measures: list[str] = Field(
        [],
        max_length=50,
        description="Measures of the plant file or of the library, by id.",
    )
    changes: str | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="Changes of the plant in place of measures, as PATH=VALUE; several are separated by a "
        "semicolon. Example: work_centers.cut.units=2",
    )
    days: Days = None
    replications: Replications = 20
    uncertainty: Uncertainty = None
    relevance: Relevance = 0.005
    interest: Interest = 0.08
    years: Years = 5.0
    seed: Seed = 1


class BottlenecksOptions(Options):
    """Options of `bottlenecks`."""

    days: Days = None
    replications: Replications = 20
    tried: int = Field(
        6, ge=0, le=100, description="Number of resources to test with one more unit or person."
    )
    relevance: Relevance = 0.005
    seed: Seed = 1


class LogisticsOptions(Options):
    """Options of `logistics`."""

    margin: float = Field(
        0.02, gt=0, lt=1, description="Loss of throughput, and rise of lead time, up to which it is as good."
    )
    days: Days = None
    replications: Replications = 20
    relevance: Relevance = 0.005
    seed: Seed = 1


class SensitivityOptions(Options):
    """Options of `sensitivity`."""

    of: str = Field(
        "lead_time", min_length=1, max_length=80, description="KPI by id; lead_time means its mean."
    )
    fields: str | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="Parameters to vary, with * as wildcard; several are separated by a semicolon. "
        "Example: routes.*. Default: all that the file states.",
    )
    step: float = Field(0.05, gt=0, lt=1, description="Relative step, up and down; a count is raised by one.")
    days: Days = None
    replications: Replications = 20
    seed: Seed = 1


class ImproveOptions(Options):
    """Options of `improve`."""

    goal: (
        Literal["profit", "throughput", "unit-cost", "unit-energy", "lead-time", "defects", "on-time"] | None
    ) = Field(
        None, description="What is to get better. Default: profit where prices are known, else throughput."
    )
    budget: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="Most that the measures may cost once, in the plant's currency.",
    )
    at_most: int | None = Field(None, ge=1, le=100, description="Most measures to take together.")
    seconds: float = Field(300.0, ge=1, le=86_400, description="Time limit in seconds.")
    days: Days = None
    library: bool | None = Field(
        None, description="Search measures of the library too. Default: if the plant has none of its own."
    )
    interest: Interest = 0.08
    years: Years = 5.0
    seed: Seed = 1


class ScheduleOptions(Options):
    """Options of `schedule`."""

    objective: Literal["makespan", "tardiness", "flow-time"] | None = Field(
        None, description="Objective to minimise. Default: tardiness if orders have due dates, else makespan."
    )
    seconds: float = Field(20.0, ge=0.1, le=86_400, description="Time limit in seconds.")
    replications: int = Field(
        0, ge=0, le=1000, description="Judge the plan on so many replications with failures and spread."
    )
    per_move: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="Hours of the objective that a move of an operation of the earlier plan must gain. "
        "Default: 0.1.",
    )
    pinned: list[tuple[str, str]] = Field(
        [],
        max_length=100,
        description="Operations of the earlier plan, as lot and operation, that keep unit and order, with "
        "all before them on their unit.",
    )
    seed: Seed = 1


class MapOptions(Options):
    """Options of `process_map`."""

    level: Literal["operation", "work_center"] = Field("operation", description="What is a place on the map.")
    products: list[str] = Field([], max_length=50, description="Lots of these products alone; none: of all.")
    days: Days = None
    replications: Annotated[int, Field(ge=1, le=100, description="Runs of the twin.")] = 5
    seed: Seed = 1


class RankOptions(Options):
    """Options of `rank`."""

    unit: str | None = Field(
        None, min_length=1, max_length=200, description="Unit to look at closely. Default: none."
    )
    places: int = Field(5, ge=1, le=10_000, description="Places that this unit is to gain.")
    runs: int = Field(
        1000, ge=0, le=100_000, description="Runs over the choices, for rank intervals; 0 for none."
    )
    draws: int = Field(
        64, ge=0, le=4096, description="Draws of the weights, for what the ranks depend on; 0 for none."
    )
    seed: Seed = 1


class ComputeOptions(Options):
    """Options of `compute`."""

    policies: list[
        Literal["random", "dot-product", "gpu-clustering", "gpu-packing", "best-fit", "fgd", "own"]
    ] = Field(
        ["best-fit", "fgd", "own"],
        min_length=1,
        max_length=7,
        description="Placement policies; all are compared with the first.",
    )
    load: float = Field(
        1.0, gt=0, le=10, allow_inf_nan=False, description="GPUs requested, as a share of those there are."
    )
    replications: Replications = 10
    seed: Seed = 1


class WatchOptions(Options):
    """Options of `watch`."""

    days: float = Field(
        7.0, gt=0, le=366, allow_inf_nan=False, description="How long, from the start of the plant, in days."
    )
    seed: Seed = 1
