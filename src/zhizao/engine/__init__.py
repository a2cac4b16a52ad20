"""The twin: lowers a plant to tables, runs replications side by side, lifts the tables to records."""

from zhizao.engine.session import Session
from zhizao.engine.settings import Backend, LogLevel, Progress, Run, RunSettings
from zhizao.engine.sweep import computing
from zhizao.engine.twin import Twin, run, run_many, run_twins

__all__ = [
    "Backend",
    "LogLevel",
    "Progress",
    "Run",
    "RunSettings",
    "Session",
    "Twin",
    "computing",
    "run",
    "run_many",
    "run_twins",
]
