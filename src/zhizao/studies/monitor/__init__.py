"""Monitor processes and energy: alarms at a measured false-alarm rate, consumption against a baseline."""

from zhizao.studies.monitor.energy.result import EnergyResult
from zhizao.studies.monitor.energy.study import EnergyOptions, energy_baseline
from zhizao.studies.monitor.process.result import MonitorResult
from zhizao.studies.monitor.process.study import MonitorOptions, monitor

__all__ = [
    "EnergyOptions",
    "EnergyResult",
    "MonitorOptions",
    "MonitorResult",
    "energy_baseline",
    "monitor",
]
