"""What-if questions that can be put to a hidden plant and to the plant that was learned from its log.

What a question is about (the busiest work center, the step of demand that the plant still keeps up with) is
settled on the hidden plant and asked of both by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from zhizao.plant import JobOrder, OrderStream, Plant
from zhizao.plant.model import Operation
from zhizao.plant.uncertainty import base_name
from zhizao.quantities import mean
from zhizao.quantities.distributions import scaled

HOUR_S, WEEK_S = 3600.0, 604_800.0
FULL = 0.95  # load above which lead times measure the length of the run: no change pushes the plant there
STEPS_UP = (1.2, 1.1, 1.05)  # of demand
STEPS_SHORTER_S = (2 * HOUR_S, HOUR_S, HOUR_S / 2)  # of a working day
LONGER_S = 2 * HOUR_S
LEAST_SHARE = 0.1  # of the orders, of a product whose share is doubled
SPT, FIFO = "shortest-processing-time", "fifo"


class NothingToChangeError(LookupError):
    """A plant has nothing that the change would change."""


@dataclass(frozen=True)
class Question:
    """What changes are about: the hidden plant, its busiest work center and that one's load (0 to 1), and
    the least busy work center that can spare a unit."""

    hidden: Plant
    busiest: str
    load: float
    spare: str | None


Change = Callable[[Plant, Question], Plant]


def possible(about: Question) -> dict[str, Plant]:
    """The hidden plant after each change that it can have, by name."""
    found = {}
    for name, change in CHANGES.items():
        try:
            after = change(about.hidden, about)
        except NothingToChangeError:
            continue
        if after != about.hidden:
            found[name] = after
    return found


# ---------------------------------------------------------------- equipment
def _more_units(plant: Plant, center: str | None, more: int) -> Plant:
    units = {c.id: len(c.units) for c in plant.work_centers}.get(center or "", 0)
    if units == 0 or units + more < 1:
        raise NothingToChangeError(f"{center} has {units} units")
    return plant.replace({f"work_centers.{center}.units": units + more})


def _quicker_setups(plant: Plant, about: Question) -> Plant:
    """Set-ups of half the time, where the hidden plant has set-ups."""
    found = {}
    for center in _with(plant, about, "setup"):
        times = tuple(t.model_copy(update={"takes": scaled(t.takes, 0.5)}) for t in center.setup.times)
        parts = {"default": scaled(center.setup.default, 0.5), "times": times}
        found[f"work_centers.{center.id}.setup"] = center.setup.model_copy(update=parts)
    return plant.replace(found)


def _fewer_failures(plant: Plant, about: Question) -> Plant:
    """Failures half as often, where the hidden plant has failures."""
    found = {}
    for center in _with(plant, about, "failures"):
        rarer = (f.model_copy(update={"between": scaled(f.between, 2.0)}) for f in center.failures)
        found[f"work_centers.{center.id}.failures"] = tuple(rarer)
    return plant.replace(found)


def _with(plant: Plant, about: Question, what: str) -> list[Any]:
    """Work centers that have something, of those that have it in the hidden plant."""
    ids = {c.id for c in about.hidden.work_centers if getattr(c, what)}
    found = [c for c in plant.work_centers if c.id in ids and getattr(c, what)]
    if not found:
        raise NothingToChangeError(f"no {what} at {', '.join(sorted(ids))}" if ids else f"no {what}")
    return found


def _larger_buffers(plant: Plant, about: Question) -> Plant:
    """Buffers of twice the capacity that they have in the hidden plant."""
    buffers = {c.id: c.buffer for c in about.hidden.work_centers if c.buffer and c.buffer.capacity}
    there = {c.id: c.buffer for c in plant.work_centers if c.id in buffers and c.buffer}
    if not there:
        raise NothingToChangeError("no buffer with a limit")
    return plant.replace(
        {
            f"work_centers.{name}.buffer": own.model_copy(
                update={"capacity": 2 * (buffers[name].capacity or 0)}
            )
            for name, own in there.items()
        }
    )


def _other_rule(plant: Plant, about: Question) -> Plant:
    """Shortest processing time first at the busiest work center; FIFO where it has that rule."""
    has = {c.id: c.dispatch for c in about.hidden.work_centers}[about.busiest]
    if about.busiest not in {c.id for c in plant.work_centers}:
        raise NothingToChangeError(f"no {about.busiest}")
    return plant.replace(
        {f"work_centers.{about.busiest}.dispatch": FIFO if getattr(has, "value", has) == SPT else SPT}
    )


# ---------------------------------------------------------------- hours
def _later_end(plant: Plant, shift_s: float) -> Plant:
    """Each working day ends so much later (below 0: earlier); orders come as before."""
    used = {c.calendar for c in plant.work_centers if c.calendar}
    used |= {crew.calendar for crew in plant.personnel if crew.calendar}
    if not used:
        raise NothingToChangeError("always open")
    kept = {name: f"{name} of orders" for name in sorted(used)}
    calendars = dict(plant.calendars)
    for name, old_name in kept.items():
        calendars[old_name] = old = calendars[name]
        calendars[name] = replace(old, weekly=_moved_ends(old.weekly, shift_s))
    orders = tuple(
        o.model_copy(update={"calendar": kept.get(o.calendar or "", o.calendar)})
        if isinstance(o, OrderStream)
        else o
        for o in plant.orders
    )
    return plant.model_copy(update={"calendars": calendars, "orders": orders})


def _moved_ends(weekly: tuple[tuple[float, float], ...], shift_s: float) -> tuple[tuple[float, float], ...]:
    """Windows before a night (no mere break) with their ends moved; what passes the week's end wraps."""
    if not weekly:
        return weekly
    following = [start for start, _ in weekly[1:]] + [weekly[0][0] + WEEK_S]
    found = []
    for (start, end), after in zip(weekly, following, strict=True):
        is_night = after - end > 2 * abs(shift_s)
        found.append((start, max(end + shift_s, start + HOUR_S) if is_night else end))
    over = [(0.0, end - WEEK_S) for _, end in found if end > WEEK_S]
    return (*over, *((start, min(end, WEEK_S)) for start, end in found))


