"""A money file: the prices and costs of a plant apart from it, for one that was learned or is shared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhizao.plant.changes import apply_unchecked
from zhizao.plant.files.reader import text_of
from zhizao.plant.files.yaml_tree import YamlTree, read_tree
from zhizao.plant.model import Plant
from zhizao.quantities.errors import Fault, InputError, PlantError, nearest_name

_KIND = ("a money file", "YAML text in UTF-8")
_MONEY = ("price", "material", "escape_cost", "cost", "yearly_cost", "overtime_cost")
_WHOLE = ("currency", "tariff")
_KINDS = "kinds"


def with_money(plant: Plant, path: str | Path) -> Plant:
    """The plant with the prices and costs of a file.

    The file names parts as the plant does, by id, and holds money alone: `currency`, `tariff`, and below
    `products`, `work_centers`, `personnel`, `tools`, `transport` and `measures` the fields `price`,
    `material`, `escape_cost`, `cost`, `yearly_cost` and `overtime_cost`. Below `kinds` it may say what a kind
    of measure costs (see `prices_of_kinds`); that is passed over here.

    Raises
    ------
    PlantError
        A part is not in the plant, a field is no money, or a value is none; all faults with file and line.
    InputError
        The file cannot be read, or is empty.
    """
    tree = read_tree(text_of(Path(path), _KIND), str(path))
    if not isinstance(tree.data, dict) or not tree.data:
        raise InputError(f"{path}: found no prices; write them as in a plant file, by id: products: {{…}}")
    faults = list(tree.faults)
    for place, value in _leaves(tree.data, ()):
        if place[0] == _KINDS:
            continue
        if place[0] not in _WHOLE and place[-1] not in _MONEY:
            faults.append(_no_money(tree, place))
            continue
        plant, found = apply_unchecked(plant, {".".join(place): value})
        file, line, where = tree.locate(place)
        faults += [Fault(file, line, where, p.found, p.right, p.nearest) for _, p in found]
    if faults:
        raise PlantError(tuple(faults))
    return plant.replace({})


def _leaves(part: dict[str, Any], place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in part.items():
        here = (*place, str(name))
        if isinstance(value, dict) and here != ("tariff",):
            yield from _leaves(value, here)
        else:
            yield here, value


def _no_money(tree: YamlTree, place: tuple[str, ...]) -> Fault:
    file, line, where = tree.locate(place)
    right = f"a money file holds currency, tariff and the fields {', '.join(_MONEY)}"
    return Fault(file, line, where, f"found {place[-1]!r}", right, nearest_name(place[-1], _MONEY))


def prices_of_kinds(path: str | Path) -> dict[str, object]:
    """What kinds of measures cost by a money file, as `kind.cost` and `kind.yearly_cost`."""
    tree = read_tree(text_of(Path(path), _KIND), str(path))
    kinds = tree.data.get(_KINDS, {}) if isinstance(tree.data, dict) else {}
    return {".".join(place): value for place, value in _leaves(kinds, ())}
