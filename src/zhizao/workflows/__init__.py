"""Workflows: what combines several studies."""

from zhizao.workflows.rolling import Origin, RollingResult, validate_rolling

__all__ = ["Origin", "RollingResult", "validate_rolling"]
