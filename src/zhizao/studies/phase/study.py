"""Run a phase for many lots that differ, and say what the twin needs to know of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import InputError
from zhizao.quantities.errors import Fault, nearest_name
from zhizao.quantities.inputs import hashed
from zhizao.solvers.phases import (
    Course,
    Crossing,
    Direction,
    End,
    Model,
    Phase,
    PhaseError,
    Settings,
    Signal,
    follow_phase,
)
from zhizao.solvers.phases import library as known_models
from zhizao.studies.phase.result import PhaseResult
from zhizao.studies.phase.spec import PhaseFile, PhaseFileError, Spread, read_phase

DRAWS = 200
_SETTINGS = Settings(relative=1e-6, absolute=1e-8)  # a thousandth of what lots differ by, and fast
_DIRECTIONS = {"either": Direction.EITHER, "rising": Direction.RISING, "falling": Direction.FALLING}


def models() -> dict[str, Callable[[], Model]]:
    """Models of the library by name."""
    return {name.replace("_", "-"): getattr(known_models, name) for name in known_models.__all__}


def phase(
    path: str | Path, *, draws: int = DRAWS, seed: int = 1, progress: Progress | None = None
) -> PhaseResult:
    """Run a phase for lots whose start, parameters and inputs are drawn.

    Parameters
    ----------
    path
        Phase file.
    draws
        Lots to draw.
    seed
        Seed of the draws.
    progress
        Called with the completed fraction, in 0..1.

    Returns
    -------
    PhaseResult
        Time, acceptance and energy of each lot. Its `outcomes` are what an operation of a plant takes.

    Raises
    ------
    InputError
        The file has faults, or the model fails for a lot; the message names the lot and its numbers.
    KeyboardInterrupt
        Cancelled.
    """
    if draws < 1:
        raise InputError(f"draws: found {draws}; right is 1 or more")
    spec, tree = read_phase(path)
    model = _model(spec, tree)
    _check(spec, model, tree)
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    first: Course | None = None
    for number in range(draws):
        drawn = _drawn(spec, model, random)
        course = _run(spec, drawn, number)
        first = first or course
        states = {one.name: course.at_end(one.name) for one in model.states}
        accepted = _accepted(spec, course)
        rows.append({"takes_h": course.duration_s / 3600.0, "accepted": accepted, **states})
        if progress is not None:
            progress((number + 1) / draws)
    assert first is not None
    return PhaseResult(
        name=spec.name,
        model=model,
        energy=spec.energy,
        other_time_s=spec.other_time,
        other_defects=spec.other_defects,
        lots=pl.DataFrame(rows),
        first=first,
        assumed=first.phase.assumed,
        seed=seed,
        inputs=(hashed("phase", Path(path).name, Path(path).read_bytes()),),
        version=version(),
        interrupted=False,
    )


# ---------------------------------------------------------------- model
def _model(spec: PhaseFile, tree: YamlTree) -> Model:
    known = models()
    if spec.model in known:
        return known[spec.model]()
    if ":" not in spec.model:
        right = f"a model of the library ({', '.join(known)}) or module:function"
        raise _fault(tree, ("model",), f"found {spec.model!r}", right, nearest_name(spec.model, known))
    module, _, function = spec.model.partition(":")
    try:
        made = getattr(importlib.import_module(module), function)()
    except (ImportError, AttributeError) as error:
        found = f"found {spec.model!r} ({error})"
        raise _fault(tree, ("model",), found, "a module that can be imported") from None
    if not isinstance(made, Model):
        found = f"found {spec.model!r}, which gives {type(made).__name__}"
        raise _fault(tree, ("model",), found, "a function that gives a Model")
    return made


def _check(spec: PhaseFile, model: Model, tree: YamlTree) -> None:
    """Refuse names that the model does not have, all together."""
    states = [one.name for one in model.states]
    names: tuple[tuple[str, Mapping[str, Any], list[str]], ...] = (
        ("start", spec.start, states),
        ("parameters", spec.parameters, [one.name for one in model.parameters]),
        ("inputs", spec.inputs, [one.name for one in model.inputs]),
        ("accept", spec.accept, states),
    )
    faults = [
        _one(
            tree,
            (field, name),
            f"found {name!r}",
            f"one of {', '.join(known) or 'none'}",
            nearest_name(name, known),
        )
        for field, given, known in names
        for name in given
        if name not in known
    ]
    for field, given, known in (names[0], names[2]):
        missing = [name for name in known if name not in given]
        if missing:
            faults.append(_one(tree, (field,), f"found no {', '.join(missing)}", "a number for each"))
    single = (("energy", spec.energy), ("ends", None if spec.ends is None else spec.ends.state))
    for field, state in single:
        if state is not None and state not in states:
            faults.append(
                _one(
                    tree,
                    (field,),
                    f"found {state!r}",
                    f"one of {', '.join(states)}",
                    nearest_name(state, states),
                )
            )
    units = {one.name: one.unit for one in model.states}
    if spec.energy in units and units[spec.energy] != "kWh":
        found = f"found {spec.energy!r}, which is in {units[spec.energy]}"
        faults.append(_one(tree, ("energy",), found, "a state in kWh"))
    if faults:
        raise PhaseFileError(tuple(faults))


def _one(tree: YamlTree, path: tuple[str, ...], found: str, right: str, near: str | None = None) -> Fault:
    file, line, name = tree.locate(path)
    return Fault(file, line, name, found, right, near)


def _fault(
    tree: YamlTree, path: tuple[str, ...], found: str, right: str, near: str | None = None
) -> PhaseFileError:
    return PhaseFileError((_one(tree, path, found, right, near),))


# ---------------------------------------------------------------- lots
def _number(given: float | Spread, lower: float, random: np.random.Generator) -> float:
    """A number of a lot; a normal one below what has a meaning is drawn anew."""
    if not isinstance(given, Spread):
        return given
    if given.mean is None or given.sd is None:
        return float(random.uniform(given.low or 0.0, given.high or 0.0))
    for _ in range(1000):
        value = float(random.normal(given.mean, given.sd))
        if value >= lower:
            return value
    raise PhaseError(f"found mean {given.mean:g}, sd {given.sd:g}: hardly ever {lower:g} or more")


def _drawn(spec: PhaseFile, model: Model, random: np.random.Generator) -> Phase:
    lower = {one.name: one.lower for one in (*model.states, *model.inputs)}
    hours = model.time.seconds
    start = {name: _number(given, lower[name], random) for name, given in spec.start.items()}
    parameters = {name: _number(given, 0.0, random) for name, given in spec.parameters.items()}
    inputs: dict[str, float | Signal] = {}
    for name, given in spec.inputs.items():
        if isinstance(given, tuple):
            inputs[name] = Signal(tuple(t for t, _ in given), tuple(v for _, v in given))
        else:
            inputs[name] = _number(given, lower[name], random)
    goal = spec.ends
    crossings: tuple[Crossing, ...] = ()
    if goal is not None:
        crossings = (Crossing(goal.state, goal.level, _DIRECTIONS[goal.direction], ends=True),)
    return Phase(model, start, spec.until / hours, parameters, inputs, crossings)


def _run(spec: PhaseFile, drawn: Phase, number: int) -> Course:
    course = follow_phase(drawn, settings=_SETTINGS)
    if course.ok or course.end is End.GOAL_MISSED:
        return course
    named = (*drawn.start.items(), *drawn.parameters.items())
    given = ", ".join(f"{name} {value:.6g}" for name, value in named)
    raise InputError(f"{spec.name}: lot {number + 1} with {given}: {course.message}")


def _accepted(spec: PhaseFile, course: Course) -> bool:
    """A lot that does not reach the goal in time is given up."""
    if course.end is End.GOAL_MISSED:
        return False
    for state, bounds in spec.accept.items():
        value = course.at_end(state)
        if bounds.at_least is not None and value < bounds.at_least:
            return False
        if bounds.at_most is not None and value > bounds.at_most:
            return False
    return True
