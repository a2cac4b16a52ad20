"""Waiting that no busy, broken or closed work center explains ("extra delays").

The delay of a visit is the open time with room at its work center that its lot let pass. It is seen to its
end where the lot starts while there is room; where it starts at the very moment at which room comes, the
delay had ended before, and the time with room is only a part of it (right-censored). Steps pool such times
by the product-limit estimator (Kaplan and Meier 1958), with the mean of events over exposure (Lawless,
"Statistical Models and Methods for Lifetime Data", 2003): right for what queues and closed hours hide of an
exponential delay. The idea of extraneous delays is that of Chapela-Campa and Dumas, "Enhancing business
process simulation models with extraneous activity delays" (2024).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.plant.model import DelayClock
from zhizao.quantities.distributions import Distribution
from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.fitting.families import quantiles
from zhizao.studies.learn.log.jobs import ROUND_S
from zhizao.studies.learn.log.visits import History, Visit
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.causes import Causes
from zhizao.studies.learn.resources.room import rooms
from zhizao.studies.learn.resources.stops import stop_rows

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

REAL = 0.05  # share of a wait that must be unexplained before a delay is taken for it
LEAST_S = 60.0  # a shorter delay is none: logs are to the minute
AT_ONCE_S, SOME = 60.0, 0.05  # this share of the lots starts so soon after its release, if that is one
Z_975 = 1.96  # quantile of the standard normal distribution
BY_CHANCE = 0.05  # share of the delays over closed hours that end within a minute of the opening by chance
MOST_HIDDEN = (
    0.1  # share of delays longer than any seen to end, from which their shape is unknown: exponential
)
FEW = 10  # delays below which a step takes those of its operation, its work center or the plant


@dataclass(frozen=True, eq=False)
class Delays:
    """Delays before all visits but the first of each lot.

    `table`: lot, operation, work_center, start_s, the whole wait_s, delay_s, open_s from ready to the last
    moment with room, busy or not, whether its end was `seen`,
    closed_s in which it went on, shut_s: closed time in which it may have ended, because the lot started when
    the work center opened, and whether the wait is `explained` by others than queues (batches and people).
    """

    table: pl.DataFrame

    def of(self, visit: Visit) -> float | None:
        """Delay of one visit (s, on the clock of its step), None where the log does not tell."""
        return self._by_visit.get((visit.lot, visit.operation, visit.start_s))

    def open_s(self, lots: Iterable[str]) -> dict[tuple[str, str, float], float]:
        """Open time (s) from ready to the last moment with room, by lot, operation and start of each visit of
        some lots; visits whose wait is explained have none."""
        own = self.table.filter(~pl.col("explained") & pl.col("lot").is_in(list(lots)))
        rows = own.select("lot", "operation", "start_s", "open_s").iter_rows()
        return {(lot, operation, start_s): open_s for lot, operation, start_s, open_s in rows}

    @cached_property
    def _by_visit(self) -> dict[tuple[str, str, float], float]:
        found = {}
        for _, rows in self.table.filter(~pl.col("explained")).group_by("operation", "work_center"):
            shown = pl.col("delay_s") + (pl.col("closed_s") if clock(rows) is DelayClock.CALENDAR else 0.0)
            own = rows.select("lot", "operation", "start_s", shown)
            for lot, operation, start_s, delay_s in own.iter_rows():
                found[lot, operation, start_s] = delay_s
        return found

    def before(self, operation: str, *centers: str) -> Distribution | None:
        """Delay before an operation at some work centers, None where there is none."""
        own = self.table.filter(pl.col("work_center").is_in(centers) & (pl.col("operation") == operation))
        if own.height and own["explained"].all():
            return None
        rows = self._pool(operation, centers)
        if not counts(rows):
            return None
        sample, hidden = _product_limit(rows)
        usual = mean_s(rows)
        return (
            distribution(sample, usual) if hidden <= MOST_HIDDEN else Distribution.exponential(round(usual))
        )

    def clock(self, operation: str, *centers: str) -> DelayClock:
        """Clock of the delay before an operation at some work centers."""
        return clock(self._pool(operation, centers))

    def _pool(self, operation: str, centers: tuple[str, ...]) -> pl.DataFrame:
        """Delays at a step; of too few those of the operation anywhere, of the work centers, of the plant."""
        known = self.table.filter(~pl.col("explained"))
        here, same = pl.col("work_center").is_in(centers), pl.col("operation") == operation
        pools = (known.filter(here & same), known.filter(same), known.filter(here))
        return next((rows for rows in pools if rows.height >= FEW), known)

    def findings(self) -> Iterator[Finding]:
        """Evidence of the delays, step by step."""
        known = self.table.filter(~pl.col("explained"))
        for (operation, center), rows in sorted(known.group_by("operation", "work_center")):
            if counts(rows):
                usual, ended = mean_s(rows), int(rows["seen"].sum())
                low, high = (usual / end for end in intervals.of_rate(ended, ended)[::-1])
                how = (
                    f"open time with room at {center} that lots let pass; the ends of {ended} of "
                    f"{rows.height} were seen (Kaplan-Meier; Poisson interval)"
                )
                value = f"mean {hours(usual)}"
                yield Finding(f"operations.{operation}.delay", value, rows.height, how, usual, low, high)


def learn_delays(records: Records, history: History, openings: dict[str, Opening], causes: Causes) -> Delays:
    """Delays before the visits of a log."""
    start, ready = history.table["start_s"].to_numpy(), history.ready_s
    delay, closed, shut, until = np.zeros((4, len(start)))
    seen = np.zeros(len(start), bool)
    for center, own, room in rooms(history, causes, openings, stop_rows(records, history)):
        own &= np.isfinite(ready)
        begin, reach = start[own], np.minimum(ready[own], start[own])
        delay[own] = room.until(begin) - room.until(reach)
        seen[own] = room.holds(begin - ROUND_S) | (begin == reach)
        last = np.append(room.end, -np.inf)[np.searchsorted(room.start, begin) - 1]  # moment with room
        open_at, open_reach, open_last = map(openings[center].open_until, (begin, reach, np.maximum(last, 0)))
        until[own] = np.where(seen[own], open_at, np.maximum(open_last, open_reach)) - open_reach
        opened = ~seen[own] & (last > reach) & (open_at - open_last < LEAST_S) & (begin - last > LEAST_S)
        shut[own] = np.where(opened, begin - last, 0.0)
        closed[own] = np.where(seen[own] | opened, begin - reach - (open_at - open_reach) - shut[own], 0.0)
    steps = history.table.select("operation", "work_center").iter_rows()
    return Delays(
        history.table.select(
            "lot", "operation", "work_center", "start_s",
            wait_s=pl.Series(history.waits_s),
            delay_s=pl.Series(delay),
            open_s=pl.Series(until),
            seen=pl.Series(seen),
            closed_s=pl.Series(np.maximum(closed, 0.0)),
            shut_s=pl.Series(shut),
            explained=pl.Series([causes.explain(*step) for step in steps], dtype=pl.Boolean),
        ).filter(pl.col("wait_s").is_not_nan())
    )  # fmt: skip


def mean_s(delays: pl.DataFrame) -> float:
    """Mean of exponential delays: all time with room over the ends that were seen in it; 0 where none was."""
    ended = int(delays["seen"].sum())
    return float(delays["delay_s"].sum()) / ended if ended else 0.0


def clock(delays: pl.DataFrame) -> DelayClock:
    """Clock of exponential delays by the likelihood of what closed hours did to them.

    If it stops in them, no lot is ready just when the work center opens (but a few by chance); if not, delays
    end in closed hours as often as in open ones.
    """
    usual = mean_s(delays)
    through, shut = delays["closed_s"].to_numpy(), delays["shut_s"].to_numpy()
    ended = shut[shut > 0]
    if not len(ended) or usual <= 0:
        return DelayClock.OPEN_HOURS
    crossed = int((through > LEAST_S).sum())
    stops = len(ended) * math.log(BY_CHANCE) + crossed * math.log(1 - BY_CHANCE)
    runs = float(np.log(-np.expm1(-ended / usual)).sum() - through.sum() / usual)
    return DelayClock.CALENDAR if runs > stops else DelayClock.OPEN_HOURS


def counts(delays: pl.DataFrame) -> bool:
    """Whether these are delays that a plant should have: a share of the wait, and more than chance."""
    sample, wait = delays["delay_s"].to_numpy(), delays["wait_s"].to_numpy()
    if not len(sample) or mean_s(delays) < LEAST_S:
        return False
    return float(sample.mean()) > REAL * float(wait.mean()) and significant(sample)


def significant(sample: Floats) -> bool:
    """Whether a mean delay is above 0 by a one-sided test at 2.5 %.

    Most lots have none, and a few may have days (a closure, a lot on hold): the mean of such a sample can be
    large, and still tell nothing of the other lots.
    """
    return len(sample) > 1 and bool(sample.mean() > Z_975 * sample.std(ddof=1) / math.sqrt(len(sample)))


def _product_limit(delays: pl.DataFrame) -> tuple[Floats, float]:
    """As many delays as there are, equally likely by the product-limit estimator, and the share that is
    longer than any that was seen to end: they are taken to be as long as that."""
    ordered = delays.sort("delay_s", ~pl.col("seen"))
    n = ordered.height
    left = np.cumprod(np.where(ordered["seen"].to_numpy(), 1 - 1 / np.arange(n, 0, -1), 1.0))
    longest = int(np.flatnonzero(ordered["seen"].to_numpy())[-1])
    place = np.searchsorted(1 - left, (np.arange(n) + 0.5) / n)
    return ordered["delay_s"].to_numpy()[np.minimum(place, longest)], float(left[-1])


def distribution(sample: Floats, usual_s: float) -> Distribution | None:
    """A sample of delays as a short list with this mean; a delay of less than a minute is none."""
    if usual_s < LEAST_S:
        return None
    if float(sample.mean()) <= 0:
        return Distribution.constant(round(usual_s))
    return quantiles(sample * (usual_s / float(sample.mean())))


def releases_are_told(history: History) -> bool:
    """Whether the log's releases are those of lots: all have one, and some lots start at once when they come.

    A planned or entered date far ahead of the work is no release.
    """
    told = [(t.arrived_s, t.release_s) for t in history.traces]
    known = np.array([(arrived, start) for arrived, start in told if arrived is not None]).reshape(-1, 2)
    if len(known) < len(told):
        return False
    return float(np.mean(known[:, 1] - known[:, 0] < AT_ONCE_S)) >= SOME
