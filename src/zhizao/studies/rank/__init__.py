"""Composite indices: ranks from a table, how sure they are, and what would change them."""

from zhizao.studies.rank.result import RankResult
from zhizao.studies.rank.study import Aim, rank

__all__ = ["Aim", "RankResult", "rank"]
