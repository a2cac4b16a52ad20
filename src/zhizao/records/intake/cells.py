"""Cells of a log before its columns are guessed: words for nothing, headers again, ids of rows."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from zhizao.records.checks import rows_finding
from zhizao.records.findings import Finding
from zhizao.records.intake.names import words

_EMPTY = (
    "null",
    "n/a",
    "#n/a",
    "nat",
    "nan",
    "none",
    "nil",
    "(null)",
    "<null>",
    "[null]",
    "\\n",
    "#nv",
    "undefined",
)
_NO_NUMBER = [
    *_EMPTY,
    "na",
    "n.a.",
    "n. a.",
    "k.a.",
    "k. a.",
    "-",
    "--",
    "---",
    "?",
    "/",
    "无",
    "空",
    "—",
    "–",
]
_IDS = (
    "id",
    "ids",
    "uuid",
    "guid",
    "key",
    "nr",
    "no",
    "num",
    "number",
    "nummer",
    "instance",
    "编号",
    "单号",
    "流水号",
)
_ROWS = ("", "id_row", "row", "row_id", "row_no", "row_nr", "row_number", "index", "line", "line_no", "zeile",
         "zeilennummer", "zeilen_nr", "lfd_nr", "nr", "no", "pos", "序号", "行号")  # fmt: skip


def without_nothing(table: pl.DataFrame) -> pl.DataFrame:
    """Empty cells for the words that databases and spreadsheets write for them."""
    shown = [
        form for word in _EMPTY for form in {word, word.upper(), word.capitalize(), *_OTHERS.get(word, ())}
    ]
    text = pl.col(pl.String)
    return table.with_columns(pl.when(~text.is_in(shown)).then(text))


_OTHERS = {"nat": ("NaT",), "nan": ("NaN",)}


def without_dashes(cells: pl.Series) -> pl.Series:
    """Empty cells for what people write where a number or a time is missing."""
    if cells.dtype != pl.String:
        return cells
    return cells.set(cells.str.strip_chars().str.to_lowercase().is_in(_NO_NUMBER), None)


def without_headers(table: pl.DataFrame) -> tuple[pl.DataFrame, Finding | None]:
    """Drop rows whose cells are the names of their columns: exports that were put together have them."""
    text = [name for name in table.columns if table[name].dtype == pl.String]
    if len(text) < 2:
        return table, None
    again = pl.all_horizontal(_says(n).fill_null(True) for n in text)
    again &= pl.sum_horizontal(_says(n).fill_null(False).cast(pl.Int32) for n in text) >= 2
    kept = table.filter(~again)
    finding = rows_finding(
        "repeated header", "rows that name the columns again", table.height - kept.height, table.height,
        done="dropped", remedy="none needed",
    )  # fmt: skip
    return kept, finding


def _says(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase() == name.lower()


def ids_of_rows(table: pl.DataFrame, used: Collection[str], own: str | None) -> pl.Series | None:
    """Columns that identify rows besides those read: ids of reports or events, no running numbers."""
    names = [
        name for name in table.columns
        if name == own or (name not in used and name != "row" and _is_id(name))
    ]  # fmt: skip
    if not names:
        return None
    return table.select(pl.struct(pl.col(names).cast(pl.String)).hash())[:, 0]


def _is_id(name: str) -> bool:
    plain_name = words(name)
    return plain_name not in _ROWS and plain_name.rpartition("_")[2].endswith(_IDS)
