"""Simulate a plant: every KPI with its interval over replications, never a lone mean."""

from zhizao.studies.simulate.findings import CenterLoad
from zhizao.studies.simulate.result import SimulateResult
from zhizao.studies.simulate.study import simulate

__all__ = ["CenterLoad", "SimulateResult", "simulate"]
