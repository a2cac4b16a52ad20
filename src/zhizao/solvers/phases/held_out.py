"""Batches predicted by the others: what they measured at the end, and when they reached a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from zhizao.solvers.phases.batches import Batches
from zhizao.solvers.phases.fit import Recorded, simulated
from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import Crossing, Direction, PhaseError

GOAL = "time to goal"
"""What a prediction of the time is called, among the names of states."""
TRIES = 100  # draws of a parameter, which is above 0, before its spread is called too wide


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A measured value of a batch and the interval that the other batches give for it.

    `what` is a state (its last measurement, in its unit) or `GOAL` (in the model's unit of time).
    """

    batch: str
    what: str
    measured: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the interval contains it."""
        return self.low <= self.measured <= self.high


def predict_left_out(
    batches: Batches,
    records: Mapping[str, Recorded],
    goal: Crossing | None = None,
    *,
    level: float = 0.9,
    draws: int = 200,
    seed: int = 0,
) -> list[LeftOut]:
    """Predict each batch by parameters drawn from the spread of the others.

    Parameters are normal and independent of one another, as in a phase file; noise is added at the times of
    the batch. The time to the goal is interpolated between measurements, in draws as in the record.

    Parameters
    ----------
    batches, records
        What was fitted, and to what.
    goal
        Crossing whose time is predicted where its state was measured.
    level
        Of the intervals.
    draws, seed
        Courses drawn for each batch.

    Raises
    ------
    PhaseError
        There are fewer than three batches, or a spread of parameters is too wide to be drawn from.
    """
    if len(records) < 3:
        raise PhaseError(f"found {len(records)} batches; expected three or more to leave one out")
    random = np.random.default_rng(seed)
    found = []
    for name, one in records.items():
        spreads = [batches.spread(parameter, without=name) for parameter in batches.parameters]
        if any(spread.batches < 2 for spread in spreads):
            continue
        values = np.column_stack([_drawn(spread.mean, spread.sd, draws, random) for spread in spreads])
        measured = _read(one.times, one.measured, batches, goal)
        seen = np.full((draws, len(measured)), np.nan)
        for row, point in enumerate(values):
            course = simulated(one.phase, one.times, batches.parameters, np.log(point), batches.observed)
            course = course + batches.noise * random.normal(size=course.shape)
            course[~np.isfinite(one.measured)] = np.nan
            seen[row] = list(_read(one.times, course, batches, goal).values())
        for place, (what, value) in enumerate(measured.items()):
            if np.isfinite(value):
                found.append(LeftOut(name, what, value, *_interval(seen[:, place], level)))
    return found


def _interval(drawn: Doubles, level: float) -> tuple[float, float]:
    """Quantiles; a draw without a value lies above all others, as a goal that is never reached does."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    ordered = np.sort(np.where(np.isfinite(drawn), drawn, np.inf))
    last = len(ordered) - 1
    return float(ordered[int(np.floor(tails[0] * last))]), float(ordered[int(np.ceil(tails[1] * last))])


def _drawn(mean: float, sd: float, draws: int, random: np.random.Generator) -> Doubles:
    values = random.normal(mean, sd, size=draws)
    for _ in range(TRIES):
        below = values <= 0
        if not below.any():
            return values
        values[below] = random.normal(mean, sd, size=int(below.sum()))
    raise PhaseError(f"found a parameter of mean {mean:g} and standard deviation {sd:g}: hardly ever above 0")


def _read(times: Doubles, table: Doubles, batches: Batches, goal: Crossing | None) -> dict[str, float]:
    """Last measurement of each state, and the time of the goal; NaN where there is none."""
    found = {}
    for name, column in zip(batches.observed, table.T, strict=True):
        known = column[np.isfinite(column)]
        found[name] = float(known[-1]) if known.size else nan
    if goal is not None and goal.state in batches.observed:
        found[GOAL] = crossing_time(times, table[:, batches.observed.index(goal.state)], goal)
    return found


def crossing_time(times: Doubles, values: Doubles, goal: Crossing) -> float:
    """First time at which the line through measured values crosses the level; NaN if it never does."""
    known = np.isfinite(values)
    t, off = times[known], values[known] - goal.level
    rising, falling = (off[:-1] < 0) & (off[1:] >= 0), (off[:-1] > 0) & (off[1:] <= 0)
    ways = {Direction.RISING: rising, Direction.FALLING: falling, Direction.EITHER: rising | falling}
    at = np.flatnonzero(ways[goal.direction])
    if not at.size:
        return nan
    i = int(at[0])
    return float(t[i] + (t[i + 1] - t[i]) * off[i] / (off[i] - off[i + 1]))
