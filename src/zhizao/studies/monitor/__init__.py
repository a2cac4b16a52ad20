"""Monitor processes: alarms on many sensors at a measured false-alarm rate."""

from zhizao.studies.monitor.process.result import MonitorResult
from zhizao.studies.monitor.process.study import MonitorOptions, monitor

__all__ = ["MonitorOptions", "MonitorResult", "monitor"]
