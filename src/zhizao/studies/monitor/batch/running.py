"""Batches that still run: their quality from the part of the trajectory known so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zhizao.quantities import Input, InputError
from zhizao.studies.monitor.batch.pls import Pls, fitted, jackknife_plus, left_out_models
from zhizao.studies.monitor.batch.trajectories import POINTS, Rows, check_column, read_rows
from zhizao.studies.monitor.samples import Floats, read_frame

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Parts of the median duration of a batch at which the error is given."""
LEVEL = 0.9
"""Coverage that intervals aim at."""
DRAWS = 2000
FEWEST_POINTS = 2
"""Samples of a batch without which nothing is predicted."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How well quality is predicted at a time since the start, each batch left out in turn.

    `q2` is None where quality never varies; `shown`: the squared error is below that of the mean of the other
    batches, with a one-sided confidence of 95 % (bootstrap over batches).
    """

    at: float
    q2: float | None
    rmse: float
    shown: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A batch under way at its last sample; without a prediction where `why` says why."""

    batch: str
    at: float
    value: float | None
    low: float | None
    high: float | None
    shown: bool
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class UnderWay:
    """Batches under way, and how well quality is predicted at 25, 50, 75 and 100 % of a batch."""

    stages: tuple[Stage, ...]
    running: tuple[Running, ...]
    source: Input

    @property
    def shown_from(self) -> Stage | None:
        """The first stage from which on every one is shown; None if the last one is not."""
        found = None
        for stage in reversed(self.stages):
            if not stage.shown:
                break
            found = stage
        return found


def under_way(
    samples: str | Path,
    current: str | Path,
    columns: tuple[str, str],
    known: dict[str, float],
    *,
    seed: int,
    progress: Callable[[float], object] | None = None,
) -> UnderWay:
    """Predict the quality of batches under way, anew at each time from what is known of a batch by then.

    The trajectories of the batches of known quality are cut at the time of the batch under way, and a
    regression is fitted to these parts: nothing is assumed of the future, unlike where it is filled in
    (Nomikos and MacGregor 1995). Batches that ended before that time keep their last values.

    Parameters
    ----------
    samples, current
        Tables of batches that have ended, and of those under way.
    columns
        Columns of the batch and of the time since its start, in any unit.
    known
        Quality by batch.
    seed
        Of the bootstrap.

    Raises
    ------
    InputError
        A table cannot be read, lacks a column, or has times that are unknown or do not increase.
    """
    past, now = read_rows(samples, *columns), read_rows(current, *columns)
    names = [name for name in past.rows if name in known]
    frame = read_frame(Path(current))
    for sensor in past.columns:
        check_column(frame, sensor, str(current))
    ends = {name: float(_times(past, name)[-1]) for name in names}
    lasts = {name: float(_times(now, name)[-1]) for name in now.rows}
    y = np.array([known[name] for name in names])
    usual = float(np.median([*ends.values()]))
    at = [*(usual * share for share in SHARES), *lasts.values()]
    models = dict[float, _Model | None]()
    for number, until in enumerate(at):
        if until not in models and until <= max(ends.values()):
            models[until] = _model(past, names, y, until, seed)
        if progress is not None:
            progress((number + 1) / len(at))
    stages = [models[usual * share] for share in SHARES]
    return UnderWay(
        tuple(one.stage for one in stages if one is not None),
        tuple(
            _running(now, name, until, models.get(until), max(ends.values())) for name, until in lasts.items()
        ),
        now.source("running"),
    )


def _times(table: Rows, name: str) -> Floats:
    times = table.times[table.rows[name]]
    wrong = np.flatnonzero(~np.isfinite(times) | (np.diff(times, prepend=-np.inf) <= 0))
    if len(wrong):
        line = table.rows[name][int(wrong[0])] + 2
        raise InputError(
            f"{table.file}:{line}: {table.time}: found a time that is unknown or not after the one before, "
            f"in batch {name!r}; give the time since the start of the batch"
        )
    return times


def _part(table: Rows, name: str, sensors: Sequence[str], until: float) -> Floats:
    """A batch until a time, at equal steps from its first sample, sensor by sensor; nan if one is unknown."""
    times, rows = _times(table, name), np.array(table.rows[name])
    then = times <= until
    parts = []
    for sensor in sensors:
        values = table.columns[sensor][rows]
        known = then & ~np.isnan(values)
        grid = np.linspace(times[0], until, POINTS)
        parts.append(np.interp(grid, times[known], values[known]) if known.any() else np.full(POINTS, np.nan))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """What predicts at a time: parts of the batches of known quality, and their quality."""

    sensors: tuple[str, ...]
    x: Floats
    y: Floats
    stage: Stage
    left_out: tuple[list[Pls], Floats]


def _model(past: Rows, names: list[str], y: Floats, until: float, seed: int) -> _Model | None:
    """The regression at a time; None where no sensor is known in every batch by then and varies."""
    parts = {
        sensor: np.array([_part(past, name, [sensor], until) for name in names]) for sensor in past.columns
    }
    kept = [sensor for sensor, part in parts.items() if np.isfinite(part).all() and np.ptp(part) > 0]
    if not kept or until <= min(float(_times(past, name)[0]) for name in names):
        return None
    x = np.hstack([parts[sensor] for sensor in kept])
    models = left_out_models(x, y)
    errors = np.abs(y - np.array([float(one.predict(x[[row]])[0]) for row, one in enumerate(models)]))
    return _Model(tuple(kept), x, y, _stage(y, errors, until, seed), (models, errors))


def _stage(y: Floats, errors: Floats, until: float, seed: int) -> Stage:
    spread, count = float(((y - y.mean()) ** 2).sum()), len(y)
    gained = (
        (y - y.mean()) * count / (count - 1)
    ) ** 2 - errors**2  # the mean of the others errs by the first
    drawn = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
    shown = spread > 0 and float(np.quantile(gained[drawn].mean(axis=1), 0.05)) > 0
    q2 = 1 - float((errors**2).sum()) / spread if spread > 0 else None
    return Stage(until, q2, float(np.sqrt((errors**2).mean())), shown)


def _running(now: Rows, name: str, until: float, model: _Model | None, longest: float) -> Running:
    if until > longest:
        return Running(name, until, None, None, None, False, "runs longer than any batch of known quality")
    if model is None or len(now.rows[name]) < FEWEST_POINTS:
        return Running(name, until, None, None, None, False, "too few samples so far")
    x = _part(now, name, model.sensors, until)[None]
    if not np.isfinite(x).all():
        return Running(name, until, None, None, None, False, "a sensor is unknown so far")
    low, high = jackknife_plus(*model.left_out, x, LEVEL)
    value = float(fitted(model.x, model.y).predict(x)[0])
    return Running(name, until, value, float(low[0]), float(high[0]), model.stage.shown)
