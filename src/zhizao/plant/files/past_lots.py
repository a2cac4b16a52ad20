"""A table of past lots beside a plant file: a row for each visit, in order, which become routes."""

from __future__ import annotations

import csv
import io
from pathlib import Path as FilePath
from typing import Any

from zhizao.plant.files.csv_tables import Row, read_rows
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities.errors import Fault, InputError

COLUMNS = {
    "lot": "lot", "product": "product", "pieces": "pieces", "operation": "id", "work_center": "on",
    "delay": "delay", "delay_clock": "delay_clock", "setup_family": "setup_family", "takes": "takes",
}  # fmt: skip
"""Columns of a table of past lots, and the field of a lot or an operation that each one fills."""
_OF_LOT = ("product", "pieces")


def expand_past_lots(tree: YamlTree, folder: FilePath) -> None:
    """Put what a table of past lots says in place of its name: their routes, and what each of them was."""
    past = tree.data.get("past_lots")
    if isinstance(past, str) and past:
        tree.places[("past_lots", "table")] = tree.places[("past_lots",)]
        past = tree.data["past_lots"] = {"table": past}
    if not isinstance(past, dict) or "table" not in past:
        return
    place, name = tree.places[("past_lots", "table")], past.pop("table")
    routes = tree.data.setdefault("routes", {})
    if "lots" in past or not isinstance(routes, dict):
        tree.faults.append(Fault(*place, "past_lots", "found both table and lots", "give one of them"))
        return
    past["lots"] = {}
    tree.places.setdefault(("past_lots", "lots"), place)
    tree.places.setdefault(("routes",), place)
    by_lot: dict[str, list[Row]] = {}
    for row in read_rows(tree, place, folder, name, COLUMNS):
        by_lot.setdefault(row[1].get("lot", ""), []).append(row)
    for lot, visits in by_lot.items():
        _add_lot(tree, str(folder / str(name)), lot, visits)


def _add_lot(tree: YamlTree, file: str, lot: str, visits: list[Row]) -> None:
    line, first = visits[0]
    if lot in tree.data["routes"] or not lot:
        found = f"found the lot {lot!r}, which is a route of the plant" if lot else "found a visit of no lot"
        tree.faults.append(Fault(file, line, "lot", found, "give each past lot a name of its own"))
        return
    for number, fields in visits:
        for field in _OF_LOT:
            if fields.get(field) != first.get(field):
                found = f"found {fields.get(field)!r}, and {first.get(field)!r} in line {line}"
                tree.faults.append(Fault(file, number, field, found, "it is the same in all rows of a lot"))
    tree.data["past_lots"]["lots"][lot] = {field: first[field] for field in _OF_LOT if field in first}
    tree.data["routes"][lot] = _operations(visits)
    for path in (("past_lots", "lots", lot), ("routes", lot)):
        tree.places[path] = file, line
    tree.places |= {("past_lots", "lots", lot, field): (file, line) for field in _OF_LOT}
    for row, (number, fields) in enumerate(visits):
        for step in ((), *((field,) for field in fields)):
            tree.places["routes", lot, row, *step] = file, number


def _operations(visits: list[Row]) -> list[dict[str, Any]]:
    """The route of a lot; an operation that it visits again has the number of the visit in its id."""
    seen: dict[str, int] = {}
    made: list[dict[str, Any]] = []
    for _, fields in visits:
        name = fields.get("id", "")
        seen[name] = seen.get(name, 0) + 1
        operation = {field: text for field, text in fields.items() if field not in ("lot", *_OF_LOT)}
        made.append(operation | ({"id": f"{name} #{seen[name]}"} if seen[name] > 1 else {}))
    return made


def take_table(form: dict[str, Any], name: str) -> str:
    """Take past lots and their routes out of the form of a plant, which names a table in their place.

    Returns
    -------
    str
        The table, as CSV.

    Raises
    ------
    InputError
        There are no past lots, or what one of them did cannot be said in a row for each visit.
    """
    if "past_lots" not in form:
        raise InputError("found no past lots; leave past_lots out")
    past, routes = form["past_lots"], form["routes"]
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    table.writeheader()
    for lot, what in past.pop("lots").items():
        table.writerows(_rows(lot, what, routes.pop(lot)))
    if not routes:
        del form["routes"]
    form["past_lots"] = {"table": name, **past} if past else name
    return text.getvalue()


def _rows(lot: str, what: dict[str, Any], operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each visit of a past lot, by column."""
    visits: list[Row] = []
    for operation in operations:
        fields = operation | {"on": operation["on"][0], "id": operation["id"].split(" #")[0]}
        visits.append((0, {field: str(value) for field, value in fields.items()}))
    again = [operation | {"on": [operation["on"]]} for operation in _operations(visits)]
    plain = [{f: str(x) if isinstance(x, int) else x for f, x in fields.items()} for fields in operations]
    if again != plain or not all(set(fields) <= set(COLUMNS.values()) for _, fields in visits):
        right = "one work center, a time, a delay and a set-up family for each visit; leave past_lots out"
        raise InputError(f"routes.{lot}: found more than a table of past lots says: {right}")
    cells = [{"lot": lot} | what | fields for _, fields in visits]
    return [{column: row.get(field, "") for column, field in COLUMNS.items()} for row in cells]
