"""State of every unit over time, as changes in order of time: all units at once, no loop over events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.kpi.clocks import open_intervals
from zhizao.kpi.states import seconds_from
from zhizao.records import Activity, UnitState
from zhizao.web.scene.floor import Floor

Numbers = NDArray[Any]
STATES = tuple(state.value for state in UnitState)
_OPEN, _ABLE, _BUSY, _SETUP, _CARE, _DOWN, _BLOCKED = range(7)
_LAYER = {
    Activity.PROCESS.value: _BUSY,
    Activity.INSPECT.value: _BUSY,
    Activity.TRANSPORT.value: _BUSY,
    Activity.SETUP.value: _SETUP,
    Activity.MAINTENANCE.value: _CARE,
    Activity.FAILURE.value: _DOWN,
}


class Spans(NamedTuple):
    """Intervals of units in s from the window's start."""

    unit: Numbers
    low: Numbers
    high: Numbers


class Changes(NamedTuple):
    """Changes of state: those of unit n are at `first[n]` to `first[n + 1]`; each holds until the next."""

    first: Numbers
    time: Numbers  # s
    state: Numbers  # place in `STATES`


def changes_of(floor: Floor, events: pl.DataFrame, blocked: Spans, start: datetime, end: datetime) -> Changes:
    """Changes of state within a window; precedence and shifts are those of `kpi.states`.

    Parameters
    ----------
    events : rows with the number of their unit (`number`), its place (`place`) and those of a log.
    blocked : when units held finished lots; a log does not say it.
    """
    layers = [*_shifts(floor, start, end), *_rows(floor, events, start, end), (_BLOCKED, blocked)]
    unit, time, layer, step = _edges(layers, (end - start).total_seconds())
    order = np.lexsort((time, unit))
    unit, time, layer, step = (column[order] for column in (unit, time, layer, step))
    last = np.append((unit[1:] != unit[:-1]) | (time[1:] != time[:-1]), True)
    on = [np.cumsum(np.where(layer == one, step, 0))[last] > 0 for one in range(7)]
    unit, time = unit[last], time[last]
    state = _states(on, _by_unit(floor, "pauses")[unit], _by_unit(floor, "kind", "conveyor")[unit])
    new = np.append(True, (unit[1:] != unit[:-1]) | (state[1:] != state[:-1]))
    new &= time < (end - start).total_seconds()
    first = np.searchsorted(unit[new], np.arange(floor.first[-1] + 1))
    return Changes(first, time[new], state[new])


def _states(on: list[Numbers], pausing: Numbers, belt: Numbers) -> Numbers:
    """State by what is on; the first that holds counts."""
    able = on[_ABLE] | ~pausing
    stopped = on[_DOWN] | on[_CARE]
    held = on[_BLOCKED] & on[_ABLE]
    cases = (
        (stopped & ~on[_OPEN], UnitState.OFF),
        (on[_DOWN], UnitState.DOWN),
        (on[_CARE], UnitState.MAINTENANCE),
        (held & belt, UnitState.BLOCKED),
        (on[_SETUP] & able, UnitState.SETUP),
        (on[_BUSY] & able, UnitState.BUSY),
        (held, UnitState.BLOCKED),
        (on[_ABLE], UnitState.IDLE),
        (on[_OPEN], UnitState.START_UP),
    )
    return np.select(
        [case for case, _ in cases],
        [STATES.index(state.value) for _, state in cases],
        STATES.index(UnitState.OFF.value),
    ).astype(np.uint8)


def _by_unit(floor: Floor, name: str, equal: str | None = None) -> Numbers:
    """A field of its place for each unit, or whether it equals something."""
    found = [
        getattr(place, name) if equal is None else getattr(place, name) == equal for place in floor.places
    ]
    return np.repeat(np.array(found, dtype=bool), np.diff(floor.first))


def _shifts(floor: Floor, start: datetime, end: datetime) -> Iterator[tuple[int, Spans]]:
    """Shifts of each place; open times of zero length mark the window's start of every unit."""
    firsts = floor.first
    for place, low, high in zip(floor.places, firsts[:-1], firsts[1:], strict=True):
        units = np.arange(low, high)
        for layer, calendar in ((_OPEN, place.opened), (_ABLE, place.working)):
            found = open_intervals(calendar, start, end)
            found = np.vstack([found, [[0.0, 0.0]]])
            yield (
                layer,
                Spans(
                    np.repeat(units, len(found)),
                    np.tile(found[:, 0], len(units)),
                    np.tile(found[:, 1], len(units)),
                ),
            )


def _rows(floor: Floor, events: pl.DataFrame, start: datetime, end: datetime) -> Iterator[tuple[int, Spans]]:
    """What the rows of the log say; transport that no transporter does makes no unit work."""
    moving = [n for n, place in enumerate(floor.places) if place.kind != "center"]
    activity = pl.col("activity").cast(pl.String)
    window_s = (end - start).total_seconds()
    kept = events.filter((activity != Activity.TRANSPORT.value) | pl.col("place").is_in(moving)).select(
        "number",
        activity.replace_strict(_LAYER, return_dtype=pl.Int8).alias("layer"),
        seconds_from(pl.col("start"), start).clip(0.0, window_s).alias("low"),
        seconds_from(pl.col("end"), start).fill_null(window_s).clip(0.0, window_s).alias("high"),
    )
    for (layer,), part in kept.partition_by("layer", as_dict=True).items():
        yield (
            int(str(layer)),
            Spans(part["number"].to_numpy(), part["low"].to_numpy(), part["high"].to_numpy()),
        )


def _edges(layers: list[tuple[int, Spans]], window_s: float) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Both ends of every interval: unit, time, layer, and +1 or -1."""
    unit = np.concatenate([np.concatenate([s.unit, s.unit]) for _, s in layers]).astype(np.int64)
    time = np.concatenate([np.concatenate([s.low, s.high]) for _, s in layers]).clip(0.0, window_s)
    layer = np.repeat([n for n, _ in layers], [2 * len(s.unit) for _, s in layers])
    step = np.concatenate([np.repeat([1, -1], len(s.unit)) for _, s in layers])
    return unit, time, layer, step
