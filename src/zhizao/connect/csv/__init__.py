"""A factory's log as CSV or Parquet, into records; the column map is guessed, shown and can be saved."""

from zhizao.connect.csv.read import read_log
from zhizao.records.intake import ColumnMap, LogImport, guess_columns

__all__ = ["ColumnMap", "LogImport", "guess_columns", "read_log"]
