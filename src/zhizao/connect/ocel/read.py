"""An object-centric log seen from its lots: one row per event and lot, other objects beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.connect.ocel.content import Content, Row, read_content
from zhizao.quantities.errors import LogError
from zhizao.records.findings import Finding
from zhizao.records.intake import ColumnMap, LogImport, like_lot, nearest, records_from_table

_OWN = ("id", "type", "time")


def read_log(path: str | Path, *, columns: ColumnMap | None = None) -> LogImport:
    """Read an OCEL 2.0 log into records.

    Objects of one type are the lots: that of `columns.lot_type`, else the type whose name is one for lots,
    else the one that most events concern. An event of several lots gives a row for each, with its id as their
    batch. Each other type is a column with the object's id (the first one, where there are several), so that
    machines and workers are found by the names of their types.

    Raises
    ------
    LogError
        With file and line: not OCEL 2.0, no events, a lot type that is not there.
    """
    path, columns = Path(path), columns or ColumnMap()
    content = read_content(path)
    if not content.events:
        raise LogError(f"{path}: the log is empty: it has no events")
    lot_type, why = _lot_type(content, columns.lot_type, path)
    table = _table(content, lot_type)
    if table.is_empty():
        raise LogError(f"{path}: no event concerns an object of type {lot_type!r}; name another lot_type")
    others = sorted({thing["type"] for thing in content.objects} - {lot_type})
    told = Finding(
        "lots",
        f"objects of type {lot_type!r} are the lots ({why}); other types: {', '.join(others) or 'none'}",
        table["lot"].n_unique(), "lots", None, "read as lots", "name another lot_type in the column map",
    )  # fmt: skip
    left = len(content.events) - table["event"].n_unique()
    without = Finding(
        "events without a lot", f"events that concern no {lot_type}",
        left, "events", left / len(content.events),
        "left out", "none needed, if they are of orders or transports",
    )  # fmt: skip
    findings = (told, without) if left else (told,)
    return records_from_table(table.drop("event"), source=str(path), columns=columns, findings=findings)


def _lot_type(content: Content, asked: str | None, path: Path) -> tuple[str, str]:
    types = {thing["id"]: thing["type"] for thing in content.objects}
    known = sorted(set(types.values()))
    if asked is not None:
        if asked not in known:
            raise LogError(
                f"{path}: no objects of type {asked!r}{nearest(asked, known)}; there are {', '.join(known)}"
            )
        return asked, "as the column map says"
    named = like_lot(known)
    if named is not None:
        return named, "by its name"
    concerned = Counter(types[thing] for _, thing in dict.fromkeys(content.links) if thing in types)
    if not concerned:
        raise LogError(f"{path}: no event concerns an object; there is nothing to follow")
    return max(sorted(concerned), key=lambda kind: concerned[kind]), "most events concern them"


def _table(content: Content, lot_type: str) -> pl.DataFrame:
    """One row per event and lot."""
    objects = {thing["id"]: thing for thing in content.objects}
    lots: dict[str, list[str]] = {}
    beside: dict[str, Row] = {}
    for event, other in dict.fromkeys(content.links):
        kind = objects[other]["type"] if other in objects else None
        if kind == lot_type:
            lots.setdefault(event, []).append(other)
        elif kind is not None:
            beside.setdefault(event, {}).setdefault(kind, other)
    rows: list[Row] = []
    for number, told in enumerate(content.events, 1):
        name, own = told["id"], lots.get(told["id"], [])
        shared = {**_more(told), **beside.get(name, {}), **({"batch": name} if len(own) > 1 else {})}
        key = {"row": number, "event": name, "operation": told["type"], "time": told["time"]}
        rows += [{**_more(objects[lot]), **shared, **key, "lot": lot} for lot in own]
    return _frame(rows)


def _more(thing: Row) -> Row:
    return {name: value for name, value in thing.items() if name not in _OWN}


def _frame(rows: list[Row]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    made = {name: [row.get(name) for row in rows] for name in names if name != "row"}
    number = pl.Series("row", [row["row"] for row in rows], dtype=pl.UInt32)
    return pl.DataFrame(
        [number, *(pl.Series(name, _text(cells), dtype=pl.String) for name, cells in made.items())]
    )


def _text(cells: list[Any]) -> list[str | None]:
    return [None if cell is None else cell if isinstance(cell, str) else str(cell) for cell in cells]
