"""Which files of a folder make the model: by `options.def` where there is one, else by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from zhizao.connect.smt2020.tables import Faults, Row, plain_text, read_rows
from zhizao.quantities import Fault, InputError, nearest_name

_NAMES = {
    "tool": ("STATION_FILES", r"(tool|station|stn)s?"),
    "part": ("PRODUCT_FILES", r"(part|product)s?"),
    "attach": ("ATTACH_FILES", r"attach"),
    "downcal": ("DOWNCAL_FILES", r"downcals?"),
    "pmcal": ("PMCAL_FILES", r"pmcals?"),
    "setup": ("SETUP_FILES", r"setups?"),
    "setupgrp": ("SETUPGROUP_FILES", r"setup_?(grp|group)s?"),
    "fromto": ("FROMTO_FILES", r"fromto"),
    "order": ("ORDER_FILES", r"(e_)?orders?"),
    "wip": ("WIP_FILES", r"wip"),
}
"""Tables of a model: their key in `options.def`, and their name without its ending."""
_ENDING = r"\.(txt|tsv|asd)(\.\w+)?"
_NEEDED = ("tool", "part", "order")
_COLUMNS = {
    "tool": ("STNFAM",),
    "part": ("PART",),
    "attach": ("CALNAME", "RESNAME"),
    "downcal": ("DOWNCALNAME", "MTTF", "MTTR"),
    "pmcal": ("PMCALNAME", "MTBPM", "MTTR"),
    "setup": ("NEWSETUP", "STIME"),
    "setupgrp": ("SETUP",),
    "fromto": ("FROMLOC", "TOLOC", "DTIME"),
    "order": ("LOT", "PART"),
    "wip": ("LOT", "PART"),
}
"""Columns without which a table says nothing."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of all tables but the routes, by the table's plain name; and the folder with its faults."""

    folder: Path
    rows: dict[str, list[Row]]
    options: dict[str, list[str]]
    faults: Faults


def read_tables(folder: Path) -> Tables:
    """Read every table of the folder but the routes, which the table of parts names."""
    if not folder.is_dir():
        raise InputError(f"{folder}: found no such folder; give the folder with tool.txt and part.txt")
    options, faults = _options(folder), Faults()
    found = {name: _files(folder, name, options) for name in _NAMES}
    missing = [name for name in _NEEDED if not found[name]]
    if missing:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:12]) or "nothing"
        wanted = " and ".join(f"{name}.txt" for name in missing)
        raise InputError(f"{folder}: found no {wanted}; the folder holds {there}")
    rows = {
        name: [row for path in paths for row in read_rows(path, faults, needed=_COLUMNS[name])]
        for name, paths in found.items()
    }
    return Tables(folder, rows, options, faults)


def read_route(tables: Tables, part: Row, file: str) -> list[Row]:
    """Read the table of a route, whatever the letters of its name are; a fault where it is missing."""
    there = {path.name.lower(): path for path in tables.folder.iterdir()}
    path = there.get(file.lower()) or there.get(f"{file.lower()}.txt")
    if path is None:
        near = nearest_name(file, [path.name for path in there.values()])
        right = f"a file of that name in {tables.folder}"
        tables.faults.append(Fault(part.file, part.line, "ROUTEFILE", f"found no file {file!r}", right, near))
        return []
    return read_rows(path, tables.faults, needed=("STEP", "STNFAM", "PTIME"))


def _files(folder: Path, name: str, options: dict[str, list[str]]) -> list[Path]:
    option, plain = _NAMES[name]
    if option in options:
        return [folder / file for file in options[option]]
    if name == "wip" and "ORDER_FILES" in options:
        return []  # the lots in the plant are among the orders there
    whole = re.compile(plain + _ENDING, re.IGNORECASE)
    paths = sorted(path for path in folder.iterdir() if path.is_file() and whole.fullmatch(path.name))
    if not paths and name == "order":
        paths = _only_list_of_orders(folder)
    if len(paths) > 1 and name != "order":
        names = ", ".join(path.name for path in paths)
        raise InputError(f"{folder}: found {names}; keep one of them")
    return paths


def _only_list_of_orders(folder: Path) -> list[Path]:
    """Models of orders with due dates of their own have a list per service level; one must be chosen."""
    lists = re.compile(r"(e_)?order\w*" + _ENDING, re.IGNORECASE)
    paths = sorted(path for path in folder.iterdir() if path.is_file() and lists.fullmatch(path.name))
    kinds = [path.name.lower().startswith("e_") for path in paths]
    if kinds.count(True) > 1 or kinds.count(False) > 1:
        names = ", ".join(path.name for path in paths)
        raise InputError(f"{folder}: found {names}; name one of them order.txt (and one E_order.txt)")
    return paths


def _options(folder: Path) -> dict[str, list[str]]:
    """Read `options.def`: key, then values; a line without a key goes on with the one above."""
    path = next((path for path in folder.iterdir() if path.name.lower() == "options.def"), None)
    found: dict[str, list[str]] = {}
    if path is None:
        return found
    last = ""
    for line in plain_text(path).splitlines():
        cells = [cell.strip() for cell in line.partition("~")[0].split("\t")]
        last = cells[0] or last
        values = [cell for cell in cells[1:] if cell]
        if len(values) == 2 and values[0].lower() == "file":
            found.setdefault(last, []).append(values[1])
        elif last == "SIM_START" and values:
            found[last] = values[:1]
    return found
