"""Delays settled against the twin: in it lots wait for one another too, so what the log left over is a
start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, Progress, RunSettings
from zhizao.experiments.experiment import complete_run
from zhizao.experiments.progress import Parts
from zhizao.experiments.scenario import Scenario
from zhizao.records import Records, with_events
from zhizao.studies.learn.build import Draft, build_plant
from zhizao.studies.learn.complete import follow_up_s, reaches
from zhizao.studies.learn.delays import Step
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.visits import REPEAT, WORK, Trace
from zhizao.studies.learn.week import DAY_S, HOUR_S, WEEK_S

ROUNDS = 4
SCALE_ROUNDS = 3
REPLICATIONS = 8
WINDOW_S = 8 * WEEK_S  # of releases in the twin; a longer one than the log's takes less luck
REACH = 1.5  # delays are a part of a lot's time, so they must give way by more than it
STEP = 0.7  # share of the gap that one round closes
FEW = 15  # waits below which an operation is corrected as its work center is


@dataclass(frozen=True, slots=True)
class Waits:
    """Mean wait and count by operation and work center, and the mean time of a lot in its follow-up."""

    mean_s: dict[Step, float]
    count: dict[Step, int]
    cycle_s: float


def calibrate(
    draft: Draft, seed: int, progress: Progress | None = None
) -> tuple[dict[Step, float], list[Finding]]:
    """Mean delays with which the twin's lots wait and take as long as the log's, followed equally long."""
    longest_s = max(t.last_s - t.release_s for t in draft.history.traces)
    limit_s = max(min(follow_up_s(draft.history), longest_s), HOUR_S)
    target = _waits([v.seen for v in draft.variants], limit_s)
    delay = {step: float(sample.mean()) for step, sample in draft.waits.items()}
    first = sum(delay.values())
    parts, share = Parts(progress), 1 / (ROUNDS + SCALE_ROUNDS + 1)
    for _ in range(ROUNDS):
        twin = _simulate(draft, delay, limit_s, seed, parts.next(share))
        delay = {step: _corrected(step, mean, target, twin) for step, mean in delay.items()}
    for _ in range(SCALE_ROUNDS):
        twin = _simulate(draft, delay, limit_s, seed, parts.next(share))
        delay = _scaled(delay, target, twin)
    twin = _simulate(draft, delay, limit_s, seed, parts.next(share))
    return delay, _findings(delay, target, twin, first)


def _waits(traces: list[Trace], limit_s: float) -> Waits:
    samples: dict[Step, list[float]] = {}
    cycles = []
    for trace in traces:
        end = trace.release_s + limit_s
        seen = [(reach, v) for reach, v in reaches(trace) if v.start_s < end]
        for reach, visit in seen:
            step = (visit.operation, visit.work_center)
            samples.setdefault(step, []).append(max(0.0, visit.start_s - reach))
        last = max([trace.visits[0].end_s, *(v.end_s for _, v in seen)])
        cycles.append(min(last, end) - trace.release_s)
    means = {step: float(np.mean(sample)) for step, sample in samples.items()}
    return Waits(means, {step: len(s) for step, s in samples.items()}, float(np.mean(cycles or [0.0])))


def _simulate(
    draft: Draft, delay: dict[Step, float], limit_s: float, seed: int, progress: Progress | None
) -> Waits:
    """Some weeks in the twin, after a time to fill up, lots followed as long as the log's."""
    plant = build_plant(draft, delay)
    fill_s = np.ceil(limit_s / WEEK_S) * WEEK_S
    days = (fill_s + WINDOW_S + limit_s) / DAY_S
    settings = RunSettings(days=days, seed=seed, replications=REPLICATIONS, threads=None, log=LogLevel.EVENTS)
    done = complete_run(Scenario(plant.name, plant), settings, progress)
    visits = pl.concat(
        _visits(records, limit_s, (fill_s, fill_s + WINDOW_S)).with_columns(replication=pl.lit(i))
        for i, records in enumerate(map(with_events, done))
    )
    step = (pl.col("operation").str.replace(REPEAT, ""), "work_center")
    steps = (
        visits.drop_nulls("reach").group_by(*step).agg((pl.col("start") - pl.col("reach")).mean(), n=pl.len())
    )
    lots = visits.group_by("replication", "lot").agg(pl.col("end").max() - pl.col("start").min())
    found = list(steps.iter_rows())
    return Waits({(o, c): s for o, c, s, _ in found}, {(o, c): n for o, c, _, n in found}, _mean(lots["end"]))


def _mean(column: pl.Series) -> float:
    return float(column.to_numpy().mean()) if len(column) else 0.0


def _visits(records: Records, limit_s: float, released: tuple[float, float]) -> pl.DataFrame:
    """Visits of the lots released in a span, each within its follow-up, and when the lot's earlier visits had
    ended (`reach`); s since the plant's start. In a twin one operation is one visit."""
    assert records.events is not None  # the run was asked for its events
    since = [((pl.col(c) - records.start).dt.total_microseconds() / 1e6).alias(c) for c in ("start", "end")]
    visits = (
        records.events.filter(pl.col("lot").is_not_null() & pl.col("activity").cast(pl.String).is_in(WORK))
        .select("lot", "operation", "work_center", *since)
        .group_by("lot", "operation", "work_center", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max())
        .sort("lot", "start", "end")
    )
    first = pl.col("start").min().over("lot")
    visits = visits.with_columns(reach=pl.col("end").cum_max().shift(1).over("lot"), first=first)
    visits = visits.filter(pl.col("first").is_between(*released, closed="left"))
    return visits.filter(pl.col("start") < pl.col("first") + limit_s).with_columns(
        end=pl.min_horizontal(pl.col("end").fill_null(np.inf), pl.col("first") + limit_s)
    )


def _pooled(step: Step, waits: Waits, base: Waits) -> float:
    """Mean wait of a step, or of its work center where the log has few."""
    if base.count.get(step, 0) >= FEW:
        return waits.mean_s.get(step, 0.0)
    near = [s for s in waits.mean_s if s[1] == step[1]]
    weight = [waits.count[s] for s in near]
    return float(np.average([waits.mean_s[s] for s in near], weights=weight)) if near else 0.0


def _corrected(step: Step, mean_s: float, target: Waits, twin: Waits) -> float:
    gap = _pooled(step, target, target) - _pooled(step, twin, target)
    return float(np.clip(mean_s + STEP * gap, 0.0, 2 * mean_s + 3600.0))


def _scaled(delay: dict[Step, float], target: Waits, twin: Waits) -> dict[Step, float]:
    """All delays by one factor, so that the mean time of a lot comes right."""
    factor = float(np.clip((target.cycle_s / max(twin.cycle_s, 1.0)) ** REACH, 0.6, 1.6))
    return {step: mean * factor for step, mean in delay.items()}


def _findings(delay: dict[Step, float], target: Waits, twin: Waits, first_s: float) -> list[Finding]:
    steps = max(len(delay), 1)
    how = (
        f"waiting that neither a busy nor a closed work center explains ({hours(first_s / steps)} in the "
        f"log), set so that the twin waits as the log does; a lot takes {hours(target.cycle_s)} in the log, "
        f"{hours(twin.cycle_s)} in the twin"
    )
    usual = f"{hours(sum(delay.values()) / steps)} on average"
    found = [Finding("operations.delay", usual, sum(target.count.values()), how)]
    for (operation, center), mean in sorted(delay.items()):
        n = target.count.get((operation, center), 0)
        how = f"mean wait before it at {center}, scaled to the twin"
        found.append(Finding(f"operations.{operation}.delay", f"mean {hours(mean)}", n, how))
    return found
