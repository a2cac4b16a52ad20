"""The whole loop of the demo: log, plant, check, bottleneck, what-if."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import polars as pl

from zhizao.connect import read_log
from zhizao.engine import LogLevel, Run, RunSettings, run
from zhizao.plant import Plant, parse_plant, write_plant
from zhizao.records.files import write_frame
from zhizao.studies.bottlenecks import BottleneckResult, bottlenecks
from zhizao.studies.compare import CompareResult, compare_measures
from zhizao.studies.learn import LearnResult, learn
from zhizao.studies.simulate import SimulateResult, simulate
from zhizao.studies.validate import ValidateResult, validate
from zhizao.workflows.demo.knowledge import with_knowledge

LOG_DAYS, BEFORE_DAYS = 28.0, 7.0  # the log starts in a plant that has run for a week
DAYS = 42.0
VALIDATIONS = 6  # replications of the twin that the log is compared with
SYNTHETIC = "synthetic (zhizao demo)"

Step = Callable[[str], None]
"""Called with what the next step does."""
Write = Callable[[Path, Callable[[Path], object]], object]
"""Writes a file by its path and a function that does the writing."""


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file as it is."""
    write(path)


@dataclass(frozen=True, slots=True)
class Loop:
    """The results of all steps of the demo."""

    plant: Plant
    rows: int
    learned: LearnResult
    validated: ValidateResult
    simulated: SimulateResult
    limited: BottleneckResult
    compared: CompareResult
    truth: CompareResult


def hidden_plant() -> Plant:
    """The plant that makes the log, and that the forecast is validated against; the twin never sees it."""
    text = files("zhizao.workflows.demo").joinpath("hidden.yaml").read_text(encoding="utf-8")
    return parse_plant(text, file="hidden.yaml")


def make_log(seed: int) -> pl.DataFrame:
    """Four weeks of the hidden plant as its execution system would export them; every row says synthetic."""
    days = BEFORE_DAYS + LOG_DAYS
    settings = RunSettings(days, seed=seed, log=LogLevel.EVENTS, warm_up_days=BEFORE_DAYS)
    done = run(hidden_plant(), settings)
    _stop_if_cancelled(done)
    events = done.records[0].events
    assert events is not None
    return events.drop("personnel", "batch").with_columns(pl.lit(SYNTHETIC).alias("source"))


def whole_loop(folder: Path, seed: int, on_step: Step, write: Write = write_file) -> Loop:
    """Run the loop and write its files into a folder.

    Parameters
    ----------
    folder : where the files go; it is there.
    seed : of every step.
    on_step : called before each step with what it does.
    write : writes each file (default: as it is).

    Raises
    ------
    KeyboardInterrupt
        Cancelled; files of the steps before stay.
    """
    on_step("1/7 making four weeks of log of a hidden garment works (synthetic, and marked so)")
    log = make_log(seed)
    write(folder / "log.csv", lambda path: write_frame(log, path))
    on_step(f"2/7 learning a plant from {folder / 'log.csv'} ({log.height} rows), and from nothing else")
    records = read_log(folder / "log.csv").records
    learned = learn(records, name="Garment works (learned from a synthetic log)", seed=seed)
    write(folder / "learned.yaml", learned.write)
    on_step("3/7 validating the twin against the log")
    validated = validate(learned.plant, records, replications=VALIDATIONS, seed=seed)
    plant = with_knowledge(learned.plant)
    write(folder / "plant.yaml", lambda path: write_plant(plant, path))
    on_step("4/7 simulating; prices, powers and measures, which no log holds, are invented and added")
    simulated = simulate(plant, days=DAYS, seed=seed)
    _stop_if_cancelled(simulated)
    on_step("5/7 looking for the bottleneck")
    limited = bottlenecks(plant, days=DAYS, seed=seed, tried=3)
    _stop_if_cancelled(limited)
    on_step("6/7 comparing measures, each alone and all together")
    ids = [measure.id for measure in plant.measures]
    compared = compare_measures(plant, ids, days=DAYS, seed=seed)
    _stop_if_cancelled(compared)
    on_step("7/7 taking the same measures in the hidden plant, to validate the forecast")
    truth = compare_measures(with_knowledge(hidden_plant()), ids, days=DAYS, seed=seed)
    _stop_if_cancelled(truth)
    return Loop(plant, log.height, learned, validated, simulated, limited, compared, truth)


def _stop_if_cancelled(found: Run | SimulateResult | BottleneckResult | CompareResult) -> None:
    """Stop here if a step was cancelled: the next would start from a part of it."""
    if found.interrupted:
        raise KeyboardInterrupt
