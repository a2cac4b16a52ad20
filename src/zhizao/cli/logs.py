"""Logs that a command reads: open one, and show its column map and data quality."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.cli.output import cell, say, show_table

if TYPE_CHECKING:
    from zhizao.records import Finding
    from zhizao.records.intake import LogImport

PLANT_FILES = (".yaml", ".yml")


def import_log(path: Path, columns: Path | None) -> LogImport:
    """Read a log of any form, with a column map where one is given."""
    from zhizao.connect import read_log
    from zhizao.quantities import LogError
    from zhizao.records.intake import ColumnMap

    if not path.exists():
        raise LogError(f"{path}: no such file; give the path of an event log")
    return read_log(path, columns=None if columns is None else ColumnMap.load(columns))


def show_log(log: LogImport) -> None:
    """Print the column map and the findings of the quality checks."""
    show_table("Columns of the log", ("field", "column"), log.columns.used().items(), right=2)
    if log.unmapped:
        say([f"not read: {', '.join(log.unmapped)}"])
    if len(log.quality):
        heads = ("check", "found", "count", "action", "remedy")
        rows = [(f.check, f.found, how_many(f), f.done, f.remedy) for f in log.quality]
        show_table("Data quality", heads, rows, right=5)


def how_many(finding: Finding) -> str:
    """The count of a finding with its share."""
    share = "" if finding.share is None else f" ({finding.share:.1%})"
    return f"{cell(finding.count)} {finding.of}{share}"
