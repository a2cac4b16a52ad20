"""Sensitivity: which of a plant's numbers move a KPI, by how much, with intervals."""

from zhizao.studies.sensitivity.findings import Effect, Nudges, Skipped
from zhizao.studies.sensitivity.result import SensitivityResult
from zhizao.studies.sensitivity.study import sensitivity

__all__ = ["Effect", "Nudges", "SensitivityResult", "Skipped", "sensitivity"]
