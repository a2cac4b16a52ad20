"""A bench on which studies try plants: one window, one luck, whole batches of replications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from zhizao.engine.settings import LogLevel, Progress, RunSettings
from zhizao.engine.sweep import run
from zhizao.plant import Plant
from zhizao.records import Records

PILOT_REPLICATIONS = 5


@dataclass(frozen=True, slots=True)
class Bench:
    """Plants that are run here have common random numbers, and follow `plan` if any."""

    seed: int = 1
    days: float = 1.0
    warm_up_days: float = 0.0
    log: LogLevel = LogLevel.LOTS
    plan: pl.DataFrame | None = field(default=None, compare=False)

    def pilot(self, plant: Plant, days: float, progress: Progress | None = None) -> Sequence[Records]:
        """Run a plant for so many days, a few replications, no warm-up."""
        return self._whole(plant, RunSettings(days, self.seed, PILOT_REPLICATIONS), progress)

    def records(
        self, plant: Plant, first: int, replications: int, progress: Progress | None = None
    ) -> Sequence[Records]:
        """Run a plant in the window, from replication `first` on.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before all were done; a part of them would break the pairs.
        """
        settings = RunSettings(
            self.warm_up_days + self.days,
            seed=self.seed,
            replications=replications,
            log=self.log,
            warm_up_days=self.warm_up_days,
            first_replication=first,
        )
        return self._whole(plant, settings, progress)

    def _whole(self, plant: Plant, settings: RunSettings, progress: Progress | None) -> Sequence[Records]:
        done = run(plant, settings, plan=self.plan, progress=progress)
        if done.interrupted:
            raise KeyboardInterrupt
        return done.records
