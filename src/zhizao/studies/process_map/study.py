"""Map the ways of lots: of a log, of a plant's twin, or of both beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.facts import check_days, version
from zhizao.experiments.inputs import log_input, plant_input
from zhizao.experiments.scenario import Scenario
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError, nearest_name
from zhizao.records import Records, with_events
from zhizao.studies.process_map.paths import Paths, paths_of
from zhizao.studies.process_map.result import ProcessMapResult

REPLICATIONS = 5
"""Of the twin, by default: counts and medians are of all lots of all replications."""
_PILOT = 0.3  # share of the work that finds the window


class Level(StrEnum):
    """What is a place on the map."""

    OPERATION = "operation"
    WORK_CENTER = "work_center"


def process_map(  # noqa: PLR0913  each is an option of the command
    records: Records | None = None,
    plant: Plant | str | Path | None = None,
    *,
    level: Level | str = Level.OPERATION,
    products: Sequence[str] = (),
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> ProcessMapResult:
    """Map which place follows which, how often and after how long.

    Parameters
    ----------
    records
        An event log.
    plant
        A plant, or the path of its file: its twin is run, and stands beside the log.
    level
        Whether a place is an operation or a work center.
    products
        Map lots of these products alone (default: all).
    days
        Length of the twin's window after the warm-up (default as in `simulate`).
    replications
        Runs of the twin (default: 5).
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        Neither a log nor a plant, an unknown product, or no lot that starts within the records.
    """
    if records is None and plant is None:
        raise InputError("process_map: found neither a log nor a plant; give one or both")
    check_days(days)
    chosen, runs = _level(level), REPLICATIONS if replications is None else replications
    if runs < 1:
        raise InputError(f"replications: found {runs}; right is 1 or more")
    wanted = tuple(products)
    paths: dict[str, Paths] = {}
    twin = None if plant is None else as_plant(plant)
    if records is not None:
        records = with_events(records)
        paths["log"] = _known(paths_of(_checked(records, wanted), chosen, wanted), "the log")
    if twin is not None:
        ran = _run(twin, days, runs, seed, progress)
        paths["twin"] = _known(_pooled(ran, chosen, wanted), "the run of the twin")
    if progress is not None:
        progress(1.0)
    inputs = (
        *(() if twin is None else (plant_input(twin),)),
        *(() if records is None else (log_input("log", records),)),
    )
    title = twin.name if twin is not None else "the log"
    return ProcessMapResult(title, inputs, paths, chosen, wanted, runs if twin else 0, seed, version())


def _level(level: Level | str) -> Level:
    try:
        return Level(level)
    except ValueError:
        raise InputError(f"level: found {level!r}; right is {' or '.join(Level)}") from None


def _checked(records: Records, products: tuple[str, ...]) -> Records:
    known = records.lots["product"].drop_nulls().unique().sort().to_list()
    for name in products:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"products: found no lot of {name!r} in the log{hint}")
    return records


def _known(paths: Paths, where: str) -> Paths:
    if not paths.lots:
        raise InputError(f"process_map: found no lot that starts within {where}; a map needs some")
    return paths


def _run(
    plant: Plant, days: float | None, replications: int, seed: int, progress: Progress | None
) -> Sequence[Records]:
    """The twin in its steady state."""
    experiment = Experiment(seed, progress)
    scenario = Scenario("twin", plant)
    experiment.find_window([scenario], days, _PILOT)
    return experiment.records(scenario, 0, replications, 1 - _PILOT)


def _pooled(runs: Sequence[Records], level: str, products: tuple[str, ...]) -> Paths:
    """The lots of all runs as those of one log."""
    tagged = [_tagged(with_events(one), place) for place, one in enumerate(runs)]
    events = pl.concat([one.events for one in tagged if one.events is not None])
    lots = pl.concat([one.lots for one in tagged])
    return paths_of(Records(runs[0].start, runs[0].end, lots, events), level, products)


def _tagged(records: Records, run: int) -> Records:
    """The same with names of lots that no other run has."""
    assert records.events is not None
    name = pl.format("{}/{}", pl.lit(run), pl.col("lot"))
    events = records.events.with_columns(lot=pl.when(pl.col("lot").is_not_null()).then(name))
    return Records(records.start, records.end, records.lots.with_columns(lot=name), events)
