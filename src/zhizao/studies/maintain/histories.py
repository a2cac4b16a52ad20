"""Sensor histories by unit, from a long table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zhizao.studies.maintain.facts import Floats
from zhizao.studies.maintain.table import Records

UNIT = ("unit", "machine", "engine", "unit_number", "machineid")
TIME = ("cycle", "time", "time_cycles", "hour", "day")
"""Names of columns that are looked for where none is given."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One unit: times, increasing, and sensor values by time and sensor; unknown values are nan."""

    unit: str
    time: Floats
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of a table of histories."""

    unit: str
    time: str
    sensors: tuple[str, ...]


def columns_of(records: Records, unit: str | None, time: str | None) -> Columns:
    """The column of units, of times, and all others as sensors.

    Raises
    ------
    MaintenanceFileError
        A column is not there.
    """
    names = records.column(*((unit,) if unit else UNIT)), records.column(*((time,) if time else TIME))
    sensors = tuple(name for name in records.frame.columns if name not in names)
    if not sensors:
        records.fault(-1, "sensors", "found none", "write one column per sensor beside unit and time")
    records.raise_faults()
    return Columns(*names, sensors)


def histories_of(records: Records, columns: Columns) -> tuple[History, ...]:
    """Histories in the order in which units first appear; values that are missing are nan.

    Raises
    ------
    MaintenanceFileError
        A column is not there, a cell is no number, or the times of a unit do not increase.
    """
    for name in (columns.unit, columns.time, *columns.sensors):
        records.column(name)
    units = records.ids(columns.unit)
    time = records.ages(columns.time)
    values = np.column_stack([records.numbers(name) for name in columns.sensors])
    records.raise_faults()
    rows: dict[str, list[int]] = {}
    for row, unit in enumerate(units):
        rows.setdefault(unit, []).append(row)
    for unit, of_unit in rows.items():
        for before, row in pairwise(of_unit):
            if time[row] <= time[before]:
                found = f"found {time[row]:g} after {time[before]:g} in unit {unit}"
                records.fault(row, columns.time, found, "sort the rows of each unit by increasing time")
    records.raise_faults()
    return tuple(History(unit, time[of], values[of]) for unit, of in rows.items())


def informative(histories: tuple[History, ...]) -> tuple[int, ...]:
    """Sensors with three values or more; the others are constant or a switch, and cannot degrade."""
    both = np.vstack([one.values for one in histories])
    return tuple(
        number
        for number in range(both.shape[1])
        if len(np.unique(both[:, number][np.isfinite(both[:, number])])) > 2
    )


def filled(values: Floats, usual: Floats) -> Floats:
    """The last known value in place of a missing one, `usual` where there is none yet."""
    out = values.copy()
    before = usual
    for row in out:
        missing = np.isnan(row)
        row[missing] = before[missing]
        before = row
    return out
