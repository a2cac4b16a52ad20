"""A table of a log (CSV in any usual form, or Parquet) into records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from zhizao.connect.csv.text import TextForm, read_text_table
from zhizao.quantities.errors import LogError
from zhizao.records.findings import Finding
from zhizao.records.intake import ColumnMap, LogImport, first_bytes, records_from_table


def read_log(path: str | Path, *, columns: ColumnMap | None = None, encoding: str | None = None) -> LogImport:
    """Read a factory's event log (CSV with any common separator, or Parquet) into records.

    Parameters
    ----------
    path : file; `.parquet` is read as Parquet, everything else as text, packed by gzip or not.
    columns : which column holds what; what it leaves open is guessed (`LogImport.columns` shows the guess).
    encoding : of a text file; None takes the column map's, or finds it.

    Raises
    ------
    LogError
        With file and row: no rows, missing columns, unreadable or mixed-zone times, an id that means two
        things, a line of more than 1 MB, bytes that are not text.
    """
    path, columns = Path(path), columns or ColumnMap()
    if path.suffix.lower() in {".parquet", ".pq"} or first_bytes(path, 4) == b"PAR1":
        return records_from_table(_read_parquet(path), source=str(path), columns=columns)
    known_encoding = encoding or columns.encoding
    table, form = read_text_table(path, encoding=known_encoding, separator=columns.separator)
    log = records_from_table(table, source=str(path), columns=columns, findings=_about(form, table.height))
    return replace(log, columns=replace(log.columns, encoding=form.encoding, separator=form.separator))


def _about(form: TextForm, rows: int) -> tuple[Finding, ...]:
    if not form.guessed:
        return ()
    return (
        Finding("encoding", f"bytes that are not UTF-8 ({form.encoding} by their pattern)", rows, "rows", 1.0,
                f"read as {form.encoding}", "if names look wrong, name the encoding in the column map"),
    )  # fmt: skip


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LogError(f"{path}: not a Parquet file that can be read: {error}") from error
    return table.rename({"row": "row_"} if "row" in table.columns else {}).with_row_index("row", offset=1)
