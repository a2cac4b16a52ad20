"""Delays of a rich log, told by the log alone: what is left of a wait when queues and closed hours are taken
out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.records import Records
from zhizao.studies.learn import intervals
from zhizao.studies.learn.build import Draft
from zhizao.studies.learn.delays import LEAST_S, Step, significant
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.jobs import ROUND_S, Flags, Floats
from zhizao.studies.learn.spans import Spans, union, within
from zhizao.studies.learn.stops import stop_rows
from zhizao.studies.learn.turns import Queue, delays_in_turn


@dataclass(frozen=True, slots=True, eq=False)
class _Delay:
    """Mean of an exponential delay with its 95 % interval (s), how many of how many were seen to end, and how
    it was told."""

    mean_s: float
    low: float
    high: float
    ended: int
    count: int
    how: str


def observed_delays(draft: Draft, records: Records) -> tuple[dict[Step, float], list[Finding]]:
    """Mean delay before each operation from what the lots show.

    Where lots go first come, first served, their turns tell (see `delays_in_turn`). Elsewhere a delay is seen
    to end only while the work center has room. The time with room that lots waited, over the delays that
    ended in it, is the mean of an exponential delay, whatever was hidden by queues and closed hours (Lawless,
    "Statistical Models and Methods for Lifetime Data", 2003: events over exposure).
    """
    found, findings = {}, []
    stops = stop_rows(records, draft.history)
    draft = replace(draft, waits=significant(draft.waits))
    for center in sorted({center for _, center in draft.waits}):
        for step, delay in _at(draft, stops, center).items():
            if delay.mean_s >= LEAST_S:
                found[step] = delay.mean_s
                how = f"waits for room at {center}; {delay.ended} of {delay.count} ended in it; {delay.how}"
                value = f"mean {hours(delay.mean_s)}"
                findings.append(Finding(f"operations.{step[0]}.delay", value, delay.count, how, delay.mean_s,
                                        delay.low, delay.high))  # fmt: skip
    return found, findings


def _at(draft: Draft, stops: pl.DataFrame, center: str) -> dict[Step, _Delay]:
    """Delays before the operations of a work center, those of lots that go back to their unit beside it."""
    table, wait = draft.history.table, draft.history.waits_s
    here = (table["work_center"] == center).to_numpy()
    steps = sorted(step for step in draft.waits if step[1] == center)
    bound = [step for step in steps if step in draft.causes.homes]
    free = [step for step in steps if step not in bound]
    found: dict[Step, _Delay] = {}
    if free:
        queue, room_s = _queue(table, wait, here, free, _room(draft, stops, center, None))
        found |= _told(free, queue, room_s)
    for step in bound:
        parts = []
        for unit in table["unit"].filter(pl.Series(here)).unique().sort():
            own = here & (draft.causes.home_unit == unit).fill_null(False).to_numpy()
            parts.append(_queue(table, wait, own, [step], _room(draft, stops, center, unit)))
        whole = Queue(*(np.concatenate([getattr(q, name) for q, _ in parts]) for name in Queue.__slots__))
        found |= _exposed([step], whole, np.concatenate([room_s for _, room_s in parts]))
    return found


def _queue(
    table: pl.DataFrame, wait: Floats, here: Flags, steps: list[Step], room: Spans
) -> tuple[Queue, Floats]:
    """Visits beside the times with room, and how long each waited in them."""
    start, wait = table["start_s"].to_numpy()[here], wait[here]
    names = {operation: i for i, (operation, _) in enumerate(steps)}
    step = table["operation"].replace_strict(names, default=-1, return_dtype=pl.Int64).to_numpy()[here]
    step = np.where(np.isnan(wait), -1, step)
    place = np.searchsorted(room.start, start, side="left") - 1  # the last time with room before the start
    last = np.minimum(np.append(room.end, -np.inf)[place], start)
    ready = start - wait
    least = np.nan_to_num(np.maximum(last - ready, 0.0))
    queue = Queue(start, ready, least, (last >= start - ROUND_S) | (wait == 0), step)
    return queue, np.nan_to_num(room.until(start) - room.until(ready))


def _told(steps: list[Step], queue: Queue, room_s: Floats) -> dict[Step, _Delay]:
    plain = _exposed(steps, queue, room_s)
    known = delays_in_turn(
        queue, np.array([max(plain[s].mean_s, LEAST_S) if s in plain else LEAST_S for s in steps])
    )
    if known is None:
        return plain
    how = "turns of the lots, first come, first served; likelihood"
    return {
        step: replace(plain[step], mean_s=mean, low=mean - 1.96 * error, high=mean + 1.96 * error, how=how)
        for step, mean, error in zip(steps, *(column.tolist() for column in known), strict=True)
        if step in plain
    }


def _exposed(steps: list[Step], queue: Queue, room_s: Floats) -> dict[Step, _Delay]:
    """Time with room over the delays that ended in it."""
    found = {}
    for number, step in enumerate(steps):
        own = queue.step == number
        ended = int(queue.told[own].sum())
        if ended:
            mean_s = float(room_s[own].sum()) / ended
            low, high = (mean_s / end for end in intervals.of_rate(ended, ended)[::-1])
            found[step] = _Delay(
                mean_s, low, high, ended, int(own.sum()), "time with room over them; Poisson"
            )
    return found


def _room(draft: Draft, stops: pl.DataFrame, center: str, unit: str | None) -> Spans:
    """When one more lot could have started: open, and not all units in work or down. Less than a minute
    between two lots is none."""
    rows = draft.history.rows.filter(pl.col("work_center") == center)
    down = stops.filter(
        (pl.col("work_center") == center) & pl.col("unit").is_in(rows["unit"].unique().implode())
    )
    if unit is not None:
        rows, down = (frame.filter(pl.col("unit") == unit) for frame in (rows, down))
    units = draft.causes.units[center] if unit is None else 1
    if rows["unit"].n_unique() == units:
        rows = pl.concat([frame.select("unit", "start_s", "end_s") for frame in (rows, down)])
        busy = [union(own["start_s"].to_numpy(), own["end_s"].to_numpy()) for _, own in rows.group_by("unit")]
    else:  # lots of a batch are one job
        spans = rows.select("start_s", "end_s").unique()
        busy = [Spans(spans["start_s"].to_numpy(), spans["end_s"].to_numpy())]
    starts, ends = (np.concatenate([getattr(b, name) for b in busy]) for name in ("start", "end"))
    moments = np.concatenate([starts, ends])
    order = np.argsort(moments, kind="stable")
    free = np.cumsum(np.where(order < len(starts), 1, -1))[:-1] < units
    at = moments[order]
    room = within(union(at[:-1][free], at[1:][free]), draft.openings[center])
    long = room.end - room.start >= LEAST_S
    return Spans(room.start[long], room.end[long])
