"""What a plant has beside recipes and units (people, power, money, defects), laid over what these make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import PlantError
from zhizao.studies.recipe.equipment import EquipmentError
from zhizao.studies.recipe.faults import Faults

_LISTED = ("work_centers", "personnel", "tools")  # lists of parts with an id, in a plant file
_GROWING = ("personnel", "tools")  # a part that is not there is added
_KEPT = ("zhizao", "plant", "start")  # said by the equipment file itself
Form: TypeAlias = dict[str, Any]


def laid_over(form: Form, details: Form, faults: Faults) -> Form:
    """The form of a plant with details by id; faults are those of names.

    Below `work_centers`, `routes` (route, then operation) and `products`, fields of parts that are there are
    set; mappings are merged, and null takes a field away. Below `personnel` and `tools` parts may also be
    new. All else (`orders`, `tariff`, `measures` …) is taken as it is.
    """
    made = dict(form)
    for section, given in details.items():
        place = ("plant", section)
        if section in _KEPT:
            faults.at(place, f"found {section}", "give it at the top of the equipment file")
        elif section in (*_LISTED, "routes", "products") and not isinstance(given, dict):
            faults.at(place, f"found {type(given).__name__}", "name parts by id: {mixer: {cost: 90/h}}")
        elif section in _LISTED:
            parts = {part["id"]: part for part in made.get(section, [])}
            made[section] = list(_parts(parts, given, place, faults, section in _GROWING).values())
        elif section == "routes":
            made[section] = _routes(made[section], given, faults)
        elif section == "products":
            made[section] = _parts(made[section], given, place, faults, False)
        else:
            made[section] = given
    return made


def _routes(routes: Form, given: Form, faults: Faults) -> Form:
    made = dict(routes)
    for route, operations in given.items():
        place = ("plant", "routes", route)
        if route not in routes:
            faults.unknown(place, route, routes, "a route of the recipes")
        elif not isinstance(operations, dict):
            faults.at(place, "found no mapping", "name operations by id: {mix: {needs: {mixers: 1}}}")
        else:
            parts = {one["id"]: one for one in routes[route]}
            made[route] = list(_parts(parts, operations, place, faults, False).values())
    return made


def _parts(parts: Form, given: Form, place: tuple[str, ...], faults: Faults, growing: bool) -> Form:
    made = dict(parts)
    for name, fields in given.items():
        if name not in parts and not growing:
            faults.unknown((*place, name), name, parts, f"one of {place[-1].replace('_', ' ')}")
        elif not isinstance(fields, dict):
            faults.at((*place, name), f"found {fields!r}", "a mapping of its fields")
        else:
            made[name] = _merged(parts.get(name, {"id": name}), fields)
    return made


def _merged(old: Form, new: Form) -> Form:
    made = dict(old)
    for key, value in new.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, dict) and isinstance(old.get(key), dict):
            made[key] = _merged(old[key], value)
        else:
            made[key] = value
    return made


def timed_in(details: Form) -> set[str]:
    """Operations to which details give times of their own."""
    routes = [one for one in details.get("routes", {}).values() if isinstance(one, dict)]
    return {
        name
        for operations in routes
        for name, one in operations.items()
        if isinstance(one, dict) and not one.keys().isdisjoint(("takes", "outcomes"))
    }


def with_tables(form: Form, details: Form) -> Form:
    """The form of the finished plant, with the tables that the details name in place of their rows."""
    made = form | {
        key: details[key] for key in ("orders", "wip") if key in details and _is_table(details[key])
    }
    made |= {"measures": details["measures"]} if "measures" in details else {}
    for route, operations in details.get("routes", {}).items():
        named = {name: one["outcomes"] for name, one in operations.items() if _is_table(one.get("outcomes"))}
        made["routes"][route] = [
            one | ({"outcomes": named[one["id"]]} if one["id"] in named else {})
            for one in form["routes"][route]
        ]
    return made


def _is_table(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and "table" in value)


def located(error: PlantError, tree: YamlTree) -> EquipmentError:
    """Faults of the plant at the lines of the details that they are about, or else of the whole section."""
    faults = []
    for fault in error.faults:
        place: tuple[str, ...] = ("plant",)
        at: Any = tree.data.get("plant", {})
        for step in fault.where.split("."):
            if not (isinstance(at, dict) and step in at):
                break
            place, at = (*place, step), at[step]
        file, line, _ = tree.locate(place)
        faults.append(replace(fault, file=file, line=line) if fault.file == tree.file else fault)
    return EquipmentError(tuple(faults))
