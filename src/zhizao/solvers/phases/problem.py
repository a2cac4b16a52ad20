"""What a phase is: a model of differential equations, its start, inputs, crossings and end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf, isfinite
from typing import Any, TypeVar

import numpy as np

from zhizao.quantities import InputError, nearest_name
from zhizao.solvers.phases.kernels import tables as k

Rates = Callable[..., Any]
"""`rates(t, x, p, u)`: a tuple or an array of the derivatives of the states by the model's unit of time."""
T = TypeVar("T")


class PhaseError(InputError):
    """A phase is described wrongly, or did not end as it should; the message names variable and time."""


class TimeUnit(Enum):
    """Unit of time of a model."""

    SECOND = "s"
    MINUTE = "min"
    HOUR = "h"

    @property
    def seconds(self) -> float:
        """Seconds in it."""
        return {TimeUnit.SECOND: 1.0, TimeUnit.MINUTE: 60.0, TimeUnit.HOUR: 3600.0}[self]


class Method(Enum):
    """How a phase is integrated."""

    AUTO = k.AUTO
    """Explicit, and implicit from the point on at which the system proves stiff."""
    EXPLICIT = k.EXPLICIT
    """Dormand and Prince 5(4)."""
    IMPLICIT = k.IMPLICIT
    """RODAS 4(3), L-stable, with a Jacobian by differences."""


class Direction(Enum):
    """Way in which a state crosses a level."""

    EITHER = k.EITHER
    RISING = k.RISING
    FALLING = k.FALLING


@dataclass(frozen=True, slots=True)
class Variable:
    """A state or an input: its unit, the least value that has a meaning, and the size that counts as one.

    `scale` times `Settings.absolute` is the absolute tolerance of a state.
    """

    name: str
    unit: str
    lower: float = -inf
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (self.scale > 0 and isfinite(self.scale)):
            raise PhaseError(f"variable {self.name!r}: found scale {self.scale}; expected a number above 0")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its default; `assumed`: no measurement of this process stands behind the default.

    Numbers below `lower` have no meaning.
    """

    name: str
    unit: str
    value: float
    source: str = ""
    assumed: bool = True
    lower: float = -inf


@dataclass(frozen=True, slots=True)
class Model:
    """Equations with names: `rates` reads states, parameters and inputs in this order.

    `source` says where the equations come from. A function that Numba compiles runs as machine code; any
    other runs as plain Python, some hundred times slower, and the result says so.
    """

    name: str
    rates: Rates
    states: tuple[Variable, ...]
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Variable, ...] = ()
    time: TimeUnit = TimeUnit.SECOND
    method: Method = Method.AUTO
    source: str = ""

    def __post_init__(self) -> None:
        for kind in (self.states, self.parameters, self.inputs):
            names = [one.name for one in kind]
            if len(set(names)) < len(names):
                raise PhaseError(f"model {self.name!r}: found a name twice in {', '.join(names)}")
        if not self.states:
            raise PhaseError(f"model {self.name!r}: found no state; expected one or more")

    def place(self, state: str) -> int:
        """Row of a state.

        Raises
        ------
        PhaseError
            There is no such state.
        """
        return place_of(state, [one.name for one in self.states], f"state of model {self.name!r}")


@dataclass(frozen=True, slots=True)
class Signal:
    """An input over time: `values[i]` from `times[i]` on, held, or with `ramps` on a line to the next."""

    times: tuple[float, ...]
    values: tuple[float, ...]
    ramps: bool = False

    def __post_init__(self) -> None:
        given = np.array([*self.times, *self.values], float)
        if len(self.times) != len(self.values) or not self.times or not np.isfinite(given).all():
            raise PhaseError(f"found {self}; expected as many finite values as times, and one at least")
        if (np.diff(self.times) <= 0).any():
            raise PhaseError(f"found signal times {self.times}; expected rising times")

    def at(self, t: float) -> tuple[float, float]:
        """Value and slope from a time on; before the first time the first value holds."""
        row = int(np.searchsorted(self.times, t, "right")) - 1
        if row < 0 or not self.ramps or row + 1 == len(self.times):
            return self.values[max(row, 0)], 0.0
        slope = (self.values[row + 1] - self.values[row]) / (self.times[row + 1] - self.times[row])
        return self.values[row] + slope * (t - self.times[row]), slope


@dataclass(frozen=True, slots=True)
class Crossing:
    """A state that crosses a level; one that `ends` the phase is its goal; to miss it is an error."""

    state: str
    level: float
    direction: Direction = Direction.EITHER
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Tolerances and limits of the integrator."""

    relative: float = 1e-8
    absolute: float = 1e-10
    """Of a state of scale 1."""
    steps: int = 200_000
    """Steps at most, refused ones included."""
    hits: int = 4_096
    """Crossings at most."""
    method: Method | None = None
    """None: that of the model."""

    def __post_init__(self) -> None:
        if not (1e-14 < self.relative < 0.1 and 0 < self.absolute < inf):
            found = f"relative {self.relative}, absolute {self.absolute}"
            raise PhaseError(f"found tolerances {found}; expected 1e-14 < relative < 0.1 and absolute > 0")
        if self.steps < 1 or self.hits < 1:
            raise PhaseError(f"found {self.steps} steps and {self.hits} hits; expected 1 or more of each")


