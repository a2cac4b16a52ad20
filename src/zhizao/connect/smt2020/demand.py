"""Orders, and the lots that are in the fab at the start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from zhizao.connect.smt2020.tables import Row, fault, key, moment, number, text, whole, yes
from zhizao.connect.smt2020.times import Columns, above_zero, random_time
from zhizao.plant import JobOrder, OrderStream, WipLot
from zhizao.quantities import Distribution, DistributionKind, mean, nearest_name

_REPEAT = Columns("RDIST", "REPEAT", "RUNITS")
_ENDLESS_S = 10 * 365 * 86400.0
"""Orders that repeat for longer are a stream without end (those of SMT2020 last 19 years and more)."""
_MOST_ORDERS = 100_000


@dataclass(frozen=True, slots=True)
class Demand:
    """Rows of orders and of lots in the fab, the operations of each part by step, and the start."""

    orders: list[Row]
    wip: list[Row]
    steps: Mapping[str, Mapping[str, str]]
    start: datetime


def demand(
    orders: list[Row], wip: list[Row], steps: Mapping[str, Mapping[str, str]], start: datetime
) -> Demand:
    """Sort rows into orders and lots in the fab; a row with CURSTEP is one of those."""
    known = [row for row in orders if _known(row, steps)]
    there = [row for row in wip if _known(row, steps)]
    inside = [row for row in known if "CURSTEP" in row.cells]
    return Demand([row for row in known if "CURSTEP" not in row.cells], [*there, *inside], steps, start)


def _known(row: Row, steps: Mapping[str, object]) -> bool:
    part = text(row, "PART")
    if part not in steps:
        fault(row, "PART", f"found no part {part!r}", "one of the table of parts", nearest_name(part, steps))
    return part in steps


def pieces_of(rows: list[Row]) -> dict[str, set[int]]:
    """Give the sizes of the lots of each part."""
    sizes: dict[str, set[int]] = {}
    for row in rows:
        sizes.setdefault(row.cells.get("PART", ""), set()).add(whole(row, "PIECES", default=1))
    return sizes


def beginning(rows: list[Row]) -> datetime | None:
    """Give the earliest START."""
    return min((found for row in rows if (found := moment(row, "START")) is not None), default=None)


# ---------------------------------------------------------------- orders
def orders(given: Demand) -> tuple[OrderStream | JobOrder, ...]:
    """Make streams of orders that repeat, and single orders of the others."""
    hot = _hot(given)
    made: list[OrderStream | JobOrder] = []
    names: dict[str, int] = {}
    for row in given.orders:
        if "REPEAT" in row.cells and _endless(row):
            made += [_stream(row, given, hot)] * whole(row, "LOTSPERRPT", default=1)
        else:
            made += _listed(row, given, hot, names)
    return tuple(made)


def _hot(given: Demand) -> float:
    """Give what is added to the priority of hot lots, which go before all others."""
    return 1.0 + max((number(row, "PRIOR", default=0.0) for row in (*given.orders, *given.wip)), default=0.0)


def _priority(row: Row, hot: float) -> float:
    return number(row, "PRIOR", default=0.0) + (hot if yes(row, "HOTLOT") else 0.0)


def _endless(row: Row) -> bool:
    if "RPT#" not in row.cells:
        return True
    every = above_zero(row, "REPEAT", random_time(row, _REPEAT))
    if mean(every) * whole(row, "RPT#") > _ENDLESS_S:
        return True
    if every.kind is not DistributionKind.CONSTANT or whole(row, "RPT#") > _MOST_ORDERS:
        fault(row, "RPT#", f"found {row.cells['RPT#']} random times", "a constant REPEAT, or one without end")
    return False


def _stream(row: Row, given: Demand, hot: float) -> OrderStream:
    lead = _lead(row)
    return OrderStream(
        product=row.cells["PART"],
        every=above_zero(row, "REPEAT", random_time(row, _REPEAT)),
        pieces=Distribution.constant(whole(row, "PIECES", default=1)),
        due=None if lead is None else Distribution.constant(lead),
        priority=_priority(row, hot),
        first=max(_since(moment(row, "START"), given.start) or 0.0, 0.0),
    )


def _listed(row: Row, given: Demand, hot: float, names: dict[str, int]) -> Iterator[JobOrder]:
    """List the single orders of a row; each has a name of its own."""
    every = random_time(row, _REPEAT).parameters[0] if "REPEAT" in row.cells else 0.0
    times = whole(row, "RPT#", default=1) if every else 1
    first = max(_since(moment(row, "START"), given.start) or 0.0, 0.0)
    lead, lot = _lead(row), text(row, "LOT")
    for number_ in range(times * whole(row, "LOTSPERRPT", default=1)):
        release = first + number_ // whole(row, "LOTSPERRPT", default=1) * every
        names[lot] = count = names.get(lot, 0) + 1
        yield JobOrder(
            id=lot if count == 1 else f"{lot}.{count}",
            product=row.cells["PART"],
            pieces=whole(row, "PIECES", default=1),
            release=release,
            due=None if lead is None else release + lead,
            priority=_priority(row, hot),
        )


def _lead(row: Row) -> float | None:
    """Give the time from START to DUE."""
    since = _since(moment(row, "DUE"), moment(row, "START"))
    if since is not None and since < 0:
        fault(row, "DUE", f"found {row.cells['DUE']}, before START", "a date after START")
        return None
    return since


def _since(then: datetime | None, start: datetime | None) -> float | None:
    return None if then is None or start is None else (then - start).total_seconds()


# ---------------------------------------------------------------- lots in the fab
def wip(given: Demand) -> tuple[WipLot, ...]:
    """Make the lots that wait at a step when the plant starts.

    Their START is that of the simulation. They were released before it: their due date less the time that
    their order has (the stream of their name, or else of their part and priority).
    """
    hot = _hot(given)
    named = {text(row, "LOT"): lead for row in given.orders if (lead := _lead(row)) is not None}
    alike = {
        (row.cells["PART"], _priority(row, hot)): lead
        for row in given.orders
        if (lead := _lead(row)) is not None
    }
    made, seen = [], set[str]()
    for row in given.wip:
        lot, part, priority = text(row, "LOT"), row.cells["PART"], _priority(row, hot)
        if lot in seen:
            fault(row, "LOT", f"found the lot {lot!r} again", "name each lot once")
        seen.add(lot)
        lead = named.get(_order_of(lot), alike.get((part, priority)))
        due = _since(moment(row, "DUE"), given.start)
        made.append(
            WipLot(
                id=lot,
                product=part,
                pieces=whole(row, "PIECES", default=1),
                operation=_operation(row, given.steps[part]),
                priority=priority,
                release=_release(row, given.start, due, lead),
                due=due,
            )
        )
    return tuple(made)


def _order_of(lot: str) -> str:
    """Give the order of a lot: `Init_HotLot_3_17` is the 17th of `HotLot_3`."""
    return re.sub(r"^Init_|_\d+$", "", lot)


def _release(row: Row, start: datetime, due: float | None, lead: float | None) -> float:
    own = _since(moment(row, "START"), start) or 0.0
    if own < 0 or due is None or lead is None:
        return min(own, 0.0)
    return min(due - lead, 0.0)


def _operation(row: Row, steps: Mapping[str, str]) -> str:
    step = key(row.cells.get("CURSTEP", next(iter(steps), "?")))
    if step not in steps:
        fault(row, "CURSTEP", f"found no step {step}", "a step of the lot's route", nearest_name(step, steps))
    return steps.get(step, "?")
