"""Times that are longer than any reasonable tail of their like: what is in them beyond it is no work."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from zhizao.plant.model import Clock
from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Flags, Floats
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.stops import FailureMode

FAR = 6.0  # robust deviations of the logarithm beyond which no tail reaches that could be meant
MORE = 1.5  # and so much longer than usual
SAME = 0.005  # a scatter below this is none
TIGHT = 0.35  # scatter of the core below which a stop can be told from work
LIKE = 20  # jobs of one kind that this takes
FEW = 5  # stops of a work center that make a failure mode
MOST = 0.2  # share of a work center's jobs with a stop, from which these are no failures


def beyond(values: Floats) -> Flags:
    """Which times are beyond the tail of the others (median and median absolute deviation of logarithms)."""
    logs = np.log(np.maximum(values, 1e-3))
    return np.asarray(logs - float(np.median(logs)) > max(FAR * scatter(values), math.log(MORE)))


def scatter(values: Floats) -> float:
    """Robust deviation of the logarithm: the coefficient of variation of the core."""
    logs = np.log(np.maximum(values, 1e-3))
    found = 1.4826 * float(np.median(np.abs(logs - np.median(logs))))
    return found if found > SAME else 0.0


def find_stops(
    table: pl.DataFrame, work_s: Floats, openings: dict[str, Opening]
) -> tuple[dict[str, FailureMode], Floats, list[Finding]]:
    """Failures that the log does not mark, from jobs that took far longer than their like; the work of each
    visit without them; the findings.

    Only where the like (same operation, product and pieces, within a shift) scatters little can a stop be
    told from work, and only one that is longer than the tail. Those that are not seen are reckoned in for
    exponential stops, of which what is beyond any length is as long again as they all are.
    """
    work = work_s.copy()
    own = table.with_columns(place=pl.int_range(pl.len()), work=pl.Series(work_s)).filter(
        ~pl.col("running") & (pl.col("work") > 0)
    )
    modes: dict[str, FailureMode] = {}
    findings: list[Finding] = []
    for (center,), rows in sorted(own.group_by("work_center", maintain_order=True)):
        rows = rows.filter(pl.Series(_unbroken(rows, openings.get(str(center)))))
        found = _stops(rows)
        n = found.height
        if n < FEW or n > MOST * rows.height:
            continue
        work[found["place"].to_numpy()] = found["usual"].to_numpy()
        length = found["length"].to_numpy()
        tail = found["tail"].to_numpy()
        repair_s = max(float((length - tail).mean()), 60.0)
        seen = min(max(math.exp(-float(tail.mean()) / repair_s), 0.25), 1.0)
        busy_s = float(rows["work"].sum()) - float(length.sum())
        between_s = busy_s / (n / seen)
        modes[str(center)] = FailureMode(
            Distribution.exponential(float(f"{between_s:.4g}")),
            Distribution.exponential(float(f"{repair_s:.4g}")),
            Clock.BUSY,
        )
        findings += _findings(str(center), modes[str(center)], (n, seen, busy_s, float(tail.mean())))
    return modes, work, findings


def _unbroken(rows: pl.DataFrame, opening: Opening | None) -> Flags:
    """Which jobs were done within one shift."""
    start, end = rows["start_s"].to_numpy(), rows["end_s"].to_numpy()
    if opening is None:
        return np.ones(len(start), bool)
    return np.asarray(opening.open_until(end) - opening.open_until(start) > end - start - ROUND_S)


def _stops(rows: pl.DataFrame) -> pl.DataFrame:
    """Jobs with a stop in them: place, usual time, length of the stop, and what of it the tail would hide."""
    kind = ["operation", "product", "pieces"]
    logs = pl.col("work").log()
    rows = rows.filter(pl.len().over(kind) >= LIKE).with_columns(middle=logs.median().over(kind), logs=logs)
    spread = (pl.col("logs") - pl.col("middle")).abs().median().over(kind) * 1.4826
    rows = rows.with_columns(spread=pl.when(spread > SAME).then(spread).otherwise(0.0))
    reach = pl.max_horizontal(FAR * pl.col("spread"), pl.lit(math.log(MORE)))
    rows = rows.with_columns(usual=pl.col("middle").exp(), top=(pl.col("middle") + reach).exp())
    rows = rows.filter((pl.col("spread") < TIGHT) & (pl.col("work") > pl.col("top")))
    return rows.select(
        "place", "usual", length=pl.col("work") - pl.col("usual"), tail=pl.col("top") - pl.col("usual")
    )


def _findings(center: str, mode: FailureMode, seen: tuple[int, float, float, float]) -> list[Finding]:
    n, share, busy_s, tail_s = seen
    how = (
        f"from outlier gaps: {n} jobs took far longer than their like; {share:.0%} of stops are longer than "
        f"the {hours(tail_s)} that the tail hides"
    )
    what = f"work_centers.{center}.failures"
    between, repair = mode.between.parameters[0], mode.repair.parameters[0]
    low, high = (rate / share for rate in intervals.of_rate(n, busy_s))
    every = (between, 1 / high, 1 / low)
    return [
        Finding(f"{what}.between", f"every {hours(between)} of work", n, f"{how} (Poisson)", *every),
        Finding(f"{what}.repair", hours(repair), n, f"{how} (exponential)", repair,
                *intervals.of_mean(repair, repair / math.sqrt(n), n)),
    ]  # fmt: skip
