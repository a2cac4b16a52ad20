"""Hold limits of the lots of a plan: which there are, which can be kept, and which a run breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from zhizao.plant import Plant
from zhizao.records import Activity
from zhizao.report.text import duration
from zhizao.studies.schedule.bound import least_wait_s, least_works_s
from zhizao.studies.schedule.plan import Outcome
from zhizao.studies.schedule.work import Lot

_MAX_NAMED = 5
_ROUNDING_S = 1e-3  # moments of a log are whole microseconds
_Row = tuple[str, str, float, float]  # operation, activity, start, end
_TAKES = (Activity.SETUP.value, Activity.PROCESS.value)


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold limit (`queue_at_most`) that runs for a lot of a plan; places count in the lot's route.

    `begins`: the operation at whose end the time begins, None: the lot is released here. `since`: its id,
    None: the time begins when the lot comes to the queue. `least_s`: time in s that lies in between at least.
    """

    lot: int
    place: int
    operation: str
    begins: int | None
    since: str | None
    limit_s: float
    least_s: float

    @property
    def can_be_kept(self) -> bool:
        """Whether the least time in between is within the limit."""
        return self.least_s <= self.limit_s + _ROUNDING_S


@dataclass(frozen=True, slots=True)
class BrokenHold:
    """A hold limit that a run breaks; `waited_s` None, `operation` None: the log of the run does not say."""

    lot: str
    order: str
    operation: str | None
    since: str | None
    waited_s: float | None
    limit_s: float | None


def holds_of(plant: Plant, lots: Sequence[Lot]) -> tuple[Hold, ...]:
    """The hold limits that run for the lots, in their order; those of operations that they skip do not."""
    found: list[Hold] = []
    known: dict[tuple[object, ...], list[Hold]] = {}
    for number, lot in enumerate(lots):
        if not any(operation.queue_at_most for operation in lot.route):
            continue
        about = lot.product, lot.pieces, len(lot.route), lot.begun
        if about not in known:
            known[about] = list(_of_lot(plant, number, lot))
        found += [replace(hold, lot=number) for hold in known[about]]
    return tuple(found)


def _of_lot(plant: Plant, number: int, lot: Lot) -> Iterator[Hold]:
    names = [operation.id for operation in lot.route]
    works = least_works_s(plant, lot)
    for place, operation in enumerate(lot.route):
        limit = operation.queue_at_most
        if limit is None or (place == 0 and lot.begun is not None):
            continue
        since = limit.from_operation
        if since is None:
            begins, least = (place - 1 if place else None), 0.0
        elif since in names[:place]:
            begins = names.index(since)
            between = range(begins + 1, place)
            least = sum(works[one] for one in between)
            least += sum(least_wait_s(lot.route[one - 1], lot.route[one]) for one in (*between, place))
        else:
            continue
        yield Hold(number, place, operation.id, begins, since, limit.at_most, least)


def broken_holds(
    start: datetime, lots: Sequence[Lot], holds: Sequence[Hold], outcome: Outcome
) -> tuple[BrokenHold, ...]:
    """The hold limits that a run breaks, as many as the twin counts; `start`: of the plant."""
    by_lot: dict[int, list[Hold]] = {}
    for hold in holds:
        by_lot.setdefault(hold.lot, []).append(hold)
    names = {lots[number].id for number, count in enumerate(outcome.breaks) if count}
    rows = _rows_by_lot(outcome.rows.filter(pl.col("lot").is_in(list(names))), start) if names else {}
    found: list[BrokenHold] = []
    for number, count in enumerate(outcome.breaks):
        if count:
            lot, own = lots[number], rows.get(lots[number].id, [])
            seen = list(_exceeded(by_lot.get(number, []), lot, own, outcome.lost[number]))
            sure = len(seen) <= count
            found += [
                BrokenHold(lot.id, lot.order, h.operation, h.since, waited if sure else None, h.limit_s)
                for h, waited in seen[:count]
            ]
            found += [BrokenHold(lot.id, lot.order, None, None, None, None)] * (count - len(seen))
    return tuple(found)


