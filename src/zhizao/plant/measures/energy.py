"""Standby of idle units, and load moved to cheap hours."""

from __future__ import annotations

from collections.abc import Iterator

from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values, times_text
from zhizao.plant.measures.load import flow_of
from zhizao.plant.model import ByState, MeasureKind, Personnel, Plant, WorkCenter
from zhizao.plant.query import abilities, needed_by
from zhizao.quantities import units
from zhizao.quantities.calendars import WEEK_S, Calendar, format_calendar, weekly_window

_SLOT_S = 900.0  # prices are compared by quarter hours, the settlement period of most markets
_SLOTS = int(WEEK_S / _SLOT_S)
_HOUR_S = 3600.0
_LEAST_SAVING = 0.02  # a price lower by less than this is not worth another shift


# ---------------------------------------------------------------- standby
def _sleepers(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    load = flow_of(plant).load
    able = [c for c in plant.work_centers if c.standby is None and c.power.idle > 0]
    for center in sorted(able, key=lambda c: -len(c.units) * c.power.idle * max(0.0, 1 - load[c.id])):
        path, idle, changes = f"work_centers.{center.id}", center.power.idle, Changes()
        changes.set[f"{path}.standby"] = {
            "after": times_text(values["after"]),
            "wake": times_text(values["wake"]),
        }
        if center.power.standby is None:
            ends = values.low("power") * idle, values.high("power") * idle
            changes.number(f"{path}.power.standby", values["power"] * idle, *ends, units.POWER)
        yield f"at-{center.id}", f"Standby of idle units at {center.id}", changes, None


def _no_standby(plant: Plant) -> str:
    if any(center.standby is not None for center in plant.work_centers):
        return "every work center with a known idle power has standby already"
    return "no work center has a known idle power"


STANDBY = Kind(
    MeasureKind.STANDBY,
    "Standby of idle units",
    "A unit without work goes to standby after a while, and has to wake up for its next lot.",
    _no_standby,
    _sleepers,
    (
        Parameter(
            "power", "power in standby, as a share of that when idle", 0.2, 0.1, 0.5,
            source="0.2: energy saving mode of a paint shop at 20 % of its capacity, "
            "eex.gov.au/top-ten-pracs/reducing-idle-running (one case); range assumed",
        ),
        Parameter("after", "time idle before it", 600.0, dimension=units.TIME),
        Parameter("wake", "time to wake up", 60.0, dimension=units.TIME),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- load shifting
def _movable(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    prices, load = _prices(plant), flow_of(plant).load
    found = []
    for center in plant.work_centers if len(set(prices)) > 1 else ():
        crew = _crew(plant, center)
        if crew is None or center.calendar is None or not _known_power(center.power):
            continue
        calendar = plant.calendars[center.calendar]
        before = _mean_price(calendar, prices)
        hours = int(values["at_most"] // _HOUR_S)
        ways = sorted((h for h in range(-hours, hours + 1) if h), key=abs)
        best = min(ways, key=lambda h: _mean_price(_moved(calendar, h), prices), default=0)
        after = _mean_price(_moved(calendar, best), prices)
        if before > 0 and after < before * (1 - _LEAST_SAVING):
            name = _new_name(plant, f"{center.calendar}-{_when(best).replace(' ', '-')}")
            saved = (before - after) * load[center.id] * len(center.units) * center.power.kw("busy")
            found.append((saved, center, best, name, crew))
    for _, center, best, name, crew in sorted(found, key=lambda one: -one[0]):
        changes = Changes()
        changes.set[f"calendars.{name}"] = format_calendar(
            _moved(plant.calendars[str(center.calendar)], best)
        )
        changes.set[f"work_centers.{center.id}.calendar"] = name
        for group in crew:
            changes.set[f"personnel.{group.id}.calendar"] = name
        yield f"at-{center.id}", f"Shifts at {center.id} {_when(best)}, in cheaper hours", changes, None


def _known_power(power: ByState) -> bool:
    return power.kw("busy") > 0 or power.idle > 0


def _crew(plant: Plant, center: WorkCenter) -> list[Personnel] | None:
    """People who move with a work center; None if they, or its maintenance, are tied to other hours."""
    if any(plan.window is not None for plan in center.maintenance):
        return None
    crew = [group for group in needed_by(plant, center.id) if group.calendar is not None]
    others = (other.id for other in plant.work_centers if other.id != center.id)
    elsewhere = {group.id for other in others for group in needed_by(plant, other)}
    repairs = {need for place in plant.work_centers for failure in place.failures for need in failure.needs}
    repairs |= {need for place in plant.work_centers for plan in place.maintenance for need in plan.needs}
    elsewhere |= {group.id for group in plant.personnel if not repairs.isdisjoint(abilities(group))}
    same = all(group.calendar == center.calendar and group.id not in elsewhere for group in crew)
    return crew if same else None


def _prices(plant: Plant) -> list[float]:
    """Price of energy in each slot of a week."""
    tariff = plant.tariff
    prices = [tariff.default] * _SLOTS
    for period in reversed(tariff.periods):  # the first that matches counts
        for start, end in weekly_window(period.when):
            for slot in range(round(start / _SLOT_S), round(end / _SLOT_S)):
                prices[slot] = period.price
    return prices


def _mean_price(calendar: Calendar, prices: list[float]) -> float:
    slots = [s for a, b in calendar.weekly for s in range(round(a / _SLOT_S), round(b / _SLOT_S))]
    return sum(prices[slot] for slot in slots) / len(slots) if slots else 0.0


def _moved(calendar: Calendar, hours: int) -> Calendar:
    """The same working time so many hours later; days off stay."""
    weekly = []
    for start, end in calendar.weekly:
        low = (start + hours * _HOUR_S) % WEEK_S
        high = low + end - start
        weekly += [(low, min(high, WEEK_S))] + ([(0.0, high - WEEK_S)] if high > WEEK_S else [])
    return Calendar(tuple(sorted(weekly)), calendar.exceptions)


def _when(hours: int) -> str:
    return f"{abs(hours)} h {'later' if hours > 0 else 'earlier'}"


def _new_name(plant: Plant, name: str) -> str:
    while name in plant.calendars:
        name += "-moved"
    return name


def _not_movable(plant: Plant) -> str:
    if len(set(_prices(plant))) < 2:
        return "the tariff has no hours of another price"
    return (
        "no work center of known power could move its shifts to cheaper hours by itself: it has none, its "
        "people or its maintenance are tied to other hours, or no move is cheaper"
    )


SHIFTING = Kind(
    MeasureKind.LOAD_SHIFTING,
    "Load in cheap hours",
    "The shifts of a work center, and of the people who work only there, begin earlier or later, where the "
    "mean price of energy over its working hours is lowest. Days off stay.",
    _not_movable,
    _movable,
    (Parameter("at_most", "hours by which shifts may move", 12 * _HOUR_S, dimension=units.TIME),),
)
