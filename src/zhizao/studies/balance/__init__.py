"""Balance a line: operations to stations, and to workers."""

from zhizao.studies.balance.result import BalanceResult
from zhizao.studies.balance.study import LineGoal, balance

__all__ = ["BalanceResult", "LineGoal", "balance"]
