"""Where AI pays: search the measures of a plant, rank the best combinations, prove them.

`goal` says what is to get better, `options` what may be taken; `trials` runs combinations for the search of
`solvers.subsets`; `choice` picks what is proved by fresh replications; `findings` and `result` hold it.
"""

from zhizao.workflows.improve.findings import Proposal, Worth
from zhizao.workflows.improve.goal import Goal
from zhizao.workflows.improve.result import ImproveResult
from zhizao.workflows.improve.study import improve

__all__ = ["Goal", "ImproveResult", "Proposal", "Worth", "improve"]
