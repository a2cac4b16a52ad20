"""A sheet of a workbook (xlsx, xls, xlsb, ods) as a table of text, and from there into records."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.findings import Finding
from zhizao.records.intake import ColumnMap, LogImport, guess_columns, nearest, records_from_table

_PREAMBLE = 20  # lines above the names that an export may have


def read_log(path: str | Path, *, columns: ColumnMap | None = None) -> LogImport:
    """Read a workbook's sheet into records: that of `columns.sheet`, else the first with a log.

    Raises
    ------
    LogError
        With file and row: no workbook, no sheet with a log, and what `records_from_table` refuses. Also where
        the extra `excel` is not installed.
    """
    path, columns = Path(path), columns or ColumnMap()
    sheets = _sheets(path)
    if columns.sheet is not None and columns.sheet not in sheets:
        raise LogError(
            f"{path}: no sheet {columns.sheet!r}{nearest(columns.sheet, list(sheets))}; "
            f"there are {', '.join(map(repr, sheets))}"
        )
    asked = [columns.sheet] if columns.sheet is not None else list(sheets)
    filled = [name for name in asked if not sheets[name].is_empty()]
    if not filled:
        raise LogError(f"{path}: the log is empty: its sheets have no rows")
    tables = {name: table for name in filled if (table := _table(sheets[name])) is not None}
    fitting = [name for name, table in tables.items() if _fits(table, columns, str(path))]
    chosen = (fitting or list(tables) or filled)[0]
    if chosen not in tables:
        raise LogError(f"{path}, sheet {chosen}: several columns have one name; each column needs its own")
    log = records_from_table(
        tables[chosen], source=f"{path}, sheet {chosen}", columns=columns,
        findings=_about(fitting, tables, chosen),
    )  # fmt: skip
    return replace(log, columns=replace(log.columns, sheet=chosen))


def _sheets(path: Path) -> dict[str, pl.DataFrame]:
    """Every sheet as cells of text, without a header."""
    if find_spec("fastexcel") is None:
        raise LogError(
            f"{path}: found a workbook; to read it, install the extra: pip install 'zhizao[excel]', "
            "or save the sheet with the log as CSV"
        )
    try:
        return pl.read_excel(
            path, sheet_id=0, engine="calamine", has_header=False, read_options={"dtypes": "string"},
            drop_empty_rows=False, drop_empty_cols=False, raise_if_empty=False,
        )  # fmt: skip
    except Exception as error:  # fastexcel's own have no base that can be named without it
        reason = str(error).strip().splitlines()[:1]
        raise LogError(
            f"{path}: found an archive, or a workbook that cannot be read ({''.join(reason)}); "
            "save the sheet with the log as CSV"
        ) from error


def _table(cells: pl.DataFrame) -> pl.DataFrame | None:
    """A sheet with the names of its columns: those of the first of the top rows that has most cells; None
    where two columns have one name."""
    blank = cells.with_columns(pl.all().str.strip_chars().replace("", None))
    filled = blank.head(_PREAMBLE).select(pl.sum_horizontal(pl.all().is_not_null().cast(pl.Int64)))
    at = int(filled.to_series().arg_max() or 0)
    heads = {column: head for column, head in zip(blank.columns, blank.row(at), strict=True) if head}
    if len(set(heads.values())) < len(heads):
        return None
    heads = {column: "row_" if head == "row" else head for column, head in heads.items()}
    table = blank.with_row_index("row", offset=1).slice(at + 1).select("row", *heads).rename(heads)
    return table.filter(pl.any_horizontal(pl.all().exclude("row").is_not_null()))


def _fits(table: pl.DataFrame, columns: ColumnMap, source: str) -> bool:
    """Whether a sheet has the columns of a log."""
    try:
        guess_columns([name for name in table.columns if name != "row"], source=source, given=columns)
    except LogError:
        return False
    return not table.is_empty()


def _about(fitting: list[str], tables: dict[str, pl.DataFrame], chosen: str) -> tuple[Finding, ...]:
    """Other sheets that hold a log too: they are not read."""
    others = [name for name in fitting if name != chosen]
    if not others:
        return ()
    rows, total = (sum(tables[name].height for name in names) for names in (others, fitting))
    return (
        Finding(
            "other sheets", f"rows of other sheets with a log ({', '.join(map(repr, others[:3]))})",
            rows, "rows", rows / total,
            f"not read; sheet {chosen!r} was", 'name another one in the column map: "sheet"',
        ),
    )  # fmt: skip
