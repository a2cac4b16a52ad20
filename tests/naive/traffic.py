"""Traffic on a floor in plain lines: earliest route among claims, checked zone by zone and pair by pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, pairwise

from zhizao.plant.query.floors import Network

_Label = tuple[float, int, int, int | None, list[tuple[int, float, float]]]


@dataclass
class Floor:
    """A network and who has claimed which zone from when to when."""

    net: Network
    speed: float
    turn_s: float = 0.0
    claims: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    tie: bool = False  # the last route was not the only one of its arrival

    def is_free(self, zone: int, start: float, end: float) -> bool:
        """Whether nobody has claimed a zone between two moments."""
        return all(end <= a or b <= start for a, b in self.claims.get(zone, ()))

    def turn(self, before: int | None, after: int) -> float:
        """Time to turn from one link to another."""
        if before is None:
            return 0.0
        quarters = abs(self.net.heading[before] - self.net.heading[after])
        return float(min(quarters, 4 - quarters) * self.turn_s)

    def drive(self, start: int, end: int, depart: float) -> float:
        """Claim the route of earliest arrival; gives the time under way."""
        if start == end:
            return 0.0
        ends = [b for _, b in self.claims.get(start, ()) if b > depart]
        number = count()
        heap: list[_Label] = []
        for moment in (depart, *ends):
            if any(a <= moment < b for a, b in self.claims.get(start, ())):
                continue
            heappush(heap, (moment, next(number), start, None, [(start, moment, moment)]))
        seen: set[tuple[int, int | None, float]] = set()
        reached: set[tuple[int, float]] = set()
        self.tie = False
        while heap:
            arrival, _, zone, link, path = heappop(heap)
            self.tie |= (zone, round(arrival, 6)) in reached
            reached.add((zone, round(arrival, 6)))
            if zone == end:
                self.tie |= any(round(a - arrival, 6) == 0 and z == end for a, _, z, _, _ in heap)
                self._take(path)
                return arrival - depart
            later = min((a for a, _ in self.claims.get(zone, ()) if a >= arrival), default=float("inf"))
            if (zone, link, later) in seen:
                continue
            seen.add((zone, link, later))
            for onward in [i for i in range(len(self.net.start)) if self.net.start[i] == zone]:
                to, takes = int(self.net.end[onward]), float(self.net.length_m[onward]) / self.speed
                earliest = arrival + self.turn(link, onward)
                later_ends = [b for _, b in self.claims.get(to, ()) if b > earliest]
                for leave in (earliest, *later_ends):
                    if self.is_free(zone, arrival, leave + takes) and self.is_free(to, leave, leave + takes):
                        more = (leave + takes, next(number), to, onward, [*path, (to, leave, leave + takes)])
                        heappush(heap, more)
        raise AssertionError("there is no route")

    def _take(self, path: list[tuple[int, float, float]]) -> None:
        """Claim each zone from the departure to it until the arrival at the next one."""
        first_leave = path[1][1]
        held = [(path[0][0], first_leave, path[1][2])]
        held += [(zone, leave, onward[2]) for (zone, leave, _), onward in pairwise(path[1:])]
        held.append(path[-1])
        for zone, begin, until in held:
            self.claims.setdefault(zone, []).append((begin, until))

    def conflicts(self) -> int:
        """Pairs of claims of one zone that overlap."""
        return sum(_overlaps(claims) for claims in self.claims.values())


def _overlaps(claims: Iterable[tuple[float, float]]) -> int:
    ordered = sorted(claims)
    return sum(b > c + 1e-9 for (_, b), (c, _) in pairwise(ordered))
