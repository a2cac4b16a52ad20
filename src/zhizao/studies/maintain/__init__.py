"""Predictive maintenance from records: remaining life, failure models, rules of failure."""

from zhizao.studies.maintain.alarms import Alarms
from zhizao.studies.maintain.life import LifeAim, remaining_life
from zhizao.studies.maintain.lives import LifeResult, as_measure

__all__ = ["Alarms", "LifeAim", "LifeResult", "as_measure", "remaining_life"]
