"""The studies of the page, in one table: inputs, options as JSON Schema, and the function that is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zhizao.quantities import InputError
from zhizao.web.folder import FileKind
from zhizao.web.material import Material

if TYPE_CHECKING:
    from zhizao.report import Result

Progress = Callable[[float], None]
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
        description="Measures of the plant file, by id; none: compare with the other plant.",
    )
    days: Days = None
    replications: Replications = 20
    uncertainty: Uncertainty = None
    relevance: float = Field(
        0.005, ge=0, lt=1, description="Smallest relative change that counts as better or worse."
    )
    interest: Interest = 0.08
    years: Years = 5.0
    seed: Seed = 1


class MapOptions(Options):
    """Options of `map`."""

    level: Literal["operation", "work_center"] = Field("operation", description="What is a place on the map.")
    products: list[str] = Field([], max_length=50, description="Lots of these products alone; none: of all.")
    days: Days = None
    replications: Annotated[int, Field(ge=1, le=100, description="Runs of the twin.")] = 5
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


@dataclass(frozen=True, slots=True)
class Role:
    """A file that a study takes."""

    kind: FileKind
    summary: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Study:
    """A study as the page offers it; `run` gives its result, `keep` writes what it leaves in the folder."""

    name: str
    summary: str
    inputs: Mapping[str, Role]
    options: type[Options]
    run: Callable[[Material, Any, Progress], Result]
    keep: Callable[[Material, Any], list[str]] = lambda material, result: []  # noqa: ARG005

    @property
    def plants(self) -> frozenset[str]:
        """Roles that are plant files."""
        return frozenset(role for role, one in self.inputs.items() if one.kind is FileKind.PLANT)

    def check(self, names: Mapping[str, str], options: Any) -> Options:
        """The options, once inputs and options fit the study.

        Raises
        ------
        InputError
            An input is missing or unknown, or an option is wrong.
        """
        from pydantic import ValidationError

        for role in names.keys() - self.inputs.keys():
            raise InputError(f"{self.name}: found the input {role!r}; right is {', '.join(self.inputs)}")
        for role, one in self.inputs.items():
            if one.required and role not in names:
                raise InputError(f"{self.name}: found no {role}; {one.summary}")
        try:
            return self.options.model_validate(options)
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise InputError(f"{self.name}: {said}") from None


def _learn(material: Material, options: LearnOptions, progress: Progress) -> Result:
    from zhizao.studies.learn import learn

    name = options.name or material.stem("log")
    return learn(material.log(), name=name, seed=options.seed, progress=progress)


def _keep_plant(material: Material, result: Any) -> list[str]:
    """Write the learned plant beside its log, and its past lots in a table of their own."""
    plant, table = ".yaml", "-past-lots.csv"
    name = material.folder.free_name(f"{material.stem('log')}-plant", plant, table)
    result.write(material.folder.root / f"{name}{plant}")
    return [f"{name}{end}" for end in (plant, table) if (material.folder.root / f"{name}{end}").exists()]


def _map(material: Material, options: MapOptions, progress: Progress) -> Result:
    from zhizao.studies.process_map import process_map

    return process_map(
        material.log() if material.has("log") else None,
        material.plant() if material.has("plant") else None,
        level=options.level,
        products=options.products,
        days=options.days,
        replications=options.replications,
        seed=options.seed,
        progress=progress,
    )


def _validate(material: Material, options: ValidateOptions, progress: Progress) -> Result:
    from zhizao.studies.validate import Releases, Terms, validate

    return validate(
        material.plant(),
        material.log(),
        past=material.log("past") if material.has("past") else None,
        terms=Terms(options.days, Releases(options.releases)),
        replications=options.replications,
        seed=options.seed,
        progress=progress,
    )


def _simulate(material: Material, options: SimulateOptions, progress: Progress) -> Result:
    from zhizao.studies.simulate import simulate

    return simulate(
        material.plant(),
        days=options.days,
        replications=options.replications,
        uncertainty=options.uncertainty,
        seed=options.seed,
        progress=progress,
    )


def _compare(material: Material, options: CompareOptions, progress: Progress) -> Result:
    from functools import partial

    from zhizao.studies.compare import Appraisal, compare, compare_measures

    if bool(options.measures) == material.has("other"):
        raise InputError("compare: give either measures of the plant, or another plant")
    study = (
        partial(compare_measures, ids=options.measures)
        if options.measures
        else partial(compare, after=material.plant("other"))
    )
    return study(
        material.plant(),
        days=options.days,
        replications=options.replications,
        uncertainty=options.uncertainty,
        relevance=options.relevance,
        appraisal=Appraisal(options.interest, options.years),
        seed=options.seed,
        progress=progress,
    )


def _improve(material: Material, options: ImproveOptions, progress: Progress) -> Result:
    from zhizao.studies.compare import Appraisal
    from zhizao.workflows.improve import improve

    return improve(
        material.plant(),
        library=options.library,
        goal=options.goal,
        budget=options.budget,
        at_most=options.at_most,
        days=options.days,
        seconds=options.seconds,
        appraisal=Appraisal(options.interest, options.years),
        seed=options.seed,
        progress=progress,
    )


def _schedule(material: Material, options: ScheduleOptions, progress: Progress) -> Result:
    from zhizao.plant import orders_with_warnings
    from zhizao.studies.schedule import schedule

    plant = material.plant()
    if material.has("orders"):
        plant, _ = orders_with_warnings(plant, material.path("orders"))
    return schedule(
        plant,
        **_earlier(material, options),
        objective=options.objective,
        replications=options.replications,
        seconds=options.seconds,
        seed=options.seed,
        progress=progress,
    )


def _earlier(material: Material, options: ScheduleOptions) -> dict[str, Any]:
    """What is to be kept of an earlier plan."""
    from zhizao.records import EVENTS, HOLDS, read_frame

    if not material.has("previous"):
        if options.per_move is not None or options.pinned:
            raise InputError("schedule: per_move and pinned are about an earlier plan; give previous")
        return {}
    found: dict[str, Any] = {"previous": read_frame(material.path("previous"), EVENTS | HOLDS)}
    if options.per_move is not None:
        found["per_move"] = options.per_move
    return found | {"pinned": options.pinned}


def _keep_plan(material: Material, result: Any) -> list[str]:
    """Write the plan as an event log."""
    from zhizao.records import write_frame

    stem = material.folder.free_name(f"{material.stem('plant')}-plan", ".csv")
    name = f"{stem}.csv"
    write_frame(result.events, material.folder.root / name)
    return [name]


_PLANT = Role(FileKind.PLANT, "give a plant file")
_LOG = Role(FileKind.LOG, "give an event log")

STUDIES = {
    study.name: study
    for study in (
        Study(
            "learn",
            "Learn a plant from an event log.",
            {"log": _LOG},
            LearnOptions,
            _learn,
            _keep_plant,
        ),
        Study(
            "map",
            "Map the process: which place follows which, how often and after how long.",
            {
                "log": Role(FileKind.LOG, "an event log", required=False),
                "plant": Role(FileKind.PLANT, "a plant, whose twin stands beside the log", required=False),
            },
            MapOptions,
            _map,
        ),
        Study(
            "validate",
            "Validate a plant against an event log.",
            {"plant": _PLANT, "log": _LOG, "past": Role(FileKind.LOG, "an earlier log", required=False)},
            ValidateOptions,
            _validate,
        ),
        Study(
            "simulate",
            "Simulate a plant: KPIs with confidence intervals.",
            {"plant": _PLANT},
            SimulateOptions,
            _simulate,
        ),
        Study(
            "compare",
            "Compare a plant with its measures, or with another plant.",
            {"plant": _PLANT, "other": Role(FileKind.PLANT, "the plant after the change", required=False)},
            CompareOptions,
            _compare,
        ),
        Study(
            "improve",
            "Find the measures that pay, ranked and proved.",
            {"plant": _PLANT},
            ImproveOptions,
            _improve,
        ),
        Study(
            "schedule",
            "Schedule orders, and explain why some are late.",
            {
                "plant": _PLANT,
                "orders": Role(FileKind.LOG, "orders in place of those of the plant", required=False),
                "previous": Role(FileKind.LOG, "an earlier plan, of which little is changed", required=False),
            },
            ScheduleOptions,
            _schedule,
            _keep_plan,
        ),
    )
}
"""Each study by its name, in the order of a first use."""
