"""Waiting that no busy or closed work center explains ("extra delays").

After contention and calendars are taken out, what is left of a wait is estimated as the time up to the
last moment before the start at which the work center was open and had room, the idea of Chapela-Campa
and Dumas, "Enhancing business process simulation models with extraneous activity delays" (2024).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn import fit
from zhizao.studies.learn.complete import reaches
from zhizao.studies.learn.visits import History, Visit
from zhizao.studies.learn.week import Opening

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Step = tuple[str, str]  # operation and work center

GRID_S = 300.0
REAL = 0.05  # share of a wait that must be unexplained before a delay is taken for it
LEAST_S = 60.0
OWN = 0.9  # weight of the lot's own wait against the mean of its operation
FEW = 10  # waits below which an operation borrows those of its work center, and that those of the plant


def unexplained_s(
    history: History, openings: dict[str, Opening], units: dict[str, int]
) -> dict[Visit, float]:
    """Unexplained wait (0 where all is explained) before each visit but a lot's first."""
    waited: dict[str, list[tuple[float, Visit]]] = {name: [] for name in units}
    for trace in history.traces:
        for reach, visit in reaches(trace):
            waited[visit.work_center].append((reach, visit))
    found: dict[Visit, float] = {}
    for name, pairs in waited.items():
        free = _free(history, name, openings[name], units[name])
        reached = np.array([reach for reach, _ in pairs])
        start = np.array([visit.start_s for _, visit in pairs])
        wait = _unexplained(reached, start, free, history.start_s)
        found |= {visit: float(s) for (_, visit), s in zip(pairs, wait, strict=True)}
    return found


def releases_are_told(history: History, openings: dict[str, Opening], units: dict[str, int]) -> bool:
    """Whether the log's releases explain its first starts: all lots have one, and busy or closed work centers
    are why they wait thereafter. A planned or entered date far ahead of the work is no release."""
    first: dict[str, list[tuple[float, float]]] = {}
    for trace in history.traces:
        if trace.arrived_s is None:
            return False
        first.setdefault(trace.visits[0].work_center, []).append((trace.arrived_s, trace.release_s))
    waited = unexplained = 0.0
    for name, pairs in first.items():
        arrived, start = np.array(pairs).T
        free = _free(history, name, openings[name], units[name])
        waited += float(np.maximum(start - arrived, 0.0).sum())
        unexplained += float(_unexplained(arrived, start, free, history.start_s).sum())
    return unexplained <= max(REAL * waited, GRID_S * len(history.traces))


def mean_waits_s(history: History) -> dict[Step, float]:
    """Mean wait before each operation at each work center, explained or not."""
    found: dict[Step, list[float]] = {}
    for trace in history.traces:
        for reach, visit in reaches(trace):
            found.setdefault((visit.operation, visit.work_center), []).append(max(visit.start_s - reach, 0.0))
    return {step: float(np.mean(sample)) for step, sample in found.items()}


def real(waits: dict[Step, Floats], all_s: dict[Step, float]) -> dict[Step, Floats]:
    """The operations before which a share of the wait (mean `all_s`) that counts is unexplained."""
    return {
        step: sample for step, sample in waits.items() if sample.mean() > max(REAL * all_s[step], LEAST_S)
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
