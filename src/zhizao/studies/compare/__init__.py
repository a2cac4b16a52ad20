"""Compare plants: what a change gains, with confidence intervals, from runs with common random numbers."""

from zhizao.studies.compare.findings import Change, Outcome, Verdict
from zhizao.studies.compare.payback import Appraisal, Money, PayBack
from zhizao.studies.compare.result import CompareResult
from zhizao.studies.compare.study import compare, compare_measures

__all__ = [
    "Appraisal",
    "Change",
    "CompareResult",
    "Money",
    "Outcome",
    "PayBack",
    "Verdict",
    "compare",
    "compare_measures",
]
