"""Integrate a phase: the course of its states, its crossings, and a clear error where it fails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np

from zhizao.kernels.compiling.derivatives import Sizes, rates_address
from zhizao.solvers.phases.kernels import tables as k
from zhizao.solvers.phases.kernels.integrate import integrate
from zhizao.solvers.phases.problem import (
    Method,
    Phase,
    PhaseError,
    Rates,
    Settings,
    crossing_tables,
    segments,
)

OUTPUTS = 201  # times of the course where none are asked for


class End(Enum):
    """How a phase ended."""

    TIME = k.DONE
    CROSSING = k.CROSSED
    STEP_TOO_SMALL = k.TOO_SMALL
    NOT_FINITE = k.NOT_FINITE
    BELOW_BOUND = k.BELOW
    RATES_RAISED = k.RAISED
    STEPS_SPENT = k.STEPS_SPENT
    HITS_FULL = k.HITS_FULL
    SINGULAR = k.SINGULAR
    GOAL_MISSED = 100
    """No crossing that ends the phase came up in time."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A crossing that came up: which (its place in `Phase.crossings`), when, and all states then."""

    crossing: int
    time: float
    states: k.Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """States over time, [times, states], up to where the phase came.

    `plain` says why the rates ran as plain Python; empty: they were compiled. `message` says what went wrong;
    empty: the phase ended as it should.
    """

    phase: Phase
    times: k.Doubles
    states: k.Doubles
    hits: tuple[Hit, ...]
    end: End
    end_time: float
    end_states: k.Doubles
    method: Method
    steps: int
    rejected: int
    calls: int
    plain: str
    message: str

    @property
    def ok(self) -> bool:
        """Whether the phase ended as it should."""
        return not self.message

    @property
    def duration_s(self) -> float:
        """Duration, s."""
        return (self.end_time - self.phase.begin) * self.phase.model.time.seconds

    def state(self, name: str) -> k.Doubles:
        """One state over the times."""
        return self.states[:, self.phase.model.place(name)]

    def at_end(self, name: str) -> float:
        """One state at the end."""
        return float(self.end_states[self.phase.model.place(name)])

    def table(self) -> Any:
        """The course as a Polars frame: the time, then a column for each state."""
        import polars as pl

        model = self.phase.model
        columns = {f"time_{model.time.value}": self.times}
        return pl.DataFrame(columns | {one.name: self.state(one.name) for one in model.states})

    def to_json(self) -> str:
        """End, duration, states at the end, crossings and the parameters that are assumed, as JSON."""
        names = [one.name for one in self.phase.model.states]
        crossed = [{"state": self.phase.crossings[hit.crossing].state, "time": hit.time} for hit in self.hits]
        found = {
            "model": self.phase.model.name,
            "end": self.end.name.lower(),
            "message": self.message,
            "time_unit": self.phase.model.time.value,
            "end_time": self.end_time,
            "duration_s": self.duration_s,
            "states": dict(zip(names, map(float, self.end_states), strict=True)),
            "crossings": crossed,
            "parameters": self.phase.values,
            "assumed": list(self.phase.assumed),
            "method": self.method.name.lower(),
            "plain_python": self.plain,
        }
        return json.dumps(found)

    def __str__(self) -> str:
        unit = self.phase.model.time.value
        rates = f"rates in plain Python ({self.plain})" if self.plain else "rates compiled"
        done = f"{self.phase.model.name}: {self.end_time:g} {unit}, {self.steps} steps, {rates}"
        return f"{done}; {self.message}" if self.message else done


class PhaseFailedError(PhaseError):
    """A phase that did not end as it should; `course` holds what was computed up to there."""

    def __init__(self, course: Course) -> None:
        self.course = course
        super().__init__(course.message)


def run_phase(
    phase: Phase, times: Sequence[float] | k.Doubles | None = None, settings: Settings | None = None
) -> Course:
    """Integrate a phase to its end.

    Parameters
    ----------
    phase
        Model, start, inputs, crossings and end.
    times
        When the states are wanted, in the model's unit, rising; None: 201 times from begin to end.
    settings
        Tolerances, limits and method.

    Raises
    ------
    PhaseFailedError
        The phase did not end as it should: the goal was missed, a state fell below its bound or is not
        finite, the rates failed, or the step became too small.

    Notes
    -----
    Two crossings of one level within an eighth of a step are not seen.
    """
    course = follow_phase(phase, times, settings)
    if not course.ok:
        raise PhaseFailedError(course)
    return course


def follow_phase(
    phase: Phase, times: Sequence[float] | k.Doubles | None = None, settings: Settings | None = None
) -> Course:
    """Integrate a phase as far as it goes; `Course.message` says what went wrong, if anything did.

    Parameters
    ----------
    phase, times, settings
        As for `run_phase`.
    """
    settings = settings or Settings()
    wanted = _wanted(phase, times)
    model = phase.model
    sizes = len(model.states), len(model.parameters), len(model.inputs)
    address, plain = _address(model.rates, sizes)
    problem = _problem(phase, settings, address, wanted)
    method = settings.method or model.method
    limits = k.Limits(float(phase.begin), float(phase.until), settings.relative, settings.steps, method.value)
    work = _work(sizes, len(wanted), settings.hits if phase.crossings else 0)
    status = integrate(problem, limits, work)
    return _course(phase, wanted, work, status, plain)


