"""An FMU as a process: its variables by name, causality and unit, and its lots."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities.errors import Fault
from zhizao.solvers.phases import PhaseError, TimeUnit
from zhizao.solvers.phases.fmu_file import FmuFile, FmuVariable
from zhizao.solvers.phases.fmu_phase import MOST_STEPS, FmuPhase, follow_fmu
from zhizao.studies.phase.process import (
    Drawn,
    Named,
    Process,
    Trace,
    fault_at,
    goal_of,
    misfits,
    missing,
    one_fault,
    read_names,
    unknown,
)
from zhizao.studies.phase.spec import PhaseFile, PhaseFileError

_POINTS = 200  # of a course that is shown
_KWH = {
    "kWh": 1.0,
    "kW.h": 1.0,
    "Wh": 1e-3,
    "W.h": 1e-3,
    "MW.h": 1e3,
    "MWh": 1e3,
    "J": 1 / 3.6e6,
    "kJ": 1 / 3600,
    "MJ": 1 / 3.6,
    "GJ": 1 / 3.6e-3,
}
"""kWh in units of energy, as files and FMUs write them."""


class Unit(Process):
    """An FMU, with what the file says of it; it holds the unpacked file until `close`.

    Raises
    ------
    PhaseFileError
        The FMU cannot be read, or the file does not fit it; all faults together.
    """

    def __init__(self, spec: PhaseFile, tree: YamlTree, folder: Path) -> None:
        self._spec = spec
        try:
            self._file = FmuFile(folder / spec.model)
        except PhaseError as error:
            right = "an FMU of FMI 2.0, by its path from this file"
            raise one_fault(tree, ("model",), str(error), right) from None
        try:
            self._take(spec, tree)
        except BaseException:
            self.close()
            raise

    def run(self, drawn: Drawn) -> Trace:
        """Step one lot."""
        spec, seconds = self._spec, self.time.seconds
        assert spec.step is not None
        names = tuple(one.name for one in self.states)
        start = {**drawn.start, **drawn.parameters}
        phase = FmuPhase(
            self._file, spec.until / seconds, spec.step / seconds, names, start, drawn.inputs, goal_of(spec)
        )
        found = follow_fmu(phase)
        thin = slice(None, None, max(len(found.times) // _POINTS, 1))
        ends = tuple(map(float, found.values[-1]))
        end = float(found.times[-1])
        return Trace(found.times[thin], found.values[thin], end, ends, found.missed, self._assumed)

    def close(self) -> None:
        """Remove the unpacked file."""
        self._file.close()

    def _take(self, spec: PhaseFile, tree: YamlTree) -> None:
        known = self._file.variables()
        faults = [*_misnamed(spec, known, tree), *_misfit(spec, known, tree)]
        energy = None if spec.energy is None else known.get(spec.energy)
        written = spec.energy_unit or ("" if energy is None else energy.unit)
        self.kwh = _KWH.get(written, 1.0)
        if energy is not None and (fault := _energy_fault(spec, energy, tree)):
            faults.append(fault)
        if faults:
            raise PhaseFileError(tuple(faults))
        description = self._file.description
        self.name = description.modelName or spec.model
        self.source = f"FMU {Path(spec.model).name} (FMI 2.0)"
        self.time = TimeUnit(spec.time or "s")
        shown = [one.name for one in known.values() if one.causality == "output" and one.numeric]
        shown += [name for _, name in read_names(spec) if name not in shown]
        self.states = tuple(Named(name, known[name].unit) for name in dict.fromkeys(shown))
        self.bounds = {name: (one.low, one.high) for name, one in known.items()}
        free = (one.name for one in known.values() if one.causality == "parameter" and one.numeric)
        self._assumed = tuple(name for name in free if name not in spec.parameters)


def _misnamed(spec: PhaseFile, known: dict[str, FmuVariable], tree: YamlTree) -> Iterable[Fault]:
    """Names that the unit does not have, or has as something else."""
    parameters = [one.name for one in known.values() if one.causality == "parameter" and one.numeric]
    inputs = [one.name for one in known.values() if one.causality == "input" and one.numeric]
    starts = [one.name for one in known.values() if one.can_start and one.numeric]
    read = [one.name for one in known.values() if one.causality in ("output", "local") and one.numeric]
    given: list[tuple[tuple[str, ...], str, list[str]]] = [
        (("start", name), name, starts) for name in spec.start
    ]
    given += [(("parameters", name), name, parameters) for name in spec.parameters]
    given += [(("inputs", name), name, inputs) for name in spec.inputs]
    given += [(path, name, read) for path, name in read_names(spec)]
    for path, name, right in given:
        if name not in right:
            found = known.get(name)
            because = "" if found is None else f", which is {_kind(found)} of the FMU"
            yield unknown(tree, path, name, right, because)
    yield from missing(tree, "inputs", spec.inputs, inputs)


def _kind(one: FmuVariable) -> str:
    if not one.numeric:
        return "no number"
    kinds = {"parameter": "a parameter", "input": "an input", "independent": "the time"}
    return kinds.get(one.causality, f"a calculated variable ({one.causality})")


def _misfit(spec: PhaseFile, known: dict[str, FmuVariable], tree: YamlTree) -> Iterable[Fault]:
    """Numbers outside their declared bounds, and steps that are missing or too many."""
    bounds = {name: (one.low, one.high) for name, one in known.items()}
    units = {name: one.unit for name, one in known.items()}
    yield from misfits(
        {"start": spec.start, "parameters": spec.parameters, "inputs": spec.inputs}, bounds, units, tree
    )
    if spec.step is None:
        yield fault_at(tree, ("step",), "found no step", "the step of communication, such as 10 s")
    elif spec.step <= 0 or spec.until / spec.step > MOST_STEPS:
        right = f"a step above 0 s, and {MOST_STEPS:,} of them at most"
        yield fault_at(tree, ("step",), f"found {spec.step:g} s", right)


def _energy_fault(spec: PhaseFile, energy: FmuVariable, tree: YamlTree) -> Fault | None:
    units = ", ".join(_KWH)
    if spec.energy_unit is None and energy.unit not in _KWH:
        found = f"found {energy.name!r}, which is in {energy.unit or 'no declared unit'}"
        right = f"a variable in one of {units}"
        if not energy.unit:
            right += ", or `energy_unit: J` beside it"
        return fault_at(tree, ("energy",), found, right)
    if spec.energy_unit is not None and energy.unit not in ("", spec.energy_unit):
        found = f"found {spec.energy_unit}, but the FMU declares {energy.unit}"
        return fault_at(tree, ("energy_unit",), found, f"none, or {energy.unit}")
    return None
