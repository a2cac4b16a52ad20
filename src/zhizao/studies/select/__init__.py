"""Select the best of several plants, with a probability that this is right."""

from zhizao.studies.select.alternatives import AS_IT_IS, candidates
from zhizao.studies.select.findings import Candidate, Goal, Method
from zhizao.studies.select.result import SelectResult
from zhizao.studies.select.study import select

__all__ = ["AS_IT_IS", "Candidate", "Goal", "Method", "SelectResult", "candidates", "select"]
