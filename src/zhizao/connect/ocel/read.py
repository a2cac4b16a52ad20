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
    note = Finding(
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
    findings = (note, without) if left else (note,)
    return records_from_table(table, source=str(path), columns=columns, findings=findings, ids="event")


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
    """One row per event and lot; where two columns have one name, the one nearest to the event stays."""
    events = (
        _frame(content.events).rename({"id": "event", "type": "operation"}).with_row_index("row", offset=1)
    )
    objects = _frame(content.objects)
    pairs = pl.DataFrame(content.links, schema={"event": pl.String, "id": pl.String}, orient="row")
    linked = pairs.unique(maintain_order=True).join(
        objects.select("id", "type"), on="id", maintain_order="left"
    )
    table = linked.filter(pl.col("type") == lot_type).select("event", lot="id")
    table = table.join(events.select("event", "row", "operation", "time"), on="event", maintain_order="left")
    if table["event"].is_duplicated().any():
        table = table.with_columns(batch=pl.when(pl.col("event").is_duplicated()).then("event"))
    for kind in linked.filter(pl.col("type") != lot_type)["type"].unique().sort():
        beside = linked.filter(pl.col("type") == kind).unique("event", keep="first")
        table = _beside(table, beside.select("event", pl.col("id").alias(kind)), "event")
    table = _beside(table, events, "event")
    return _beside(table, objects.drop("type").rename({"id": "lot"}), "lot").sort("row", "lot")


def _beside(table: pl.DataFrame, more: pl.DataFrame, key: str) -> pl.DataFrame:
    """A table with the columns of another that it lacks."""
    new = [name for name in more.columns if name not in table.columns]
    return table.join(more.select(key, *new), on=key, how="left", maintain_order="left") if new else table


def _frame(rows: list[Row]) -> pl.DataFrame:
    names = dict.fromkeys(["id", "type"])
    for row in rows:
        names.update(dict.fromkeys(row))
    return pl.DataFrame(
        [pl.Series(name, _text([row.get(name) for row in rows]), dtype=pl.String) for name in names]
    )


def _text(cells: list[Any]) -> list[str | None]:
    return [None if cell is None else cell if isinstance(cell, str) else str(cell) for cell in cells]
