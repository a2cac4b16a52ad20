"""Rows of samples in the order of time; hours that clocks repeat, rows that repeat others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.records.sheets import Reading, readings

Times = NDArray[np.datetime64]
_HOUR = np.timedelta64(3600, "s")
_NONE = np.timedelta64(0, "us")
_US = "datetime64[us]"
_PUT_BACK = (3, 4, 9, 10, 11)
"""Months in which clocks are put back, north and south of the equator."""


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Rows by time: `times` increases, `clock` is the local time as written; `remarks`: what was done."""

    frame: pl.DataFrame
    times: Times | None
    clock: Times | None
    remarks: tuple[str, ...]


def in_order(frame: pl.DataFrame, name: str, file: str) -> Ordered:
    """Rows of a table in the order of a column of times.

    Raises
    ------
    InputError
        A cell is no time, it is open which of day and month is first, or two rows have one time.
    """
    found = readings(frame[name])
    fits = [one for one in found if not one.clock.null_count()]
    if not fits:
        _fail_for_form(found, frame[name], file)
    made = [_ordered(frame, one) for one in fits]
    whole = [one for one in made if _rises(one)]
    if not whole:
        _fail_for_order(made[0], name, file)
    whole = [one for one in whole if not one.remarks] or whole
    if len(whole) > 1:
        steps = [np.diff(one.times) for one in whole if one.times is not None]
        even = [one for one, step in zip(whole, steps, strict=True) if len(step) and (step == step[0]).all()]
        if len(even) != 1:
            raise InputError(
                f"{file}: {name}: found {frame[name][0]!r}, which may have the day or the month first, and "
                "no row settles which; write times as 2026-01-05 08:00"
            )
        whole = even
    return whole[0]


def _ordered(frame: pl.DataFrame, reading: Reading) -> Ordered:
    clock = reading.clock.to_numpy().astype(_US)
    if reading.utc is not None:
        moments = reading.utc.to_numpy().astype(_US)
    else:
        if len(clock) > 1 and (np.diff(clock) <= _NONE).all():
            frame, clock = frame.reverse(), clock[::-1]
        moments = clock + _put_back(frame, clock)
    said = []
    place = np.argsort(moments, kind="stable")
    if (np.diff(place) < 0).any():
        said.append("Rows were not in the order of time, and were sorted.")
    frame, clock, moments = frame[place], clock[place], moments[place]
    again = np.concatenate([[False], np.diff(moments) == _NONE]) & _repeats(frame)
    if again.any():
        said.append(f"Rows that repeat another in every cell count once: {int(again.sum())} left out.")
    keep = ~again
    return Ordered(frame.filter(pl.Series(keep)), moments[keep], clock[keep], tuple(said))


def _repeats(frame: pl.DataFrame) -> NDArray[np.bool_]:
    """Rows that equal the row before them in every cell."""
    same = frame.select(pl.all_horizontal(pl.all().eq_missing(pl.all().shift(1)))).to_series()
    return same.fill_null(False).to_numpy()


def _put_back(frame: pl.DataFrame, clock: Times) -> NDArray[np.timedelta64]:
    """What is to be added to local times for a clock that is never put back.

    Clocks are put back where times return by one hour at night on a Sunday, with other values.
    """
    steps = np.diff(clock)
    added = np.zeros(len(clock), "timedelta64[us]")
    if len(steps) < 3:
        return added
    back = steps == np.median(steps.astype(np.int64)).astype("timedelta64[us]") - _HOUR
    for row in np.flatnonzero(back) + 1:
        moment = clock[row].item()
        at_night = moment.weekday() == 6 and moment.hour <= 3 and moment.month in _PUT_BACK
        if at_night and not _same(frame, clock, int(row)):
            added[row:] += _HOUR.astype("timedelta64[us]")
    return added


def _same(frame: pl.DataFrame, clock: Times, row: int) -> bool:
    """Whether a row repeats the cells of the row before with the same time."""
    before = np.flatnonzero(clock[:row] == clock[row])
    return bool(len(before)) and frame.row(int(before[-1])) == frame.row(row)


def _rises(one: Ordered) -> bool:
    return one.times is not None and bool((np.diff(one.times) > _NONE).all())


def _fail_for_form(found: list[Reading], cells: pl.Series, file: str) -> None:
    row = 0
    if found:
        best = min(found, key=lambda one: one.clock.null_count())
        row = int(best.clock.is_null().arg_true()[0])
    where = f"{file}:{row + 2}: {cells.name}: found {cells[row]!r}"
    raise InputError(f"{where}; write a time as 2026-01-05 08:00, with an offset in all rows or in none")


def _fail_for_order(one: Ordered, name: str, file: str) -> None:
    assert one.times is not None
    assert one.clock is not None
    row = int(np.argmax(np.diff(one.times) <= _NONE))
    found = str(one.clock[row].astype("datetime64[s]")).replace("T", " ")
    raise InputError(
        f"{file}: {name}: found two rows of {found} with other values; give one row per time, and of several "
        "meters or machines one table each"
    )
