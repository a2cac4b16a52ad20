"""The twin: lowers a plant to tables, runs replications in threads, lifts the tables to records."""

from zhizao.engine.bench import Bench
from zhizao.engine.run import LogLevel, Run, RunSettings, run

__all__ = ["Bench", "LogLevel", "Run", "RunSettings", "run"]
