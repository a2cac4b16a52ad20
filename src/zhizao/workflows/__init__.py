"""Workflows: what combines several studies."""

from zhizao.workflows.improve import ImproveResult, improve
from zhizao.workflows.rolling import Origin, RollingResult, validate_rolling

__all__ = ["ImproveResult", "Origin", "RollingResult", "improve", "validate_rolling"]
