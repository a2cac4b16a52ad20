"""Search over the decisions of a plan: in which order, on which unit, from when on, in which batch.

The search knows no plant. It changes decisions, and a decoder says what becomes of them: a run of the twin,
or anything else that has the methods of `Decoder`.

- `problem`: the decisions, what may be decided, and what a decoder has to give.
- `moves`: the neighbourhood; `due_dates`: one that shifts due dates and leaves the order to a rule.
- `starts`: plans in the order of weighted due dates.
- `repair`: delays that keep hold limits.
- `search`: late-acceptance local search in it.
"""

from zhizao.solvers.plans.due_dates import DueDateMoves
from zhizao.solvers.plans.problem import Decisions, Decoder, Structure, Timetable
from zhizao.solvers.plans.repair import repair
from zhizao.solvers.plans.search import Effort, improve
from zhizao.solvers.plans.starts import due_date_starts

__all__ = [
    "Decisions",
    "Decoder",
    "DueDateMoves",
    "Effort",
    "Structure",
    "Timetable",
    "due_date_starts",
    "improve",
    "repair",
]