def _rows_by_lot(rows: pl.DataFrame, start: datetime) -> Mapping[str, list[_Row]]:
    """(Operation, activity, start, end) of the rows of each lot, in s from the plant's start."""
    found: dict[str, list[_Row]] = {}
    columns = ("lot", "operation", "activity", "start", "end")
    for lot, operation, activity, began, ended in rows.sort("start", "end").select(columns).iter_rows():
        times = (began - start).total_seconds(), (ended - start).total_seconds()
        found.setdefault(lot, []).append((operation, activity, *times))
    return found


def _exceeded(
    holds: Sequence[Hold], lot: Lot, rows: Sequence[_Row], lost_s: float | None
) -> Iterator[tuple[Hold, float]]:
    """(Limit, time waited) of the limits that a lot breaks; others that began with it run no more."""
    names = [operation.id for operation in lot.route]
    done = [names.index(name) for name, activity, *_ in rows if name in names and activity in _TAKES]
    stood = done[-1] + 1 if done else 0  # a lot that is lost stood before this
    over: set[tuple[str, float]] = set()
    for hold in holds:
        taken = [began for name, activity, began, _ in rows if name == hold.operation and activity in _TAKES]
        if lost_s is not None and hold.place == stood:
            taken.append(lost_s)
        for begun_s in _began(hold, lot, rows):
            after = [moment for moment in taken if moment >= begun_s]
            if after and min(after) - begun_s > hold.limit_s + _ROUNDING_S:
                if hold.since is None or (hold.since, begun_s) not in over:
                    yield hold, min(after) - begun_s
                over.add((hold.since or "", begun_s))


def _began(hold: Hold, lot: Lot, rows: Sequence[_Row]) -> list[float]:
    """The moments at which the time of a hold limit began."""
    work = Activity.PROCESS.value
    if hold.since is not None:
        return [end for name, activity, _, end in rows if name == hold.since and activity == work]
    before = [end for name, _, _, end in rows if name != hold.operation]
    here = [began for name, _, began, _ in rows if name == hold.operation]
    limit_s = min(here, default=float("inf"))
    came = max((end for end in before if end <= limit_s), default=lot.release_s)
    previous: Any = lot.route[hold.place - 1] if hold.place else None
    return [came + least_wait_s(previous, lot.route[hold.place])]


def holds_in_words(
    lots: Sequence[Lot], holds: Sequence[Hold], broken: Sequence[BrokenHold]
) -> tuple[str, ...]:
    """How many limits are broken and which, and which no plan can keep; empty where there are none."""
    if not holds:
        return ()
    every = list(dict.fromkeys(map(_named, broken)))
    named = every[:_MAX_NAMED]
    named += [f"{len(every) - _MAX_NAMED} more"] if len(every) > _MAX_NAMED else []
    which = f": {', '.join(named)}" if named else ""
    never = dict.fromkeys(_never(lots[h.lot].product, h) for h in holds if not h.can_be_kept)
    why = (f"No plan keeps the hold limit before {'; '.join(never)}.",) if never else ()
    if len(broken) > len(holds):  # lots go back
        again = f"{len(holds)} hold limits are broken {len(broken)} times, for lots go back{which}."
        return again, *why
    return f"{len(broken)} of {len(holds)} hold limits broken{which}.", *why


def _never(product: str, hold: Hold) -> str:
    times = f"at most {duration(hold.limit_s)}, and {duration(hold.least_s)} lie in between"
    return f"{hold.operation} of {product} after {hold.since} ({times})"


def _named(one: BrokenHold) -> str:
    if one.operation is None:
        return f"{one.lot} (operation unknown)"
    if one.waited_s is None or one.limit_s is None:
        return f"{one.lot} before {one.operation} (time unknown)"
    return f"{one.lot} before {one.operation} ({duration(one.waited_s)}; at most {duration(one.limit_s)})"
