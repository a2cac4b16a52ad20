"""Studies of a plant, or of an event log of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.web.folder import FileKind
from zhizao.web.improving import run_improve
from zhizao.web.material import Material
from zhizao.web.options import (
    BottlenecksOptions,
    CompareOptions,
    ImproveOptions,
    LearnOptions,
    LogisticsOptions,
    MapOptions,
    ScheduleOptions,
    SensitivityOptions,
    SimulateOptions,
    ValidateOptions,
    WatchOptions,
)
from zhizao.web.studies.study import Progress, Role, Study

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.report import Result


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
        material.ordered_plant(),
        days=options.days,
        replications=options.replications,
        uncertainty=options.uncertainty,
        seed=options.seed,
        progress=progress,
    )


def _compare(material: Material, options: CompareOptions, progress: Progress) -> Result:
    from functools import partial

    from zhizao.studies.compare import Appraisal, compare, compare_measures

    if bool(options.measures) + bool(options.changes) + material.has("other") != 1:
        raise InputError("compare: give one of measures, changes and another plant")
    plant = material.plant()
    if material.has("other"):
        study = partial(compare, after=material.plant("other"))
    else:
        plant, ids = with_candidates(plant, options)
        study = partial(compare_measures, ids=ids)
    return study(
        plant,
        days=options.days,
        replications=options.replications,
        uncertainty=options.uncertainty,
        relevance=options.relevance,
        appraisal=Appraisal(options.interest, options.years),
        seed=options.seed,
        progress=progress,
    )


def with_candidates(plant: Plant, options: CompareOptions) -> tuple[Plant, list[str]]:
    """The plant with all measures that are to be compared, and their ids."""
    if options.changes:
        return _with_change(plant, options.changes)
    return _with_library(plant, options.measures), options.measures


def _with_change(plant: Plant, text: str) -> tuple[Plant, list[str]]:
    """The plant with changes as a measure of their own, of which nothing is known but what it sets."""
    from zhizao.plant import Measure
    from zhizao.plant.changes import changes_in
    from zhizao.plant.query.measures import free_id

    free = free_id(plant.measures, "change")
    one = Measure(id=free, title=text, set=changes_in(text, "changes"))
    return plant.replace({"measures": (*plant.measures, one)}), [free]


def _with_library(plant: Plant, ids: list[str]) -> Plant:
    """The plant, with those measures of the library that are named and that it has not itself."""
    from zhizao.plant.measures.library import applicable

    missing = set(ids) - {measure.id for measure in plant.measures}
    more = [measure for measure in applicable(plant) if measure.id in missing] if missing else []
    return plant.replace({"measures": (*plant.measures, *more)}) if more else plant


def _bottlenecks(material: Material, options: BottlenecksOptions, progress: Progress) -> Result:
    from zhizao.studies.bottlenecks import bottlenecks

    return bottlenecks(
        material.plant(),
        days=options.days,
        replications=options.replications,
        tried=options.tried,
        relevance=options.relevance,
        seed=options.seed,
        progress=progress,
    )


def _logistics(material: Material, options: LogisticsOptions, progress: Progress) -> Result:
    from zhizao.studies.logistics import logistics

    return logistics(
        material.plant(),
        days=options.days,
        replications=options.replications,
        margin=options.margin,
        relevance=options.relevance,
        seed=options.seed,
        progress=progress,
    )


def _sensitivity(material: Material, options: SensitivityOptions, progress: Progress) -> Result:
    from zhizao.studies.sensitivity import sensitivity

    patterns = [part.strip() for part in (options.fields or "").split(";") if part.strip()]
    return sensitivity(
        material.plant(),
        options.of,
        fields=patterns or None,
        step=options.step,
        days=options.days,
        replications=options.replications,
        seed=options.seed,
        progress=progress,
    )


def _schedule(material: Material, options: ScheduleOptions, progress: Progress) -> Result:
    from zhizao.studies.schedule import schedule

    return schedule(
        material.ordered_plant(),
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


def _watch(material: Material, options: WatchOptions, progress: Progress) -> Result:
    from zhizao.web.scene.watch import watch, watch_log

    if material.has("log"):
        return watch_log(material.plant(), material.log(), name=material.names["log"])
    return watch(material.plant(), days=options.days, seed=options.seed, progress=progress)


def _trace(result: Any) -> Mapping[str, bytes]:
    from zhizao.web.scene.watch import TRACE

    return {TRACE: result.trace}


_PLANT = Role(FileKind.PLANT, "give a plant file")
_LOG = Role(FileKind.LOG, "give an event log")
_ORDERS = Role(FileKind.LOG, "orders in place of those of the plant", required=False)

PLANTS = (
    Study(
        "learn",
        "Learn a plant from an event log.",
        {"log": _LOG},
        LearnOptions,
        _learn,
        _keep_plant,
    ),
    Study(
        "process_map",
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
        {"plant": _PLANT, "orders": _ORDERS},
        SimulateOptions,
        _simulate,
    ),
    Study(
        "bottlenecks",
        "Find what limits throughput and lead time, and what one more of it would gain.",
        {"plant": _PLANT},
        BottlenecksOptions,
        _bottlenecks,
    ),
    Study(
        "logistics",
        "Find how many vehicles are enough, which rules suit them, and what traffic costs.",
        {"plant": _PLANT},
        LogisticsOptions,
        _logistics,
    ),
    Study(
        "sensitivity",
        "Estimate the effect of each parameter on a KPI.",
        {"plant": _PLANT},
        SensitivityOptions,
        _sensitivity,
    ),
    Study(
        "compare",
        "Compare a plant with measures, with changes of its parameters, or with another plant.",
        {"plant": _PLANT, "other": Role(FileKind.PLANT, "the plant after the change", required=False)},
        CompareOptions,
        _compare,
    ),
    Study(
        "improve",
        "Find the measures that pay, ranked and proved.",
        {
            "plant": Role(FileKind.PLANT, "a plant file", required=False),
            "log": Role(FileKind.LOG, "an event log, from which a plant is learned first", required=False),
            "money": Role(FileKind.PLANT, "a file of prices and costs by id", required=False, whole=False),
            "measures": Role(FileKind.PLANT, "a file of more measures", required=False, whole=False),
        },
        ImproveOptions,
        run_improve,
    ),
    Study(
        "schedule",
        "Schedule orders, and explain why some are late.",
        {
            "plant": _PLANT,
            "orders": _ORDERS,
            "previous": Role(FileKind.LOG, "an earlier plan, of which little is changed", required=False),
        },
        ScheduleOptions,
        _schedule,
        _keep_plan,
    ),
    Study(
        "watch",
        "Watch a plant run: one replication of its twin, or a log or plan of it.",
        {
            "plant": _PLANT,
            "log": Role(FileKind.LOG, "a log or plan in place of the twin", required=False),
        },
        WatchOptions,
        _watch,
        forms=_trace,
    ),
)
"""In the order of a first use."""
