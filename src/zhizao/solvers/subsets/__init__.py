"""The best subset of binary measures from noisy replications with common random numbers.

A Gaussian process over all subsets says where a better one may be; replications go there until the stated
probability of good selection is reached.
"""

from zhizao.solvers.subsets.problem import ENUMERABLE, Problem, members, subset_of
from zhizao.solvers.subsets.search import Found, Progress, Sample, Values, best_subset
from zhizao.solvers.subsets.settings import Effort, Settings

__all__ = [
    "ENUMERABLE",
    "Effort",
    "Found",
    "Problem",
    "Progress",
    "Sample",
    "Settings",
    "Values",
    "best_subset",
    "members",
    "subset_of",
]
