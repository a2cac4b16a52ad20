"""What is known of a series when a slot begins: past values, and a forecast with errors for the rest.

A forecast with independent errors is better when it is smoothed, and one whose errors last is better when the
present error is taken off. How much of either is read from the past at every slot: no value that is not yet
known is used.
"""

from __future__ import annotations

import numpy as np

from zhizao.solvers.shifting.kernels.many import Outlook, replan_on, values
from zhizao.solvers.shifting.plan import Planned, plan_jobs
from zhizao.solvers.shifting.problem import Doubles, Jobs, Plan, Sites

STRENGTHS = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Weights of the squared second differences among which the past chooses (Whittaker 1923); 0: as it is."""
LEAST = 48
"""Slots of the past before a choice is made; until then the forecast is used as it is."""


def with_errors(actual: Doubles, error: float, *, seed: int, persistence: float = 0.0) -> Doubles:
    """Draw a forecast: the series plus normal errors, as in Wiesner et al. (2021).

    Parameters
    ----------
    actual
        The series, [slots].
    error
        Standard deviation of the errors, as a share of the mean of the series.
    seed
        Seed of the errors.
    persistence
        Correlation of the errors of neighbouring slots, in 0..1 (of the paper: 0).
    """
    spread = error * abs(float(np.mean(actual)))
    drawn = np.random.default_rng(seed).normal(0, spread, size=len(actual))
    if persistence:
        for slot in range(1, len(drawn)):
            drawn[slot] = persistence * drawn[slot - 1] + np.sqrt(1 - persistence**2) * drawn[slot]
    return actual + drawn


def smoothed(series: Doubles, strength: float) -> Doubles:
    """Smooth a series by penalised least squares on its second differences (Whittaker 1923)."""
    if not strength or len(series) < 3:
        return series.copy()
    from scipy.linalg import solveh_banded

    size = len(series)
    bands = np.zeros((3, size))
    for at, step in enumerate((1.0, -2.0, 1.0)):
        for other, factor in enumerate((1.0, -2.0, 1.0)):
            if other >= at:
                row = 2 - (other - at)
                bands[row, other : size - 2 + other] += strength * step * factor
    bands[2] += 1.0
    found: Doubles = solveh_banded(bands, series)
    return found


def outlook(actual: Doubles, forecast: Doubles) -> Outlook:
    """At each slot: which smoothing of the forecast was closest in the past, and how long its errors last."""
    rows = np.array([smoothed(forecast, strength) for strength in STRENGTHS])
    errors = actual - rows
    ahead = np.zeros_like(errors)  # sums over the slots before
    ahead[:, 1:] = np.cumsum(errors**2, axis=1)[:, :-1]
    picks = np.argmin(ahead, axis=0).astype(np.int64)
    picks[:LEAST] = 0
    pairs, squares = np.zeros_like(errors), np.full(errors.shape, 1e-12)
    pairs[:, 2:] = np.cumsum(errors[:, 1:] * errors[:, :-1], axis=1)[:, :-1]
    squares[:, 2:] += np.cumsum(errors[:, :-1] ** 2, axis=1)[:, :-1]
    lasting = np.clip(pairs / squares, 0.0, 0.99)[picks, np.arange(len(actual))]
    lasting[:LEAST] = 0.0
    return Outlook(rows, picks, lasting)


def replan(jobs: Jobs, actual: Doubles, forecast: Doubles, *, plan: Plan | None = None) -> Planned:
    """Re-plan every job at every slot, from what is known then; without limits of capacity.

    The site of a job is chosen once, by the forecast; when it runs there is decided slot by slot.

    Parameters
    ----------
    jobs
        The jobs.
    actual, forecast
        Weights per GPU and slot, [sites, slots]; a value of `actual` is used from its slot on.
    plan
        A plan that names the sites; none: the cheapest by the forecast.
    """
    unlimited = np.full(actual.shape, np.inf)
    if plan is None:
        plan = plan_jobs(jobs, Sites(forecast, unlimited)).plan
    for site in range(len(actual)):
        replan_on(jobs, site, actual[site], outlook(actual[site], forecast[site]), plan)
    return valued(jobs, actual, plan)


def valued(jobs: Jobs, actual: Doubles, plan: Plan) -> Planned:
    """A plan, at what it really costs."""
    late = np.flatnonzero((plan.late >= 0) | (plan.site < 0))
    return Planned(plan, float(values(jobs, actual, plan).sum()), -np.inf, late)
