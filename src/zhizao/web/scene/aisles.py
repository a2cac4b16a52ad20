"""Floors on which vehicles meet: their zones, how busy these are, and the ways between places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from zhizao.plant.query.floors import fastest, network, spots
from zhizao.plant.query.transport import coordinates, fleet_of, ways

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records

_DIGITS = 3


def zones_of(plant: Plant, records: Records) -> list[dict[str, Any]]:
    """Each floor: side of a zone in m, centres, and the share of time in which each zone is occupied."""
    window_s = (records.end - records.start).total_seconds()
    found = []
    for floor in plant.transport.floors:
        busy = None
        if records.traffic is not None:
            own = records.traffic.zones.filter(pl.col("floor") == floor.id)
            busy = [round(min(held / window_s, 1.0), _DIGITS) for held in own["held_s"]]
        centres = network(floor).at.round(_DIGITS).tolist()
        found.append({"id": floor.id, "zone": floor.zone, "at": centres, "busy": busy})
    return found


def routes_of(plant: Plant) -> list[dict[str, Any]]:
    """The fastest way of a vehicle on its floor between the ends of each way of lots, and back.

    Vehicles are drawn on it; how they kept out of the way of others is not recorded.
    """
    at = coordinates(plant)
    wanted: dict[str, dict[str, list[str]]] = {}  # by floor and start: ends
    for start, end in dict.fromkeys(pair for a, b in ways(plant) for pair in ((a, b), (b, a))):
        fleet = fleet_of(plant, (start, end)) or fleet_of(plant, (end, start))
        if fleet is not None and fleet.floor is not None:
            wanted.setdefault(fleet.floor, {}).setdefault(start, []).append(end)
    found = []
    for floor in plant.transport.floors:
        net, spot = network(floor), spots(floor, at)
        for start, ends in wanted.get(floor.id, {}).items():
            zones = fastest(net, spot[start], {spot[end] for end in ends})
            for end in ends:
                points = net.at[zones[spot[end]]].round(_DIGITS).tolist()
                found.append({"from": start, "to": end, "at": points})
    return found
