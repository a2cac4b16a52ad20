"""Dispatch rules that are searched for on the twin: small expressions that anyone can read."""

from zhizao.studies.dispatching.result import DispatchingResult
from zhizao.studies.dispatching.study import dispatching

__all__ = ["DispatchingResult", "dispatching"]
