"""When one more lot could have started at a work center: it was open, and not all its units were in work or
down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from zhizao.studies.learn.log.jobs import Flags, Floats
from zhizao.studies.learn.log.spans import Spans, union, within
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.causes import Causes

LEAST_S = 60.0  # less between two lots is the change from one to the next (a log to the minute), and no room


def rooms(
    history: History, causes: Causes, openings: dict[str, Opening], stops: pl.DataFrame
) -> Iterator[tuple[str, Flags, Spans]]:
    """Each work center with visits of the history's table, and when there was room for them: on any unit, or
    on the one to which their lot goes back."""
    home = causes.home_unit
    log = (history.start_s, history.end_s)
    for center, units in causes.units.items():
        here = (history.table["work_center"] == center).to_numpy()
        rows = history.rows.filter(pl.col("work_center") == center)
        named = rows["unit"].unique()
        down = stops.filter((pl.col("work_center") == center) & pl.col("unit").is_in(named.implode()))
        yield (
            center,
            here & home.is_null().to_numpy(),
            _room(_busy(rows, down, units), units, log, openings[center]),
        )
        for unit in home.filter(pl.Series(here)).drop_nulls().unique().sort():
            own = here & (home == unit).fill_null(False).to_numpy()
            busy = _busy(rows.filter(pl.col("unit") == unit), down.filter(pl.col("unit") == unit), 1)
            yield center, own, _room(busy, 1, log, openings[center])


def _busy(rows: pl.DataFrame, down: pl.DataFrame, units: int) -> tuple[Floats, Floats]:
    """Starts and ends of what keeps units: work and stops of each, or, where the log does not name them all,
    jobs, of which a batch of lots is one."""
    if rows["unit"].n_unique() == units:
        both = pl.concat([frame.select("unit", "start_s", "end_s") for frame in (rows, down)])
        spans = [
            union(own["start_s"].to_numpy(), own["end_s"].to_numpy()) for _, own in both.group_by("unit")
        ]
        return np.concatenate([s.start for s in spans]), np.concatenate([s.end for s in spans])
    jobs = rows.select("start_s", "end_s").unique()
    return jobs["start_s"].to_numpy(), jobs["end_s"].to_numpy()


def _room(busy: tuple[Floats, Floats], units: int, log: tuple[float, float], opening: Opening) -> Spans:
    """Open time of the log in which fewer than so many units were busy."""
    moments = np.concatenate(busy)
    order = np.argsort(moments, kind="stable")
    level = np.concatenate([[0], np.cumsum(np.where(order < len(busy[0]), 1, -1))])
    at = np.concatenate([log[:1], moments[order], log[1:]])
    free = level < units
    room = within(union(at[:-1][free], at[1:][free]), opening)
    long = room.end - room.start >= LEAST_S
    return Spans(room.start[long], room.end[long])
