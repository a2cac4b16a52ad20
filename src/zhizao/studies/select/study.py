"""Run candidates on the same luck until the best of them is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.experiment import Bench
from zhizao.experiments.facts import check_days, version
from zhizao.experiments.progress import Parts
from zhizao.experiments.selection import Selection, kn, ocba
from zhizao.experiments.window import Horizon, horizon, longest, wip_growth
from zhizao.kpi import FORMULAS, FROM_LOTS, Better, elements
from zhizao.kpi.analysis import Floats, replicated_difference, replication_interval
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records, lots_alone
from zhizao.studies.select.found import Candidate, Goal, Method
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

    All plants share the luck of the first (common random numbers). What is clearly worse drops out early,
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
        Is told the share done of the most work that it may be, in 0..1.

    Raises
    ------
    InputError
        There are no two plants, or one of them does not know the KPI.
    KeyboardInterrupt
        Cancelled before every candidate had its first replications; after that there is a result.
    """
    read = tuple(as_plant(plant) for plant in plants.values())
    if len(plants) < 2:
        raise InputError(f"found {len(plants)} candidate; a choice takes two or more")
    if FORMULAS[goal.of].better is Better.NEITHER:
        raise InputError(
            f"{goal.of} has no good direction, so no plant is the best by it; choose another KPI"
        )
    check_days(days)
    work = _Work(tuple(plants), read, goal, seed, Parts(progress))
    window = work.prepare(days)
    procedure = kn if goal.method is Method.KN else ocba
    return _result(work, procedure(work.sample, len(plants), goal.effort), window)


@dataclass
class _Work:
    """Runs of the candidates, and lots of the first ones to see whether they keep up."""

    names: tuple[str, ...]
    plants: tuple[Plant, ...]
    goal: Goal
    seed: int
    parts: Parts
    bench: Bench = field(init=False)
    lots: dict[int, Sequence[Records]] = field(default_factory=dict)

    def prepare(self, days: float | None) -> Horizon:
        """Find the window that suits all candidates, from a pilot of each."""
        bench = Bench(self.seed)
        share = 0.2 / len(self.plants)

        def found(plant: Plant) -> Horizon:
            said = self.parts.next(share)
            return horizon(plant, lambda length: bench.pilot(plant, length, said), days)

        window = longest([found(plant) for plant in self.plants])
        log = LogLevel.LOTS if self.goal.of in FROM_LOTS else LogLevel.EVENTS
        self.bench = Bench(self.seed, window.days, window.warm_up_days, log)
        return window

    def sample(self, number: int, first: int, n: int) -> Floats:
        """The KPI of one candidate, so that more is better."""
        plant, formula = self.plants[number], FORMULAS[self.goal.of]
        most = self.goal.effort.at_most * len(self.plants)
        records = self.bench.records(plant, first, n, self.parts.next(0.8 * n / most))
        self.lots.setdefault(number, [lots_alone(r) for r in records])
        values = np.array([formula.compute(elements(r, plant)) for r in records])
        if not np.isfinite(values).all():
            raise InputError(
                f"{formula.id} is not known in every run of {self.names[number]!r}; choose another"
            )
        return values if formula.better is Better.HIGHER else -values


# ---------------------------------------------------------------- result
def _result(work: _Work, found: Selection, window: Horizon) -> SelectResult:
    best, sign = found.best, 1.0 if FORMULAS[work.goal.of].better is Better.HIGHER else -1.0
    made = [_candidate(work.names[i], found, i, sign) for i in range(len(work.names))]
    rest = [i for i in range(len(made)) if i != best]
    rest.sort(key=lambda i: (not made[i].in_play, -sign * made[i].kpi.mean))
    grows = any(wip_growth(records).steady for records in work.lots.values())
    return SelectResult(
        plant=work.plants[0],
        window=window,
        replications=made[best].replications,
        seed=work.seed,
        keeps_up=window.ends or not grows,
        interrupted=found.interrupted,
        version=version(),
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
