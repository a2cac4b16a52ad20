"""Hold a twin against a factory's log."""

from zhizao.studies.validate.cohort import Cohort, Window, choose_window, cohort
from zhizao.studies.validate.luck import Distance
from zhizao.studies.validate.result import ValidateResult
from zhizao.studies.validate.rolled import Origin, RollingResult
from zhizao.studies.validate.rolling import validate_rolling
from zhizao.studies.validate.study import Terms, validate
from zhizao.studies.validate.twin import Releases

__all__ = [
    "Cohort",
    "Distance",
    "Origin",
    "Releases",
    "RollingResult",
    "Terms",
    "ValidateResult",
    "Window",
    "choose_window",
    "cohort",
    "validate",
    "validate_rolling",
]
