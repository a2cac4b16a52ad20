"""What a phase file runs, be it equations or an FMU: names with units, and a course for drawn numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities.errors import Fault, nearest_name
from zhizao.solvers.phases import Crossing, Direction, PhaseError, Signal, TimeUnit
from zhizao.studies.phase.spec import PhaseFile, PhaseFileError, Spread

SHOWN = 12
"""Names in a message at most."""
TAKEN = ("takes_h", "accepted")
"""Columns of lots that no state may be called."""
_CUT = 1e-3  # share of a normal distribution beyond its bounds that a reader need not know of
_DIRECTIONS = {"either": Direction.EITHER, "rising": Direction.RISING, "falling": Direction.FALLING}


@dataclass(frozen=True, slots=True)
class Named:
    """A state or an output, with its unit; empty: none is declared."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The course of one lot: values [times, states] up to its end, and whether it missed its goal.

    `assumed` are parameters of which nothing was given; `plain` says why equations ran as plain Python.
    """

    times: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]
    end_time: float
    end_values: tuple[float, ...]
    missed: bool
    assumed: tuple[str, ...] = ()
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Numbers of one lot."""

    start: Mapping[str, float]
    parameters: Mapping[str, float]
    inputs: Mapping[str, float | Signal]

    def __str__(self) -> str:
        given = {**self.start, **self.parameters}
        given |= {name: one for name, one in self.inputs.items() if not isinstance(one, Signal)}
        return ", ".join(f"{name} {value:.6g}" for name, value in given.items()) or "no numbers of its own"


class Process(ABC):
    """Equations or a unit that a phase file names, checked against it."""

    name: str
    """Name of the model."""
    source: str
    """Where its equations come from."""
    time: TimeUnit
    """Unit of its times."""
    states: tuple[Named, ...]
    """What is known of a lot at its end."""
    kwh: float
    """kWh in the unit of the energy."""
    bounds: Mapping[str, tuple[float, float]]
    """Least and greatest value that may be drawn; a name that is not here has none."""

    @abstractmethod
    def run(self, drawn: Drawn) -> Trace:
        """Run one lot.

        Raises
        ------
        PhaseError
            It fails; the message names time and variable.
        """

    def close(self) -> None:  # noqa: B027  equations hold nothing open
        """Give back what it holds open."""


def draw(spec: PhaseFile, process: Process, random: np.random.Generator) -> Drawn:
    """Numbers of the next lot."""
    bounds = process.bounds
    start = {name: _number(name, given, bounds, random) for name, given in spec.start.items()}
    parameters = {name: _number(name, given, bounds, random) for name, given in spec.parameters.items()}
    inputs: dict[str, float | Signal] = {}
    for name, given in spec.inputs.items():
        if isinstance(given, tuple):
            inputs[name] = Signal(tuple(t for t, _ in given), tuple(v for _, v in given))
        else:
            inputs[name] = _number(name, given, bounds, random)
    return Drawn(start, parameters, inputs)


def _number(
    name: str,
    given: float | Spread,
    bounds: Mapping[str, tuple[float, float]],
    random: np.random.Generator,
) -> float:
    """A number of a lot; a normal one outside what has a meaning is drawn anew."""
    if not isinstance(given, Spread):
        return given
    if given.mean is None or given.sd is None:
        return float(random.uniform(given.low or 0.0, given.high or 0.0))
    least, most = bounds.get(name, (-np.inf, np.inf))
    for _ in range(1000):
        value = float(random.normal(given.mean, given.sd))
        if least <= value <= most:
            return value
    drawn = f"mean {given.mean:g}, sd {given.sd:g}"
    raise PhaseError(f"{name}: found {drawn}: hardly ever within {least:g} to {most:g}")


