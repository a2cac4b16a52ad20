"""Parameters of a model from recorded courses, and predictions with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import Phase, PhaseError, Settings, place_of
from zhizao.solvers.phases.run import follow_phase

FITTING = Settings(relative=1e-7, absolute=1e-9)
STEP = 1e-4  # of a logarithm, for differences: above the error of FITTING, below what bends the course
FAILED = 1e3  # residual where a course fails: far above that of any course that does not
EVALUATIONS = 300  # of the residuals at most: twice what twenty parameters took in benchmarks/cultures.py
SAME_COST = 1.01  # starts whose cost is within this factor of the least count as the same minimum
FLOOR = 1e-4  # of the range: least noise, above what the integrator adds at FITTING (1e-5 at most, measured)
MOST_CORRELATED = 0.99  # lag-1 autocorrelation above which an interval would say nothing


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A recorded course: the phase as it was run, times, and measured states [times, observed]; NaN: none."""

    phase: Phase
    times: Doubles
    measured: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Observed states over time, [times, observed]: the course and the bounds of its interval."""

    times: Doubles
    course: Doubles
    low: Doubles
    high: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Fitted parameters; `covariance` is that of their logarithms.

    `noise` is the standard deviation of the residuals of each observed state, in its unit, and not less than
    a ten-thousandth of its range (the integrator has an error too); `correlation` is
    the mean lag-1 autocorrelation of the residuals. `agreeing` of the starts came to the same minimum.
    `undetermined` are parameters about which the records say less than their bounds.
    """

    values: dict[str, float]
    covariance: Doubles
    observed: tuple[str, ...]
    noise: Doubles
    correlation: float
    freedom: int
    agreeing: int
    starts: int
    undetermined: tuple[str, ...]

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of a parameter, by the linearised logarithm."""
        place = place_of(name, list(self.values), "fitted parameter")
        wide = quantile(level, self.freedom) * float(np.sqrt(self.covariance[place, place]))
        return self.values[name] * float(np.exp(-wide)), self.values[name] * float(np.exp(wide))

    def predict(self, phase: Phase, times: Sequence[float] | Doubles, level: float = 0.95) -> Prediction:
        """Predict a phase with the fitted parameters; its own values of them are replaced.

        Parameters
        ----------
        phase
            Start and inputs of the course to predict.
        times
            In the model's unit.
        level
            Of the interval for a measured value: parameters and noise.

        Raises
        ------
        PhaseError
            The phase does not run with the fitted parameters.
        """
        at = np.array(times, np.float64)
        point = np.log(np.array(list(self.values.values())))
        center = simulated(phase, at, tuple(self.values), point, self.observed)
        if not np.isfinite(center).all():
            raise PhaseError(f"phase {phase.model.name!r}: the fitted parameters give no course to the end")
        slopes = np.empty((*center.shape, len(point)))
        for j in range(len(point)):
            moved = point.copy()
            moved[j] += STEP
            slopes[..., j] = (simulated(phase, at, tuple(self.values), moved, self.observed) - center) / STEP
        spread = np.einsum("toi,ij,toj->to", slopes, self.covariance, slopes)
        wide = quantile(level, self.freedom) * np.sqrt(np.maximum(spread, 0.0) + self.noise**2)
        return Prediction(at, center, center - wide, center + wide)


def fit_phases(
    records: Sequence[Recorded],
    observed: Sequence[str],
    bounds: Mapping[str, tuple[float, float]],
    *,
    starts: int = 5,
    seed: int = 0,
    guesses: Sequence[Mapping[str, float]] = (),
) -> Fit:
    """Fit parameters to recorded courses by least squares from several starts.

    Residuals are taken in shares of the range of each observed state. The covariance is the linearised one,
    inflated by (1 + r) / (1 - r) for the lag-1 autocorrelation r of the residuals (Bayley and Hammersley,
    1946); the bounds count as a weak normal prior of the logarithm, so that a parameter that the records do
    not determine keeps the uncertainty of its bounds.

    Parameters
    ----------
    records
        Courses of the same model.
    observed
        States that were measured, in the order of the columns of `Recorded.measured`.
    bounds
        Parameters to fit, each with bounds above 0.
    starts
        The first is the phase's own values; the others are a Latin hypercube of the logarithms between the
        bounds (McKay, Beckman and Conover, 1979).
    seed
        Of the draws.
    guesses
        Values of all parameters to start from as well.

    Raises
    ------
    PhaseError
        Bounds, records or names do not fit, or no start gives a course.
    """
    names = tuple(bounds)
    low, high = _limits(bounds, records)
    scale = ranges(records, observed)
    given = [records[0].phase.values, *guesses]
    own = [np.log([max(values[name], 1e-300) for name in names]) for values in given]
    points = [np.clip(one, low + 1e-6, high - 1e-6) for one in own]
    points += list(low + (high - low) * _hypercube(starts - 1, len(names), seed))
    found = [_solved(records, names, tuple(observed), scale, point, (low, high)) for point in points]
    best = min(found, key=lambda one: float(one.cost))
    if best.cost >= 0.5 * FAILED**2:
        raise PhaseError("no start gives courses to their end; expected narrower bounds or another model")
    agreeing = sum(one.cost <= SAME_COST * best.cost + 1e-12 for one in found)
    fit = _fit(records, (names, tuple(observed)), scale, best, (low, high))
    return replace(fit, agreeing=agreeing, starts=len(points))


def refit_phases(
    records: Sequence[Recorded], fit: Fit, bounds: Mapping[str, tuple[float, float]], noise: Doubles
) -> Fit:
    """Fit again from fitted values, each state weighted by a standard deviation of its noise.

    Parameters
    ----------
    records
        Those of the fit, or others of its model.
    fit
        Where to start; its observed states are those of the columns of `Recorded.measured`.
    bounds
        Of its parameters, in their order.
    noise
        Standard deviation of each observed state, in its unit, above 0.

    Raises
    ------
    PhaseError
        Bounds, records or names do not fit, or the model gives no course.
    """
    names = tuple(bounds)
    limits = _limits(bounds, records)
    ranges(records, fit.observed)
    start = np.clip(np.log([fit.values[name] for name in names]), limits[0] + 1e-6, limits[1] - 1e-6)
    found = _solved(records, names, fit.observed, noise, start, limits)
    if found.cost >= 0.5 * FAILED**2:
        raise PhaseError("the fitted values give no course to the end; expected narrower bounds")
    return _fit(records, (names, fit.observed), noise, found, limits)


def _hypercube(points: int, parameters: int, seed: int) -> Doubles:
    """Points [points, parameters] in 0..1, one in each of as many equal parts of every parameter."""
    draws = np.random.default_rng(seed)
    parts = np.array([draws.permutation(points) for _ in range(parameters)], float).T
    return (parts.reshape(points, parameters) + draws.uniform(size=(points, parameters))) / max(points, 1)


def _limits(
    bounds: Mapping[str, tuple[float, float]], records: Sequence[Recorded]
) -> tuple[Doubles, Doubles]:
    if not records or not bounds:
        raise PhaseError("found no record or no parameter to fit; expected one of each at least")
    known = [one.name for one in records[0].phase.model.parameters]
    for name, (low, high) in bounds.items():
        place_of(name, known, "parameter to fit")
        if not 0 < low < high:
            raise PhaseError(f"found bounds {low:g} to {high:g} of {name}; expected 0 < low < high")
    table = np.log(np.array(list(bounds.values()), np.float64))
    return table[:, 0], table[:, 1]


def ranges(records: Sequence[Recorded], observed: Sequence[str]) -> Doubles:
    """Range of each observed state over all records."""
    for one in records:
        if one.measured.shape != (len(one.times), len(observed)):
            shape = f"({len(one.times)}, {len(observed)})"
            raise PhaseError(f"found measurements of shape {one.measured.shape}; expected {shape}")
    measured = np.concatenate([one.measured for one in records])
    known = np.isfinite(measured)
    if not known.any(axis=0).all():
        raise PhaseError("found an observed state without any measurement; leave it out")
    wide = np.nanmax(measured, axis=0) - np.nanmin(measured, axis=0)
    return np.where(wide > 0, wide, 1.0)


def simulated(
    phase: Phase, times: Doubles, names: tuple[str, ...], point: Doubles, observed: tuple[str, ...]
) -> Doubles:
    """Observed states of a phase with other parameters; NaN from where it fails."""
    values = dict(phase.parameters) | dict(zip(names, map(float, np.exp(point)), strict=True))
    course = follow_phase(replace(phase, parameters=values), times, FITTING)
    table = np.full((len(times), len(observed)), np.nan)
    places = [phase.model.place(name) for name in observed]
    table[: len(course.states)] = course.states[:, places]
    return table


def _residuals(
    point: Doubles,
    records: Sequence[Recorded],
    names: tuple[str, ...],
    observed: tuple[str, ...],
    scale: Doubles,
) -> Doubles:
    parts = []
    for one in records:
        off = (simulated(one.phase, one.times, names, point, observed) - one.measured) / scale
        off[~np.isfinite(off) & np.isfinite(one.measured)] = FAILED
        parts.append(off[np.isfinite(one.measured)])
    return np.concatenate(parts)


def _solved(
    records: Sequence[Recorded],
    names: tuple[str, ...],
    observed: tuple[str, ...],
    scale: Doubles,
    point: Doubles,
    limits: tuple[Doubles, Doubles],
) -> Any:
    from scipy.optimize import least_squares

    fixed = (records, names, observed, scale)
    return least_squares(
        _residuals, point, bounds=limits, args=fixed, diff_step=STEP, x_scale=1.0, max_nfev=EVALUATIONS
    )


def _fit(
    records: Sequence[Recorded],
    named: tuple[tuple[str, ...], tuple[str, ...]],
    scale: Doubles,
    best: Any,
    limits: tuple[Doubles, Doubles],
) -> Fit:
    """Covariance and noise at the best of the starts, which is counted as one."""
    names, observed = named
    freedom = max(len(best.fun) - len(names), 1)
    tables = [simulated(one.phase, one.times, names, best.x, observed) - one.measured for one in records]
    correlation = _correlation(tables)
    inflation = (1 + correlation) / (1 - correlation)
    variance = max(2 * float(best.cost) / freedom, 1e-24) * inflation
    prior = ((limits[1] - limits[0]) / 4) ** 2  # the bounds are two standard deviations away
    precision = best.jac.T @ best.jac / variance
    covariance = np.linalg.inv(precision + np.diag(1 / prior))
    loose = [name for name, own, p in zip(names, np.diag(covariance), prior, strict=True) if own > 0.5 * p]
    stacked = np.concatenate(tables)
    return Fit(
        dict(zip(names, map(float, np.exp(best.x)), strict=True)),
        covariance,
        observed,
        np.sqrt(np.nanmean(stacked**2, axis=0) + (FLOOR * scale) ** 2),
        correlation,
        freedom,
        1,
        1,
        tuple(loose),
    )


def _correlation(tables: Sequence[Doubles]) -> float:
    """Mean lag-1 autocorrelation of the residuals, 0 at least."""
    found = []
    for table in tables:
        for column in table.T:
            known = column[np.isfinite(column)]
            square = float((known**2).sum())
            if len(known) > 2 and square > 0:
                found.append(float((known[1:] * known[:-1]).sum()) / square)
    return min(max(float(np.mean(found)) if found else 0.0, 0.0), MOST_CORRELATED)


def quantile(level: float, freedom: int) -> float:
    """Student's quantile of a two-sided interval.

    Raises
    ------
    PhaseError
        The level is no share.
    """
    from scipy.stats import t

    if not 0 < level < 1:
        raise PhaseError(f"found level {level:g}; expected a share between 0 and 1")
    return float(t.ppf(0.5 + 0.5 * level, freedom))
