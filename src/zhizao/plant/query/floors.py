"""Floors as networks of zones, and the time of vehicles on them when nobody is in their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import atan2, dist, pi
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.plant.model import Fleet, Floor, Plant
from zhizao.plant.model.transport import AHEAD, Aisle

Spot = tuple[float, float]
_DOWN = {">": (0, 1), "v": (1, 0), "<": (0, -1), "^": (-1, 0)}  # rows, columns


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Zones and the links between them, sorted by the zone where they begin.

    `at` (zones, 2) are centres in m; `start`, `end` (links,) are zones, `length_m` (links,) their distance,
    `heading` (links,) in quarter turns clockwise from east, 0 to 4; `points` are zones by name of a point.
    """

    at: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    length_m: NDArray[np.float64]
    heading: NDArray[np.float64]
    points: dict[str, int]


class _Shape(NamedTuple):
    """What the network of a floor depends on."""

    zone: float
    corner: Spot
    map: str | None
    points: tuple[tuple[str, Spot], ...]
    aisles: tuple[tuple[str, str, float, bool], ...]


def network(floor: Floor) -> Network:
    """Divide a floor into zones."""
    at = {point.id: point.at for point in floor.points}
    aisles = tuple((a.from_point, a.to, aisle_m(a, at), a.one_way) for a in floor.aisles)
    return _network(_Shape(floor.zone, floor.corner, floor.map, tuple(at.items()), aisles))


@lru_cache(maxsize=64)
def _network(shape: _Shape) -> Network:
    spots, links, points = _of_aisles(shape) if shape.map is None else _of_map(shape.map, shape)
    links.sort(key=lambda link: link[0])
    start = np.array([link[0] for link in links], np.int64)
    end = np.array([link[1] for link in links], np.int64)
    heading = [
        atan2(spots[b][1] - spots[a][1], spots[b][0] - spots[a][0]) / (pi / 2) % 4 for a, b, _ in links
    ]
    return Network(
        np.array(spots, float).reshape(-1, 2),
        start,
        end,
        np.array([link[2] for link in links], float),
        np.array(heading, float),
        points,
    )


_Parts = tuple[list[Spot], list[tuple[int, int, float]], dict[str, int]]


def _of_map(text: str, shape: _Shape) -> _Parts:
    """Zones of the free cells."""
    rows = text.splitlines()
    signs = {(r, c): sign for r, row in enumerate(rows) for c, sign in enumerate(row) if sign in AHEAD}
    number = {cell: zone for zone, cell in enumerate(signs)}
    links = []
    for (r, c), sign in signs.items():
        for down, right in _DOWN.values():
            ahead, back = (r + down, c + right), (-down, -right)
            if ahead in signs and back not in (_DOWN.get(sign), _DOWN.get(signs[ahead])):
                links.append((number[r, c], number[ahead], shape.zone))
    x, y = shape.corner
    spots = [(x + (c + 0.5) * shape.zone, y + (r + 0.5) * shape.zone) for r, c in signs]
    return spots, links, {}


def _of_aisles(shape: _Shape) -> _Parts:
    """Zones of points, and between them as many as an aisle has room for."""
    spots: list[Spot] = [at for _, at in shape.points]
    points = {name: number for number, (name, _) in enumerate(shape.points)}
    links: list[tuple[int, int, float]] = []
    for begin, end, length, one_way in shape.aisles:
        a, b = points[begin], points[end]
        parts = max(1, int(length / shape.zone + 1e-9))
        (ax, ay), (bx, by) = spots[a], spots[b]
        between = [len(spots) + i for i in range(parts - 1)]
        spots += [(ax + i / parts * (bx - ax), ay + i / parts * (by - ay)) for i in range(1, parts)]
        for u, v in pairwise([a, *between, b]):
            links.append((u, v, length / parts))
            if not one_way:
                links.append((v, u, length / parts))
    return spots, links, points


