"""Tables of cells as exports write them: encodings, decimal signs and times of any common form."""

from zhizao.records.sheets.cells import sheet_of
from zhizao.records.sheets.moments import Reading, readings

__all__ = ["Reading", "readings", "sheet_of"]
