"""Who can do what."""

from __future__ import annotations

from zhizao.plant.model import Personnel, Plant


def groups(plant: Plant, name: str) -> list[Personnel]:
    """Groups of people that can meet a need: the one of that id, or those with that skill."""
    return [group for group in plant.personnel if name == group.id or name in group.skills]


def groups_by_name(plant: Plant) -> dict[str, list[Personnel]]:
    """Groups of people that can meet a need, by its name (see `groups`), for those who look at many."""
    found: dict[str, list[Personnel]] = {}
    for group in plant.personnel:
        for name in dict.fromkeys((group.id, *group.skills)):
            found.setdefault(name, []).append(group)
    return found


def places(group: Personnel) -> int:
    """How many machines the people of a group can look after at a time."""
    return group.count * group.tends
