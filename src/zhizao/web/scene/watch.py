"""What the plant view plays of a plant: one replication of its twin, as a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records

TRACE = "trace.bin"
"""Name of the trace among the forms of a result."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Watched(Result):
    """One run of a plant, to be looked at; `source` says of what. It is a single draw and proves nothing."""

    study: ClassVar[str] = "watch"

    name: str
    source: str
    seed: int
    version: str
    made_from: tuple[Input, ...]
    lots: int
    events: int
    trace: bytes
    interrupted: bool = False

    @property
    def title(self) -> str:
        """The plant."""
        return self.name

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The plant, and the log where there is one."""
        return self.made_from

    @property
    def notes(self) -> tuple[str, ...]:
        """That a look is no estimate."""
        return ("This shows how the plant runs; estimates with intervals come from simulate.",)

    def key_points(self) -> tuple[str, str, str]:
        """How it was run, what there is to see, and what it does not prove."""
        return f"{self.source}.", f"{self.lots} lots, {self.events} events.", self.notes[0]

    def table(self) -> pl.DataFrame:
        """How much there is to see."""
        return pl.DataFrame({"lots": [self.lots], "events": [self.events]})

    def details(self) -> dict[str, Any]:
        """The facts; the trace is a form of its own."""
        return {"plant": self.name, "source": self.source, "lots": self.lots, "events": self.events}

    def page(self) -> Report:
        """The facts as a report; the plant view shows the trace."""
        facts = {"seed": self.seed, "version": self.version}
        how, answer, caution = self.key_points()
        return Report(self.title, how, (Prose(f"{answer} {caution}", "Plant view"),), facts)


def watch(
    plant: Plant, *, days: float = 7.0, seed: int = 1, progress: Callable[[float], None] | None = None
) -> Watched:
    """Run one replication of a plant from its start, and make the trace that the plant view plays.

    Raises
    ------
    KeyboardInterrupt
        Cancelled.
    """
    from zhizao.experiments import Experiment, Scenario, Window
    from zhizao.experiments.inputs import plant_input

    window = Window(days, 0.0, "watched from the start")
    experiment = Experiment(seed, progress, window=window)
    (records,) = experiment.records(Scenario(plant.name, plant), 0, 1, share=1.0)
    source = f"One replication of {days:g} days from the start of the plant, seed {seed}"
    return _watched(plant, records, source, (plant_input(plant),), seed=seed)


def watch_log(plant: Plant, records: Records, *, name: str) -> Watched:
    """Make the trace of a log or a plan of a plant."""
    from zhizao.experiments.inputs import log_input, plant_input

    return _watched(plant, records, f"The log {name}", (plant_input(plant), log_input(name, records)))


def _watched(
    plant: Plant, records: Records, source: str, inputs: tuple[Input, ...], *, seed: int = 0
) -> Watched:
    from zhizao.experiments.facts import version
    from zhizao.records.files import with_events
    from zhizao.web.scene.trace import trace_of

    records = with_events(records)
    events = 0 if records.events is None else records.events.height
    trace = trace_of(plant, records)
    return Watched(plant.name, source, seed, version(), inputs, records.lots.height, events, trace)
