"""Experiments on the twin: scenarios, windows, paired runs, parameter uncertainty, precision, selection."""

from zhizao.experiments.experiment import Experiment, Replications
from zhizao.experiments.precision import Target
from zhizao.experiments.scenario import Scenario, inputs_of, plan_rows, with_measures
from zhizao.experiments.selection import Effort
from zhizao.experiments.window import Window, find_window

__all__ = [
    "Effort",
    "Experiment",
    "Replications",
    "Scenario",
    "Target",
    "Window",
    "find_window",
    "inputs_of",
    "plan_rows",
    "with_measures",
]
