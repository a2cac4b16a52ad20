"""Who can do what."""

from __future__ import annotations

from zhizao.plant.model import Personnel, Plant


def abilities(group: Personnel) -> tuple[str, ...]:
    """Needs that a group of people can meet: its id and its skills."""
    return tuple(dict.fromkeys((group.id, *group.skills)))


def groups(plant: Plant, name: str) -> list[Personnel]:
    """Groups of people that can meet a need: the one of that id, or those with that skill."""
    return [group for group in plant.personnel if name in abilities(group)]


def groups_by_name(plant: Plant) -> dict[str, list[Personnel]]:
    """Groups of people that can meet a need, by its name (see `groups`), for those who look at many."""
    found: dict[str, list[Personnel]] = {}
    for group in plant.personnel:
        for name in abilities(group):
            found.setdefault(name, []).append(group)
    return found


def places(group: Personnel) -> int:
    """How many machines the people of a group can look after at a time."""
    return group.count * group.tends


def needed_by(plant: Plant, work_center: str | None = None) -> list[Personnel]:
    """Groups of people that the operations on a work center need; without one, all that anything needs."""
    asked = {
        name
        for operations in plant.routes.values()
        for operation in operations
        if work_center is None or any(a.work_center == work_center for a in operation.on)
        for name in operation.needs
    }
    for center in plant.work_centers if work_center is None else ():
        asked |= {name for failure in center.failures for name in failure.needs}
        asked |= {name for plan in center.maintenance for name in plan.needs}
    return [group for group in plant.personnel if not asked.isdisjoint(abilities(group))]
