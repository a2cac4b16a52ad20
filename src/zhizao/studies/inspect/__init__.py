"""Inspect pictures: an inspector trained with good pictures, on a CPU, with a promised false-alarm rate."""

from zhizao.studies.inspect.evaluation import EvaluationResult
from zhizao.studies.inspect.inspector import Inspector
from zhizao.studies.inspect.pictures import Pictures
from zhizao.studies.inspect.scoring import ScoreResult
from zhizao.studies.inspect.training import learn_classes, train_inspector
from zhizao.studies.inspect.use import LabelResult, Watch, as_measure, label_next, watch_folder

__all__ = [
    "EvaluationResult",
    "Inspector",
    "LabelResult",
    "Pictures",
    "ScoreResult",
    "Watch",
    "as_measure",
    "label_next",
    "learn_classes",
    "train_inspector",
    "watch_folder",
]
