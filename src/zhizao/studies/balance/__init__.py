"""Balance a line: operations to stations, and to workers."""

from zhizao.studies.balance.result import BalanceResult
from zhizao.studies.balance.study import LineGoal, balance
from zhizao.studies.balance.twin import plant_of, write_line

__all__ = ["BalanceResult", "LineGoal", "balance", "plant_of", "write_line"]
