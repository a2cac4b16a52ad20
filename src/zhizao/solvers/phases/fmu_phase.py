"""Phases run by an FMU: stepped to a goal or to the end, with values at every step of communication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from zhizao.solvers.phases.fmu import NEAR, Fmu
from zhizao.solvers.phases.fmu_file import FmuFile
from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import Crossing, Direction, PhaseError, Signal

MOST_STEPS = 1_000_000
"""Steps of communication of a phase: bounds memory (8 MB for each output)."""
_POINTS = 4  # of the interpolant in the step of a crossing: a cubic
_HALVINGS = 60  # of that step: to the last bit


@dataclass(frozen=True, slots=True, eq=False)
class FmuPhase:
    """A unit with numbers: start values, end, step of communication, outputs to read, inputs and goal.

    Times are in the unit's own unit. `until` is the end, or with a goal the latest one; `start` has
    parameters and start values; an input that is a number is held.
    """

    file: FmuFile
    until: float
    step: float
    outputs: tuple[str, ...]
    start: Mapping[str, float] = field(default_factory=dict)
    inputs: Mapping[str, float | Signal] = field(default_factory=dict)
    goal: Crossing | None = None

    def __post_init__(self) -> None:
        if not (self.until > 0 and self.step > 0):
            raise PhaseError(f"found until {self.until:g}, step {self.step:g}; expected numbers above 0")
        if self.until / self.step > MOST_STEPS:
            count = self.until / self.step
            raise PhaseError(f"found {count:.3g} steps; expected {MOST_STEPS:,} at most: a longer step")
        if any(isinstance(one, Signal) and one.ramps for one in self.inputs.values()):
            raise PhaseError("found an input that ramps; expected values that are held")


@dataclass(frozen=True, slots=True, eq=False)
class FmuEnd:
    """Outputs over time, [times, outputs], up to the end; `missed`: the goal did not come up."""

    times: Doubles
    values: Doubles
    missed: bool


def follow_fmu(phase: FmuPhase) -> FmuEnd:
    """Step a unit until its goal comes up, or to the end.

    A goal is looked for at every step of communication. When it came up, and the outputs then, are read from
    a cubic through the last four steps, fewer after a switch of an input; an output is kept between its
    values at both ends of the step. So a step bounds what can be wrong: the time by its length.

    Raises
    ------
    PhaseError
        A name is unknown, or the unit failed; the message says when.
    """
    signals = {n: one for n, one in phase.inputs.items() if isinstance(one, Signal)}
    held = {n: float(one) for n, one in phase.inputs.items() if not isinstance(one, Signal)}
    first = {name: one.at(0.0)[0] for name, one in signals.items()}
    goal = None if phase.goal is None else phase.outputs.index(phase.goal.state)
    stops, switches = _stops(phase, signals)
    rows = np.empty((len(stops), len(phase.outputs)))
    since = 0
    with Fmu(phase.file, {**phase.start, **held, **first}) as unit:
        rows[0] = unit.get(phase.outputs)
        for place in range(1, len(stops)):
            unit.advance(stops[place])
            rows[place] = unit.get(phase.outputs)
            if goal is not None and _crosses(rows[place - 1 : place + 1, goal], phase.goal):
                return _ended(stops[: place + 1], rows[: place + 1], since, (goal, phase.goal))
            if (switch := switches.get(float(stops[place]))) is not None:
                since = place
                unit.set({name: one.at(switch)[0] for name, one in signals.items()})
    return FmuEnd(stops, rows, goal is not None)


def _stops(phase: FmuPhase, signals: Mapping[str, Signal]) -> tuple[Doubles, dict[float, float]]:
    """Times of communication, and for those at which an input switches the time that its signal gives."""
    count = int(np.ceil(phase.until / phase.step - NEAR))
    grid = np.append(phase.step * np.arange(count), phase.until)
    switches: dict[float, float] = {}
    for t in sorted({float(t) for one in signals.values() for t in one.times if 0 < t < phase.until}):
        nearest = float(grid[int(np.abs(grid - t).argmin())])
        switches[nearest if abs(nearest - t) <= NEAR * phase.step else t] = t
    stops = np.unique([*grid, *switches])
    if not phase.file.any_step and np.abs(np.diff(stops) - phase.step).max() > 1e-6 * phase.step:
        right = "expected the end and the switches of inputs at multiples of the step"
        raise PhaseError(f"FMU {phase.file.path.name!r} takes steps of one length alone; {right}")
    return stops, switches


def _crosses(pair: Doubles, goal: Crossing | None) -> bool:
    assert goal is not None
    before, after = pair - goal.level
    rises, falls = before < 0 <= after, before > 0 >= after
    if goal.direction is Direction.EITHER:
        return bool(rises or falls)
    return bool(rises if goal.direction is Direction.RISING else falls)


def _ended(times: Doubles, rows: Doubles, since: int, goal: tuple[int, Crossing | None]) -> FmuEnd:
    """Put the crossing in place of the last step."""
    column, crossing = goal
    assert crossing is not None
    first = max(since, len(times) - _POINTS)
    known, values = times[first:], rows[first:]
    low, high = float(times[-2]), float(times[-1])
    below = bool(rows[-2, column] < crossing.level)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if bool(_between(known, values, middle)[column] < crossing.level) is below:
            low = middle
        else:
            high = middle
    ends = np.append(times[:-1], high)
    return FmuEnd(ends, np.vstack([rows[:-1], _between(known, values, high)]), False)


def _between(times: Doubles, values: Doubles, at: float) -> Doubles:
    """Lagrange's interpolant in the last step, kept between the values at its ends."""
    weights = np.array([np.prod([(at - s) / (t - s) for s in times if s != t]) for t in times])
    low, high = np.minimum(values[-2], values[-1]), np.maximum(values[-2], values[-1])
    return np.clip(weights @ values, low, high)
