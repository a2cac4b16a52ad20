"""Does the twin do what the factory did? Distances between simulated and real logs, beside what chance
gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.kpi.analysis import mean_interval
from zhizao.kpi.facts import version
from zhizao.plant.model import OrderStream, Plant
from zhizao.quantities.errors import InputError
from zhizao.records import Records, with_events
from zhizao.studies.validate import distances as d
from zhizao.studies.validate.busy import busy_hours_error, worked_hours
from zhizao.studies.validate.cohort import DAY_S, Cohort, Floats, Window, choose_window, cohort
from zhizao.studies.validate.result import Distance, ValidateResult

SPLITS = 40
FEWEST_SPLITS = 8
SPLITS_OF_LOTS = 8000  # the larger the log, the less one split differs from the next
METRICS = (
    "cycle_time_emd_h",
    "ngram",
    "absolute_emd_h",
    "circadian_emd_h",
    "relative_emd_h",
    "busy_hours_error",
    "wip_error",
)


@dataclass(frozen=True, slots=True)
class _Side:
    """One log with its hours of work per lot."""

    log: Cohort
    hours: dict[str, float]


def validate(
    plant: Plant,
    records: Records,
    *,
    replications: int = 20,
    seed: int = 1,
    follow_up_days: float | None = None,
    past: Records | None = None,
) -> ValidateResult:
    """Hold a twin against a log: lots released in one window, each followed equally long, in both.

    The twin makes its own orders; it runs for twice the follow-up before the window, so that the plant
    is as full as it will be. Orders from a table are run as they are, from the plant's start.

    Parameters
    ----------
    plant : the plant to check.
    records : the log to check it against, best one that it was not learned from.
    replications : of the twin, each with its own luck.
    seed : of the twin, of the splits and of the baseline.
    follow_up_days : how long each lot is followed; None takes what the log allows.
    past : an earlier log; the baseline draws whole lots from it (None: from `records` itself).
    """
    window = choose_window(records, follow_up_days=follow_up_days)
    real = _side(cohort(with_events(records), window), plant)
    if replications < 2:
        raise InputError(f"replications: found {replications}; at least 2 are needed for an interval")
    twins = _simulate(plant, window, replications, seed)
    rng = np.random.default_rng(seed)
    splits = int(np.clip(SPLITS_OF_LOTS // max(real.log.lots, 1), FEWEST_SPLITS, SPLITS))
    noise = [_measure(*_halves(real.log, plant, rng), window) for _ in range(splits)]
    source = real.log if past is None else _past(past, window)
    drawn = [_measure(real, _side(_draw(source, real.log, rng), plant), window) for _ in range(splits)]
    found = [_measure(real, twin, window) for twin in twins]
    measured = {
        name: Distance(mean_interval([f[name] for f in found]), _mean(noise, name), _mean(drawn, name))
        for name in METRICS
    }
    return ValidateResult(
        distances=measured,
        work_centers=_by_center(real, twins),
        window=window,
        lots=real.log.lots,
        twin_lots=mean_interval([twin.log.lots for twin in twins]),
        replications=replications,
        seed=seed,
        baseline="whole lots drawn from the log itself"
        if past is None
        else "whole lots drawn from the past log",
        verdict=_verdict(measured["cycle_time_emd_h"], real.log, past is not None),
        version=version(),
        cycle_times_h={
            "log": _hours([real]),
            "twin": _hours(twins),
        },
    )


def _side(log: Cohort, plant: Plant) -> _Side:
    total = worked_hours(log, plant)
    return _Side(log, {name: hours / max(log.lots, 1) for name, hours in total.items()})


def _measure(real: _Side, twin: _Side, window: Window) -> dict[str, float]:
    """All distances; a replication without a lot in the window is as far as can be told: not a number."""
    begin = (window.start - real.log.origin).total_seconds()
    horizon = (begin, (window.end - real.log.origin).total_seconds() + window.follow_s)
    if twin.log.lots == 0:
        return dict.fromkeys(METRICS, math.nan)
    return {
        "cycle_time_emd_h": d.cycle_time_emd_h(real.log, twin.log),
        "ngram": d.ngram(real.log, twin.log),
        "absolute_emd_h": d.absolute_emd_h(real.log, twin.log),
        "circadian_emd_h": d.circadian_emd_h(real.log, twin.log),
        "relative_emd_h": d.relative_emd_h(real.log, twin.log),
        "busy_hours_error": busy_hours_error(real.hours, twin.hours),
        "wip_error": d.wip_error(real.log, twin.log, horizon),
    }


def _simulate(plant: Plant, window: Window, replications: int, seed: int) -> list[_Side]:
    plant, lead = _placed(plant, window)
    days = lead + ((window.end - window.start).total_seconds() + window.follow_s) / DAY_S + 1.0
    settings = RunSettings(days=days, seed=seed, replications=replications, threads=None, log=LogLevel.EVENTS)
    return [_side(cohort(with_events(records), window), plant) for records in run(plant, settings).records]


def _placed(plant: Plant, window: Window) -> tuple[Plant, float]:
    """The plant started early enough before the window, and by how many days."""
    if any(isinstance(order, OrderStream) for order in plant.orders):
        lead = math.ceil(2 * window.follow_s / DAY_S)
        day = datetime(window.start.year, window.start.month, window.start.day)
        plant = plant.model_copy(update={"start": day - timedelta(days=lead)})
    lead_days = (window.start - plant.start).total_seconds() / DAY_S
    if lead_days < 0:
        raise InputError(
            f"the plant starts on {plant.start:%Y-%m-%d %H:%M}, after the log's first release "
            f"{window.start:%Y-%m-%d %H:%M}; start it earlier"
        )
    return plant, lead_days


def _halves(log: Cohort, plant: Plant, rng: np.random.Generator) -> tuple[_Side, _Side]:
    lots = rng.permutation(log.lots)
    half = max(log.lots // 2, 1)
    first, second = log.pick(np.sort(lots[:half])), log.pick(np.sort(lots[-half:]))
    return _side(first, plant), _side(second, plant)


def _past(past: Records, window: Window) -> Cohort:
    """All lots of an earlier log that it follows as long as the window does."""
    return cohort(past, choose_window(past, follow_up_days=window.follow_s / DAY_S))


def _draw(source: Cohort, real: Cohort, rng: np.random.Generator) -> Cohort:
    """As many lots as the log has, drawn whole, each moved by whole days to one of the log's releases."""
    lots = rng.integers(source.lots, size=real.lots)
    offset = (source.origin - real.origin).total_seconds()
    to = real.first_s()
    days: Floats = np.round((to - source.first_s()[lots] - offset) / DAY_S) * DAY_S
    moved = source.pick(lots, shift_s=days + offset)
    return Cohort(
        real.origin, moved.lot, moved.start_s, moved.end_s, moved.operation, moved.work_center, moved.lots
    )


