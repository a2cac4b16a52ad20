"""Equations of the library, or of the user's own, as a process."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace

from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities.errors import nearest_name
from zhizao.solvers.phases import Course, Crossing, End, Model, Phase, PhaseError, Settings, follow_phase
from zhizao.solvers.phases import library as known_models
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

_FROM_ZERO = "0: the energy of a lot is what this state counts from its start"
_SETTINGS = Settings(relative=1e-6, absolute=1e-8)  # a thousandth of what lots differ by, and fast


class Equations(Process):
    """A model of differential equations, with what the file says of it.

    Raises
    ------
    PhaseFileError
        The model is unknown, or the file has names that it does not have; all together.
    """

    kwh = 1.0

    def __init__(self, spec: PhaseFile, tree: YamlTree) -> None:
        self._spec = spec
        self.model = model_of(spec, tree)
        _check(spec, self.model, tree)
        self.name, self.source, self.time = self.model.name, self.model.source, self.model.time
        self.states = tuple(Named(one.name, one.unit) for one in self.model.states)
        lower = {one.name: one.lower for one in (*self.model.states, *self.model.inputs)}
        least = 0.0 if spec.model in models() else -float("inf")  # the library's are rates and amounts
        lower |= {one.name: max(one.lower, least) for one in self.model.parameters}
        self.bounds = {name: (least, float("inf")) for name, least in lower.items()}
        units = {one.name: one.unit for one in self.model.parameters}
        units |= {one.name: one.unit for one in self.model.inputs}
        if faults := tuple(
            misfits({"parameters": spec.parameters, "inputs": spec.inputs}, self.bounds, units, tree)
        ):
            raise PhaseFileError(faults)

    def run(self, drawn: Drawn) -> Trace:
        """Integrate one lot; one that misses its goal by no more than the tolerance reaches it.

        Else it would be an error of rounding whether a state reaches a level at which it stays, as in a
        vessel whose feed stops when it is full.
        """
        goal = goal_of(self._spec)
        course = self._course(drawn, goal)
        if goal is not None and course.end is End.GOAL_MISSED:
            course = self._course(drawn, self._nearer(goal, drawn.start[goal.state]))
        missed = course.end is End.GOAL_MISSED
        if not course.ok and not missed:
            raise PhaseError(course.message)
        ends = list(map(float, course.end_states))
        if goal is not None and not missed:
            ends[self.model.place(goal.state)] = goal.level
        known = course.times, course.states, course.end_time
        return Trace(*known, tuple(ends), missed, course.phase.assumed, course.plain)

    def _course(self, drawn: Drawn, goal: Crossing | None) -> Course:
        until = self._spec.until / self.time.seconds
        crossings = () if goal is None else (goal,)
        phase = Phase(self.model, drawn.start, until, drawn.parameters, drawn.inputs, crossings)
        return follow_phase(phase, settings=_SETTINGS)

    def _nearer(self, goal: Crossing, start: float) -> Crossing:
        """The goal, nearer to the start by the tolerance of the integrator."""
        scale = self.model.states[self.model.place(goal.state)].scale
        margin = _SETTINGS.relative * abs(goal.level) + _SETTINGS.absolute * scale
        margin = min(margin, 0.5 * abs(goal.level - start))
        return replace(goal, level=goal.level - margin if start < goal.level else goal.level + margin)


def models() -> dict[str, Callable[[], Model]]:
    """Models of the library by name."""
    return {name.replace("_", "-"): getattr(known_models, name) for name in known_models.__all__}


def model_of(spec: PhaseFile, tree: YamlTree) -> Model:
    """The model that a file names.

    Raises
    ------
    PhaseFileError
        There is none, or it is none.
    """
    known = models()
    if spec.model in known:
        return known[spec.model]()
    if ":" not in spec.model:
        right = f"a model of the library ({', '.join(known)}), module:function or an FMU (model.fmu)"
        raise one_fault(tree, ("model",), f"found {spec.model!r}", right, nearest_name(spec.model, known))
    module, _, function = spec.model.partition(":")
    try:
        made = getattr(importlib.import_module(module), function)()
    except Exception as error:  # noqa: BLE001  whatever a user's module raises is shown to the user
        found = f"found {spec.model!r} ({type(error).__name__}: {error})"
        right = "a module that can be imported, and in it a function without arguments"
        raise one_fault(tree, ("model",), found, right) from None
    if not isinstance(made, Model):
        found = f"found {spec.model!r}, which gives {type(made).__name__}"
        raise one_fault(tree, ("model",), found, "a function that gives a Model")
    return made


def _check(spec: PhaseFile, model: Model, tree: YamlTree) -> None:
    """Refuse names that the model does not have, all together."""
    states, inputs = [one.name for one in model.states], [one.name for one in model.inputs]
    given = [(("start", name), name, states) for name in spec.start]
    parameters = [one.name for one in model.parameters]
    given += [(("parameters", name), name, parameters) for name in spec.parameters]
    given += [(("inputs", name), name, inputs) for name in spec.inputs]
    read = [(path, name, states) for path, name in read_names(spec)]
    faults = [unknown(tree, path, name, known) for path, name, known in (*given, *read) if name not in known]
    faults += missing(tree, "start", spec.start, states)
    faults += missing(tree, "inputs", spec.inputs, inputs)
    units = {one.name: one.unit for one in model.states}
    if spec.energy in units and units[spec.energy] != "kWh":
        found = f"found {spec.energy!r}, which is in {units[spec.energy]}"
        faults.append(fault_at(tree, ("energy",), found, "a state in kWh"))
    counted = spec.start.get(spec.energy or "", 0.0)
    if counted != 0.0:
        faults.append(fault_at(tree, ("start", str(spec.energy)), "found another number", _FROM_ZERO))
    for field in ("step", "time", "energy_unit"):
        if getattr(spec, field) is not None:
            faults.append(fault_at(tree, (field,), f"found {field}", "none: it is for FMUs alone"))
    if faults:
        raise PhaseFileError(tuple(faults))
