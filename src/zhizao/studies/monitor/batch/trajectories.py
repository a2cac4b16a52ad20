"""Trajectories of batches, resampled to one length and unfolded batch-wise."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.quantities import Fault, Input, InputError, nearest_name
from zhizao.records.sheets import readings
from zhizao.studies.monitor.samples import MOST_FAULTS, Floats, SamplesError, numbers_of, read_frame

POINTS = 20
"""Points to which each trajectory is resampled, by linear interpolation over its samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """Batches in the order of their first row; `unfolded` is batches by (sensors times points).

    `single` names the sensors that have one value throughout each batch.
    """

    names: tuple[str, ...]
    sensors: tuple[str, ...]
    unfolded: Floats
    left_out: tuple[str, ...]
    single: tuple[str, ...]
    source: Input


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A table of batches as it is: rows by batch, columns of numbers, and times (nan: unknown)."""

    file: str
    time: str | None
    rows: dict[str, list[int]]
    columns: dict[str, Floats]
    times: Floats
    sha256: str

    def source(self, kind: str) -> Input:
        """The table as an input of a result."""
        return Input(kind, Path(self.file).name, self.sha256)


def read_rows(path: str | Path, batch: str, time: str | None) -> Rows:
    """Read trajectories: one row per sample, in the order of time within each batch.

    Raises
    ------
    InputError
        The table cannot be read, or has no such column.
    """
    frame, file = read_frame(Path(path)), str(path)
    check_column(frame, batch, file)
    if time is not None:
        check_column(frame, time, file)
    rows, faults = dict[str, list[int]](), list[Fault]()
    for row, label in enumerate(frame[batch].cast(pl.String).to_list()):
        if label:
            rows.setdefault(label, []).append(row)
        else:
            faults.append(Fault(file, row + 2, batch, "found an empty cell", "write the batch of each row"))
    columns = dict[str, Floats]()
    if time is not None:
        _by_time(frame, time, rows, faults, file)
    for column in frame.columns:
        if column not in (batch, time):
            values = numbers_of(frame[column], file, faults)
            if values is not None:
                columns[column] = values
    times = None if time is None else numbers_of(frame[time], file, [])
    if faults:
        raise SamplesError(tuple(faults[:MOST_FAULTS]))
    unknown = np.full(frame.height, np.nan)
    content = sha256(frame.write_csv().encode()).hexdigest()
    return Rows(file, time, rows, columns, unknown if times is None else times, content)


def _by_time(
    frame: pl.DataFrame, time: str, rows: dict[str, list[int]], faults: list[Fault], file: str
) -> None:
    """Put the rows of each batch in the order of time; two rows of one time are a fault."""
    times = numbers_of(frame[time], file, [])
    if times is None:
        fits = [one.clock for one in readings(frame[time]) if not one.clock.null_count()]
        if not fits:
            return
        times = fits[0].dt.epoch("us").to_numpy().astype(np.float64)
    for label, of in rows.items():
        known = not np.isnan(times[of]).any()
        ordered = sorted(of, key=lambda row: times[row]) if known else of
        for before, row in pairwise(ordered):
            if known and times[row] == times[before]:
                found = f"found two rows of {frame[time][row]} in batch {label}"
                faults.append(Fault(file, row + 2, time, found, "write one row per batch and time"))
        rows[label] = ordered


def read_batches(path: str | Path, batch: str, time: str | None) -> Batches:
    """Read trajectories: one row per sample, in the order of time within each batch.

    Sensors that lack a value in a whole batch, or that never vary, are left out.

    Raises
    ------
    InputError
        The table cannot be read, or has no such column.
    """
    table = read_rows(path, batch, time)
    names, rows, columns, file = tuple(table.rows), table.rows, table.columns, table.file
    parts = {
        name: np.array([_resampled(values[rows[one]]) for one in names]) for name, values in columns.items()
    }
    kept = {name: part for name, part in parts.items() if np.isfinite(part).all() and np.ptp(part) > 0}
    if not kept:
        raise InputError(
            f"{file}: found no sensor that is known in every batch and varies; give such a column"
        )
    left_out = tuple(name for name in columns if name not in kept)
    single = tuple(name for name, part in kept.items() if not np.ptp(part, axis=1).any())
    unfolded = np.hstack([*kept.values()])
    return Batches(names, tuple(kept), unfolded, left_out, single, table.source("batches"))


def check_column(frame: pl.DataFrame, name: str, file: str) -> None:
    """Refuse a column that is not there, with the nearest that is."""
    if name not in frame.columns:
        near = nearest_name(name, frame.columns)
        raise InputError(f"{file}: found no column {name!r}" + (f"; did you mean {near!r}?" if near else ""))


def _resampled(values: Floats) -> Floats:
    """A trajectory at `POINTS` equal steps from its first to its last sample; nan where nothing is known."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return np.full(POINTS, np.nan)
    return np.asarray(np.interp(np.linspace(0, len(values) - 1, POINTS), known, values[known]))
