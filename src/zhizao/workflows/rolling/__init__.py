"""Learn and validate combined: rolling origins of one log."""

from zhizao.workflows.rolling.result import Origin, RollingResult
from zhizao.workflows.rolling.study import validate_rolling

__all__ = ["Origin", "RollingResult", "validate_rolling"]