def _wanted(phase: Phase, times: Sequence[float] | k.Doubles | None) -> k.Doubles:
    if times is None:
        return np.linspace(phase.begin, phase.until, OUTPUTS)
    wanted = np.array(times, np.float64).ravel()
    inside = ((wanted >= phase.begin) & (wanted <= phase.until)).all()
    if not inside or (np.diff(wanted) < 0).any():
        span = f"{phase.begin:g} to {phase.until:g} {phase.model.time.value}"
        raise PhaseError(f"found output times that do not rise or lie outside {span}")
    return wanted


@lru_cache(maxsize=256)
def _address(rates: Rates, sizes: Sizes) -> tuple[int, str]:
    return rates_address(rates, sizes)


def _problem(phase: Phase, settings: Settings, address: int, wanted: k.Doubles) -> k.Problem:
    states = phase.model.states
    state, level, direction, ends = crossing_tables(phase)
    return k.Problem(
        address,
        np.array([phase.start[one.name] for one in states], np.float64),
        np.array(list(phase.values.values()), np.float64),
        *segments(phase),
        np.array([one.lower for one in states], np.float64),
        np.array([settings.absolute * one.scale for one in states], np.float64),
        state,
        level,
        direction,
        ends,
        wanted,
    )


def _work(sizes: Sizes, outputs: int, hits: int) -> k.Work:
    n = sizes[0]
    return k.Work(
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(sizes[2]),
        np.zeros((7, n)),
        np.zeros((n, n)),
        np.zeros((n, n)),
        np.zeros(n, np.int64),
        np.zeros((5, n)),
        np.zeros(3),
        np.zeros(12, np.int64),
        np.full((outputs, n), np.nan),
        np.zeros(hits),
        np.zeros(hits, np.int64),
        np.zeros((hits, n)),
    )


def _course(phase: Phase, wanted: k.Doubles, work: k.Work, status: int, plain: str) -> Course:
    end, tally = End(status), work.tally
    if end is End.TIME and any(one.ends for one in phase.crossings):
        end = End.GOAL_MISSED
    order = np.argsort(work.hit_time[: tally[k.HITS]], kind="stable")
    hits = tuple(
        Hit(int(work.hit_which[i]), float(work.hit_time[i]), work.hit_state[i].copy()) for i in order
    )
    reached = int(tally[k.NEXT])
    return Course(
        phase,
        wanted[:reached],
        work.found[:reached],
        hits,
        end,
        float(work.clock[k.TIME]),
        work.x.copy(),
        Method(int(tally[k.METHOD])),
        int(tally[k.STEPS]),
        int(tally[k.REJECTED]),
        int(tally[k.CALLS]),
        plain,
        "" if end in (End.TIME, End.CROSSING) else _message(phase, work, end),
    )


def _message(phase: Phase, work: k.Work, end: End) -> str:
    """What went wrong, with variable and time, and what to do."""
    model, time = phase.model, float(work.clock[k.TIME])
    state = model.states[int(work.tally[k.BLAME])]
    value = float(work.x[int(work.tally[k.BLAME])])
    where = f"phase {model.name!r} at {time:g} {model.time.value}"
    there = f"{state.name} = {value:g} {state.unit}"
    if end is End.GOAL_MISSED:
        return _missed(phase, work)
    if end is End.RATES_RAISED:
        return f"{where}: the rates failed: {_raised(phase, work, time)}"
    found = {
        End.BELOW_BOUND: f"{there} would fall below {state.lower:g} {state.unit}; correct the rate "
        "that does not vanish there, or end the phase by a crossing before",
        End.NOT_FINITE: f"the rate of {state.name} is not finite near {there}",
        End.STEP_TOO_SMALL: f"the step became too small because of {there}: it may grow without bound, "
        "or the rates jump",
        End.STEPS_SPENT: f"the limit of {int(work.tally[k.STEPS])} steps is reached, because of {there}; try "
        "Method.IMPLICIT or more steps",
        End.HITS_FULL: f"more than {len(work.hit_time)} crossings; raise Settings.hits",
        End.SINGULAR: "the matrix of the implicit step is singular; try Method.EXPLICIT",
    }
    return f"{where}: {found[end]}"


def _missed(phase: Phase, work: k.Work) -> str:
    goals = [one for one in phase.crossings if one.ends]
    parts = []
    for goal in goals:
        place = phase.model.place(goal.state)
        unit = phase.model.states[place].unit
        way = {-1: "falling to ", 1: "rising to "}.get(goal.direction.value, "")
        parts.append(f"{goal.state} {way}{goal.level:g} {unit} (it ended at {work.x[place]:g})")
    limit = f"{phase.until:g} {phase.model.time.value}"
    return f"phase {phase.model.name!r}: within {limit} it did not reach {' or '.join(parts)}"


def _raised(phase: Phase, work: k.Work, time: float) -> str:
    """What the rates raise in plain Python where they failed."""
    parameters = np.array(list(phase.values.values()), np.float64)
    tried = 4 * float(work.clock[k.STEP])  # the step that failed: the next one to try is a quarter of it
    for share in (0.0, 0.2, 0.5, 1.0):
        for point in (work.x, work.new, work.stage):
            try:
                rates = phase.model.rates(time + share * tried, point.copy(), parameters, work.u.copy())
            except Exception as error:  # noqa: BLE001  whatever a user's function raises is shown to the user
                return f"{type(error).__name__}: {error}"
            if len(rates) != len(point):
                return f"they gave {len(rates)} numbers for {len(point)} states"
    return "they raise when compiled, not in plain Python"
