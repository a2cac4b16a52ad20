"""Train an inspector with good pictures."""

from zhizao.studies.inspect.training.classes import learn_classes
from zhizao.studies.inspect.training.study import train_inspector

__all__ = ["learn_classes", "train_inspector"]
