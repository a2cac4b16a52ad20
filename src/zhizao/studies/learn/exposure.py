"""Delays of a rich log, told by the log alone: what is left of a wait when queues and closed hours are taken
out of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.records import Records
from zhizao.studies.learn.build import Draft
from zhizao.studies.learn.delays import LEAST_S, Step
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.jobs import ROUND_S, Flags, Floats
from zhizao.studies.learn.spans import Spans, union, within
from zhizao.studies.learn.stops import stop_rows
from zhizao.studies.learn.week import WEEK_S

LONGEST_S = 52 * WEEK_S
CHANGE = 0.01  # of the logarithm of the mean, over which the likelihood is seen to bend


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the waits show of the delays in them (s)."""

    told: Floats  # delays that ended while there was room: the whole wait
    least: Floats  # the others ended after this
    most: Floats  # and before that

    def doubt(self, log_mean: float) -> float:
        """Minus the log likelihood of an exponential delay."""
        mean = math.exp(log_mean)
        wide = np.maximum(self.most - self.least, 1e-6) / mean
        hidden = float(np.log(-np.expm1(-wide)).sum()) - float(self.least.sum()) / mean
        return len(self.told) * log_mean + float(self.told.sum()) / mean - hidden


def observed_delays(draft: Draft, records: Records) -> tuple[dict[Step, float], list[Finding]]:
    """Mean delay before each operation from what the lots show.

    A delay that ends while the work center has room is the whole wait. Of any other it is known that it
    ended after the last time with room before the start and before the next: the likelihood of an exponential
    delay takes both (interval censoring; Lawless, "Statistical Models and Methods for Lifetime Data", 2003).
    """
    found, findings = {}, []
    stops = stop_rows(records, draft.history)
    for step in sorted(draft.waits):
        seen = _seen(draft, stops, step)
        count, ended = len(seen.told) + len(seen.least), len(seen.told)
        if not ended:
            continue
        mean_s, low, high = _mean_s(seen)
        if mean_s >= LEAST_S:
            found[step] = mean_s
            how = (
                f"waits for room at {step[1]}; {ended} of {count} delays ended while there was room, the "
                "others between two such times; likelihood of an exponential delay"
            )
            value = f"mean {hours(mean_s)}"
            findings.append(Finding(f"operations.{step[0]}.delay", value, count, how, mean_s, low, high))
    return found, findings


def _mean_s(seen: _Seen) -> tuple[float, float, float]:
    """Likeliest mean and its 95 % interval, by how sharply the likelihood bends there."""
    from scipy.optimize import minimize_scalar

    best = minimize_scalar(seen.doubt, bounds=(0.0, math.log(LONGEST_S)), method="bounded")
    middle = float(best.x)
    bend = seen.doubt(middle - CHANGE) - 2 * seen.doubt(middle) + seen.doubt(middle + CHANGE)
    wide = 1.96 * CHANGE / math.sqrt(max(bend, 1e-9))
    return math.exp(middle), math.exp(middle - wide), math.exp(middle + wide)


def _seen(draft: Draft, stops: pl.DataFrame, step: Step) -> _Seen:
    """The waits before an operation beside the times when its work center had room: any of its units, or the
    one that the lot must come back to."""
    operation, center = step
    table, wait = draft.history.table, draft.history.waits_s
    here = ((table["work_center"] == center) & (table["operation"] == operation)).to_numpy() & ~np.isnan(wait)
    if step not in draft.causes.homes:
        return _beside(wait[here], table["start_s"].to_numpy()[here], _room(draft, stops, center, None))
    parts = []
    for unit in table["unit"].filter(pl.Series(here)).unique().sort():
        own = here & (draft.causes.home_unit == unit).fill_null(False).to_numpy()
        parts.append(_beside(wait[own], table["start_s"].to_numpy()[own], _room(draft, stops, center, unit)))
    return _Seen(*(np.concatenate([getattr(p, name) for p in parts]) for name in _Seen.__slots__))


def _beside(wait: Floats, start: Floats, room: Spans) -> _Seen:
    place = np.searchsorted(room.start, start, side="left") - 1  # the last time with room before the start
    last = np.minimum(np.append(room.end, -np.inf)[place], start)
    again = np.append(room.start, np.inf)[place + 1]
    told: Flags = (last >= start - ROUND_S) | (wait == 0)
    ready = start - wait
    least = np.maximum(last - ready, 0.0)
    return _Seen(wait[told], least[~told], (again - ready)[~told])


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
