"""Functional mock-up units (FMI 2.0) as phases: stepped between events, with FMPy underneath.

Co-simulation units are stepped by their own solver; model-exchange units are integrated by CVode, state, time
and step events included. Needs the extra `fmu`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from zhizao.solvers.phases.fmu_file import FmuFile
from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import PhaseError, Signal, place_of

NEAR = 1e-9  # of a step: two times closer than this are one


class FmuKind(Enum):
    """How a unit is run."""

    CO_SIMULATION = "co-simulation"
    MODEL_EXCHANGE = "model exchange"


@dataclass(frozen=True, slots=True, eq=False)
class FmuCourse:
    """Outputs of a unit over time, [times, outputs]."""

    outputs: tuple[str, ...]
    times: Doubles
    values: Doubles

    def table(self) -> Any:
        """The course as a Polars frame."""
        import polars as pl

        columns = {name: self.values[:, place] for place, name in enumerate(self.outputs)}
        return pl.DataFrame({"time": self.times} | columns)


class Fmu:
    """A unit from its initialisation to its end: set inputs, advance to the next event, read variables.

    Parameters
    ----------
    path
        The .fmu file; one that is open stays open when the unit is closed.
    start
        Start values of parameters and variables that may be set.
    kind
        None: co-simulation if the unit offers it, else model exchange.
    begin
        Time at which it starts, in the unit's own unit (s by the standard).
    relative
        Tolerance of CVode for model exchange.

    Raises
    ------
    PhaseError
        The file cannot be read or is not of FMI 2.0, FMPy is missing, a name is unknown, or the unit refuses
        its start.
    """

    def __init__(
        self,
        path: str | Path | FmuFile,
        start: Mapping[str, float] | None = None,
        *,
        kind: FmuKind | None = None,
        begin: float = 0.0,
        relative: float = 1e-7,
    ) -> None:
        self._own = not isinstance(path, FmuFile)
        self._file = path if isinstance(path, FmuFile) else FmuFile(path)
        self.path, self.time = self._file.path, begin
        self._relative, self._failed = relative, False
        self._alive = False
        self._trouble: list[BaseException] = []
        try:
            self._description = self._file.description
            self._variables = {one.name: one for one in self._description.modelVariables}
            self.kind = self._kind(kind)
            self._unit = self._instance()
            self._alive = True
            self._initialise(start or {}, begin)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Fmu:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def set(self, values: Mapping[str, float]) -> None:
        """Set inputs or tunable parameters at the present time."""
        if self.kind is FmuKind.MODEL_EXCHANGE and values:
            self._call(self._unit.enterEventMode)
            self._write(values)
            self._settle()
            return
        self._write(values)

    def get(self, names: Sequence[str]) -> Doubles:
        """Values of variables at the present time.

        Raises
        ------
        PhaseError
            A name is unknown, or a value is not finite.
        """
        found = np.array(
            [self._call(self._getter(name), [self._of(name).valueReference])[0] for name in names]
        )
        for name, value in zip(names, found, strict=True):
            if not isfinite(value):
                raise PhaseError(f"FMU {self.path.name!r} at {self.time:g}: {name} = {value}")
        return found.astype(np.float64)

    def advance(self, until: float, step: float | None = None) -> None:
        """Advance to a time.

        Parameters
        ----------
        until
            The next event of the plant.
        step
            Longest step of communication; None: one step.

        Raises
        ------
        PhaseError
            The unit failed on the way; the message says where, and it cannot be used any more.
        """
        if self._failed:
            raise PhaseError(f"FMU {self.path.name!r} failed before; open it again")
        if not isfinite(until) or until < self.time:
            raise PhaseError(f"FMU {self.path.name!r} is at {self.time:g}; found {until:g} to advance to")
        whole = until - self.time
        count = max(int(np.ceil(whole / step - NEAR)), 1) if step else 1
        for goal in np.linspace(self.time, until, count + 1)[1:] if whole > 0 else ():
            if self.kind is FmuKind.CO_SIMULATION:
                self._call(self._unit.doStep, self.time, float(goal) - self.time)
                self.time = float(goal)
            else:
                self._integrate(float(goal))

    def close(self) -> None:
        """End the unit; a file that it opened itself is closed."""
        alive, self._alive = self._alive, False
        try:
            if alive and not self._failed:
                self._unit.terminate()
                self._unit.freeInstance()
        finally:
            if self._own:
                self._file.close()

    def _kind(self, wanted: FmuKind | None) -> FmuKind:
        offered = []
        if self._description.coSimulation is not None:
            offered.append(FmuKind.CO_SIMULATION)
        if self._description.modelExchange is not None:
            offered.append(FmuKind.MODEL_EXCHANGE)
        if wanted is not None and wanted not in offered:
            names = ", ".join(one.value for one in offered)
            raise PhaseError(f"FMU {self.path.name!r} offers {names or 'nothing'}; found {wanted.value}")
        return wanted or offered[0]

    def _instance(self) -> Any:
        from fmpy.simulation import instantiate_fmu

        name = "CoSimulation" if self.kind is FmuKind.CO_SIMULATION else "ModelExchange"
        try:
            return instantiate_fmu(self._file.folder, self._description, fmi_type=name)
        except Exception as error:  # FMPy raises plain exceptions here
            raise PhaseError(f"FMU {self.path.name!r} cannot be loaded: {error}") from error

    def _initialise(self, start: Mapping[str, float], begin: float) -> None:
        self._call(self._unit.setupExperiment, startTime=begin)
        self._write(start)
        self._call(self._unit.enterInitializationMode)
        self._write({name: value for name, value in start.items() if self._of(name).causality == "input"})
        self._call(self._unit.exitInitializationMode)
        if self.kind is FmuKind.MODEL_EXCHANGE:
            self._next_event: float | None = None
            self._solver: Any = None
            self._settle()

    def _settle(self) -> None:
        """Iterate discrete states until they hold, then go on in continuous time."""
        again = True
        while again:
            again, ends, _, _, timed, when = self._call(self._unit.newDiscreteStates)
            if ends:
                self._failed = True
                raise PhaseError(f"FMU {self.path.name!r} at {self.time:g}: the unit asks to end")
        self._next_event = float(when) if timed else None
        self._call(self._unit.enterContinuousTimeMode)
        if self._solver is None:
            self._solver = self._new_solver()
        else:
            self._solver.reset(self.time)

    def _new_solver(self) -> Any:
        from fmpy.sundials import CVodeSolver

        unit, description = self._unit, self._description
        return CVodeSolver(
            nx=description.numberOfContinuousStates,
            nz=description.numberOfEventIndicators,
            get_x=unit.getContinuousStates,
            set_x=self._guarded(unit.setContinuousStates),
            get_dx=self._guarded(unit.getDerivatives),
            get_z=self._guarded(unit.getEventIndicators),
            get_nominals=unit.getNominalsOfContinuousStates,
            set_time=self._guarded(unit.setTime),
            input=_Held(),
            startTime=self.time,
            relativeTolerance=self._relative,
            maxNumSteps=100_000,
        )

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A callback of CVode: what it raises would be lost in C, so it is kept and raised afterwards."""

        def called(*arguments: Any) -> Any:
            if self._trouble:
                return None
            try:
                return function(*arguments)
            except Exception as error:  # noqa: BLE001  raised again by `_integrate`
                self._trouble.append(error)
                return None

        return called

    def _integrate(self, until: float) -> None:
        while self.time < until - NEAR * max(abs(until), 1e-9):
            goal = until if self._next_event is None else min(until, self._next_event)
            state_event, _, reached = self._call(self._solver.step, self.time, goal)
            if self._trouble:
                self._fail(self._trouble[0])
            self.time = goal if abs(reached - goal) < NEAR * max(abs(goal), 1e-9) else float(reached)
            self._call(self._unit.setTime, self.time)
            step_event = False
            if self._description.modelExchange.needsCompletedIntegratorStep:
                step_event, ends = self._call(self._unit.completedIntegratorStep)
                if ends:
                    self._fail(PhaseError("the unit asks to end"))
            timed = self._next_event is not None and self.time >= self._next_event
            if state_event or step_event or timed:
                self._call(self._unit.enterEventMode)
                self._settle()

    def _of(self, name: str) -> Any:
        if name not in self._variables:
            place_of(name, list(self._variables), f"variable of FMU {self.path.name!r}")
        return self._variables[name]

    def _getter(self, name: str) -> Callable[..., Any]:
        unit = self._unit
        kinds = {"Real": unit.getReal, "Integer": unit.getInteger, "Boolean": unit.getBoolean}
        kinds["Enumeration"] = unit.getInteger
        return self._by_kind(name, kinds)

    def _by_kind(self, name: str, kinds: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
        kind = self._of(name).type
        if kind not in kinds:
            raise PhaseError(f"FMU {self.path.name!r}: {name} is a {kind}; expected a number")
        return kinds[kind]

    def _write(self, values: Mapping[str, float]) -> None:
        unit = self._unit
        kinds = {"Real": unit.setReal, "Integer": unit.setInteger, "Boolean": unit.setBoolean}
        kinds["Enumeration"] = unit.setInteger
        for name, value in values.items():
            if not isfinite(value):
                raise PhaseError(f"FMU {self.path.name!r}: found {name} = {value}; expected a finite number")
            setter = self._by_kind(name, kinds)
            given = float(value) if self._of(name).type == "Real" else int(value)
            self._call(setter, [self._of(name).valueReference], [given])

    def _call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001  FMPy raises plain exceptions
            self._fail(self._trouble[0] if self._trouble else error)

    def _fail(self, error: BaseException) -> None:
        self._failed = True
        raise PhaseError(f"FMU {self.path.name!r} failed at {self.time:g}: {error}") from error


class _Held:
    """Inputs of CVode's root function: they are held between events."""

    def apply(self, _: float) -> None:
        """Leave the inputs as they are."""


def run_fmu(
    unit: Fmu,
    times: Sequence[float] | Doubles,
    outputs: Sequence[str],
    inputs: Mapping[str, Signal] | None = None,
    step: float | None = None,
) -> FmuCourse:
    """Run a unit and read outputs at times; inputs are set at their times, those that ramp at every step.

    Parameters
    ----------
    unit
        At its start.
    times
        Rising.
    outputs
        Names of variables.
    inputs
        Signals by the names of the inputs.
    step
        Longest step of communication.

    Raises
    ------
    PhaseError
        The unit failed, or the times do not rise.
    """
    wanted = np.array(times, np.float64)
    signals = dict(inputs or {})
    if len(wanted) == 0 or (np.diff(wanted) < 0).any() or wanted[0] < unit.time:
        raise PhaseError(f"found times that do not rise from {unit.time:g} on")
    switches = {t for one in signals.values() for t in one.times if unit.time < t < wanted[-1]}
    stops = sorted({unit.time, *map(float, wanted), *switches, *_steps(unit.time, float(wanted[-1]), step)})
    rows: dict[float, Doubles] = {}
    last: dict[str, float] = {}
    for stop in stops:
        unit.advance(stop, step)
        now = {name: one.at(stop)[0] for name, one in signals.items()}
        if now != last:
            unit.set(now)
            last = now
        rows[stop] = unit.get(outputs)
    return FmuCourse(tuple(outputs), wanted, np.array([rows[float(t)] for t in wanted]))


def _steps(begin: float, end: float, step: float | None) -> Sequence[float]:
    if step is None:
        return ()
    if not step > 0:
        raise PhaseError(f"found step {step:g}; expected a number above 0")
    return [float(t) for t in np.arange(begin, end, step)]
