"""Records of batches: a table with a row per batch and time becomes recorded courses of a phase."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.quantities import InputError
from zhizao.quantities.errors import Fault, FaultsError, nearest_name
from zhizao.solvers.phases import Model, Phase, PhaseError, Signal
from zhizao.solvers.phases.fit import Recorded
from zhizao.studies.phase.process import SHOWN
from zhizao.studies.phase.spec import PhaseFile, Spread

MOST_FAULTS = 20
UNKNOWN = ("", "na", "nan", "null", "none", "-")
"""What an empty cell may say."""
_SECONDS = {
    "s": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "time_s": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "time_min": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "time_h": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "days": 86400.0,
    "time_d": 86400.0,
}
"""Seconds in the unit that the name of a time column says."""
_UNITS = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "d"}


class BatchTableError(FaultsError):
    """A table of batches has faults; all that were found are in `faults`."""

    _of = "table of batches"


@dataclass(frozen=True, slots=True, eq=False)
class BatchTable:
    """Batches as recorded courses.

    `observed` are states that were measured, `from_table` inputs that have a column, `unused` other columns.
    `starts` are states whose start differs from batch to batch and is taken from the first row; `supposed`
    those that differ but were not measured then and begin at the mean of the file. `time` is the
    column of times and `unit` their unit.
    """

    records: dict[str, Recorded]
    observed: tuple[str, ...]
    from_table: tuple[str, ...]
    unused: tuple[str, ...]
    starts: tuple[str, ...]
    supposed: tuple[str, ...]
    time: str
    unit: str


def read_batches(
    path: Path, spec: PhaseFile, model: Model, columns: tuple[str, str], fixed: dict[str, float]
) -> BatchTable:
    """Read a table with a row per batch and time.

    Parameters
    ----------
    path
        CSV or Parquet; columns named as states are measurements, as inputs the values of an input from each
        time on. Empty cells were not measured.
    spec, model
        What the phase file says, and its equations.
    columns
        Names of the columns of the batch and of the time. A time column called hour, minute and the like is
        in that unit, any other in the model's.
    fixed
        Parameters of every batch.

    Raises
    ------
    InputError
        The file cannot be read or has no such columns.
    BatchTableError
        Cells are wrong: no numbers, a time twice, times that do not begin at 0; with file, line and column.
    """
    frame = _frame(path)
    batch, time = (
        _column(name, what, frame, path) for name, what in zip(columns, ("batch", "time"), strict=True)
    )
    states = tuple(one.name for one in model.states if one.name in frame.columns)
    inputs = tuple(one.name for one in model.inputs if one.name in frame.columns)
    if not states:
        names = ", ".join([one.name for one in model.states][:SHOWN])
        raise InputError(f"{path}: found no column of a state; name one or more of {names}")
    faults: list[Fault] = []
    written = frame[batch].cast(pl.String).fill_null("").str.strip_chars()
    blank = (written == "").arg_true()
    right = "write the batch in every row"
    faults += [Fault(str(path), int(row) + 2, batch, "found no batch", right) for row in blank[:MOST_FAULTS]]
    numbers = {name: _numbers(frame[name], str(path), faults) for name in (time, *states, *inputs)}
    unit = _SECONDS.get(time.lower())
    numbers[time] = numbers[time] * ((unit or model.time.seconds) / model.time.seconds)
    rows = _rows(written.to_list(), numbers[time], (str(path), time), faults)
    if faults:
        raise BatchTableError(tuple(faults[:MOST_FAULTS]))
    build = _Build(spec, model, states, inputs, fixed)
    records = {name: build.record(name, numbers[time][at], numbers, at) for name, at in rows.items()}
    unused = tuple(name for name in frame.columns if name not in {batch, time, *states, *inputs})
    differ = [name for name in (one.name for one in model.states) if isinstance(spec.start[name], Spread)]
    begun = {name for name in states if all(np.isfinite(numbers[name][at[0]]) for at in rows.values())}
    return BatchTable(
        records,
        states,
        inputs,
        unused,
        tuple(name for name in differ if name in begun),
        tuple(name for name in differ if name not in begun),
        time,
        model.time.value if unit is None else _UNITS[unit],
    )


def middle(given: float | Spread) -> float:
    """A number, or the mean of what it is drawn from."""
    if not isinstance(given, Spread):
        return float(given)
    if given.mean is not None:
        return given.mean
    return 0.5 * ((given.low or 0.0) + (given.high or 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Build:
    """What all batches share."""

    spec: PhaseFile
    model: Model
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    fixed: dict[str, float]

    def record(
        self, name: str, times: np.ndarray, numbers: dict[str, np.ndarray], at: np.ndarray
    ) -> Recorded:
        """A batch: its start, its inputs, and what was measured after the start."""
        start = {state: middle(given) for state, given in self.spec.start.items()}
        for state in self.states:
            first = numbers[state][at[0]]
            if isinstance(self.spec.start[state], Spread) and np.isfinite(first):
                start[state] = float(first)
        inputs = {one.name: self._input(one.name, name, times, numbers, at) for one in self.model.inputs}
        if len(at) < 2:
            raise InputError(f"batch {name}: found one row; expected a row at 0 and measurements after it")
        try:
            phase = Phase(self.model, start, float(times[-1]), self.fixed, inputs)
        except PhaseError as error:
            raise InputError(f"batch {name}: {error}") from None
        return Recorded(phase, times[1:], np.column_stack([numbers[state][at[1:]] for state in self.states]))

    def _input(
        self, name: str, batch: str, times: np.ndarray, numbers: dict[str, np.ndarray], at: np.ndarray
    ) -> float | Signal:
        if name not in self.inputs:
            given = self.spec.inputs[name]
            if isinstance(given, Spread):
                raise InputError(f"input {name} differs from lot to lot; give a column {name} in the records")
            if isinstance(given, tuple):
                return Signal(tuple(t for t, _ in given), tuple(v for _, v in given))
            return float(given)
        values = numbers[name][at]
        known = np.isfinite(values)
        if not known[0]:
            raise InputError(f"batch {batch}: found no {name} at 0; give the input from the first row on")
        return Signal(tuple(map(float, times[known])), tuple(map(float, values[known])))


def _frame(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: found no such file; give the path of a table of batches")
    try:
        if path.suffix.lower() == ".parquet":
            frame = pl.read_parquet(path)
        else:
            head = path.read_bytes()[:65536].split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
            frame = pl.read_csv(path, separator=max(",;\t", key=head.count), infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]})") from None
    if not frame.height:
        raise InputError(f"{path}: found no rows; write one row per batch and time")
    return frame


def _column(name: str, what: str, frame: pl.DataFrame, path: Path) -> str:
    if name in frame.columns:
        return name
    near = nearest_name(name, frame.columns)
    hint = f"; did you mean {near!r}?" if near else ""
    raise InputError(f"{path}: found no column {name!r}; name the column of the {what} by --{what}{hint}")


def _numbers(column: pl.Series, file: str, faults: list[Fault]) -> np.ndarray:
    text = column.cast(pl.String).fill_null("").str.strip_chars()
    unknown = text.str.to_lowercase().is_in(list(UNKNOWN))
    values = text.cast(pl.Float64, strict=False)
    wrong = (values.is_null() | ~values.is_finite().fill_null(True)) & ~unknown
    right = "write a number with a decimal point, or leave the cell empty where nothing was measured"
    faults += [
        Fault(file, int(row) + 2, column.name, f"found {text[int(row)]!r}", right)
        for row in wrong.arg_true()[:MOST_FAULTS]
    ]
    return np.where(unknown.to_numpy() | wrong.to_numpy(), np.nan, values.fill_null(np.nan).to_numpy())


def _rows(
    names: list[str], times: np.ndarray, place: tuple[str, str], faults: list[Fault]
) -> dict[str, np.ndarray]:
    """Rows of each batch by rising time."""
    file, column = place
    if faults:
        return {}
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        groups.setdefault(name, []).append(row)
    found = {}
    for name, rows in groups.items():
        at = np.array(rows)
        lacking = at[~np.isfinite(times[at])]
        if lacking.size:
            right = "write the time since the start of the batch"
            faults.append(Fault(file, int(lacking[0]) + 2, column, "found no time", right))
            continue
        at = at[np.argsort(times[at], kind="stable")]
        again = np.flatnonzero(np.diff(times[at]) <= 0)
        if times[at[0]] != 0:
            right = "count from 0 at the start of each batch: subtract its first time"
            faults.append(
                Fault(file, int(at[0]) + 2, column, f"batch {name} begins at {times[at[0]]:g}", right)
            )
        elif again.size:
            row = int(at[again[0] + 1])
            right = "write one row per batch and time"
            faults.append(Fault(file, row + 2, column, f"batch {name} has {times[row]:g} twice", right))
        found[name] = at
    return found
