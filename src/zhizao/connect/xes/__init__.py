"""A log in XES (IEEE 1849), plain or packed, into records."""

from zhizao.connect.xes.read import read_log

__all__ = ["read_log"]
