"""What a process described by differential equations makes of lots: time, yield, energy."""

from zhizao.studies.phase.result import PhaseResult
from zhizao.studies.phase.study import phase

__all__ = ["PhaseResult", "phase"]
