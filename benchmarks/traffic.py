"""Vehicles in narrow aisles: throughput with traffic, with fixed times, and of SimPy with zones as resources.

Run: `python -m benchmarks.traffic`. Vehicles carry lots between cells at which there is always room,
so that transport is the bottleneck (CONWIP). In SimPy each zone is a resource that vehicles take one by one,
first come, first served, on the shortest way; on floors with two-way aisles that deadlocks head-on.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import simpy

from zhizao import simulate
from zhizao.plant import Plant
from zhizao.plant.query.floors import Network, network, spots
from zhizao.plant.query.transport import coordinates

ONE_WAY = """\
.>>>>>>>>>>>>>>>v
^###^###^###^###v
^###^###^###^###v
^###^###^###^###v
^###^###^###^###v
.<<<<<<<<<<<<<<<.
"""
TWO_WAY = ONE_WAY.replace("^###^###^###^###v", "^###.###.###.###v")
LONG = "\n".join(
    ["." + ">" * 39 + "v", *["^" + ("#" * 9 + "^") * 3 + "#" * 9 + "v"] * 18, "." + "<" * 39 + "."]
)
SPEED, LOAD_S, LOTS, WORK_S = 1.0, 15.0, 60, 60.0
ROUTE = ("store", "a", "b", "c", "wash", "store")
AT = {"store": (1, 5), "a": (9, 5), "b": (17, 5), "c": (25, 5), "wash": (33, 5)}
AT_LONG = {"store": (1, 19), "a": (21, 19), "b": (41, 19), "c": (61, 19), "wash": (81, 19)}
CASES = (
    ("long one-way aisles, 132 zones", LONG, 20),
    ("short one-way aisles, 52 zones", ONE_WAY, 4),
    ("short one-way aisles", ONE_WAY, 20),
    ("short, cross aisles two-way", TWO_WAY, 4),
    ("short, cross aisles two-way", TWO_WAY, 20),
)


def plant(text: str, vehicles: int, *, floor: bool = True) -> Plant:
    """The plant; without its floor, with the travel times of the empty one."""
    places = AT_LONG if text is LONG else AT
    fleet: dict[str, Any] = {"id": "agv", "vehicles": vehicles, "speed": SPEED, "home": "store"}
    fleet |= {"load": LOAD_S, "unload": LOAD_S, "dispatch": "fifo", "floor": "hall"}
    centers = [{"id": name, "units": 100, "at": at} for name, at in places.items()]
    steps = [
        {"id": f"o{i}", "on": [name], "takes": f"exponential({WORK_S} s)"} for i, name in enumerate(ROUTE)
    ]
    form = {
        "plant": "aisles",
        "work_centers": centers,
        "routes": {"r": steps},
        "products": {"p": {"route": "r"}},
        "orders": [{"product": "p", "every": 5.0}],
        "release": {"conwip": LOTS},
        "transport": {"fleets": [fleet], "floors": [{"id": "hall", "zone": 2.0, "map": text}]},
    }
    made = Plant.model_validate(form)
    if floor:
        return made
    from zhizao.studies.logistics.alternatives import without_traffic

    return without_traffic(made)


# ---------------------------------------------------------------- SimPy
class Aisles:
    """The same plant in SimPy."""

    def __init__(self, text: str, vehicles: int, days: float) -> None:
        made = plant(text, vehicles)
        floor = made.transport.floors[0]
        self.net: Network = network(floor)
        self.spot = spots(floor, coordinates(made))
        self.env = simpy.Environment()
        self.random = np.random.default_rng(1)
        self.zones = [simpy.Resource(self.env) for _ in self.net.at]
        self.next = {end: self._hops(end) for end in set(self.spot.values())}
        self.loads: list[tuple[str, str, Any]] = []
        self.idle: list[tuple[int, str]] = [(number, "store") for number in range(vehicles)]
        self.done = 0
        self.moved_s = 0.0
        for _ in range(LOTS):
            self.env.process(self.lot())
        self.env.run(until=days * 86400)

    def _hops(self, end: int) -> tuple[list[int], list[float]]:
        """Next zone and way left in m from each zone on the shortest way."""
        n = len(self.net.at)
        left, hop = [float("inf")] * n, [-1] * n
        left[end] = 0.0
        for _ in range(n):
            for u, v, length in zip(self.net.start, self.net.end, self.net.length_m, strict=True):
                if left[v] + length < left[u]:
                    left[u], hop[u] = left[v] + length, int(v)
        return hop, left

    def lot(self) -> Any:
        """One lot after the other: as many as CONWIP allows are in the plant."""
        while True:
            for start, end in zip(ROUTE, (*ROUTE[1:], None), strict=True):
                yield self.env.timeout(self.random.exponential(WORK_S))
                if end is not None:
                    arrived = self.env.event()
                    self.loads.append((start, end, arrived))
                    self.match()
                    yield arrived
            self.done += 1

    def match(self) -> None:
        """The first load gets the nearest idle vehicle."""
        while self.loads and self.idle:
            start, end, arrived = self.loads.pop(0)
            ways = self.next[self.spot[start]][1]
            best = min(self.idle, key=lambda one: (ways[self.spot[one[1]]], one[0]))
            self.idle.remove(best)
            self.env.process(self.trip(best, start, end, arrived))

    def trip(self, vehicle: tuple[int, str], start: str, end: str, arrived: Any) -> Any:
        """Empty to the load, then with it."""
        yield from self.drive(vehicle[1], start)
        yield self.env.timeout(LOAD_S)
        yield from self.drive(start, end)
        yield self.env.timeout(LOAD_S)
        arrived.succeed()
        self.idle.append((vehicle[0], end))
        self.match()

    def drive(self, start: str, end: str) -> Any:
        """Take one zone after the other, and let go of the last one on arrival."""
        here, goal = self.spot[start], self.spot[end]
        if here == goal:
            return
        held = self.zones[here].request()
        yield held
        while here != goal:
            there = self.next[goal][0][here]
            more = self.zones[there].request()
            yield more
            yield self.env.timeout(float(np.hypot(*(self.net.at[there] - self.net.at[here]))) / SPEED)
            self.zones[here].release(held)
            held, here, self.moved_s = more, there, self.env.now
        self.zones[here].release(held)


def main() -> None:
    """Run all, print and write a table."""
    days = 2.0
    rows = []
    for name, text, vehicles in CASES:
        name = f"{name}, {vehicles} vehicles"
        for how, made in (
            ("traffic", plant(text, vehicles)),
            ("fixed times", plant(text, vehicles, floor=False)),
        ):
            began = time.process_time()
            found = simulate(made, days=days, replications=2)
            cpu = time.process_time() - began
            rows.append((name, how, found.kpis["lot_rate"].mean, "0", cpu))
        began = time.process_time()
        peer = Aisles(text, vehicles, days)
        stuck = peer.moved_s < days * 86400 - 3600
        note = f"at {peer.moved_s / 3600:.2f} h" if stuck else "0"
        rows.append((name, "SimPy", peer.done / days, note, time.process_time() - began))
    for row in rows:
        print(f"| {row[0]} | {row[1]} | {row[2]:,.0f} | {row[3]} | {row[4]:.1f} |")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
