"""From a portfolio file to a plan, and how sure it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import exp, pi, sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.studies.compare import Appraisal
from zhizao.workflows.portfolio.findings import Found
from zhizao.workflows.portfolio.gains import gains_of
from zhizao.workflows.portfolio.model import Floats, Plan, Problem
from zhizao.workflows.portfolio.result import PortfolioResult
from zhizao.workflows.portfolio.rivals import equal_split, greedy
from zhizao.workflows.portfolio.robust import curve, hindsight
from zhizao.workflows.portfolio.rolling import learning, starts
from zhizao.workflows.portfolio.solve import Effort, best_plan
from zhizao.workflows.portfolio.sources.read import problem_of, read_measures, read_portfolio
from zhizao.workflows.portfolio.sources.running import improve_plants
from zhizao.workflows.portfolio.sources.spec import PortfolioFile, Risk

DRAWS = 30
"""Default number of draws of the gains under which the best plan is found anew."""
MANY = 2000
"""Draws under which plans that are at hand are valued: each costs one product of vectors."""
PLAN = Effort(gap=1e-3, nodes=5_000, seconds=300.0)
CURVE = Effort(gap=2e-3, nodes=200, seconds=60.0)
DRAWN = Effort(gap=1e-2, nodes=50, seconds=30.0, core=80)
"""For one draw of many: the gap is far below the spread between draws."""


def portfolio(  # noqa: PLR0913  each is an option of the command
    file: str | Path,
    *,
    draws: int = DRAWS,
    seconds: float | None = 60.0,
    workers: int | None = None,
    results: str | Path | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> PortfolioResult:
    """Plan which plant gets which measures in which year, under shared limits, and say how sure that is.

    Parameters
    ----------
    file
        A portfolio file (YAML): limits by year, and where the measures come from.
    draws
        Draws of the gains for robustness, regret and learning; 0 leaves these out.
    seconds
        Time limit of `improve` for each plant file, in s; None: none.
    workers
        Processes in which plants are improved (default: one for each processor).
    results
        Folder for results of `improve`, from which a second run goes on (default: beside the file).
    seed
        Seed of the random numbers.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A file has faults; all that were found are listed with file and line.
    KeyboardInterrupt
        Cancelled before there was a plan; after that the result holds what was done.
    """
    if draws < 0:
        raise InputError(f"draws: found {draws}; expected 0 or more")
    path = Path(file)
    said, _ = read_portfolio(path)
    tell = progress or (lambda _: None)
    folder = Path(results) if results is not None else path.parent / f"{path.stem}-improve"
    made, cut = _improved(path, said, folder, seconds, seed, workers or os.cpu_count() or 1, tell)
    read = read_measures(path, said, made)
    problem, lame = problem_of(said, read)
    if not problem.items:
        raise InputError(f"{path}: found no measure that can be planned; see what each needs")
    work = _Work(problem, said, draws, seed, tell, 0.5 if any(one.file for one in said.plants) else 0.0)
    work.plan()
    cut = interrupted(work.rest) or cut
    read.left_out += lame
    return PortfolioResult(said, work.found, read, tuple(read.inputs), seed, version(), cut)


def _improved(  # noqa: PLR0913  what a run of many plants takes
    path: Path,
    said: PortfolioFile,
    folder: Path,
    seconds: float | None,
    seed: int,
    workers: int,
    tell: Progress,
) -> tuple[dict[int, Path], bool]:
    """A result of `improve` for each plant, by its number in the file, and whether Ctrl-C left some out."""
    found = {n: path.parent / one.result for n, one in enumerate(said.plants) if one.result is not None}
    files = {n: path.parent / one.file for n, one in enumerate(said.plants) if one.file is not None}
    for file in files.values():
        if not file.is_file():
            raise InputError(f"{path}: found no plant file {file}; give its path from the portfolio file")
    if not files:
        return found, False
    made, cut = improve_plants(
        list(dict.fromkeys(files.values())),
        folder,
        seconds,
        Appraisal(said.interest, said.service_years),
        seed,
        workers=workers,
        done=lambda share: tell(0.5 * share),
    )
    found |= {number: made[file] for number, file in files.items() if file in made}
    return dict(sorted(found.items())), cut


def weight_of(risk: Risk) -> float:
    """The weight of the standard deviation: as given, or that of a CVaR of a Gaussian value.

    CVaR at level a of a Gaussian: mean − φ(z_a) / (1 − a) × standard deviation (Rockafellar & Uryasev 2000).
    """
    if risk.cvar is None:
        return risk.sd or 0.0
    z = NormalDist().inv_cdf(risk.cvar)
    return exp(-z * z / 2) / sqrt(2 * pi) / (1 - risk.cvar)


@dataclass(slots=True, eq=False)
class _Work:
    """What takes time, so that what is done by a Ctrl-C is kept."""

    problem: Problem
    said: PortfolioFile
    count: int
    seed: int
    tell: Progress
    begun: float
    found: Found = None  # type: ignore[assignment]  # by `plan`

    def plan(self) -> None:
        gains = gains_of(self.problem.items, self.said.learning.shared_sd, self.said.learning.observation_sd)
        weight = weight_of(self.said.risk)
        spread, values = gains.spread(self.problem.worth), self.problem.values(gains.mean)
        solution = best_plan(self.problem, values, PLAN, spread=spread, weight=weight)
        many = gains.draws(MANY, np.random.default_rng([self.seed, 0]))
        plans = {"this plan": solution.plan, "greedy by ratio": greedy(self.problem, values)}
        self.found = Found(self.problem, gains, solution, weight, plans, many)
        self._done(0.1)

    def rest(self) -> None:
        problem, found = self.problem, self.found
        values = problem.values(found.gains.mean)
        found.plans["equal split"] = equal_split(problem, values, CURVE)
        self._done(0.15)
        risk = (found.gains.spread(problem.worth), found.weight)
        found.points = curve(
            problem,
            values,
            found.solution,
            CURVE,
            risk=risk,
            done=lambda share: self._done(0.15 + 0.2 * share),
        )
        if not self.count:
            return
        drawn = found.many[: self.count]
        found.hindsight = hindsight(problem, drawn, DRAWN, lambda share: self._done(0.35 + 0.25 * share))
        if problem.limits.years > 1 and (found.solution.plan >= 0).any():
            self._learn(found.solution.plan, values)
        self._done(1.0)

    def _learn(self, plan: Plan, values: Floats) -> None:
        found = self.found
        noise = np.random.default_rng([self.seed, 1]).standard_normal((self.count, len(plan)))
        ways = starts(self.problem, values, plan, CURVE)
        found.starts = learning(
            self.problem,
            found.gains,
            ways,
            found.many[: self.count],
            noise,
            effort=DRAWN,
            done=lambda share: self._done(0.6 + 0.4 * share),
        )

    def _done(self, share: float) -> None:
        self.tell(self.begun + (1 - self.begun) * share)
