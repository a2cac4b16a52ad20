"""Learn a plant from a factory's event log."""

from zhizao.studies.learn.result import LearnResult
from zhizao.studies.learn.study import learn
from zhizao.studies.learn.unknown import Unknown

__all__ = ["LearnResult", "Unknown", "learn"]
