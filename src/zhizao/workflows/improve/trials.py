"""Combinations of measures on the twin, replication by replication, as the search asks for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.experiments import Experiment, Scenario
from zhizao.kpi.money import Measured
from zhizao.quantities import InputError
from zhizao.records import Records
from zhizao.studies.compare import Appraisal
from zhizao.studies.compare.study import judged_quickly
from zhizao.workflows.improve.goal import Goal, value_of
from zhizao.workflows.improve.options import TODAY, Options

_MOST_TWINS = 512
"""Lowered plants that are kept, to be run again; each holds its tables, some 100 kB to a few MB."""


@dataclass
class Trials:
    """Runs subsets of the options; each replication of a subset is run once."""

    options: Options
    goal: Goal
    appraisal: Appraisal
    experiment: Experiment
    seen: dict[tuple[int, int], Measured] = field(default_factory=dict)
    scenarios: dict[int, Scenario] = field(default_factory=dict)
    seconds: float = 0.0
    runs: int = 0

    def sample(self, subsets: Sequence[int], first: int, n: int) -> NDArray[np.float64]:
        """Values of subsets (more is better) in replications from `first` on, shape (subsets, n).

        Raises
        ------
        KeyboardInterrupt
            Cancelled, or out of time.
        InputError
            The goal is not known of a plant.
        """
        began = time.monotonic()
        todo = [s for s in subsets if any((s, r) not in self.seen for r in range(first, first + n))]
        for subset, records in zip(todo, self._records(todo, first, n), strict=True):
            plant = self.scenarios[subset].plant
            for number, one in enumerate(records, first):
                self.seen[subset, number] = judged_quickly(one, plant)
                self.runs += 1
        self.seconds += time.monotonic() - began
        return np.array([[self.value(s, r) for r in range(first, first + n)] for s in subsets])

    def value(self, subset: int, replication: int) -> float:
        """How good a subset was in a replication."""
        costs = self.options.costs(subset)
        value = value_of(self.goal, self.seen[subset, replication], costs, self.appraisal)
        if not np.isfinite(value):
            after = " and ".join(measure.id for measure in self.options.taken(subset))
            raise InputError(
                f"goal: {self.goal.words} is not known of the plant {f'after {after}' if after else TODAY}; "
                "give the plant what it takes (prices, costs, powers), or choose another goal"
            )
        return value

    @property
    def per_replication(self) -> float:
        """Seconds that one replication of one subset has taken, on average."""
        return self.seconds / self.runs if self.runs else 0.0

    def _records(self, subsets: Sequence[int], first: int, n: int) -> list[Sequence[Records]]:
        if not subsets:
            return []
        if len(self.scenarios) + len(subsets) > _MOST_TWINS:
            self.scenarios.clear()
        for subset in subsets:
            if subset not in self.scenarios:
                self.scenarios[subset] = self.options.scenario(subset)
        return list(self.experiment.side_by_side([self.scenarios[s] for s in subsets], first, n))
