"""Train an inspector with good pictures."""

from zhizao.studies.inspect.training.study import train_inspector

__all__ = ["train_inspector"]
