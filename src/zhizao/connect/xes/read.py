"""XES (IEEE 1849-2016): traces are lots, events are starts and ends; attributes become columns of a table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from zhizao.connect.xes.traces import Columns, Trace, read_trace, trace_texts
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap, LogImport, records_from_table


def read_log(path: str | Path, *, columns: ColumnMap | None = None) -> LogImport:
    """Read an XES log into records; event attributes are columns, a trace's attributes have `case:` before.

    Parameters
    ----------
    path : `.xes`, or `.xes.gz` packed by gzip.
    columns : which attribute holds what; what it leaves open is guessed.

    Raises
    ------
    LogError
        With file and line: not XES, cut short, no event, attributes without what a log needs.
    """
    path = Path(path)
    events, cases = Columns(), Columns()
    lines: list[int] = []
    of_case: list[int] = []
    for case, text in enumerate(trace_texts(path)):
        trace = read_trace(text, path)
        _keep(trace, case, events, cases, len(lines))
        lines += trace.lines
        of_case += [case] * len(trace.lines)
    if not lines:
        raise LogError(f"{path}: the log is empty: it has no events in traces")
    table = _table(events, cases, lines, of_case)
    return records_from_table(table, source=str(path), columns=columns)


def _keep(trace: Trace, case: int, events: Columns, cases: Columns, first: int) -> None:
    for key, value in trace.attributes:
        cases.add(key, case, value)
    for at, attributes in enumerate(trace.events, first):
        for key, value in attributes:
            events.add(key, at, value)


def _table(events: Columns, cases: Columns, lines: list[int], of_case: list[int]) -> pl.DataFrame:
    """One row per event; `row` is its line in the file."""
    row, case = pl.Series("row", lines, dtype=pl.UInt32), pl.Series(of_case, dtype=pl.UInt32)
    own = [cases.series(key, of_case[-1] + 1).gather(case).alias(f"case:{key}") for key in cases]
    every = [events.series(key, len(lines)) for key in events]
    return pl.DataFrame([row, *own, *(s.alias("row_") if s.name == "row" else s for s in every)])
