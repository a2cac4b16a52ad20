"""Predict the quality of batches from their trajectories, with cross-validated error and intervals."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.quantities import Fault, Input, InputError
from zhizao.studies.monitor.batch.pls import Pls, fitted, jackknife_plus, left_out_models
from zhizao.studies.monitor.batch.result import BatchResult, Predicted
from zhizao.studies.monitor.batch.running import LEVEL, under_way
from zhizao.studies.monitor.batch.trajectories import Batches, check_column, read_batches
from zhizao.studies.monitor.facts import version
from zhizao.studies.monitor.samples import Floats, SamplesError, numbers_of, read_frame

if TYPE_CHECKING:
    from zhizao.engine import Progress

FEWEST = 20
"""Batches of known quality: an interval at 90 % takes ten, and a regression as many again."""


def batch_quality(  # noqa: PLR0913  each is an option of the command
    samples: str | Path,
    quality: str | Path,
    target: str,
    *,
    batch: str = "batch",
    time: str | None = None,
    current: str | Path | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> BatchResult:
    """Predict the quality of each batch from its trajectories by PLS (Nomikos and MacGregor 1995).

    Parameters
    ----------
    samples
        Table of trajectories: a row per sample in the order of time, the batch, and the sensors.
    quality
        Table with a row per batch of known quality: the batch, and the target. Other batches are predicted.
    target
        Column of the quality.
    batch
        Column of the batch in both tables.
    time
        Column of `samples` that is no sensor, such as its time.
    current
        Table of batches under way, with the columns of `samples`; `time` is then the time since the start.
    seed
        Of the bootstrap that says from when on predictions of batches under way are shown.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A table cannot be read, lacks a column, or has too few batches of known quality.
    """
    if current is not None and time is None:
        raise InputError("current: batches under way take the column of the time since the start (time)")
    batches = read_batches(samples, batch, time)
    known, source = _qualities(Path(quality), batch, target)
    rows = [number for number, name in enumerate(batches.names) if name in known]
    if len(rows) < FEWEST:
        raise InputError(
            f"{quality}: found {len(rows)} batches of known quality that {samples} has; give {FEWEST} or more"
            + _ids(batches.names, known)
        )
    x, y = batches.unfolded[rows], np.array([known[batches.names[row]] for row in rows])
    models = left_out_models(x, y)
    made = np.array([float(model.predict(x[[row]])[0]) for row, model in enumerate(models)])
    running = None
    if current is not None and time is not None:
        judged = {batches.names[row]: known[batches.names[row]] for row in rows}
        running = under_way(samples, current, (batch, time), judged, seed=seed, progress=progress)
    if progress is not None:
        progress(1.0)
    return BatchResult(
        title=Path(samples).stem,
        inputs=(batches.source, source, *(() if running is None else (running.source,))),
        seed=seed,
        version=version(),
        target=target,
        sensors=batches.sensors,
        left_out=batches.left_out,
        single=batches.single,
        unmatched=tuple(name for name in known if name not in batches.names),
        measured=y,
        left_out_predictions=made,
        known=tuple(batches.names[row] for row in rows),
        predicted=_predicted(batches, rows, fitted(x, y), (models, np.abs(y - made)), y),
        under_way=running,
    )


def _ids(names: tuple[str, ...], known: dict[str, float]) -> str:
    """How batches are written in both tables, where some of one are not in the other."""
    here, there = (
        next((one for one in a if one not in b), None) for a, b in ((names, known), (known, names))
    )
    if here is None or there is None:
        return ""
    return f"; the one has {here!r} and the other {there!r}: write each batch in one way"


def _predicted(
    batches: Batches, rows: list[int], model: Pls, left_out: tuple[list[Pls], Floats], quality: Floats
) -> tuple[Predicted, ...]:
    """Predictions of the batches of unknown quality, by the model, with intervals from those left out.

    One that is beyond the known qualities by more than the largest error is extrapolated: it has no interval.
    """
    others = [number for number in range(len(batches.names)) if number not in set(rows)]
    if not others:
        return ()
    new = batches.unfolded[others]
    low, high = jackknife_plus(*left_out, new, LEVEL)
    made = model.predict(new)
    beyond = np.maximum(made - quality.max(), quality.min() - made) > left_out[1].max()
    return tuple(
        Predicted(
            batches.names[number], float(value), *((None, None) if out else (float(least), float(most)))
        )
        for number, value, out, least, most in zip(others, made, beyond, low, high, strict=True)
    )


def _qualities(path: Path, batch: str, target: str) -> tuple[dict[str, float], Input]:
    """Known quality by batch."""
    frame, faults = read_frame(path), list[Fault]()
    for name in (batch, target):
        check_column(frame, name, str(path))
    values = numbers_of(frame[target], str(path), faults)
    if faults:
        raise SamplesError(tuple(faults))
    if values is None:
        raise InputError(f"{path}: column {target!r} holds text; give a column of numbers")
    names = frame[batch].cast(pl.String).to_list()
    twice = next((name for row, name in enumerate(names) if name in names[:row]), None)
    if twice is not None:
        line = len(names) - names[::-1].index(twice) + 1
        raise InputError(f"{path}:{line}: {batch}: found {twice!r} twice; write one row per batch")
    known = {str(name): float(v) for name, v in zip(names, values, strict=True) if not np.isnan(v)}
    return known, Input("quality", path.name, sha256(frame.write_csv().encode()).hexdigest())