def _longer_days(plant: Plant, about: Question) -> Plant:  # noqa: ARG001
    return _later_end(plant, LONGER_S)


def _shorter_days(plant: Plant, about: Question) -> Plant:
    return _later_end(plant, -_shorter_s(about))


def _shorter_s(about: Question) -> float:
    """The most that a working day of the hidden plant can lose."""
    center = next(c for c in about.hidden.work_centers if c.id == about.busiest)
    if not center.calendar:
        raise NothingToChangeError(f"{about.busiest} is always open")
    weekly = about.hidden.calendars[center.calendar].weekly
    for step in STEPS_SHORTER_S:
        if about.load * _open_s(weekly) / _open_s(_moved_ends(weekly, -step)) <= FULL:
            return step
    raise NothingToChangeError("the plant would not keep up")


def _open_s(weekly: tuple[tuple[float, float], ...]) -> float:
    return sum(end - start for start, end in weekly)


# ---------------------------------------------------------------- demand
def _demand(plant: Plant, factor: float) -> Plant:
    orders = tuple(o.model_copy(update={"every": scaled(o.every, 1 / factor)}) for o in _streams(plant))
    return plant.model_copy(update={"orders": orders})


def _streams(plant: Plant) -> list[OrderStream]:
    found = [o for o in plant.orders if isinstance(o, OrderStream)]
    if len(found) < len(plant.orders) or not found:
        raise NothingToChangeError("no stream of orders" if not found else "a table of orders")
    return found


def _more_demand(plant: Plant, about: Question) -> Plant:
    """The largest step of demand that the hidden plant can still keep up with."""
    for step in STEPS_UP:
        if about.load * step <= FULL:
            return _demand(plant, step)
    raise NothingToChangeError("the plant would not keep up")


def _less_demand(plant: Plant, about: Question) -> Plant:  # noqa: ARG001
    return _demand(plant, 0.8)


def _rates(plant: Plant) -> dict[str, float]:
    """Orders of each product per s of its stream's clock."""
    rates: dict[str, float] = {}
    for order in _streams(plant):
        weights = order.mix or {str(order.product): 1.0}
        for name, weight in weights.items():
            own = weight / sum(weights.values()) / mean(order.every)
            rates[name] = rates.get(name, 0.0) + own
    return rates


def _other_mix(plant: Plant, about: Question) -> Plant:
    """Twice the orders of the product that is ordered least (of those with a tenth or more), less of others.

    The orders of all products together stay as many.
    """
    hidden = _rates(about.hidden)
    whole = sum(hidden.values())
    rare = [name for name, rate in hidden.items() if LEAST_SHARE <= rate / whole < 0.5]
    if not rare or len(hidden) < 2:
        raise NothingToChangeError("one product")
    chosen = min(rare, key=lambda name: (hidden[name], name))
    own = _rates(plant)
    if chosen not in own or len(own) < 2:
        raise NothingToChangeError(f"no orders of {chosen}, or of it alone")
    rest = sum(own.values()) - own[chosen]
    others = max(rest - own[chosen], 0.0) / rest
    orders = tuple(_with_mix(order, chosen, others) for order in _streams(plant))
    return plant.model_copy(update={"orders": orders})


