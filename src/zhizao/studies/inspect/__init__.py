"""Inspect pictures: an inspector trained with good pictures, on a CPU, with a promised false-alarm rate."""

from zhizao.studies.inspect.evaluation import EvaluationResult
from zhizao.studies.inspect.inspector import Inspector
from zhizao.studies.inspect.pictures import Pictures
from zhizao.studies.inspect.scoring import ScoreResult
from zhizao.studies.inspect.training import train_inspector

__all__ = ["EvaluationResult", "Inspector", "Pictures", "ScoreResult", "train_inspector"]
