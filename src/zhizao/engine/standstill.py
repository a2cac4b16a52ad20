"""What can never go on: lots and units that hold each other in a ring, or wait for what does not come.

A search for what may still go on, from what certainly does (a unit at work, a lot on its way, an order to
come) to what waits for it, until nothing is added. It errs on the side of going on: what is left stands for
good.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np

from zhizao.engine.lower import Lowered
from zhizao.engine.state import events_ahead
from zhizao.kernels import tables as k
from zhizao.kernels.times import NEVER
from zhizao.records import Hold, Standstill

_WORKS = (k.IN_SETUP, k.IN_PROCESS, k.IN_WAKE)
_MOST_SHOWN = 12  # lots of a standstill without a ring that are named


class _Node(NamedTuple):
    """A lot that holds a unit or a place, or the first of those that wait alike in a queue. Unit -1: none."""

    lot: int
    unit: int
    queue: int  # center before which it waits; -1: it is on a unit, or in an output place


def standstill(lowered: Lowered, s: k.State) -> Standstill | None:
    """What stands for good at the end of a run; None: everything that is there may go on."""
    return _Search(lowered, s).found()


class _Search:
    def __init__(self, lowered: Lowered, s: k.State) -> None:
        self._lowered, self._t, self._s = lowered, lowered.tables, s
        ahead = events_ahead(s)
        ahead = ahead[ahead["time"] < NEVER]
        kinds = ahead["order"] >> 56
        self._more = bool(np.isin(kinds, (k.E_SOURCE, k.E_ORDER)).any())
        self._moving = set(ahead["who"][np.isin(kinds, (k.E_ARRIVE, k.E_DONE))].tolist())
        self._live: set[_Node] = set()
        self._any = False  # some lot goes on
        self._nodes: list[_Node] = []
        self._on_unit: dict[int, list[_Node]] = {}
        self._in_queue: dict[int, list[_Node]] = {}

    def found(self) -> Standstill | None:
        units = self._s.units
        held = np.isin(units.phase, (k.HOLDS, k.WAITS)) | (units.ticket > 0)
        if not held.any() and (self._more or self._s.clock[0].in_plant == 0):
            return None
        self._list()
        before = -1
        while len(self._live) > before:
            before = len(self._live)
            for node in self._nodes:
                if node not in self._live and not self._waits_for(node):
                    self._live.add(node)
                    self._any = True
        stuck = [node for node in self._nodes if node not in self._live]
        return self._described(stuck) if stuck else None

    # ------------------------------------------------------------ who is there
    def _list(self) -> None:
        lots = self._s.lots
        self._queued = [lots[name].tolist() for name in ("next", "alternative", "active")]
        self._homes = bool((self._t.steps.extras & k.X_SAME).any())
        here = lots.used == 2
        for lot in np.flatnonzero(here & (lots.unit >= 0)).tolist():
            node = _Node(lot, int(lots.unit[lot]), -1)
            self._on_unit.setdefault(node.unit, []).append(node)
        parked = here & (lots.unit < 0) & (lots.special & k.PARKED > 0)
        self._nodes += [_Node(int(lot), -1, -1) for lot in np.flatnonzero(parked)]
        self._nodes += [node for nodes in self._on_unit.values() for node in nodes]
        for center in range(len(self._t.centers)):
            self._in_queue[center] = list(self._alike(center))
            self._nodes += self._in_queue[center]
        listed = len(self._nodes) + int(self._s.centers.waiting.sum())
        self._any = bool(self._moving) or int(here.sum()) > listed

    def _alike(self, center: int) -> Iterator[_Node]:
        """The first of all lots in a queue that need the same units, people and parts."""
        seen = set()
        following, alternatives, active = self._queued
        lot = int(self._s.centers["head"][center])
        while lot >= 0:
            key = alternatives[lot], active[lot], self._home(lot) if self._homes else -1
            if key not in seen:
                seen.add(key)
                yield _Node(lot, -1, center)
            lot = following[lot]

    def _home(self, lot: int) -> int:
        p = self._t.steps[self._s.lots["step"][lot]]
        return int(self._s.homes[lot, p.same]) if p.extras & k.X_SAME else -1

    # ------------------------------------------------------------ what may go on
    def _waits_for(self, node: _Node) -> list[str]:
        """What a lot waits for that does not come as far as is known; empty: it may go on."""
        if node.lot in self._moving:
            return []
        if node.queue >= 0:
            return self._to_start(node)
        unit = node.unit
        if unit >= 0 and self._s.units.phase[unit] != k.HOLDS and not self._s.lots.in_cascade[node.lot]:
            return self._to_work(unit)
        if unit >= 0 and self._s.lots.in_cascade[node.lot] == 1:
            return []
        center = self._center(node.lot)
        return [] if self._room(center) else [f"room at {self._lowered.names.centers[center]}"]

    def _center(self, lot: int) -> int:
        return int(self._t.alternatives["center"][self._s.lots["alternative"][lot]])

    def _to_work(self, unit: int) -> list[str]:
        """What a unit with a lot in its hand waits for."""
        x = self._s.units[unit]
        lot = int(x.lot)
        if x.downtime >= 0 and not self._repaired(unit):
            downtime = self._t.downtimes[x.downtime]
            return [f"{self._resource_names(downtime)} to {'maintain' if downtime.planned else 'repair'} it"]
        a = self._t.alternatives[self._s.lots["alternative"][lot]]
        if x.phase in _WORKS or self._resources(a, lot, 1 << k.FOR_PROCESS):
            return []
        return [f"{self._resource_names(a)} to process it"]

    def _repaired(self, unit: int) -> bool:
        x = self._s.units[unit]
        downtime = self._t.downtimes[x.downtime]
        own = int(x.lot) if x.phase in (*_WORKS, k.WAITS) else -1
        return bool(x.repair >= 0 or self._resources(downtime, own, k.ANYONE))

    def _to_start(self, node: _Node) -> list[str]:
        """What a lot in a queue waits for."""
        t, lot, center = self._t, node.lot, node.queue
        a = t.alternatives[self._s.lots["alternative"][lot]]
        home = self._home(lot)
        c = t.centers[center]
        units = range(c.unit_first, c.unit_end) if home < 0 else (home,)
        found = []
        if not any(self._usable(unit) for unit in units):
            found.append(f"a unit of {self._lowered.names.centers[center]}")
        if not self._resources(a, -1, k.ANYONE):
            found.append(self._resource_names(a))
        if not self._more and not self._any:
            found += self._to_come(lot, a)
        return found + self._ahead(lot, center)

    def _to_come(self, lot: int, a: Any) -> Iterator[str]:
        """Parts, and the rest of its batch, which only other lots bring."""
        t, x = self._t, self._s.lots[lot]
        p = t.steps[x.step]
        if p.extras & k.X_PARTS and not x.special & k.BACK:
            m = t.materials[p.material]
            for part in t.parts[m.part_first : m.part_end]:
                if self._s.stocks.pieces[part["product"]] < x.active * part["pieces"]:
                    yield f"parts {self._lowered.names.products[part['product']]}"
        if a.batch >= 0 and t.batches.wait[a.batch] >= k.NO_DUE:
            b = t.batches[a.batch]
            if self._s.gathers.amount[b.gather + 1 + self._family(lot, int(b.by))] < b.least:
                yield "the rest of its batch"

    def _family(self, lot: int, by: int) -> int:
        """Family of a lot by what batches go by; as `kernels.work.family_of`."""
        p = self._t.steps[self._s.lots["step"][lot]]
        if by >= k.BY_PRODUCT:
            product = self._t.products[self._s.lots["product"][lot]]
            return int(self._t.lists[product.family_first + by - k.BY_PRODUCT])
        return int({k.BY_FAMILY: p.family, k.BY_OPERATION: p.own_family}.get(by, -1))

    def _ahead(self, lot: int, center: int) -> list[str]:
        """A place that it has to keep at the next work center."""
        p = self._t.steps[self._s.lots["step"][lot]]
        if not p.extras & k.X_RESERVES or p.extras & k.X_AFTER or p.next < 0:
            return []
        step = self._t.steps[p.next]
        goals = self._t.alternatives["center"][step.alt_first : step.alt_end].tolist()
        kept = all(self._t.centers.extras[goal] & k.X_RESERVED for goal in goals)
        if step.sample < 1.0 or not kept or any(g == center or self._room(g) for g in goals):
            return []
        return [f"a place at {self._lowered.names.centers[goals[0]]}"]

    def _usable(self, unit: int) -> bool:
        """Whether a unit may become free, or is."""
        x = self._s.units[unit]
        if not all(node in self._live for node in self._on_unit.get(unit, ())):
            return False
        return bool(x.downtime < 0 or x.phase != k.EMPTY or self._repaired(unit))

    def _room(self, center: int) -> bool:
        """Whether there may be room for one more lot."""
        c, x = self._t.centers[center], self._s.centers[center]
        conveyor = center >= self._t.whole[0].centers_n and (
            self._t.transporters.kind[center - self._t.whole[0].centers_n] == k.CONVEYOR
        )
        if c.capacity < 0 or conveyor or x.on_the_way > 0 or x.waiting < c.capacity + x.empty:
            return True
        emptied = (
            all(node in self._live for node in nodes)
            for unit in range(c.unit_first, c.unit_end)
            if (nodes := self._on_unit.get(unit))
        )
        return any(emptied) or any(node in self._live for node in self._in_queue[center])

    # ------------------------------------------------------------ people
    def _resources(self, row: Any, own: int, stage: int) -> bool:
        """Whether all that a step or a downtime needs is there, or may come; `own`: a lot that has some."""
        for need in self._t.needs[row.need_first : row.need_end]:
            resources = self._t.lists[need["resource_first"] : need["resource_end"]].tolist()
            wanted = (stage >> int(need["during"])) & 1
            if wanted and not any(self._free(resource, own) >= need["count"] for resource in resources):
                return False
        return True

    def _free(self, resource: int, own: int) -> int:
        """How much of a resource is not held for good, as far as is known."""
        stuck = sum(
            self._held(resource, node.lot)
            for nodes in self._on_unit.values()
            for node in nodes
            if node.lot != own and node not in self._live
        )
        return int(self._t.resources["count"][resource]) - stuck

    def _held(self, resource: int, lot: int) -> int:
        a = self._t.alternatives[self._s.lots["alternative"][lot]]
        needs = self._t.needs["count"][a.need_first : a.need_end]
        return int(needs[self._resources_of(lot) == resource].sum())

    def _resources_of(self, lot: int) -> Any:
        """Crews of a lot on a unit, by need; columns beyond its needs here have kept old names."""
        a = self._t.alternatives[self._s.lots["alternative"][lot]]
        return self._s.resource_of[lot, : a.need_end - a.need_first]

    def _resource_names(self, row: Any) -> str:
        names = self._lowered.names
        known = [*names.personnel, *names.tools, *names.utilities]
        rows = self._t.needs[row.need_first : row.need_end]
        first = [int(self._t.lists[need["resource_first"]]) for need in rows]
        return (
            " and ".join(dict.fromkeys(known[resource] for resource in first if resource < len(known)))
            or "a charger"
        )

    # ------------------------------------------------------------ what to tell
    def _described(self, stuck: list[_Node]) -> Standstill:
        ring = self._ring(stuck)
        shown = ring or stuck[:_MOST_SHOWN]
        since = max(self._since(node) for node in ring or stuck)
        return Standstill(
            since=self._lowered.plant.start + timedelta(seconds=since),
            ring=bool(ring),
            lots=int(self._s.clock[0].in_plant),
            holds=tuple(Hold(self._name(n), self._holds(n), " and ".join(self._waits_for(n))) for n in shown),
        )

    def _ring(self, stuck: list[_Node]) -> list[_Node]:
        """The first lots found that wait for each other in a ring; none: what they wait for never comes."""
        done: set[_Node] = set()
        for first in stuck:
            path: list[_Node] = []
            node: _Node | None = first
            while node is not None and node not in done:
                done.add(node)
                path.append(node)
                node = next((n for n in self._before(node, stuck) if n in path or n not in done), None)
            if node is not None and node in path:
                return path[path.index(node) :]
        return []

    def _before(self, node: _Node, stuck: list[_Node]) -> Iterator[_Node]:
        """Those that hold what a lot waits for."""
        center = node.queue if node.queue >= 0 else self._center(node.lot)
        holds = node.unit >= 0 and self._s.units.phase[node.unit] != k.HOLDS
        for other in stuck:
            at = (
                other.queue
                if other.queue >= 0
                else self._t.units.center[other.unit]
                if other.unit >= 0
                else -1
            )
            people = other.unit >= 0 and (self._resources_of(other.lot) >= 0).any()
            if other != node and (people if holds else at == center and (node.queue < 0 or other.unit >= 0)):
                yield other

    def _since(self, node: _Node) -> float:
        s = self._s
        if node.queue >= 0:
            return float(s.lots.since[node.lot])
        if node.unit < 0 or s.units.phase[node.unit] == k.HOLDS or s.lots.in_cascade[node.lot]:
            return float(s.lot_extra.blocked[node.lot])
        x = s.units[node.unit]
        return float(x.downtime_start if x.downtime >= 0 else x.set_up)

    def _holds(self, node: _Node) -> str:
        names = self._lowered.names
        if node.queue >= 0:
            return f"waits before {names.centers[node.queue]}"
        if node.unit < 0:
            return f"holds an output place of {names.centers[int(self._s.lot_extra.center[node.lot])]}"
        resources = [c for c in self._resources_of(node.lot).tolist() if 0 <= c < len(names.personnel)]
        people = f" and {names.personnel[resources[0]]}" if resources else ""
        return f"holds {names.units[node.unit]}{people}"

    def _name(self, node: _Node) -> str:
        x = self._s.lots[node.lot]
        return f"L{int(x.serial):06d} ({self._lowered.names.products[int(x['product'])]})"
