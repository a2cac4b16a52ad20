"""Read operations and workers of a line; all faults are reported together, each with file and line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.quantities import Fault, Input, InputError, hashed, nearest_name
from zhizao.quantities.errors import FaultsError
from zhizao.solvers.balancing import CrewTasks, Tasks
from zhizao.solvers.balancing.problem import Ints
from zhizao.solvers.balancing.workers import MOST_WORKERS

TICKS = 100
"""Ticks of a second: times are rounded to 0.01 s."""
LONGEST_S = 1e6
"""Longest time of an operation, in seconds: what is above is a slip."""
UNITS = {"seconds": 1.0, "minutes": 60.0}
"""Columns of times, with the seconds in their unit."""


class LineFileError(FaultsError):
    """A table of operations or of workers has faults; all that were found are in `faults`."""

    _of = "line"


@dataclass(frozen=True, slots=True, eq=False)
class SewingLine:
    """Operations in a topological order, the workers if there is a table of them, and the files."""

    title: str
    operations: tuple[str, ...]
    tasks: Tasks
    workers: tuple[str, ...]
    crew: CrewTasks | None
    inputs: tuple[Input, ...]


@dataclass(slots=True, eq=False)
class _Table:
    """A table of text, and the faults found in it so far."""

    path: Path
    frame: pl.DataFrame
    faults: list[Fault] = field(default_factory=list)

    def texts(self, name: str) -> list[str]:
        if name not in self.frame.columns:
            return [""] * self.frame.height
        return [("" if cell is None else str(cell)).strip() for cell in self.frame[name]]

    def fault(self, row: int, where: str, found: str, right: str, near: str | None = None) -> None:
        self.faults.append(Fault(str(self.path), row + 2, where, found, right, near))

    def ticks(self, row: int, where: str, cell: str, unit_s: float) -> int:
        """A time of a cell in ticks; a fault gives 0."""
        try:
            ticks = float(cell) * unit_s * TICKS
        except ValueError:
            ticks = float("nan")
        if not 0 <= ticks <= LONGEST_S * TICKS:
            self.fault(row, where, f"found {cell!r}", "write a number from 0 on, with a decimal point")
            return 0
        return round(ticks)

    def done(self) -> None:
        if self.faults:
            raise LineFileError(tuple(self.faults))


def read_line(operations: Path, workers: Path | None) -> SewingLine:
    """Read a line.

    Parameters
    ----------
    operations
        CSV or Parquet: `operation`, `seconds` or `minutes`, and `predecessors` (names with ; between them).
    workers
        `operation`, and a column for each worker, in the unit of the operations; an empty cell says that the
        worker cannot do the operation.

    Raises
    ------
    InputError
        A file has faults; all that were found in it are listed with file and line.
    """
    table = _Table(operations, _read(operations))
    unit = _unit_of(table)
    names = _names_of(table)
    before = _before_of(table, names)
    table.done()
    order = _ordered(table, names, before)
    place = {row: at for at, row in enumerate(order)}
    times = np.zeros(len(names), np.int64)
    if workers is None:
        times = _times_of(table, names, unit)
        table.done()
    links = tuple(tuple(sorted(place[b] for b in before[row])) for row in order)
    sorted_names = tuple(names[row] for row in order)
    inputs = [hashed("operations", operations.name, operations.read_bytes())]
    if workers is None:
        tasks = Tasks(times[order], links)
        return SewingLine(operations.stem, sorted_names, tasks, (), None, tuple(inputs))
    people, skills = _skills_of(_Table(workers, _read(workers)), sorted_names, UNITS[unit])
    least = np.where(skills < 0, np.iinfo(np.int64).max, skills).min(axis=1)
    tasks = Tasks(least, links)
    inputs.append(hashed("workers", workers.name, workers.read_bytes()))
    crew = CrewTasks(tasks, skills)
    return SewingLine(operations.stem, sorted_names, tasks, people, crew, tuple(inputs))


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: found no such file; give the path of a CSV or Parquet table")
    try:
        parquet = path.suffix.lower() == ".parquet"
        frame = pl.read_parquet(path) if parquet else pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]})") from None
    if not frame.height:
        raise InputError(f"{path}: found no rows; write one row for each operation")
    if "operation" not in frame.columns:
        found = f"found no column 'operation', but {', '.join(frame.columns)}"
        raise LineFileError((Fault(str(path), 1, "operation", found, "name the column 'operation'"),))
    return frame


def _unit_of(table: _Table) -> str:
    known = {"operation", "predecessors", *UNITS}
    for head in table.frame.columns:
        near = nearest_name(head, sorted(known)) if head not in known else None
        if near is not None and near not in table.frame.columns:
            table.faults.append(Fault(str(table.path), 1, head, "found an unknown column", "rename it", near))
    units = [unit for unit in UNITS if unit in table.frame.columns]
    if len(units) != 1:
        found = "found both seconds and minutes" if units else "found no column of times"
        right = "write one column: seconds, or minutes"
        table.faults.append(Fault(str(table.path), 1, "seconds or minutes", found, right))
        return "seconds"
    return units[0]


def _names_of(table: _Table) -> list[str]:
    names = table.texts("operation")
    for row, name in enumerate(names):
        if not name:
            table.fault(row, "operation", "found no name", "name the operation")
        elif name in names[:row]:
            table.fault(
                row, f"operation {name!r}", "found the name twice", "give each operation its own name"
            )
    return names


def _times_of(table: _Table, names: list[str], unit: str) -> Ints:
    cells = table.texts(unit)
    found = [
        table.ticks(row, f"operation {names[row]!r}, {unit}", cell, UNITS[unit])
        for row, cell in enumerate(cells)
    ]
    return np.array(found, np.int64)


def _before_of(table: _Table, names: list[str]) -> list[list[int]]:
    rows = {name: row for row, name in enumerate(names)}
    before: list[list[int]] = []
    for row, cell in enumerate(table.texts("predecessors")):
        them = [name.strip() for name in re.split("[;|]", cell) if name.strip()]
        for name in them:
            if name not in rows:
                where = f"operation {names[row]!r}, predecessors"
                right = "write the name of an operation, with ; between several"
                table.fault(row, where, f"found no operation {name!r}", right, nearest_name(name, names))
        before.append(sorted({rows[name] for name in them if name in rows}))
    return before


def _ordered(table: _Table, names: list[str], before: list[list[int]]) -> list[int]:
    """Rows in a topological order, earlier rows first; a cycle is a fault that names its operations."""
    order, placed = list[int](), set[int]()
    while len(order) < len(names):
        row = next((r for r in range(len(names)) if r not in placed and placed.issuperset(before[r])), None)
        if row is None:
            circle = _circle(before, placed)
            way = " after ".join(names[r] for r in circle)
            right = "take one of these predecessors away"
            table.fault(circle[0], "predecessors", f"found a cycle: {way}", right)
            table.done()
        else:
            order.append(row)
            placed.add(row)
    return order


def _circle(before: list[list[int]], placed: set[int]) -> list[int]:
    """Rows along a cycle, the first once more at the end."""
    way = [next(r for r in range(len(before)) if r not in placed)]
    while True:
        row = next(b for b in before[way[-1]] if b not in placed)
        if row in way:
            return [*way[way.index(row) :], row]
        way.append(row)


def _skills_of(table: _Table, names: tuple[str, ...], unit_s: float) -> tuple[tuple[str, ...], Ints]:
    """Workers, and [operations, workers] times in ticks, -1 where a worker cannot."""
    people = tuple(head for head in table.frame.columns if head != "operation")
    if not people:
        raise InputError(f"{table.path}: found no workers; write a column for each, with their times")
    if len(people) > MOST_WORKERS:
        raise InputError(f"{table.path}: found {len(people)} workers; {MOST_WORKERS} are the most")
    rows = table.texts("operation")
    times = np.full((len(names), len(people)), -1, np.int64)
    for row, name in enumerate(rows):
        if name not in names:
            right = "write the name of an operation"
            table.fault(row, "operation", f"found no operation {name!r}", right, nearest_name(name, names))
        elif name in rows[:row]:
            table.fault(
                row, f"operation {name!r}", "found the name twice", "write one row for each operation"
            )
        else:
            for k, person in enumerate(people):
                cell = table.texts(person)[row]
                if cell:
                    where = f"operation {name!r}, {person}"
                    times[names.index(name), k] = table.ticks(row, where, cell, unit_s)
    table.done()
    for i in np.flatnonzero((times < 0).all(axis=1)):
        table.faults.append(_nobody(table, rows, names[i]))
    for k in np.flatnonzero((times < 0).all(axis=0)).tolist():
        right = "give a time for an operation, or take the column away"
        table.faults.append(Fault(str(table.path), 1, people[k], "found a worker who can do nothing", right))
    table.done()
    return people, times


def _nobody(table: _Table, rows: list[str], name: str) -> Fault:
    line = rows.index(name) + 2 if name in rows else 0
    found = f"found nobody who can do {name!r}"
    return Fault(str(table.path), line, "operation", found, "write the time of a worker who can")
