"""Waiting that no busy or closed work center explains ("extra delays").

After contention and calendars are taken out, what is left of a wait is estimated as the time up to the
last moment before the start at which the work center was open and had room, the idea of Chapela-Campa
and Dumas, "Enhancing business process simulation models with extraneous activity delays" (2024).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn import fit
from zhizao.studies.learn.visits import History, Visit
from zhizao.studies.learn.week import Opening

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Step = tuple[str, str]  # operation and work center

GRID_S = 300.0
REAL = 0.05  # share of a wait that must be unexplained before a delay is taken for it
LEAST_S = 60.0
AT_ONCE_S, SOME = 60.0, 0.05  # this share of the lots starts so soon after its release, if that is one
OWN = 0.9  # weight of the lot's own wait against the mean of its operation
Z_975 = 1.96  # quantile of the standard normal distribution
FEW = 10  # waits below which an operation borrows those of its work center, and that those of the plant


def unexplained_s(
    history: History, openings: dict[str, Opening], units: dict[str, int]
) -> dict[Visit, float]:
    """Unexplained wait (0 where all is explained) before each visit but a lot's first."""
    start, wait = history.table["start_s"].to_numpy(), history.waits_s
    centers, found = history.table["work_center"].to_numpy(), np.full(len(start), np.nan)
    for name, count in units.items():
        own = (centers == name) & ~np.isnan(wait)
        free = _free(history, name, openings[name], count)
        found[own] = _unexplained(start[own] - wait[own], start[own], free, history.start_s)
    return {visit: s for visit, s in zip(history.listed, found.tolist(), strict=True) if s == s}


def releases_are_told(history: History) -> bool:
    """Whether the log's releases are those of lots: all have one, and some lots start at once when they come.

    A planned or entered date far ahead of the work is no release.
    """
    told = [(t.arrived_s, t.release_s) for t in history.traces]
    known = np.array([(arrived, start) for arrived, start in told if arrived is not None]).reshape(-1, 2)
    if len(known) < len(told):
        return False
    return float(np.mean(known[:, 1] - known[:, 0] < AT_ONCE_S)) >= SOME


def mean_waits_s(history: History) -> dict[Step, float]:
    """Mean wait before each operation at each work center, explained or not."""
    waits = history.table.with_columns(wait=pl.Series(history.waits_s)).filter(pl.col("wait").is_not_nan())
    means = waits.group_by("operation", "work_center").agg(pl.col("wait").mean())
    return {(operation, center): float(mean) for operation, center, mean in means.iter_rows()}


def real(waits: dict[Step, Floats], all_s: dict[Step, float]) -> dict[Step, Floats]:
    """The operations before which a share of the wait (mean `all_s`) that counts is unexplained."""
    return {
        step: sample for step, sample in waits.items() if sample.mean() > max(REAL * all_s[step], LEAST_S)
    }


def significant(waits: dict[Step, Floats]) -> dict[Step, Floats]:
    """The operations whose mean unexplained wait is above 0 by a one-sided test at 2.5 %.

    Most lots have none, and a few may have days (a closure, a lot on hold): the mean of such a sample can be
    large, and still tell nothing of the other lots.
    """
    return {
        step: sample
        for step, sample in waits.items()
        if len(sample) > 1 and sample.mean() > Z_975 * sample.std(ddof=1) / math.sqrt(len(sample))
    }


def by_step(waits: dict[Visit, float]) -> dict[Step, Floats]:
    """The waits by operation and work center."""
    found: dict[Step, list[float]] = {}
    for visit, wait in waits.items():
        found.setdefault((visit.operation, visit.work_center), []).append(wait)
    return {step: np.array(sample) for step, sample in sorted(found.items())}


def _free(history: History, center: str, opening: Opening, units: int) -> Flags:
    """On a grid over the log: open, and fewer lots in work than units."""
    rows = history.rows.filter(pl.col("work_center") == center)
    grid = np.arange(history.start_s, history.end_s + GRID_S, GRID_S)
    begun = np.searchsorted(np.sort(rows["start_s"].to_numpy()), grid, side="right")
    gone = np.searchsorted(np.sort(rows["end_s"].to_numpy()), grid, side="right")
    open_s = np.diff(opening.open_until(np.append(grid, grid[-1] + GRID_S)))
    free: Flags = (begun - gone < units) & (open_s > 0)
    return free


def _unexplained(reach_s: Floats, start_s: Floats, free: Flags, zero_s: float) -> Floats:
    """From the end of a lot's earlier work to the last free moment before its start."""
    latest = np.maximum.accumulate(np.where(free, np.arange(len(free)), -1))
    first = ((reach_s - zero_s) // GRID_S).astype(int) + 1
    last = latest[np.clip(((start_s - zero_s) // GRID_S).astype(int) - 1, 0, len(free) - 1)]
    return np.where((start_s > reach_s) & (last >= first), (last + 1) * GRID_S + zero_s - reach_s, 0.0)


def pool(waits: dict[Step, Floats]) -> dict[Step, Floats]:
    """Give each operation with few waits those of its work center, or those of the plant."""
    by_center: dict[str, list[Floats]] = {}
    for (_, center), sample in waits.items():
        by_center.setdefault(center, []).append(sample)
    plant = np.concatenate(list(waits.values())) if waits else np.zeros(1)
    pooled = {}
    for (operation, center), sample in waits.items():
        near = np.concatenate(by_center[center])
        pooled[operation, center] = sample if len(sample) >= FEW else near if len(near) >= FEW else plant
    return pooled


def as_distribution(sample: Floats, own_s: tuple[float, ...], mean_s: float) -> Distribution | None:
    """Delay at one step of a way, mostly what its own lots waited, for the rest its operation's.

    `mean_s` is the mean over all visits of the operation, which the twin settles; a delay of less than a
    minute is none.
    """
    usual = float(sample.mean())
    own = np.array(own_s) if own_s else sample
    share = OWN * float(own.mean()) / usual + 1 - OWN if usual > 0 else 1.0
    mean = round(mean_s * share / 60) * 60.0
    if mean < LEAST_S:
        return None
    return (
        fit.empirical(own, mean=mean)
        if len(own_s) >= FEW and own.max() > 0
        else Distribution.exponential(mean)
    )
