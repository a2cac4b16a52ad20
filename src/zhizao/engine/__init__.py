"""The twin: lowers a plant to tables, runs replications in threads, lifts the tables to records."""

from zhizao.engine.run import LogLevel, Run, RunSettings, run

__all__ = ["LogLevel", "Run", "RunSettings", "run"]
