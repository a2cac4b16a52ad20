"""An object-centric log (OCEL 2.0 as JSON, XML or SQLite) into records: objects of one type are the lots."""

from zhizao.connect.ocel.read import read_log

__all__ = ["read_log"]