def misfits(
    fields: Mapping[str, Mapping[str, float | Spread | tuple[tuple[float, float], ...]]],
    bounds: Mapping[str, tuple[float, float]],
    units: Mapping[str, str],
    tree: YamlTree,
) -> Iterator[Fault]:
    """Numbers outside what has a meaning, by field of the file and name."""
    for field, numbers in fields.items():
        for name, given in numbers.items():
            low, high = bounds.get(name, (-np.inf, np.inf))
            outside = [one for one in _numbers(given) if not low <= one <= high]
            if outside:
                right = f"{low:g} to {high:g} {units.get(name, '')}".rstrip()
                yield fault_at(tree, (field, name), f"found {outside[0]:g}", right)


def _numbers(given: float | Spread | tuple[tuple[float, float], ...]) -> list[float]:
    if isinstance(given, Spread):
        return [one for one in (given.mean, given.low, given.high) if one is not None]
    if isinstance(given, tuple):
        return [value for _, value in given]
    return [given]


def remarks(spec: PhaseFile, process: Process) -> Iterator[str]:
    """What lots do not have as the file says: normal numbers cut at bounds, inputs after the end."""
    for name, given in (*spec.start.items(), *spec.parameters.items(), *spec.inputs.items()):
        if isinstance(given, Spread) and given.mean is not None and given.sd:
            yield from _cut(name, given.mean, given.sd, process.bounds.get(name, (-np.inf, np.inf)))
    until = spec.until / process.time.seconds
    for name, given in spec.inputs.items():
        if isinstance(given, tuple) and any(time >= until for time, _ in given):
            end = f"{until:g} {process.time.value}"
            yield f"{name}: values from the end of the latest lots on, {end}, are never used."


def _cut(name: str, mean: float, sd: float, bounds: tuple[float, float]) -> Iterator[str]:
    """A normal distribution whose part outside bounds is drawn anew (truncated normal distribution)."""
    unit = NormalDist()
    low, high = ((one - mean) / sd for one in bounds)
    inside = unit.cdf(high) - unit.cdf(low)
    if 0 < inside < 1 - _CUT:
        shifted = mean + sd * (unit.pdf(low) - unit.pdf(high)) / inside
        yield (
            f"{name}: {100 * (1 - inside):.3g} % of the normal distribution lies outside {bounds[0]:g} to "
            f"{bounds[1]:g} and is drawn anew; the mean is then {shifted:.4g}, not {mean:g}."
        )


def goal_of(spec: PhaseFile) -> Crossing | None:
    """The crossing that ends the phase."""
    goal = spec.ends
    return None if goal is None else Crossing(goal.state, goal.level, _DIRECTIONS[goal.direction], ends=True)


def read_names(spec: PhaseFile) -> list[tuple[tuple[str, ...], str]]:
    """States that the file reads at the end or on the way, each with its place in the file."""
    named: list[tuple[tuple[str, ...], str]] = [(("accept", name), name) for name in spec.accept]
    if spec.energy is not None:
        named.append((("energy",), spec.energy))
    if spec.ends is not None:
        named.append((("ends",), spec.ends.state))
    return named


def fault_at(tree: YamlTree, path: tuple[str, ...], found: str, right: str, near: str | None = None) -> Fault:
    """A fault of a place in the file."""
    file, line, name = tree.locate(path)
    return Fault(file, line, name, found, right, near)


def one_fault(
    tree: YamlTree, path: tuple[str, ...], found: str, right: str, near: str | None = None
) -> PhaseFileError:
    """An error of one fault."""
    return PhaseFileError((fault_at(tree, path, found, right, near),))


def unknown(tree: YamlTree, path: tuple[str, ...], name: str, known: list[str], because: str = "") -> Fault:
    """A name that is none of those that are known here."""
    some = ", ".join(known[:SHOWN]) or "none"
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    near = None if because else nearest_name(name, known)
    return fault_at(tree, path, f"found {name!r}{because}", f"one of {some}{more}", near)


def missing(tree: YamlTree, field: str, given: Mapping[str, Any], known: list[str]) -> list[Fault]:
    """Names that have no number."""
    lacking = [name for name in known if name not in given]
    return (
        [fault_at(tree, (field,), f"found no {', '.join(lacking)}", "a number for each")] if lacking else []
    )
