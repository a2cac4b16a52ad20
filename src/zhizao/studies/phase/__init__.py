"""What a process described by differential equations makes of lots: time, yield, energy."""

from zhizao.studies.phase.fit_result import PhaseFitResult
from zhizao.studies.phase.fitting import fit_phase
from zhizao.studies.phase.result import PhaseResult
from zhizao.studies.phase.study import phase

__all__ = ["PhaseFitResult", "PhaseResult", "fit_phase", "phase"]
