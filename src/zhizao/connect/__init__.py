"""A factory's log in: from the user's file, whatever its form, to records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.quantities.errors import LogError

if TYPE_CHECKING:
    from zhizao.records.intake import ColumnMap, LogImport

_SNIFF = 1 << 16  # bytes that identify the format
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_log(path: str | Path, *, columns: ColumnMap | None = None) -> LogImport:
    """Read an event log: CSV, Excel, Parquet, XES or OCEL 2.0 (JSON, XML, SQLite), recognised by content.

    Parameters
    ----------
    path : file; text, XML and JSON may be packed by gzip.
    columns : which column (attribute, object type) holds what; what it leaves open is guessed.

    Raises
    ------
    LogError
        With file, row or line, and what would be right.
    """
    path = Path(path)
    if path.is_dir():
        raise LogError(f"{path}: found a folder; give the path of an event log")
    form = _form(path)
    if form == "excel":
        from zhizao.connect.excel import read_log as read_excel

        return read_excel(path, columns=columns)
    if columns is not None and columns.sheet is not None:
        raise LogError(f"{path}: the column map names sheet {columns.sheet!r}, and this is no workbook")
    if form == "xes":
        from zhizao.connect.xes import read_log as read_xes

        return read_xes(path, columns=columns)
    if form == "ocel":
        from zhizao.connect.ocel import read_log as read_ocel

        return read_ocel(path, columns=columns)
    from zhizao.connect.csv import read_log as read_csv

    return read_csv(path, columns=columns)


def _form(path: Path) -> str:
    from zhizao.records.intake import first_bytes

    start = first_bytes(path, _SNIFF)
    if start.startswith(_WORKBOOKS):
        return "excel"
    if start.startswith(b"SQLite format 3\x00"):
        return "ocel"
    mark = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if mark.startswith(b"<"):
        return "ocel" if b"<event-type" in start or b"<object-type" in start else "xes"
    return "ocel" if mark.startswith((b"{", b"[")) else "csv"
