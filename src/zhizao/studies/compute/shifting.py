"""Run jobs with deadlines when and where energy is clean or cheap, and compare with starting at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.solvers.shifting.forecast import replan, valued, with_errors
from zhizao.solvers.shifting.plan import Planned, plan_at_once, plan_jobs
from zhizao.solvers.shifting.problem import Doubles, Jobs, Sites, ends_of, jobs_table, load_of
from zhizao.studies.compute.shifted import Method, Outcome, ShiftResult
from zhizao.studies.compute.sites import Centres, Objective, read_sites

REPLICATIONS = 10
"""Draws of the forecast errors, as in Wiesner et al. (2021)."""


def shift_load(
    sites: str | Path,
    *,
    replications: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> ShiftResult:
    """Compare when and where jobs run: at once, by a forecast, re-planned at every slot, and with hindsight.

    Parameters
    ----------
    sites
        The site file (YAML): sites with series of carbon intensity (g/kWh) and price (per kWh), job list,
        objective, forecast error.
    replications
        Draws of the forecast errors, for intervals (default 10).
    seed
        Seed of the forecast errors.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A file has faults; all that were found are listed with file and line.
    """
    count = REPLICATIONS if replications is None else replications
    if count < 2:
        raise InputError(f"replications: found {count}; an interval takes at least 2")
    centres = read_sites(Path(sites))
    work = _Work(centres, count, seed, progress)
    cut = interrupted(work.all)
    return ShiftResult(
        Path(sites).stem,
        centres.names,
        str(centres.said.objective),
        centres.said.forecast_error,
        work.at_once,
        work.hindsight,
        tuple(work.drawn),
        work.gap,
        len(centres.tasks),
        work.late,
        bool(np.isfinite(work.capacity).any()),
        centres.inputs,
        seed,
        version(),
        cut,
    )


@dataclass(slots=True, eq=False)
class _Work:
    """The runs, so that those done by a Ctrl-C are kept."""

    centres: Centres
    count: int
    seed: int
    progress: Progress | None
    drawn: list[dict[Method, Outcome]] = field(default_factory=list)
    at_once: Outcome | None = None
    hindsight: Outcome | None = None
    gap: float = 0.0
    late: tuple[str, ...] = ()

    @property
    def kw(self) -> Doubles:
        """Power of a GPU with its share of cooling, [sites, 1]."""
        sites = self.centres.said.sites.values()
        return np.array([[one.power_per_gpu * one.pue] for one in sites])

    @property
    def capacity(self) -> Doubles:
        """GPUs, [sites, slots]."""
        gpus = [[np.inf if one.gpus is None else one.gpus] for one in self.centres.said.sites.values()]
        return np.array(gpus) + np.zeros(self.centres.intensity.shape)

    def all(self) -> None:
        said, jobs = self.centres.said, jobs_table(self.centres.tasks, len(self.centres.names))
        series = self.centres.intensity if said.objective is Objective.CARBON else self.centres.price
        energy = self.kw * self.centres.slot_h
        true = Sites(series * energy, self.capacity)
        self.at_once = self._outcome(jobs, plan_at_once(jobs, true))
        best = plan_jobs(jobs, true)
        self.hindsight, self.gap = self._outcome(jobs, best), best.gap
        self.late = tuple(self.centres.jobs[job] for job in best.late)
        for number in range(self.count):
            self.drawn.append(self._draw(jobs, series, energy, number))
            if self.progress is not None:
                self.progress((number + 1) / self.count)

    def _draw(self, jobs: Jobs, series: Doubles, energy: Doubles, number: int) -> dict[Method, Outcome]:
        """One draw of the forecast errors, the same for every method."""
        said = self.centres.said
        seeds = np.random.SeedSequence([self.seed, number]).generate_state(len(series))
        forecast = np.array(
            [
                with_errors(one, said.forecast_error, seed=int(at), persistence=said.error_persistence)
                for one, at in zip(series, seeds, strict=True)
            ]
        )
        plan = plan_jobs(jobs, Sites(forecast * energy, self.capacity)).plan
        found = {Method.ONCE: self._outcome(jobs, valued(jobs, series * energy, plan))}
        if not np.isfinite(self.capacity).any():
            found[Method.AGAIN] = self._outcome(
                jobs, replan(jobs, series * energy, forecast * energy, plan=plan)
            )
        return found

    def _outcome(self, jobs: Jobs, planned: Planned) -> Outcome:
        load = load_of(jobs, planned.plan, self.centres.intensity.shape)
        kwh = load * self.kw * self.centres.slot_h
        used = kwh.sum(axis=1) > 0
        cost, carbon = (
            float(np.where(used, np.where(used[:, None], kwh * each, 0.0).sum(axis=1), 0.0).sum())
            for each in (self.centres.price, self.centres.intensity)
        )
        ran = planned.plan.site >= 0
        wait = (ends_of(jobs, planned.plan) - jobs.first - jobs.need)[ran] * self.centres.slot_h
        hours = float(wait.mean()) if len(wait) else float("nan")
        by_site = tuple(float(one) for one in kwh.sum(axis=1))
        return Outcome(float(kwh.sum()), cost, carbon, hours, len(planned.late), by_site)
