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
    the chosen one for each observed state, in its unit: what its equations miss.
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

    Nothing but the records decides: a record to be predicted afterwards must not be among them.

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
    errors = {name: _missed(one, observed, starts, seed) for name, one in candidates.items()}
    first = next(iter(candidates.values()))
    scale = ranges(first.records, observed)
    scores = {
        name: float("inf") if found is None else float(np.sqrt(np.nanmean((found / scale) ** 2)))
        for name, found in errors.items()
    }
    best = min(scores, key=lambda name: scores[name])
    found = errors[best]
    if found is None:
        raise PhaseError("no candidate can be fitted to a part of the records and predict the rest")
    fit = fit_phases(candidates[best].records, observed, candidates[best].bounds, starts=starts, seed=seed)
    return Choice(best, scores, fit, np.sqrt(np.nanmean(found**2, axis=0)))


def _missed(one: Candidate, observed: Sequence[str], starts: int, seed: int) -> Doubles | None:
    """Errors of prediction of every record by the others; None if there is no prediction."""
    parts = []
    for left, record in enumerate(one.records):
        others = [other for place, other in enumerate(one.records) if place != left]
        try:
            fit = fit_phases(others, observed, one.bounds, starts=starts, seed=seed)
            parts.append(fit.predict(record.phase, record.times).course - record.measured)
        except PhaseError:
            return None
    return np.concatenate(parts)
