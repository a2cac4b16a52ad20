"""A log in a workbook (Excel), into records."""

from zhizao.connect.excel.read import read_log

__all__ = ["read_log"]
