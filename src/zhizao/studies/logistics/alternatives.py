"""What could be otherwise in the transport of a plant: plants that differ in one thing each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import polars as pl

from zhizao.plant import Crane, Fleet, FleetDispatch, Plant
from zhizao.plant.model.transport import Dwell, Retrieval
from zhizao.plant.query.floors import floor_of
from zhizao.plant.query.transport import stops, travel_times_s
from zhizao.quantities.units import BaseUnits

_MOST_LESS = 2
"""Vehicles that are taken away, and added, at most."""


class Group(Enum):
    """What an alternative changes."""

    VEHICLES = "vehicles"
    DISPATCH = "dispatch"
    CRANE = "crane"
    LAYOUT = "layout"
    TRAFFIC = "without traffic"  # no choice: what it would be if nobody met anybody


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """A plant that differs in one thing; `of` is the fleet or crane."""

    name: str
    group: Group
    of: str
    plant: Plant
    changes: Mapping[str, Any]
    """What it changes, by path and as in a file."""
    vehicles: int = 0
    """How many the fleet then has (`vehicles`)."""


def alternatives(plant: Plant, flow: pl.DataFrame) -> list[Alternative]:
    """List what could be otherwise.

    Parameters
    ----------
    plant
        The plant as it is.
    flow
        Lots by `start` and `end` work center, from its runs.
    """
    found: list[Alternative] = []
    for fleet in plant.transport.fleets:
        found += [*_vehicles(plant, fleet), *_rules(plant, fleet)]
    for crane in plant.transport.cranes:
        found += _commands(plant, crane)
    places = exchanged(plant, flow)
    if places is not None:
        found.append(_changed(plant, places, "places exchanged", Group.LAYOUT, ""))
    if plant.transport.floors:
        found.append(Alternative("without traffic", Group.TRAFFIC, "", without_traffic(plant), {}))
    return found


def _changed(plant: Plant, changes: Mapping[str, Any], name: str, group: Group, of: str) -> Alternative:
    return Alternative(name, group, of, plant.replace(changes), changes)


def _vehicles(plant: Plant, fleet: Fleet) -> Iterator[Alternative]:
    for more in (*range(-_MOST_LESS, 0), *range(1, _MOST_LESS + 1)):
        count = fleet.vehicles + more
        if count >= 1:
            changes = {f"transport.fleets.{fleet.id}.vehicles": count}
            noun = "vehicle" if count == 1 else "vehicles"
            one = _changed(plant, changes, f"{fleet.id}: {count} {noun}", Group.VEHICLES, fleet.id)
            yield replace(one, vehicles=count)


def _rules(plant: Plant, fleet: Fleet) -> Iterator[Alternative]:
    """Other rules that can make a difference."""
    rules = [FleetDispatch.FIFO, FleetDispatch.NEAREST]
    lots = [*plant.orders, *plant.products.values()]
    if len({getattr(lot, "priority", None) for lot in lots} - {None}) > 1:
        rules.append(FleetDispatch.PRIORITY)
    if any(getattr(order, "due", None) is not None for order in plant.orders):
        rules.append(FleetDispatch.EARLIEST_DUE_DATE)
    for rule in rules:
        if rule is not fleet.dispatch:
            changes = {f"transport.fleets.{fleet.id}.dispatch": rule.value}
            yield _changed(plant, changes, f"{fleet.id}: {rule.value}", Group.DISPATCH, fleet.id)


def _commands(plant: Plant, crane: Crane) -> Iterator[Alternative]:
    """The other command, the other sequence of fetching, other dwell points."""
    own = f"transport.cranes.{crane.id}"
    single = crane.command == "single"
    tried: list[tuple[str, dict[str, Any]]] = []
    if single or crane.retrieval is Retrieval.FIRST_COME:  # the nearest is fetched with dual commands only
        other = "dual" if single else "single"
        tried.append((f"{other} command", {f"{own}.command": other}))
    if not single:
        first = crane.retrieval is Retrieval.FIRST_COME
        sequence = Retrieval.NEAREST if first else Retrieval.FIRST_COME
        tried.append((f"fetches {sequence.value}", {f"{own}.retrieval": sequence.value}))
    tried += [
        (f"dwell point {one.value}", {f"{own}.dwell": one.value}) for one in Dwell if one is not crane.dwell
    ]
    for name, changes in tried:
        yield _changed(plant, changes, f"{crane.id}: {name}", Group.CRANE, crane.id)


def without_traffic(plant: Plant) -> Plant:
    """The plant with the travel times of empty floors."""
    changes: dict[str, Any] = {}
    for fleet in plant.transport.fleets:
        if fleet.floor is None:
            continue
        ways = travel_times_s(plant, fleet, stops(plant, fleet))
        times = [{"from": a, "to": b, "takes": BaseUnits(time)} for (a, b), time in ways.items() if a != b]
        own = f"transport.fleets.{fleet.id}"
        changes |= {f"{own}.floor": None, f"{own}.turn": BaseUnits(0.0), f"{own}.times": times}
    return plant.replace(changes)


# ---------------------------------------------------------------- layout
def exchanged(plant: Plant, flow: pl.DataFrame) -> dict[str, Any] | None:
    """Changes that put work centers on one another's places, so that flow times travel time is least.

    None: fewer than three of them stand at coordinates that matter, or they stand best.
    """
    from zhizao.solvers.layout.places import assign_places

    fleet = next((one for one in plant.transport.fleets if _by_coordinates(plant, one)), None)
    if fleet is None:
        return None
    at = {c.id: c.at for c in plant.work_centers if c.at is not None and c.id in stops(plant, fleet)}
    names = [*at]
    if len(names) < 3:
        return None
    known = travel_times_s(plant, fleet, names)
    times = np.array([[known[a, b] for b in names] for a in names])
    counts = np.zeros_like(times)
    for start, end, lots in flow.select("start", "end", "lots").iter_rows():
        if start in at and end in at:
            counts[names.index(start), names.index(end)] += lots
    found = assign_places(counts, times, seconds=_SEARCH_S)
    if found.cost >= float((counts * times).sum()) * (1.0 - _LEAST_GAIN):
        return None
    places = {name: at[names[place]] for name, place in zip(names, found.place, strict=True)}
    return {
        f"work_centers.{name}.at": [f"{x:.12g} m" for x in xy]
        for name, xy in places.items()
        if xy is not None and xy != at[name]
    }


_SEARCH_S = 2.0
_LEAST_GAIN = 0.001


def _by_coordinates(plant: Plant, fleet: Fleet) -> bool:
    """Whether the ways of a fleet follow from where work centers stand."""
    floor = floor_of(plant, fleet)
    if floor is not None:
        return not floor.stations
    return fleet.speed is not None and not fleet.times and not fleet.distances


def flow_between(events: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Lots by `start` and `end` work center, from event logs: where each lot is worked next."""
    work = pl.col("activity").cast(pl.String) == "process"
    frames = []
    for run, log in enumerate(events):
        lots = log.filter(work & pl.col("lot").is_not_null()).sort("lot", "start")
        after = lots.with_columns(end_center=pl.col("work_center").shift(-1).over("lot"), run=pl.lit(run))
        frames.append(after.filter(pl.col("end_center").is_not_null()))
    moves = pl.concat(frames).filter(pl.col("work_center") != pl.col("end_center"))
    return (
        moves.group_by(start=pl.col("work_center"), end=pl.col("end_center"))
        .agg(lots=pl.len())
        .sort("lots", "start", "end", descending=[True, False, False])
    )
