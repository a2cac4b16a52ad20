"""The form of a user's dispatch rule, so that one compiled loop takes any rule by its address."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from numba import types

from zhizao.kernels._jit import FOLDER, JIT_ON

ARGUMENTS = ("now", "due", "release", "since", "priority", "work", "rest", "setup", "active", "pieces")
"""What a rule is told of a lot: times in s from the start (`since`: in this queue), `work` here and `rest` to
the end of the route in s, mean `setup` in s, pieces to be worked on and pieces in all."""

SIGNATURE = types.float64(*[types.float64] * len(ARGUMENTS))


def compiled_rule(function: Callable[..., float], *, keep: bool = False) -> Any:
    """A rule that the loop can call; `keep` stores it on disk like the kernels."""
    if not JIT_ON:
        return function
    before = numba.config.CACHE_DIR
    if keep:
        numba.config.CACHE_DIR = str(FOLDER)
    try:
        return numba.cfunc(SIGNATURE, cache=keep)(function)
    finally:
        numba.config.CACHE_DIR = before


def _arrival(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    return since


@cache
def no_rule() -> Any:
    """What stands in a slot that no work center uses."""
    return compiled_rule(_arrival, keep=True)
