"""A plant lowered once, for all its runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from zhizao.engine.lower import Lowered, lower
from zhizao.engine.run import with_log_level
from zhizao.engine.session.start import lower_at
from zhizao.engine.settings import Backend, LogLevel, Progress, Run, RunSettings
from zhizao.engine.sweep import sweep
from zhizao.plant import Plant, PlantState


class Twin:
    """A plant, lowered to the tables of the kernels when it is made.

    Parameters
    ----------
    plant
        The plant.
    plan
        What lots of the order table are to do when and where, in the columns of an event log; see
        `engine.plan`.
    state
        Where all replications start, instead of at the start of the plant; `days` count from there. With an
        exact image they go on from it, without one the plant starts anew at the moment of the state.

    Raises
    ------
    InputError
        The plan or the state does not fit the plant.
    """

    __slots__ = ("_lowered", "plant")

    def __init__(
        self, plant: Plant, plan: pl.DataFrame | None = None, state: PlantState | None = None
    ) -> None:
        self._lowered = lower(plant, plan=plan) if state is None else lower_at(plant, state, plan)
        self.plant = self._lowered.plant

    def lowered(self, log: LogLevel) -> Lowered:
        """The tables, for runs that write so much down."""
        return with_log_level(self._lowered, log)

    def run(
        self,
        settings: RunSettings,
        *,
        progress: Progress | None = None,
        backend: Backend | None = None,
        checkpoint: Path | None = None,
    ) -> Run:
        """Run replications; arguments and errors are those of `engine.run`."""
        return sweep([self.lowered(settings.log)], settings, progress, (backend, checkpoint))[0]


def run(  # noqa: PLR0913  each is an option of a run
    plant: Plant,
    settings: RunSettings,
    *,
    plan: pl.DataFrame | None = None,
    state: PlantState | None = None,
    progress: Progress | None = None,
    backend: Backend | None = None,
    checkpoint: Path | None = None,
) -> Run:
    """Run a plant once; for several runs of one plant, make a `Twin`.

    Parameters
    ----------
    plan
        What lots of the order table are to do when and where; see `Twin`.
    state
        Where to start; see `Twin`.
    progress
        Called now and then, in the caller's thread, with the completed fraction.
    backend
        Threads of this process (default), or a Ray cluster (extra `[cluster]`).
    checkpoint
        Folder that keeps each replication when it is done, and gives it back to a later run that asks for the
        same: the same plant, settings, seed and version.

    Raises
    ------
    InputError
        The plan does not fit the plant.
    RuleError
        A dispatch rule of the user's own cannot be used.
    KeyboardInterrupt
        Cancelled before one replication was done; after that, a cancelled run returns what it has.
    """
    return Twin(plant, plan, state).run(settings, progress=progress, backend=backend, checkpoint=checkpoint)


def run_twins(
    twins: Sequence[Twin], settings: RunSettings, *, progress: Progress | None = None
) -> tuple[Run, ...]:
    """Run several twins, all replications side by side; one Run per twin. As `run_many`."""
    return sweep([twin.lowered(settings.log) for twin in twins], settings, progress, (None, None))


def run_many(
    plants: Sequence[Plant],
    settings: RunSettings,
    *,
    progress: Progress | None = None,
    backend: Backend | None = None,
    checkpoint: Path | None = None,
) -> tuple[Run, ...]:
    """Run several plants, all replications side by side; one Run per plant. Arguments are those of `run`.

    A cancelled sweep returns what it has: a Run may then have no records at all. `seconds` of each is the
    time of the whole sweep.
    """
    lowered = [Twin(plant).lowered(settings.log) for plant in plants]
    return sweep(lowered, settings, progress, (backend, checkpoint))