def _hours(sides: list[_Side]) -> tuple[float, ...]:
    return tuple(float(h) for side in sides for h in d.cycle_times_h(side.log))


def _mean(found: list[dict[str, float]], name: str) -> float:
    return float(np.mean([f[name] for f in found]))


def _by_center(real: _Side, twins: list[_Side]) -> pl.DataFrame:
    """Hours of work per lot by work center, in the log and on average in the twin."""
    names = sorted(real.hours.keys() | {name for twin in twins for name in twin.hours})
    rows = []
    for name in names:
        log_h = real.hours.get(name, 0.0) * real.log.lots
        twin_h = float(np.mean([twin.hours.get(name, 0.0) for twin in twins])) * real.log.lots
        rows.append((name, log_h, twin_h, (twin_h - log_h) / log_h if log_h else math.nan))
    kinds = {"work_center": pl.String, "log_h": pl.Float64, "twin_h": pl.Float64, "error": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _verdict(cycle: Distance, log: Cohort, has_past: bool) -> str:
    mean_h = float(d.cycle_times_h(log).mean())
    share = cycle.twin.mean / mean_h
    if cycle.twin.mean <= cycle.noise:
        grade = "The twin's cycle times are no further from the log's than two halves of the log are apart"
    elif cycle.twin.mean <= max(1.5 * cycle.noise, 0.15 * mean_h):
        grade = "The twin's cycle times are close to the log's"
    else:
        grade = "The twin's cycle times are not the log's: do not decide by this plant yet"
    origin = "past lots drawn whole" if has_past else "the log's own lots drawn again"
    return (
        f"{grade}: {cycle.twin.mean:.1f} h apart ({share:.0%} of a mean of {mean_h:.0f} h), "
        f"noise floor {cycle.noise:.1f} h, {origin} {cycle.baseline:.1f} h."
    )
