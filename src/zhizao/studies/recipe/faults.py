"""Faults of recipes on given equipment, collected to be raised together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities.errors import Fault, nearest_name
from zhizao.records.recipes import Element, Recipe
from zhizao.studies.recipe.equipment import EquipmentError


@dataclass(slots=True)
class Faults:
    """What was found so far; `tree` knows the lines of the equipment file."""

    tree: YamlTree
    found: list[Fault] = field(default_factory=list)

    def at(self, path: tuple[str | int, ...], found: str, right: str, near: str | None = None) -> None:
        """Add a fault at a place of the equipment file."""
        file, line, name = self.tree.locate(path)
        self._add(Fault(file, line, name, found, right, near))

    def unknown(self, path: tuple[str | int, ...], name: str, known: Iterable[str], what: str) -> None:
        """Add a fault: a name that is not known, with the nearest that is."""
        known = sorted(known)
        right = f"name {what}: {', '.join(known) or 'there is none'}"
        self.at(path, f"found {name!r}", right, nearest_name(name, known))

    def of(self, recipe: Recipe, element: Element, found: str, right: str) -> None:
        """Add a fault at an element of a recipe."""
        where = f"{element.level.value} {element.name!r}"
        self._add(Fault(recipe.file, element.line, where, found, right))

    def _add(self, fault: Fault) -> None:
        if fault not in self.found:  # several routes meet the same place
            self.found.append(fault)

    def stop(self) -> None:
        """Raise all that was found, if anything."""
        if self.found:
            raise EquipmentError(tuple(self.found))