def aisle_m(aisle: Aisle, at: Mapping[str, Spot]) -> float:
    """Length of an aisle in m, with the coordinates of its points."""
    return dist(at[aisle.from_point], at[aisle.to]) if aisle.length is None else aisle.length


def floor_of(plant: Plant, fleet: Fleet) -> Floor | None:
    """Find the floor of a fleet."""
    return next((floor for floor in plant.transport.floors if floor.id == fleet.floor), None)


def spots(floor: Floor, places: dict[str, Spot | None]) -> dict[str, int]:
    """Give the zone where each place stands: that of its point, else the nearest point or cell."""
    net = network(floor)
    found: dict[str, int] = {}
    choice = net.at[: len(floor.points)] if floor.points else net.at
    for name, at in places.items():
        point = floor.stations.get(name)
        if point is not None:
            found[name] = net.points[point]
        elif at is not None and len(choice):
            found[name] = int(((choice - np.array(at)) ** 2).sum(axis=1).argmin())
    return found


def ahead_s(net: Network, ends: tuple[int, ...], speed: float) -> NDArray[np.float64]:
    """Time from each zone to some of them without traffic and turns (ends, zones) in s; inf: no way."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = len(net.at)
    graph = csr_array((net.length_m / speed, (net.end, net.start)), shape=(n, n))
    return np.asarray(dijkstra(graph, indices=list(ends))).reshape(len(ends), n)


def fastest(net: Network, start: int, ends: Iterable[int]) -> dict[int, list[int]]:
    """Zones of the shortest way from a zone to each of others, with both; only the ends if there is none."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = len(net.at)
    graph = csr_array((net.length_m, (net.start, net.end)), shape=(n, n))
    _, before = dijkstra(graph, indices=start, return_predecessors=True)
    return {end: _back(before, start, end) for end in ends}


def _back(before: NDArray[np.int32], start: int, end: int) -> list[int]:
    way = [end]
    while way[-1] != start and before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    return way[::-1] if way[-1] == start else [start, end]


def drive_s(net: Network, spot: dict[str, int], speed: float, turn_s: float) -> dict[tuple[str, str], float]:
    """Time between places, given with their zones, in s without traffic; none where nobody can go."""
    zones = sorted(set(spot.values()))
    row = {zone: number for number, zone in enumerate(zones)}
    if turn_s:
        times = _with_turns(net, zones, speed, turn_s)
    else:
        times = ahead_s(net, tuple(zones), speed)[:, zones].T
    return {
        (a, b): float(times[row[u], row[v]])
        for a, u in spot.items()
        for b, v in spot.items()
        if np.isfinite(times[row[u], row[v]])
    }


def _with_turns(net: Network, zones: list[int], speed: float, turn_s: float) -> NDArray[np.float64]:
    """Times between zones (zones, zones): links are the nodes of this graph, turns its edges."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    moves, links = net.length_m / speed, len(net.start)
    rows, columns, costs = [], [], []
    first = np.searchsorted(net.start, np.arange(len(net.at) + 1))
    for link in range(links):
        after = np.arange(first[net.end[link]], first[net.end[link] + 1])
        quarters = np.abs(net.heading[link] - net.heading[after])
        rows.append(np.full(len(after), link))
        columns.append(after)
        costs.append(np.minimum(quarters, 4.0 - quarters) * turn_s + moves[after])
    graph: Any = csr_array(
        (np.concatenate(costs), (np.concatenate(rows), np.concatenate(columns))), shape=(links, links)
    )
    times = np.full((len(zones), len(zones)), np.inf)
    for number, zone in enumerate(zones):
        begin = np.arange(first[zone], first[zone + 1])
        reached = dijkstra(graph, indices=begin) + moves[begin][:, None]
        best = reached.min(axis=0, initial=np.inf)
        for other, end in enumerate(zones):
            times[number, other] = best[net.end == end].min(initial=np.inf) if end != zone else 0.0
    return times
