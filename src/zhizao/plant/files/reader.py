"""Reads plant files; all faults are collected and reported together, with file and line."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any
from warnings import warn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zhizao.plant.changes import changed
from zhizao.plant.checks.warnings import doubts, due_before_release
from zhizao.plant.faults import Path, details, located, plant_error, problems
from zhizao.plant.files.csv_tables import expand_tables
from zhizao.plant.files.past_lots import expand_past_lots
from zhizao.plant.files.yaml_tree import YamlTree, read_tree
from zhizao.plant.model import Plant
from zhizao.plant.model.forms import read_start
from zhizao.quantities.errors import Fault, InputError, PlantError

RENAMED = {"known": "uncertainty"}
"""Former names of fields of a plant, read for one version."""
LARGEST_FILE = 200_000_000
"""Bytes; a plant file above this is taken for a mistake."""
_PLANT = ("a plant file", "YAML text")
_TABLE = ("a table of orders", "CSV text")
_ROUNDS = 4  # so often the reader looks for further faults behind those that it found


def read_plant(path: str | FilePath) -> Plant:
    """Read a plant file, and the tables that it names, and check it.

    Parameters
    ----------
    path
        A YAML file in UTF-8; tables in it are relative to its folder.

    Raises
    ------
    PlantError
        The plant has faults; all that were found are listed with file and line.
    InputError
        The file cannot be read as text.
    """
    file = FilePath(path)
    return parse_plant(text_of(file), file=str(path), folder=file.parent)


def as_plant(plant: Plant | str | FilePath) -> Plant:
    """Give the plant itself, or read it where the path of a plant file is given (see `read_plant`).

    Raises
    ------
    PlantError, InputError
        As `read_plant`; also where neither a plant nor a path is given.
    """
    if isinstance(plant, Plant):
        return plant
    if not isinstance(plant, (str, FilePath)):
        raise InputError(f"found {type(plant).__name__}; give a plant, or the path of a plant file")
    if "\n" in str(plant):
        raise InputError(
            "found several lines of text; give the path of a plant file (parse_plant reads text)"
        )
    return read_plant(plant)


def parse_plant(text: str, *, file: str = "plant", folder: FilePath | None = None) -> Plant:
    """Read a plant from YAML text (see `read_plant`); `file` names it in faults."""
    return _plant_of(_tree(text, file, folder or FilePath()))


def read_with_warnings(path: str | FilePath) -> tuple[Plant, tuple[Fault, ...]]:
    """Read a plant file as `read_plant` does, and list what is doubtful in it, with file and line.

    Returns
    -------
    Plant, tuple of Fault
        The warnings are those of `warnings_of`, in the order of the file.
    """
    file = FilePath(path)
    return parse_with_warnings(text_of(file), file=str(path), folder=file.parent)


def parse_with_warnings(
    text: str, *, file: str = "plant", folder: FilePath | None = None
) -> tuple[Plant, tuple[Fault, ...]]:
    """Read a plant from YAML text as `read_with_warnings` reads a file; `file` names it in faults."""
    tree = _tree(text, file, folder or FilePath())
    plant = _plant_of(tree)
    return plant, _warnings(plant, tree)


def _warnings(plant: Plant, tree: YamlTree) -> tuple[Fault, ...]:
    return tuple(sorted(located(doubts(plant), tree.locate), key=_order(tree.file)))


_NO_PLANTS = {
    "equipment": "an equipment file; `zhizao recipe plant` makes the plant that runs recipes on it",
    "phase": "a phase file; `zhizao phase` runs it, and a plant takes its outcomes",
}
"""Other files of ours by their first key, and what to do with them."""


def _tree(text: str, file: str, folder: FilePath) -> YamlTree:
    """Read the text of a plant, and the tables that it names."""
    tree = read_tree(text, file)
    if tree.data is None:
        raise InputError(f"{file}: found an empty file; write a plant (zhizao: 1, plant: …)")
    if not isinstance(tree.data, dict):
        raise InputError(f"{file}: found no mapping at the top; write a plant (zhizao: 1, plant: …)")
    for key, what in _NO_PLANTS.items():
        if key in tree.data and "work_centers" not in tree.data:
            raise InputError(f"{file}: found {what}")
    _renamed(tree)
    expand_tables(tree, folder)
    expand_past_lots(tree, folder)
    return tree


def _renamed(tree: YamlTree) -> None:
    """Read fields by their former names, with a warning."""
    for old, new in RENAMED.items():
        if old not in tree.data or new in tree.data:
            continue
        tree.data[new] = tree.data.pop(old)
        moved = {path: place for path, place in tree.places.items() if path[:1] == (old,)}
        tree.places |= {(new, *path[1:]): place for path, place in moved.items()}
        file, line = tree.places[(old,)]
        warn(
            f"{file}:{line}: {old}: this field is now called {new}; only this version reads the old name",
            FutureWarning,
            stacklevel=2,
        )


def _plant_of(tree: YamlTree) -> Plant:
    return _checked(tree, {"file": tree.file, "start": _start(tree.data)})


def _checked(tree: YamlTree, context: dict[str, Any]) -> Plant:
    """Give the plant of a tree, or all its faults."""
    try:
        plant = Plant.model_validate(tree.data, context=context)
    except ValidationError as error:
        raise _all_faults(error, tree, context) from None
    if tree.faults:
        raise PlantError(tuple(tree.faults))
    return plant


def with_order_table(plant: Plant, table: str | FilePath) -> Plant:
    """Give the plant with the orders of a table (CSV: order, product, pieces, release, due, priority).

    Raises
    ------
    PlantError
        The orders have faults; all that were found are listed with the file and the line of the table.
    InputError
        The file cannot be read as text.
    """
    return orders_with_warnings(plant, table)[0]


def orders_with_warnings(plant: Plant, table: str | FilePath) -> tuple[Plant, tuple[Fault, ...]]:
    """Give the plant with the orders of a table, and list what is doubtful in them, with file and line."""
    file = FilePath(table)
    text_of(file, _TABLE)
    parts = {field: getattr(plant, field) for field in Plant.model_fields}
    tree = YamlTree({**parts, "measures": (), "uncertainty": (), "orders": str(file)}, str(file))
    tree.places[("orders",)] = (str(file), 1)
    expand_tables(tree, FilePath())
    read = _checked(tree, {"file": str(file), "start": plant.start})
    late = due_before_release("orders", read.orders)
    return changed(plant, {"orders": read.orders}), located(late, tree.locate)


def text_of(file: FilePath, kind: tuple[str, str] = _PLANT) -> str:
    """Read a text file; `kind` says what it should be, and in what form."""
    what, form = kind
    try:
        if file.is_dir():
            raise InputError(f"{file}: found a folder; give {what}")
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(f"{file}: found more than {LARGEST_FILE // 1_000_000} MB; give {what}")
        data = file.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{file}: found no such file; give the path of {what}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: the file cannot be read ({error})") from None
    if b"\0" in data:
        raise InputError(f"{file}: found a binary file; {what} is {form} in UTF-8")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}: found bytes that are not UTF-8; save the file as UTF-8") from None


def _start(data: dict[str, Any]) -> datetime:
    try:
        return read_start(data["start"])
    except (KeyError, ValueError):  # a wrong start is found again at its own field
        default: datetime = Plant.model_fields["start"].default
        return default


# ---------------------------------------------------------------- all faults in one run
def _all_faults(error: ValidationError, tree: YamlTree, context: dict[str, Any]) -> PlantError:
    """Report the faults of the first look, and those that further looks find behind them."""
    found = [*tree.faults, *plant_error(error, Plant, tree.locate).faults]
    if tree.faults and not tree.data.get("orders"):  # its table could not be read, which is reported already
        found = [fault for fault in found if not fault.found.startswith("found no orders")]
    repaired = YamlTree(copy.deepcopy(tree.data), tree.file)
    repaired.places = tree.places
    seen = {(fault.file, fault.line, fault.where) for fault in found}
    for _ in range(_ROUNDS):
        if not _repair(error, repaired.data):
            break
        try:
            Plant.model_validate(repaired.data, context=context)
            break
        except ValidationError as further:
            error = further
        further_faults = plant_error(error, Plant, repaired.locate).faults
        fresh = [fault for fault in further_faults if (fault.file, fault.line, fault.where) not in seen]
        found += fresh
        seen |= {(fault.file, fault.line, fault.where) for fault in fresh}
    return PlantError(tuple(sorted(dict.fromkeys(found), key=_order(tree.file))))


def _order(main: str) -> Any:
    def key(fault: Fault) -> tuple[bool, str, int]:
        return fault.file != main, fault.file, fault.line

    return key


def _repair(error: ValidationError, data: Any) -> bool:
    """Put right values in place of wrong ones; tell whether that was possible for all of them.

    The values only let the reader look further: names between parts are checked once all parts can be read.
    """
    found = details(error)
    near = [problem.nearest for problem in problems(error, Plant)]
    repaired = [
        _repair_one(detail, name, data) for detail, name in zip(found, near, strict=True)
    ]  # every one
    return all(repaired)


def _repair_one(detail: ErrorDetails, nearest: str | None, data: Any) -> bool:
    path = _existing(tuple(detail["loc"]), data)
    if not path:
        return False
    owner = data
    for step in path[:-1]:
        owner = owner[step]
    if detail["type"] == "extra_forbidden":
        value = owner.pop(path[-1])
        if nearest is not None and nearest not in owner:
            owner[nearest] = value
        return True
    stand_in = _stand_in(detail, path)
    if stand_in is not None:
        owner[path[-1]] = stand_in
    return stand_in is not None


def _stand_in(detail: ErrorDetails, path: Path) -> Any:
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "zhizao":
        return context["stand_in"]
    if kind in ("enum", "literal_error"):
        return str(context["expected"]).split("'")[1] if "'" in str(context["expected"]) else 1
    if kind.startswith(("int", "float", "greater", "less", "finite")):
        return 10**6 if path[-1] == "count" else 1  # enough people for any operation
    return None


def _existing(path: Path, data: Any) -> Path:
    """Keep those steps of a path that lead somewhere."""
    there: list[str | int] = []
    for step in path:
        in_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if in_list or (isinstance(data, dict) and step in data):
            there.append(step)
            data = data[step]
    return tuple(there)
