"""Choose the structure of a model by records: each is fitted without a record and has to predict it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zhizao.solvers.phases.fit import Fit, Prediction, Recorded, fit_phases, quantile, ranges
from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import Phase, PhaseError


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A structure: the records as its model runs them, and the parameters to fit with their bounds."""

    records: Sequence[Recorded]
    bounds: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The structure that predicts best, fitted to all records.

    `scores` are the root mean squares of the errors of prediction of each candidate, in shares of the range
    of an observed state; infinite where it could not be fitted or gave no course. `discrepancy` is that of
    the chosen one for each observed state, in its unit: what its equations miss. It is NaN for a state that
    no record could be predicted in, and so are the bounds of its intervals.
    """

    name: str
    scores: dict[str, float]
    fit: Fit
    discrepancy: Doubles

    def predict(self, phase: Phase, times: Sequence[float] | Doubles, level: float = 0.95) -> Prediction:
        """Predict a phase; the interval has parameters, noise and discrepancy.

        Raises
        ------
        PhaseError
            The phase does not run with the fitted parameters.
        """
        found = self.fit.predict(phase, times, level)
        wide = np.hypot(found.high - found.course, quantile(level, self.fit.freedom) * self.discrepancy)
        return replace(found, low=found.course - wide, high=found.course + wide)


def choose_structure(
    candidates: Mapping[str, Candidate], observed: Sequence[str], *, starts: int = 3, seed: int = 0
) -> Choice:
    """Choose between structures by leave-one-record-out prediction (Stone, 1974), then fit the best to all.

    Nothing but the records decides: a record to be predicted afterwards must not be among them. The fits to
    parts of the records are starts of the fit to all.

    Parameters
    ----------
    candidates
        Structures by name; all with the same records in the same order.
    observed
        States that were measured, in the order of the columns of `Recorded.measured`.
    starts, seed
        Of each fit, as for `fit_phases`.

    Raises
    ------
    PhaseError
        There are fewer than two records, or no candidate can be fitted.
    """
    counts = {len(one.records) for one in candidates.values()}
    if len(counts) != 1 or min(counts) < 2:
        raise PhaseError("found no candidate, or other than the same two or more records for each")
    tried = {name: _missed(one, observed, starts, seed) for name, one in candidates.items()}
    first = next(iter(candidates.values()))
    scale = ranges(first.records, observed)
    scores = {name: _score(one, scale) for name, one in tried.items()}
    best = min(scores, key=lambda name: scores[name])
    found = tried[best]
    if found is None or scores[best] == float("inf"):
        raise PhaseError("no candidate can be fitted to a part of the records and predict the rest")
    one = candidates[best]
    fit = fit_phases(one.records, observed, one.bounds, starts=starts, seed=seed, guesses=found.parts)
    return Choice(best, scores, fit, np.array([_rms(column) for column in found.errors.T]))


@dataclass(frozen=True, slots=True, eq=False)
class _Missed:
    """Errors of prediction of every record by the others (NaN: none), and the fits to the others."""

    errors: Doubles
    parts: list[dict[str, float]]


def _missed(one: Candidate, observed: Sequence[str], starts: int, seed: int) -> _Missed | None:
    """Predict every record by the others; None if that fails."""
    errors, parts = [], []
    for left, record in enumerate(one.records):
        others = [other for place, other in enumerate(one.records) if place != left]
        seen = np.isfinite(np.concatenate([other.measured for other in others])).any(axis=0)
        names = [name for name, known in zip(observed, seen, strict=True) if known]
        off = np.full(record.measured.shape, np.nan)
        try:
            cut = [replace(other, measured=other.measured[:, seen]) for other in others]
            fit = fit_phases(cut, names, one.bounds, starts=starts, seed=seed)
            off[:, seen] = fit.predict(record.phase, record.times).course - record.measured[:, seen]
        except PhaseError:
            return None
        errors.append(off)
        parts.append(fit.values)
    return _Missed(np.concatenate(errors), parts)


def _score(one: _Missed | None, scale: Doubles) -> float:
    score = float("nan") if one is None else _rms(one.errors / scale)
    return score if np.isfinite(score) else float("inf")


def _rms(errors: Doubles) -> float:
    """Root mean square of what is known; NaN if nothing is."""
    known = errors[np.isfinite(errors)]
    return float(np.sqrt((known**2).mean())) if known.size else float("nan")
