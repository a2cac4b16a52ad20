"""Monitor processes, batches and energy: alarms, predicted quality, consumption against a baseline."""

from zhizao.studies.monitor.batch.result import BatchResult
from zhizao.studies.monitor.batch.study import batch_quality
from zhizao.studies.monitor.energy.result import EnergyResult
from zhizao.studies.monitor.energy.shifting import Shifting
from zhizao.studies.monitor.energy.study import EnergyOptions, energy_baseline
from zhizao.studies.monitor.process.result import MonitorResult
from zhizao.studies.monitor.process.study import MonitorOptions, monitor
from zhizao.studies.monitor.process.worth import Stated, Worth, as_measure, worth_of

__all__ = [
    "BatchResult",
    "EnergyOptions",
    "EnergyResult",
    "MonitorOptions",
    "MonitorResult",
    "Shifting",
    "Stated",
    "Worth",
    "as_measure",
    "batch_quality",
    "energy_baseline",
    "monitor",
    "worth_of",
]
