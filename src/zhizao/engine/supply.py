"""Lower what is taken and given back: personnel, tools and utilities, and who needs how much of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from zhizao.engine.calendars import Calendars
from zhizao.engine.pools import Pools
from zhizao.kernels import tables as k
from zhizao.plant import During, Operation, Plant, Utility, WorkCenter
from zhizao.plant.query import abilities, groups_by_name, places

_DURING = {During.ALL: k.FOR_ALL, During.SETUP: k.FOR_SETUP, During.PROCESS: k.FOR_PROCESS}
_MOST_PARTS = Decimal(10) ** 15  # that a float tells apart

NeedRow = tuple[int, int, int, int]
ResourceRow = tuple[int, int, int, int, float]


class Supply:
    """Row numbers of personnel, then tools, utilities and the chargers of fleets: one table of counts."""

    def __init__(self, plant: Plant, pools: Pools) -> None:
        self._plant = plant
        self._pools = pools
        self._able = groups_by_name(plant)
        self.personnel = {group.id: row for row, group in enumerate(plant.personnel)}
        first = len(self.personnel)
        self.tools = {tool.id: row for row, tool in enumerate(plant.tools, first)}
        first += len(self.tools)
        self.utilities = {utility.id: row for row, utility in enumerate(plant.utilities, first)}
        first += len(self.utilities)
        limited = [f for f in plant.transport.fleets if f.charging is not None and f.charging.chargers]
        self._chargers = {fleet.id: row for row, fleet in enumerate(limited, first)}
        self._parts = {utility.id: parts_of_one(utility, plant) for utility in plant.utilities}

    def table(self, calendars: Calendars, centers: Mapping[str, int]) -> Iterator[ResourceRow]:
        """Rows of CREW; `centers` gives the row of each work center."""
        plant = self._plant
        using: dict[str, set[int]] = {}  # of utilities: work centers
        for center in plant.work_centers:
            for name in center.uses:
                using.setdefault(name, set()).add(centers[center.id])
        people, tools = self._asking(centers, "needs"), self._asking(centers, "tools")
        for group in plant.personnel:
            served: set[int] = set().union(*(people.get(name, set()) for name in abilities(group)))
            yield places(group), calendars.number(group.calendar), *self._listed(served), 1.0 / group.tends
        for tool in plant.tools:
            yield tool.count, 0, *self._listed(tools.get(tool.id, ())), 1.0
        for utility in plant.utilities:
            parts = self._parts[utility.id]
            count = int(Decimal(repr(utility.limit)) * parts)
            yield count, 0, *self._listed(using.get(utility.id, ())), float(1 / parts)
        for fleet in plant.transport.fleets:
            if fleet.charging is not None and fleet.charging.chargers:
                yield fleet.charging.chargers, 0, *self._listed([]), 1.0

    def _asking(self, centers: Mapping[str, int], what: str) -> dict[str, set[int]]:
        """By name that operations ask for: rows of the work centers that do those."""
        found: dict[str, set[int]] = {}
        for operation in (o for operations in self._plant.routes.values() for o in operations):
            for name in operation.needs if what == "needs" else operation.tools:
                own = found.setdefault(name, set())
                own.update(centers[alternative.work_center] for alternative in operation.on)
        return found

    def _listed(self, centers: Iterable[int]) -> tuple[int, int]:
        found = sorted(set(centers))
        first = self._pools.add_list(found)
        return first, first + len(found)

    def people(self, needs: Mapping[str, tuple[int, int]]) -> list[NeedRow]:
        """Rows of NEED for people, from name to (count, during).

        Needs with the fewest groups come first, and in each the groups that could serve the fewest needs.
        The kernels take the first that is free, so people who can do one thing only are taken for it.
        """
        able = {name: [self.personnel[group.id] for group in self._able.get(name, ())] for name in needs}
        made = []
        for name in sorted(able, key=lambda name: len(able[name])):
            resources = sorted(
                able[name], key=lambda resource: sum(resource in others for others in able.values())
            )
            first = self._pools.add_list(resources)
            made.append((first, first + len(resources), *needs[name]))
        return made

    def needs(self, operation: Operation, center: WorkCenter) -> list[NeedRow]:
        """Rows of NEED of an operation at a work center: people, then tools, then utilities."""
        made = self.people({n: (need.count, _DURING[need.during]) for n, need in operation.needs.items()})
        for name, count in operation.tools.items():
            made.append((*self._one(self.tools[name]), count, k.FOR_ALL))
        for name, amount in center.uses.items():
            parts = max(1, int(Decimal(repr(amount)) * self._parts[name]))
            made.append((*self._one(self.utilities[name]), parts, k.FOR_PROCESS))
        return made

    def charger(self, fleet: str) -> list[NeedRow]:
        """Rows of NEED of a charge: one of the fleet's chargers, where these are limited."""
        if fleet not in self._chargers:
            return []
        return [(*self._one(self._chargers[fleet]), 1, k.FOR_ALL)]

    def _one(self, row: int) -> tuple[int, int]:
        first = self._pools.add_list([row])
        return first, first + 1


class Needs:
    """Rows of NEED while they are being made."""

    def __init__(self, supply: Supply) -> None:
        self.rows: list[NeedRow] = []
        self.most = 1  # of an operation
        self.most_of_downtime = 1
        self.people = 0  # 1: some operation needs anyone or anything
        self._supply = supply

    def of_work(self, operation: Operation, center: WorkCenter) -> tuple[int, int, int]:
        """Append the needs of an operation at a work center; (first, end, 1 if some are for a part of it)."""
        own = self._supply.needs(operation, center)
        self.most = max(self.most, len(own))
        self.people = max(self.people, int(len(own) > 0))
        return *self._add(own), int(any(need[-1] != k.FOR_ALL for need in own))

    def of_downtime(self, needs: Mapping[str, int]) -> tuple[int, int]:
        """Append the needs of a repair or maintenance; (first, end)."""
        own = self._supply.people({name: (count, k.FOR_ALL) for name, count in needs.items()})
        self.most_of_downtime = max(self.most_of_downtime, len(own))
        return self._add(own)

    def of_charge(self, fleet: str) -> tuple[int, int]:
        """Append the need of a vehicle to be charged; (first, end)."""
        return self._add(self._supply.charger(fleet))

    def _add(self, rows: list[NeedRow]) -> tuple[int, int]:
        first = len(self.rows)
        self.rows += rows
        return first, len(self.rows)


def parts_of_one(utility: Utility, plant: Plant) -> Decimal:
    """In how many parts one unit of a utility is counted, so that every amount is a whole number."""
    amounts = [center.uses[utility.id] for center in plant.work_centers if utility.id in center.uses]
    exponents = [Decimal(repr(amount)).as_tuple().exponent for amount in (utility.limit, *amounts)]
    parts = Decimal(10) ** max(0, *(-int(exponent) for exponent in exponents))
    while parts * Decimal(repr(utility.limit)) > _MOST_PARTS:
        parts /= 10
    return parts
