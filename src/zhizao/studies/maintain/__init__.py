"""Predictive maintenance from records: remaining life, failure models, rules of failure."""

from zhizao.studies.maintain.alarms import Alarms
from zhizao.studies.maintain.components import FailureResult
from zhizao.studies.maintain.failures import FailureAim, failure_models
from zhizao.studies.maintain.life import LifeAim, remaining_life
from zhizao.studies.maintain.lives import LifeResult, as_measure
from zhizao.studies.maintain.renewal import replacement_measure
from zhizao.studies.maintain.ruled import RulesResult
from zhizao.studies.maintain.rules import RulesAim, failure_rules

__all__ = [
    "Alarms",
    "FailureAim",
    "FailureResult",
    "LifeAim",
    "LifeResult",
    "RulesAim",
    "RulesResult",
    "as_measure",
    "failure_models",
    "failure_rules",
    "remaining_life",
    "replacement_measure",
]
