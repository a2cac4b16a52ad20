"""Parameters of a phase from records of batches: mean and spread, and batches predicted by the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.quantities.errors import nearest_name
from zhizao.quantities.inputs import hashed
from zhizao.solvers.phases import Model, PhaseError
from zhizao.solvers.phases.batches import Batches, fit_batches
from zhizao.solvers.phases.held_out import LeftOut, predict_left_out
from zhizao.studies.phase.batch_table import BatchTable, middle, read_batches
from zhizao.studies.phase.equations import Equations
from zhizao.studies.phase.fit_result import PhaseFitResult
from zhizao.studies.phase.process import goal_of
from zhizao.studies.phase.spec import PhaseFile, Spread, read_phase

REACH = 30.0
"""Factor around the value of the phase file within which a parameter is fitted."""
FEWEST = 3
"""Batches from which on each can be predicted by the others."""


def fit_phase(
    path: str | Path,
    records: str | Path,
    parameters: Sequence[str],
    *,
    columns: tuple[str, str] = ("batch", "time"),
    seed: int = 1,
    progress: Progress | None = None,
) -> PhaseFitResult:
    """Fit parameters of a phase to records of batches.

    Each batch is fitted alone; mean and standard deviation across batches are then estimated without the
    error of the single fits. Each batch is predicted by the others.

    Parameters
    ----------
    path
        Phase file; its model must be equations. A parameter starts from its value there, or from the default
        of the model.
    records
        Table (CSV or Parquet) with a row per batch and time, and columns named as states of the model, and as
        inputs where they differ from batch to batch. Empty cells were not measured.
    parameters
        Names of the parameters to fit.
    columns
        Names of the columns of the batch and of the time.
    seed
        Seed of the starts of the fits and of the draws.
    progress
        Called with the completed fraction, in 0..1.

    Returns
    -------
    PhaseFitResult
        Parameters with mean, standard deviation and 95 % intervals; `save_phase` writes the phase file with
        them.

    Raises
    ------
    InputError
        A file has faults, a batch cannot be fitted, or the records do not determine a parameter.
    """
    spec, tree = read_phase(path)
    if spec.model.lower().endswith(".fmu"):
        raise InputError(f"{path}: found the FMU {spec.model}; parameters are fitted to equations only")
    model = Equations(spec, tree).model
    bounds = _bounds(spec, model, parameters, path)
    fixed = {name: middle(given) for name, given in spec.parameters.items()}
    fixed |= {name: (low * high) ** 0.5 for name, (low, high) in bounds.items()}
    table = read_batches(Path(records), spec, model, columns, fixed)
    try:
        found = fit_batches(table.records, table.observed, bounds, seed=seed, progress=progress)
        held_out = _held_out(found, table, spec, seed)
    except PhaseError as error:
        raise InputError(f"{records}: {error}") from None
    if progress is not None:
        progress(1.0)
    return PhaseFitResult(
        name=spec.name,
        model=model.name,
        source=model.source,
        batches=found,
        table_of=table,
        units={one.name: one.unit for one in model.parameters} | {one.name: one.unit for one in model.states},
        time=model.time,
        held_out=tuple(held_out),
        averaged=tuple(
            name for name, one in spec.parameters.items() if isinstance(one, Spread) and name not in bounds
        ),
        assumed=next(iter(table.records.values())).phase.assumed,
        given=dict(spec.parameters),
        text=Path(path).read_text(encoding="utf-8-sig"),
        seed=seed,
        inputs=(
            hashed("phase", Path(path).name, Path(path).read_bytes()),
            hashed("records", Path(records).name, Path(records).read_bytes()),
        ),
        version=version(),
        interrupted=False,
    )


def _bounds(
    spec: PhaseFile, model: Model, parameters: Sequence[str], path: str | Path
) -> dict[str, tuple[float, float]]:
    """A factor around the value of each parameter."""
    known = {one.name: one.value for one in model.parameters}
    if not parameters:
        raise InputError(f"{path}: found no parameter to fit; name one or more of {', '.join(known)}")
    bounds = {}
    for name in parameters:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"{path}: found no parameter {name!r}; name one of {', '.join(known)}{hint}")
        value = middle(spec.parameters.get(name, known[name]))
        if value <= 0:
            raise InputError(f"{path}: found {name} = {value:g}; give a value above 0 to start the fit from")
        bounds[name] = (value / REACH, value * REACH)
    return bounds


def _held_out(found: Batches, table: BatchTable, spec: PhaseFile, seed: int) -> list[LeftOut]:
    if len(table.records) < FEWEST:
        return []
    return predict_left_out(found, table.records, goal_of(spec), seed=seed)