@dataclass(frozen=True, slots=True)
class Phase:
    """A model with numbers: start of every state, end, and what differs from the defaults.

    Times are in the model's unit. `until` is the end, or with a crossing that ends the phase the latest one.
    """

    model: Model
    start: Mapping[str, float]
    until: float
    parameters: Mapping[str, float] = field(default_factory=dict)
    inputs: Mapping[str, float | Signal] = field(default_factory=dict)
    crossings: tuple[Crossing, ...] = ()
    begin: float = 0.0

    def __post_init__(self) -> None:
        name = self.model.name
        if not (isfinite(self.begin) and isfinite(self.until) and self.until > self.begin):
            raise PhaseError(f"model {name!r}: found {self.begin} to {self.until}; expected an end after it")
        ordered(self.start, [one.name for one in self.model.states], f"start of a state of model {name!r}")
        ordered(self.inputs, [one.name for one in self.model.inputs], f"input of model {name!r}")
        for parameter in self.parameters:
            place_of(parameter, [one.name for one in self.model.parameters], f"parameter of model {name!r}")
        for crossing in self.crossings:
            self.model.place(crossing.state)
        for variable in self.model.states:
            found = self.start[variable.name]
            if not isfinite(found) or found < variable.lower:
                least = f"; expected a number from {variable.lower:g} on" if variable.lower > -inf else ""
                raise PhaseError(f"model {name!r}: found {variable.name} = {found} at the start{least}")

    @property
    def values(self) -> dict[str, float]:
        """Every parameter: the given value, else the default."""
        return {one.name: float(self.parameters.get(one.name, one.value)) for one in self.model.parameters}

    @property
    def assumed(self) -> tuple[str, ...]:
        """Parameters whose default is used and that no measurement of this process stands behind."""
        used = [one for one in self.model.parameters if one.name not in self.parameters]
        return tuple(one.name for one in used if one.assumed)


def place_of(name: str, names: list[str], what: str) -> int:
    """Place of a name.

    Raises
    ------
    PhaseError
        It is not among the names.
    """
    if name in names:
        return names.index(name)
    near = nearest_name(name, names)
    hint = f"; did you mean {near!r}?" if near else ""
    raise PhaseError(f"found {name!r}; expected a {what}: {', '.join(names) or 'none'}{hint}")


def ordered(given: Mapping[str, T], names: list[str], what: str) -> list[T]:
    """Values in the order of the names; every name must be given.

    Raises
    ------
    PhaseError
        A name is missing or unknown.
    """
    for name in given:
        place_of(name, names, what)
    if missing := [name for name in names if name not in given]:
        raise PhaseError(f"found no {what} for {', '.join(missing)}; expected a number for each")
    return [given[name] for name in names]


def segments(phase: Phase) -> tuple[k.Doubles, k.Doubles, k.Doubles]:
    """Times at which an input changes its shape, and there the values and slopes, [segments, inputs]."""
    names = [one.name for one in phase.model.inputs]
    given = ordered(phase.inputs, names, f"input of model {phase.model.name!r}")
    signals = [one if isinstance(one, Signal) else Signal((phase.begin,), (float(one),)) for one in given]
    inside = {t for one in signals for t in one.times if phase.begin < t < phase.until}
    times = sorted({phase.begin, *inside})
    shape = [[one.at(t) for one in signals] for t in times]
    table = np.array(shape, float).reshape(len(times), len(signals), 2)
    return np.array(times, float), np.ascontiguousarray(table[..., 0]), np.ascontiguousarray(table[..., 1])


def crossing_tables(phase: Phase) -> tuple[k.Longs, k.Doubles, k.Longs, k.Longs]:
    """State, level, direction and end of each crossing."""
    rows: Iterable[Crossing] = phase.crossings
    return (
        np.array([phase.model.place(one.state) for one in rows], np.int64),
        np.array([one.level for one in rows], np.float64),
        np.array([one.direction.value for one in rows], np.int64),
        np.array([one.ends for one in rows], np.int64),
    )
