"""Run a phase for many lots that differ, and say what the twin needs to know of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import version
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import Input, InputError
from zhizao.quantities.inputs import hashed
from zhizao.solvers.phases import PhaseError
from zhizao.studies.phase.equations import Equations
from zhizao.studies.phase.process import TAKEN, Process, Trace, draw, fault_at, remarks
from zhizao.studies.phase.result import PhaseResult
from zhizao.studies.phase.spec import PhaseFile, PhaseFileError, read_phase
from zhizao.studies.phase.unit import Unit

DRAWS = 200


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
        Time, acceptance and energy of each lot. Its `outcomes` are what an operation of a plant takes. Where
        a lot fails, or after Ctrl-C, it has the lots before; `failure` then names the lot and its numbers.

    Raises
    ------
    InputError
        The file has faults, or the model fails for the first lot; the message names its numbers.
    KeyboardInterrupt
        Cancelled before the first lot was done.
    """
    if draws < 1:
        raise InputError(f"draws: found {draws}; right is 1 or more")
    spec, tree = read_phase(path)
    inputs = [hashed("phase", Path(path).name, Path(path).read_bytes())]
    process = _process(spec, tree, Path(path).parent, inputs)
    done = _Done()
    try:
        _check_columns(process, tree)
        cut = interrupted(lambda: _run(spec, process, done, (draws, seed), progress))
    finally:
        process.close()
    if done.first is None:
        if cut:
            raise KeyboardInterrupt
        raise InputError(f"{spec.name}: {done.failure}")
    return PhaseResult(
        name=spec.name,
        model=process.name,
        source=process.source,
        states=process.states,
        time=process.time,
        energy=spec.energy,
        other_time_s=spec.other_time,
        other_defects=spec.other_defects,
        kwh=process.kwh,
        lots=pl.DataFrame(done.rows),
        drawn=draws,
        first=done.first,
        missed=done.missed,
        failure=done.failure,
        remarks=tuple(remarks(spec, process)),
        seed=seed,
        inputs=tuple(inputs),
        version=version(),
        interrupted=cut,
    )


@dataclass(slots=True)
class _Done:
    """Lots that were run, and why the next one failed, if it did."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    first: Trace | None = None
    missed: int = 0
    failure: str = ""


def _process(spec: PhaseFile, tree: YamlTree, folder: Path, inputs: list[Input]) -> Process:
    if not spec.model.lower().endswith(".fmu"):
        return Equations(spec, tree)
    process = Unit(spec, tree, folder)
    inputs.append(hashed("fmu", Path(spec.model).name, (folder / spec.model).read_bytes()))
    return process


def _check_columns(process: Process, tree: YamlTree) -> None:
    faults = [
        fault_at(tree, ("model",), f"found a state called {one.name!r}", "another name for it")
        for one in process.states
        if one.name in TAKEN
    ]
    if faults:
        raise PhaseFileError(tuple(faults))


def _run(
    spec: PhaseFile, process: Process, done: _Done, drawing: tuple[int, int], progress: Progress | None
) -> None:
    """Run lots one after the other, until one fails."""
    draws, seed = drawing
    random = np.random.default_rng(seed)
    hours = process.time.seconds / 3600.0
    for number in range(draws):
        drawn = None
        try:
            drawn = draw(spec, process, random)
            trace = _from_the_start(spec, process, process.run(drawn))
        except PhaseError as error:
            given = "" if drawn is None else f" with {drawn}"
            done.failure = f"lot {number + 1}{given}: {error}"
            return
        ends = dict(zip((one.name for one in process.states), trace.end_values, strict=True))
        row = {TAKEN[0]: trace.end_time * hours, TAKEN[1]: _accepted(spec, ends, trace.missed)}
        done.rows.append(row | ends)
        done.missed += trace.missed
        done.first = done.first or trace
        if progress is not None:
            progress((number + 1) / draws)


def _from_the_start(spec: PhaseFile, process: Process, trace: Trace) -> Trace:
    """The course of a lot, ended at once where it is at the goal, or beyond it, from the start."""
    goal = spec.ends
    if goal is None:
        return trace
    start = trace.values[0, [one.name for one in process.states].index(goal.state)]
    rising = goal.direction == "rising" and start >= goal.level
    falling = goal.direction == "falling" and start <= goal.level
    if not (rising or falling or start == goal.level):
        return trace
    first = slice(0, 1)
    ends = tuple(map(float, trace.values[0]))
    return replace(
        trace,
        times=trace.times[first],
        values=trace.values[first],
        end_time=0.0,
        end_values=ends,
        missed=False,
    )


def _accepted(spec: PhaseFile, ends: dict[str, float], missed: bool) -> bool:
    """A lot that does not reach the goal in time is given up."""
    if missed:
        return False
    for state, bounds in spec.accept.items():
        if bounds.at_least is not None and ends[state] < bounds.at_least:
            return False
        if bounds.at_most is not None and ends[state] > bounds.at_most:
            return False
    return True
