"""The ways of lots as a graph: what follows what, how often and after how long, log beside twin."""

from zhizao.studies.process_map.result import ProcessMapResult
from zhizao.studies.process_map.study import Level, process_map

__all__ = ["Level", "ProcessMapResult", "process_map"]
