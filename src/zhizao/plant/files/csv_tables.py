"""Tables beside a plant file: orders, lots (`table: wip.csv`), set-ups (`matrix: a.csv`), outcomes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from zhizao.plant.faults import Path
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities.errors import Fault, nearest_name

ORDER_COLUMNS = {"order": "id", "product": "product", "pieces": "pieces", "release": "release", "due": "due",
                 "priority": "priority"}  # fmt: skip
"""Columns of an order table, and the field of a job order that each one fills."""
WIP_COLUMNS = {"lot": "id", "product": "product", "pieces": "pieces", "operation": "operation",
               "delay": "delay", "priority": "priority", "release": "release", "due": "due"}  # fmt: skip
"""Columns of a table of lots in the plant, and the field of a `WipLot` that each one fills."""
SETUP_COLUMNS = {"from": "from", "to": "to", "takes": "takes"}
OUTCOME_COLUMNS = {"takes": "takes", "defects": "defects", "energy": "energy"}
_NEEDED = {"order", "lot", "product", "pieces", "operation", "from", "to", "takes", "work_center"}
Row = tuple[int, dict[str, str]]


def expand_tables(tree: YamlTree, folder: FilePath) -> None:
    """Put the rows of tables in place of their names; faults are collected in `tree.faults`.

    A table is named by `{table: orders.csv}`, in a list or alone, or by its bare name in place of the list.
    """
    if not isinstance(tree.data, dict):
        return
    for field, columns in (("orders", ORDER_COLUMNS), ("wip", WIP_COLUMNS)):
        _listed(tree, field)
        if isinstance(tree.data.get(field), list):
            _expand_lists(tree, folder, field, columns)
    centers = tree.data.get("work_centers")
    for number, center in enumerate(centers if isinstance(centers, list) else []):
        setup = center.get("setup") if isinstance(center, dict) else None
        if isinstance(setup, dict) and "matrix" in setup:
            _expand_matrix(tree, folder, setup, ("work_centers", number, "setup"))
    for part, place, name in _parts_with_outcomes(tree.data):
        if isinstance(part[name], str):
            _expand_outcomes(tree, folder, part, place, name)


def _parts_with_outcomes(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Path, str]]:
    """Operations, and changes by measures, that have outcomes; with their own place and the name of these."""
    routes, measures = data.get("routes"), data.get("measures")
    for route, operations in (routes if isinstance(routes, dict) else {}).items():
        for number, operation in enumerate(operations if isinstance(operations, list) else []):
            if isinstance(operation, dict) and "outcomes" in operation:
                yield operation, ("routes", route, number), "outcomes"
    for number, measure in enumerate(measures if isinstance(measures, list) else []):
        changes = measure.get("set") if isinstance(measure, dict) else None
        if isinstance(changes, dict):
            named = [name for name in changes if name.endswith(".outcomes")]
            yield from ((changes, ("measures", number, "set"), name) for name in named)


def _listed(tree: YamlTree, field: str) -> None:
    """Take a table that stands alone, or its bare name, for a list of one."""
    alone = tree.data.get(field)
    if isinstance(alone, str) and alone:
        alone = {"table": alone}
        tree.places[(field, "table")] = tree.places[(field,)]
    if isinstance(alone, dict) and "table" in alone:
        tree.data[field] = [alone]
        for path in [path for path in tree.places if path[:1] == (field,)]:
            tree.places[(field, 0, *path[1:])] = tree.places[path]


def _expand_lists(tree: YamlTree, folder: FilePath, field: str, columns: dict[str, str]) -> None:
    """Put the rows of each `{table: …}` of a list in its place among the items."""
    given = tree.data[field]
    old = {
        path: tree.places.pop(path) for path in list(tree.places) if path[:1] == (field,) and len(path) > 1
    }
    by_item: dict[Any, list[Path]] = {}
    for path in old:
        by_item.setdefault(path[1], []).append(path)
    items: list[Any] = []
    for number, item in enumerate(given):
        if isinstance(item, dict) and "table" in item:
            here = old[(field, number, "table")]
            for extra in item.keys() - {"table"}:
                place = old[(field, number, extra)]
                found = f"found {extra!r} beside table"
                right = f"a table stands alone: {{table: {field}.csv}}"
                tree.faults.append(Fault(*place, field, found, right))
            before = len(tree.faults)
            rows = read_rows(tree, here, folder, item["table"], columns)
            if field == "orders" and not rows and len(tree.faults) == before:
                name = str(folder / str(item["table"]))
                found, right = "found a header and no orders", "write one row for each order below it"
                tree.faults.append(Fault(name, 1, "header", found, right))
            _place_rows(tree, (field,), len(items), rows, folder / str(item["table"]))
            items += [fields for _, fields in rows]
            continue
        for path in by_item.get(number, ()):
            tree.places[(field, len(items), *path[2:])] = old[path]
        items.append(item)
    tree.data[field] = items


def _expand_matrix(tree: YamlTree, folder: FilePath, setup: dict[str, Any], path: Path) -> None:
    place = tree.places[(*path, "matrix")]
    name = setup.pop("matrix")
    if "times" in setup:
        tree.faults.append(Fault(*place, "setup", "found both matrix and times", "give one of them"))
        return
    rows = read_rows(tree, place, folder, name, SETUP_COLUMNS)
    _place_rows(tree, (*path, "times"), 0, rows, folder / str(name))
    tree.places[(*path, "times")] = place
    setup["times"] = [fields for _, fields in rows]


def _expand_outcomes(tree: YamlTree, folder: FilePath, part: dict[str, Any], place: Path, name: str) -> None:
    path = (*place, name)
    rows = read_rows(tree, tree.places[path], folder, part[name], OUTCOME_COLUMNS)
    _place_rows(tree, path, 0, rows, folder / part[name])
    part[name] = [fields for _, fields in rows]


def _place_rows(tree: YamlTree, path: Path, first: int, rows: list[Row], file: FilePath) -> None:
    for number, (line, fields) in enumerate(rows):
        for step in ((), *((field,) for field in fields)):
            tree.places[(*path, first + number, *step)] = (str(file), line)


def read_rows(
    tree: YamlTree, place: tuple[str, int], folder: FilePath, name: Any, columns: dict[str, str]
) -> list[Row]:
    """Read a CSV file; each row comes with its line, empty cells are left out."""
    file = folder / str(name)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        found = f"found no readable table {str(name)!r} ({type(error).__name__})"
        tree.faults.append(Fault(*place, "table", found, f"a CSV file in UTF-8 at {file}"))
        return []
    return _rows(tree, text, str(file), columns)


def _rows(tree: YamlTree, text: str, file: str, columns: dict[str, str]) -> list[Row]:
    first = text.partition("\n")[0]
    reader = csv.reader(
        text.splitlines(keepends=True), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    rows: list[Row] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not any(header):
            right = f"write a header ({', '.join(columns)}) and a row for each {next(iter(columns))}"
            tree.faults.append(Fault(file, 1, "header", "found an empty table", right))
            return []
        if not _header_fits(tree, header, file, columns):
            return []
        for cells in reader:
            if len(cells) == len(header):
                pairs = zip(header, cells, strict=True)
                rows.append((reader.line_num, {columns[h]: c.strip() for h, c in pairs if c.strip()}))
            elif cells:
                found = f"found {len(cells)} cells"
                tree.faults.append(
                    Fault(file, reader.line_num, "row", found, f"{len(header)}, as in the first row")
                )
    except csv.Error as error:
        tree.faults.append(Fault(file, reader.line_num, "row", f"found no CSV ({error})", "correct the row"))
    return rows


def _header_fits(tree: YamlTree, header: list[str], file: str, columns: dict[str, str]) -> bool:
    right = f"the columns are {', '.join(columns)}"
    for name in header:
        if name not in columns:
            near = nearest_name(name, columns)
            tree.faults.append(Fault(file, 1, "header", f"found the unknown column {name!r}", right, near))
    for name in columns:
        if name in _NEEDED and name not in header:
            tree.faults.append(Fault(file, 1, "header", f"found no column {name!r}", right))
    if len(set(header)) < len(header):
        tree.faults.append(Fault(file, 1, "header", "found a column twice", right))
    return set(header) <= set(columns) and {n for n in columns if n in _NEEDED} <= set(header)
