"""Compare plants: what a change gains, with confidence intervals, from runs with common random numbers."""

from zhizao.studies.compare.findings import Change, Outcome, Verdict
from zhizao.studies.compare.payback import Appraisal, Money, PayBack
from zhizao.studies.compare.result import CompareResult
from zhizao.studies.compare.study import Terms, compare, compare_measures, compare_scenarios

__all__ = [
    "Appraisal",
    "Change",
    "CompareResult",
    "Money",
    "Outcome",
    "PayBack",
    "Terms",
    "Verdict",
    "compare",
    "compare_measures",
    "compare_scenarios",
]
