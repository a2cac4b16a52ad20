"""Plans under the plant's own failures and spread: replanned as the day goes, beside the dispatch rules.

- `following`: one replication, by a rule, by a plan, or by a plan that is made anew on the way.
- `evaluation`: all of them on common random numbers, and what is recommended.
"""

from zhizao.studies.schedule.robust.evaluation import Policy, Robustness, evaluate

__all__ = ["Policy", "Robustness", "evaluate"]
