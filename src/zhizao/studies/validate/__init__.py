"""Hold a twin against a factory's log."""

from zhizao.studies.validate.cohort import Cohort, Window, choose_window, cohort
from zhizao.studies.validate.result import Distance, ValidateResult
from zhizao.studies.validate.study import validate

__all__ = ["Cohort", "Distance", "ValidateResult", "Window", "choose_window", "cohort", "validate"]
