"""What the integrator reads and writes: typed arrays only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

DONE, CROSSED, TOO_SMALL, NOT_FINITE, BELOW, RAISED, STEPS_SPENT, HITS_FULL, SINGULAR = range(9)
"""Status of a run: end of the time, a crossing that ends it, and what went wrong."""
AUTO, EXPLICIT, IMPLICIT = range(3)
EITHER, RISING, FALLING = 0, 1, -1

TIME, STEP, ERROR = range(3)  # places in Work.clock
SEGMENT, NEXT, HITS, STIFF, CALM, STEPS, REJECTED, CALLS, BLAME, WHY, METHOD, GREW = range(12)
"""Places in Work.tally."""


class Problem(NamedTuple):
    """A system with everything that is given."""

    rates: int  # address of the right-hand side
    start: Doubles  # [states]
    p: Doubles  # [parameters]
    input_time: Doubles  # [segments] first time of each
    input_value: Doubles  # [segments, inputs] at its first time
    input_slope: Doubles  # [segments, inputs] per unit of time
    lower: Doubles  # [states] what a state must not fall below
    absolute: Doubles  # [states] absolute tolerance
    state: Longs  # [crossings]
    level: Doubles  # [crossings]
    direction: Longs  # [crossings]
    ends: Longs  # [crossings] 1: the run ends there
    times: Doubles  # [outputs] ascending


class Limits(NamedTuple):
    """Span, tolerance and choices of a run."""

    begin: float
    until: float
    relative: float
    steps: int
    method: int


class Work(NamedTuple):
    """Scratch, counters and results of a run."""

    x: Doubles  # [states]
    new: Doubles  # [states]
    stage: Doubles  # [states]
    error: Doubles  # [states]
    slope: Doubles  # [states] derivative by time
    u: Doubles  # [inputs]
    k: Doubles  # [7, states]
    matrix: Doubles  # [states, states]
    jacobian: Doubles  # [states, states]
    pivot: Longs  # [states]
    dense: Doubles  # [5, states] coefficients of the interpolant
    clock: Doubles
    tally: Longs
    found: Doubles  # [outputs, states]
    hit_time: Doubles  # [hits]
    hit_which: Longs  # [hits]
    hit_state: Doubles  # [hits, states]
