"""Studies of tables: maintenance, monitoring, energy, composite indices, clusters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.web.folder import FileKind
from zhizao.web.material import Material
from zhizao.web.options import ComputeOptions, RankOptions
from zhizao.web.studies.record_options import (
    BatchOptions,
    EnergyOptions,
    FailureOptions,
    LifeOptions,
    MonitorOptions,
    RulesOptions,
)
from zhizao.web.studies.study import Group, Progress, Role, Study

if TYPE_CHECKING:
    from zhizao.report import Result


def _remaining_life(material: Material, options: LifeOptions, progress: Progress) -> Result:
    from zhizao.studies.maintain import LifeAim, remaining_life

    aim = LifeAim(options.unit, options.time, options.cap, options.level, options.alarm, options.notice)
    return remaining_life(
        material.path("histories"),
        _optional(material, "current"),
        aim=aim,
        seed=options.seed,
        progress=progress,
    )


def _failure_models(material: Material, options: FailureOptions, progress: Progress) -> Result:
    from zhizao.studies.maintain import FailureAim, failure_models

    stated = options.fitted_on
    return failure_models(
        material.path("failures"),
        _optional(material, "replacements"),
        _optional(material, "machines"),
        aim=FailureAim(level=options.level) if stated is None else FailureAim(stated, options.level),
        seed=options.seed,
        progress=progress,
    )


def _failure_rules(material: Material, options: RulesOptions, progress: Progress) -> Result:
    from zhizao.studies.maintain import RulesAim, failure_rules

    aim = RulesAim(tuple(options.without))
    return failure_rules(
        material.path("table"), options.target, aim=aim, seed=options.seed, progress=progress
    )


def _monitor(material: Material, options: MonitorOptions, progress: Progress) -> Result:
    from zhizao.studies.monitor import MonitorOptions as Terms
    from zhizao.studies.monitor import monitor

    watched = _optional(material, "watch")
    return monitor(
        material.path("normal"),
        () if watched is None else watched,
        options=Terms(
            method=options.method,
            lags=options.lags,
            false_alarms=options.false_alarms,
            onset=options.onset,
            columns=tuple(options.columns),
            time=options.time,
        ),
        seed=options.seed,
        progress=progress,
    )


def _energy_baseline(material: Material, options: EnergyOptions, progress: Progress) -> Result:
    from zhizao.studies.monitor import EnergyOptions as Terms
    from zhizao.studies.monitor import energy_baseline

    return energy_baseline(
        material.path("table"),
        options.target,
        options=Terms(
            holidays=options.holidays,
            drivers=tuple(options.drivers),
            forecast_from=options.forecast_from,
            change=options.change,
            time=options.time,
        ),
        seed=options.seed,
        progress=progress,
    )


def _batch_quality(material: Material, options: BatchOptions, progress: Progress) -> Result:
    from zhizao.studies.monitor import batch_quality

    return batch_quality(
        material.path("samples"),
        material.path("quality"),
        options.target,
        batch=options.batch,
        time=options.time,
        current=_optional(material, "current"),
        seed=options.seed,
        progress=progress,
    )


def _optional(material: Material, role: str) -> Path | None:
    return material.path(role) if material.has(role) else None


def _rank(material: Material, options: RankOptions, progress: Progress) -> Result:
    from zhizao.studies.rank import Aim, rank

    aim = Aim(options.unit, options.places, options.runs, options.draws)
    return rank(material.part("index"), material.path("table"), aim=aim, seed=options.seed, progress=progress)


def _compute(material: Material, options: ComputeOptions, progress: Progress) -> Result:
    from zhizao.solvers.cluster.placement import Placing
    from zhizao.studies.compute import Trial, compute

    policies = tuple(Placing(name) for name in options.policies)
    return compute(
        material.path("nodes"),
        material.path("jobs"),
        trial=Trial(policies, options.load, options.replications),
        seed=options.seed,
        progress=progress,
    )


def _table(summary: str, *, required: bool = True) -> Role:
    return Role(FileKind.LOG, summary, required)


TABLES = (
    Study(
        "remaining_life",
        "Predict the remaining life of units from sensor histories, with intervals and judged alarms.",
        {
            "histories": _table("give the table of units run to failure, one row per unit and time"),
            "current": _table("units in service, with the same columns", required=False),
        },
        LifeOptions,
        _remaining_life,
        group=Group.MAINTENANCE,
    ),
    Study(
        "failure_models",
        "Fit times between failures by component, and forecast the last part of the records from the first.",
        {
            "failures": _table("give the table of failures: machine, time, component"),
            "replacements": _table("replacements, with the same columns", required=False),
            "machines": _table("machines; their other columns are covariates of the life", required=False),
        },
        FailureOptions,
        _failure_models,
        group=Group.MAINTENANCE,
    ),
    Study(
        "failure_rules",
        "Find rules of failure in words, judged on rows held out.",
        {"table": _table("give a table with one row per piece or moment")},
        RulesOptions,
        _failure_rules,
        group=Group.MAINTENANCE,
    ),
    Study(
        "monitor",
        "Monitor a process with many sensors: alarms, at a measured false-alarm rate.",
        {
            "normal": _table("give a table of normal operation, one row per sample"),
            "watch": _table("a table to watch, with the same sensors", required=False),
        },
        MonitorOptions,
        _monitor,
        group=Group.PROCESS,
    ),
    Study(
        "energy_baseline",
        "Forecast energy consumption a day ahead, and estimate what a change saved.",
        {"table": _table("give a table of metered consumption at a fixed interval")},
        EnergyOptions,
        _energy_baseline,
        group=Group.PROCESS,
    ),
    Study(
        "batch_quality",
        "Predict the quality of batches from their trajectories, with intervals.",
        {
            "samples": _table("give the table of trajectories, one row per batch and sample"),
            "quality": _table("give the table of known quality, one row per batch"),
            "current": _table("batches under way, with the columns of the trajectories", required=False),
        },
        BatchOptions,
        _batch_quality,
        group=Group.PROCESS,
    ),
    Study(
        "rank",
        "Rank units by a composite index, with intervals over every choice.",
        {
            "index": Role(FileKind.INDEX, "give an index file"),
            "table": _table("give the table of units"),
        },
        RankOptions,
        _rank,
        group=Group.OTHER,
    ),
    Study(
        "compute",
        "Compare placement policies on a cluster of GPUs.",
        {
            "nodes": _table("give the list of nodes"),
            "jobs": _table("give the list of jobs"),
        },
        ComputeOptions,
        _compute,
        group=Group.OTHER,
    ),
)
"""In the order in which the page offers them."""
