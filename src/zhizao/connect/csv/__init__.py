"""A factory's log as CSV or Parquet, into records; the column map is guessed, shown and can be saved."""

from zhizao.connect.csv.columns import ColumnMap, guess_columns
from zhizao.connect.csv.read import LogImport, Note, read_log

__all__ = ["ColumnMap", "LogImport", "Note", "guess_columns", "read_log"]
