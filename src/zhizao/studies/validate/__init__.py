"""Validate a plant against a factory's log."""

from zhizao.studies.validate.bootstrap import Distance
from zhizao.studies.validate.cohort import Cohort, ObservationWindow, choose_window, cohort
from zhizao.studies.validate.result import ValidateResult
from zhizao.studies.validate.runs import Releases
from zhizao.studies.validate.study import Terms, validate

__all__ = [
    "Cohort",
    "Distance",
    "ObservationWindow",
    "Releases",
    "Terms",
    "ValidateResult",
    "choose_window",
    "cohort",
    "validate",
]
