"""Run candidates with common random numbers until the best of them is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.facts import check_days, version
from zhizao.experiments.scenario import Scenario, inputs_of
from zhizao.experiments.selection import Selection, kn, ocba
from zhizao.experiments.window import wip_growth
from zhizao.kpi import FORMULAS, FROM_LOTS, Better, elements
from zhizao.kpi.analysis import Floats, replicated_difference, replication_interval
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records, lots_alone
from zhizao.studies.select.findings import Candidate, Goal, Method
from zhizao.studies.select.result import SelectResult


def select(
    plants: Mapping[str, Plant | str | Path],
    goal: Goal,
    *,
    days: float | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> SelectResult:
    """Select the best of several plants by one KPI.

    All plants have common random numbers. What is clearly worse drops out early,
    and the rest get more replications until the best is known.

    Parameters
    ----------
    plants
        Plants, or paths of plant files, by name, such as `candidates` gives.
    goal
        The KPI, the smallest difference that matters, the confidence and what it may cost.
    days
        Length of the window after the warm-up, which is detected (default as in `simulate`).
    progress
        Called with the completed fraction of the largest possible work, in 0..1.

    Raises
    ------
    InputError
        There are no two plants, or one of them does not know the KPI.
    KeyboardInterrupt
        Cancelled before every candidate had its first replications; after that there is a result.
    """
    if len(plants) < 2:
        raise InputError(f"found {len(plants)} candidate; a choice takes two or more")
    if FORMULAS[goal.of].better is Better.NEITHER:
        raise InputError(
            f"{goal.of} has no good direction, so no plant is the best by it; choose another KPI"
        )
    check_days(days)
    scenarios = [Scenario(name, as_plant(plant)) for name, plant in plants.items()]
    work = _Work(scenarios, goal, Experiment(seed, progress))
    work.prepare(days)
    procedure = kn if goal.method is Method.KN else ocba
    return _result(work, procedure(work.sample, len(plants), goal.effort))


@dataclass
class _Work:
    """Runs of the candidates, and lots of the first ones to see whether they keep up."""

    scenarios: Sequence[Scenario]
    goal: Goal
    experiment: Experiment
    lots: dict[int, Sequence[Records]] = field(default_factory=dict)

    def prepare(self, days: float | None) -> None:
        """Find the window that suits all candidates."""
        self.experiment.log = LogLevel.LOTS if self.goal.of in FROM_LOTS else LogLevel.EVENTS
        self.experiment.find_window(self.scenarios, days, 0.2)

    def sample(self, number: int, first: int, n: int) -> Floats:
        """The KPI of one candidate, so that more is better."""
        scenario, formula = self.scenarios[number], FORMULAS[self.goal.of]
        most = self.goal.effort.at_most * len(self.scenarios)
        records = self.experiment.records(scenario, first, n, 0.8 * n / most)
        self.lots.setdefault(number, [lots_alone(r) for r in records])
        values = np.array([formula.compute(elements(r, scenario.plant)) for r in records])
        if not np.isfinite(values).all():
            raise InputError(f"{formula.id} is not known in every run of {scenario.name!r}; choose another")
        return values if formula.better is Better.HIGHER else -values


# ---------------------------------------------------------------- result
def _result(work: _Work, found: Selection) -> SelectResult:
    window = work.experiment.window
    best, sign = found.best, 1.0 if FORMULAS[work.goal.of].better is Better.HIGHER else -1.0
    made = [_candidate(one.name, found, i, sign) for i, one in enumerate(work.scenarios)]
    rest = [i for i in range(len(made)) if i != best]
    rest.sort(key=lambda i: (not made[i].in_play, -sign * made[i].kpi.mean))
    grows = any(wip_growth(records).steady for records in work.lots.values())
    return SelectResult(
        plant=work.scenarios[0].plant,
        window=window,
        replications=made[best].replications,
        seed=work.experiment.seed,
        keeps_up=window.ends or not grows,
        interrupted=found.interrupted,
        version=version(),
        inputs=inputs_of(work.scenarios),
        goal=work.goal,
        candidates=tuple(made[i] for i in (best, *rest)),
        decided=found.decided,
        probability=found.probability if isfinite(found.probability) else 0.0,
        total=sum(len(values) for values in found.values),
    )


def _candidate(name: str, found: Selection, number: int, sign: float) -> Candidate:
    own, best = sign * found.values[number], sign * found.values[found.best]
    both = min(len(own), len(best))
    behind = replicated_difference(own[:both], best[:both])
    return Candidate(name, replication_interval(own), len(own), behind, number in found.in_play)
