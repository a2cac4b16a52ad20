"""What the loop does not write into the event log: rows still open, and which lots were one batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from zhizao.engine.lower import Lowered
from zhizao.kernels import tables as k

_Row = tuple[Any, ...]


def open_rows(lowered: Lowered, state: k.State) -> Any:
    """Activities still running at the end: rows without an end."""
    rows: list[_Row] = []
    for unit, x in enumerate(state.units):
        if x.phase in (k.IN_SETUP, k.IN_PROCESS):
            rows += _in_hand(lowered, state, unit, x)
        if x.downtime >= 0:
            planned = lowered.tables.downtimes[x.downtime].planned
            activity = k.A_MAINTENANCE if planned else k.A_FAILURE
            lot = int(x.lot) if x.lot >= 0 and state.lots[x.lot].unit == unit else -1
            row = _row(lowered.tables, state, lot, (unit, activity, x.downtime_start), 0)
            rows.append((*row[:4], int(state.repair_of[unit, 0]), *row[5:]) if x.repair >= 0 else row)
    inside = np.flatnonzero((state.lots.used == 2) & (state.lots.in_cascade == 1))
    for lot in inside[np.lexsort((inside, state.lots.start[inside], state.lots.unit[inside]))]:
        x = state.lots[lot]
        rows.append(_row(lowered.tables, state, int(lot), (int(x.unit), k.A_PROCESS, x.start), int(x.active)))
    return np.array(rows, k.LOG)


def _in_hand(lowered: Lowered, state: k.State, unit: int, x: Any) -> Iterator[_Row]:
    """Rows of the lot, or of the batch, that a unit works on; a batch is set up for by its first lot."""
    if x.phase == k.IN_SETUP:
        yield _row(lowered.tables, state, int(x.lot), (unit, k.A_SETUP, x.start), int(x.pieces))
        return
    lot = int(x.lot)
    while lot >= 0:
        yield _row(lowered.tables, state, lot, (unit, k.A_PROCESS, x.start), int(state.lots[lot].active))
        lot = int(state.lots[lot].next) if x.in_hand != k.ONE_LOT else -1


def _row(tables: k.Tables, state: k.State, lot: int, at: tuple[int, int, float], pieces: int) -> _Row:
    """A row of a lot, or of none (-1), at a unit and an activity since a time."""
    unit, activity, start = at
    if lot < 0:
        return -1, -1, unit, activity, -1, start, np.nan, pieces, 0, 0, 0
    x = state.lots[lot]
    a = tables.alternatives[x.alternative]
    resource = next((int(c) for c in state.resource_of[lot, : a.need_end - a.need_first] if c >= 0), -1)
    return int(x.serial), int(x.step), unit, activity, resource, start, np.nan, pieces, 0, 0, 0


def batch_numbers(lowered: Lowered, log: Any, before: int) -> tuple[Any, int]:
    """Number of the batch that each row of the log belongs to, counted on from `before` (0: none); the last.

    The lots of a batch are written one behind the other, with one unit, one start and one end.
    """
    steps, alternatives = lowered.tables.steps, lowered.tables.alternatives
    first, end = steps.alt_first, steps.alt_end
    so_far = np.concatenate([[0], np.cumsum(alternatives.batch >= 0)])
    makes = np.append(so_far[end] > so_far[first], False)  # no step (-1) takes the last place
    numbers = np.zeros(len(log["step"]), np.int64)
    if not makes.any():
        return numbers, before
    batched = np.flatnonzero((log["activity"] == k.A_PROCESS) & makes[log["step"]])
    unit, start, end = (log[name][batched] for name in ("unit", "start", "end"))
    end = np.nan_to_num(end, nan=-1.0)
    new = np.ones(len(batched), np.int64)
    new[1:] = (unit[1:] != unit[:-1]) | (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    numbers[batched] = before + np.cumsum(new)
    return numbers, before + int(new.sum())