def _with_mix(order: OrderStream, chosen: str, others: float) -> OrderStream:
    weights = order.mix or {str(order.product): 1.0}
    after = {name: w * (2.0 if name == chosen else others) for name, w in weights.items()}
    pace = sum(weights.values()) / sum(after.values())
    parts: dict[str, Any] = {"every": scaled(order.every, pace)}
    return order.model_copy(update=parts | ({"mix": after} if order.mix else {}))


def _smaller_lots(plant: Plant, about: Question) -> Plant:
    """Lots of half the pieces, for the same demand in pieces: where the hidden plant works by the piece."""
    hidden = about.hidden
    steps = [step for route in hidden.routes.values() for step in route]
    takes = [step.takes for step in steps] + [way.takes for step in steps for way in step.on]
    if not any(one is not None and (one.per_piece or one.per_batch) for one in takes):
        raise NothingToChangeError("no work by the piece")
    sizes = {name: p.lot for name, p in plant.products.items() if name in hidden.products and p.lot > 1}
    if not sizes:
        raise NothingToChangeError("lots of one piece")
    halves = {name: ceil(lot / 2) for name, lot in sizes.items()}
    orders = tuple(_for_lots(order, plant, halves) for order in plant.orders)
    changes = {f"products.{name}.lot": half for name, half in halves.items()}
    return plant.model_copy(update={"orders": orders}).replace(changes)


def _for_lots(
    order: OrderStream | JobOrder, plant: Plant, halves: Mapping[str, int]
) -> OrderStream | JobOrder:
    """Orders of one lot come more often, by as much as lots are smaller; those in pieces are as they were."""
    if isinstance(order, JobOrder) or order.pieces is not None:
        return order
    weights = order.mix or {str(order.product): 1.0}
    before = sum(w * plant.products[name].lot for name, w in weights.items())
    after = sum(w * halves.get(name, plant.products[name].lot) for name, w in weights.items())
    return order.model_copy(update={"every": scaled(order.every, after / before)})


# ---------------------------------------------------------------- quality
def _less_rework(plant: Plant, about: Question) -> Plant:  # noqa: ARG001
    """Half the defects of routes with rework, half of each way back."""
    after = plant.model_copy(update={"routes": {n: _reworked_less(r) for n, r in plant.routes.items()}})
    if after == plant:
        raise NothingToChangeError("no defects that are reworked, no way back")
    return after


def _reworked_less(route: tuple[Operation, ...]) -> tuple[Operation, ...]:
    place = {o.id: i for i, o in enumerate(route)}
    visit = {o.id: int(o.id.removeprefix(base_name(o.id))[2:] or 1) for o in route}  # 2 of `cut #2`
    loops = any(o.defects and o.defects.then.startswith("rework") for o in route)
    steps = []
    for o in route:
        parts: dict[str, Any] = {}
        if loops and o.defects and o.defects.share:
            parts["defects"] = o.defects.model_copy(update={"share": o.defects.share / 2})
        back = {n for n in o.next if n != "end" and (visit[n] > visit[o.id] or place[n] <= place[o.id])}
        if 0 < len(back) < len(o.next):
            parts["next"] = _halved(o.next, back)
        steps.append(o.model_copy(update=parts))
    return tuple(steps)


def _halved(weights: Mapping[str, float], some: set[str]) -> dict[str, float]:
    """Half the weight of some ways; the others take what these lose."""
    lost = sum(w for n, w in weights.items() if n in some)
    rest = sum(w for n, w in weights.items() if n not in some)
    return {n: w / 2 if n in some else w * (1 + lost / 2 / rest) for n, w in weights.items()}


CHANGES: dict[str, Change] = {
    "days longer": _longer_days,
    "days shorter": _shorter_days,
    "one unit more at the busiest": lambda plant, about: _more_units(plant, about.busiest, 1),
    "one unit less at an idle one": lambda plant, about: _more_units(plant, about.spare, -1),
    "set-ups halved": _quicker_setups,
    "demand up": _more_demand,
    "demand -20 %": _less_demand,
    "another rule at the busiest": _other_rule,
    "failures half as often": _fewer_failures,
    "buffers doubled": _larger_buffers,
    "rework halved": _less_rework,
    "lots halved": _smaller_lots,
    "a rare product doubled": _other_mix,
}
