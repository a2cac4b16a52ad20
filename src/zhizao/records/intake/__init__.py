"""A log of any columns as records: columns are guessed, faults repaired or reported."""

from zhizao.records.intake.columns import GUESS, ColumnMap, guess_columns, like_lot, nearest
from zhizao.records.intake.files import LINE_LIMIT, first_bytes, is_packed, open_log, pieces
from zhizao.records.intake.read import LogImport, records_from_table

__all__ = [
    "GUESS",
    "LINE_LIMIT",
    "ColumnMap",
    "LogImport",
    "first_bytes",
    "guess_columns",
    "is_packed",
    "like_lot",
    "nearest",
    "open_log",
    "pieces",
    "records_from_table",
]
