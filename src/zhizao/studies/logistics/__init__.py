"""Intralogistics of a plant: how many vehicles, which rules, what traffic costs, which layout."""

from zhizao.studies.logistics.result import LogisticsResult
from zhizao.studies.logistics.study import logistics

__all__ = ["LogisticsResult", "logistics"]
