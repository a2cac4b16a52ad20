"""Parameters of each of several batches, their spread, and batches predicted by the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.phases.fit import FLOOR, Fit, Recorded, fit_phases, ranges, refit_phases
from zhizao.solvers.phases.kernels.tables import Doubles
from zhizao.solvers.phases.problem import PhaseError
from zhizao.solvers.phases.spread import Spread, spread_of

Marks = NDArray[np.bool_]
LOOSE = 0.5  # of a logarithm: a standard error above it leaves more than a factor of seven open, at 95 %
TOGETHER = 0.9  # correlation of two estimates above which one parameter is said to stand in for the other
ODD = 3.0  # residuals in standard deviations of the noise above which a batch does not fit
AT_BOUND = 0.01  # of a logarithm: an estimate that is nearer to a bound is no estimate


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """What was fitted to each batch.

    `noise` is the standard deviation of each observed state, in its unit, the median over batches. `misfit`
    is the root mean square of the residuals of each batch in standard deviations of the noise. Batches that
    are `odd` count in no spread; `loose` are those that do not determine a parameter.
    """

    names: tuple[str, ...]
    fits: tuple[Fit, ...]
    observed: tuple[str, ...]
    noise: Doubles
    misfit: Doubles
    odd: tuple[str, ...]
    loose: dict[str, tuple[str, ...]]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the fitted parameters."""
        return tuple(self.fits[0].values)

    def estimates(self, parameter: str) -> tuple[Doubles, Doubles]:
        """Estimate and standard error of a parameter in every batch, in its unit."""
        place = self.parameters.index(parameter)
        values = np.array([fit.values[parameter] for fit in self.fits])
        return values, values * np.sqrt([fit.covariance[place, place] for fit in self.fits])

    def spread(self, parameter: str, without: str = "") -> Spread:
        """Spread of a parameter over the batches that count, but for one.

        Raises
        ------
        PhaseError
            No batch is left.
        """
        out = {*self.odd, *self.loose[parameter], without}
        kept = np.array([name not in out for name in self.names])
        values, errors = self.estimates(parameter)
        return spread_of(values[kept], errors[kept])


def fit_batches(
    records: Mapping[str, Recorded],
    observed: Sequence[str],
    bounds: Mapping[str, tuple[float, float]],
    *,
    starts: int = 3,
    seed: int = 0,
    progress: Callable[[float], object] | None = None,
) -> Batches:
    """Fit parameters to each batch alone, in two rounds: in shares of the ranges, then of the noise.

    Parameters
    ----------
    records
        One for each batch, by its name; states that a batch has no measurement of are left out there.
    observed
        States that were measured, in the order of the columns of `Recorded.measured`.
    bounds
        Parameters to fit, each with bounds above 0.
    starts, seed
        Of each fit, as for `fit_phases`.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    PhaseError
        A batch cannot be fitted, or most batches do not determine a parameter; the message names both.
    """
    first: list[Fit] = []
    seen: dict[str, Marks] = {
        name: np.asarray(np.isfinite(one.measured).any(axis=0)) for name, one in records.items()
    }
    for name, one in records.items():
        _enough(name, one, len(bounds))
        try:
            first.append(
                fit_phases(
                    [_cut(one, seen[name])], _of(observed, seen[name]), bounds, starts=starts, seed=seed
                )
            )
        except PhaseError as error:
            raise PhaseError(f"batch {name}: {error}") from None
        if progress is not None:
            progress(0.8 * len(first) / len(records))
    noise = _noise(records, first, observed, seen)
    fits = [
        refit_phases([_cut(one, seen[name])], fit, bounds, noise[seen[name]])
        for (name, one), fit in zip(records.items(), first, strict=True)
    ]
    misfit = np.array(
        [_misfit(one, fit, noise, seen[name]) for (name, one), fit in zip(records.items(), fits, strict=True)]
    )
    names = tuple(records)
    odd = tuple(name for name, off in zip(names, misfit, strict=True) if off > ODD)
    loose = {parameter: _loose(parameter, names, fits, bounds) for parameter in bounds}
    found = Batches(names, tuple(fits), tuple(observed), noise, misfit, odd, loose)
    _refuse_undetermined(found)
    return found


def _enough(name: str, one: Recorded, parameters: int) -> None:
    count = int(np.isfinite(one.measured).sum())
    if count <= parameters:
        found = f"batch {name}: found {count} measurements after the start for {parameters} parameters"
        raise PhaseError(f"{found}; expected more: leave the batch out, or fit fewer parameters")


def _cut(one: Recorded, seen: Marks) -> Recorded:
    return replace(one, measured=one.measured[:, seen])


def _of(observed: Sequence[str], seen: Marks) -> list[str]:
    return [name for name, known in zip(observed, seen, strict=True) if known]


def _off(one: Recorded, fit: Fit, seen: Marks) -> Doubles:
    """Residuals in the columns of all observed states; NaN where there is none."""
    off = np.full(one.measured.shape, np.nan)
    off[:, seen] = fit.predict(one.phase, one.times).course - one.measured[:, seen]
    return off


def _noise(
    records: Mapping[str, Recorded], fits: Sequence[Fit], observed: Sequence[str], seen: Mapping[str, Marks]
) -> Doubles:
    """Median over batches of the standard deviation of the residuals of each state."""
    rows = []
    for (name, one), fit in zip(records.items(), fits, strict=True):
        off = _off(one, fit, seen[name])
        known = np.isfinite(off)
        count = int(known.sum())
        square = np.where(known, off, 0.0) ** 2
        share = 1 - len(fit.values) / count  # of the residuals that the parameters leave free
        rows.append(np.sqrt(square.sum(axis=0) / np.maximum(known.sum(axis=0), 1) / share))
    table = np.array(rows)
    table[~np.array([seen[name] for name in records])] = np.nan
    floor = FLOOR * ranges(list(records.values()), observed)
    noise: Doubles = np.maximum(np.nanmedian(table, axis=0), floor)
    return noise


def _misfit(one: Recorded, fit: Fit, noise: Doubles, seen: Marks) -> float:
    off = _off(one, fit, seen) / noise
    known = off[np.isfinite(off)]
    return float(np.sqrt((known**2).sum() / (known.size - len(fit.values))))


def _loose(
    parameter: str, names: tuple[str, ...], fits: Sequence[Fit], bounds: Mapping[str, tuple[float, float]]
) -> tuple[str, ...]:
    """Batches that do not determine a parameter, or put it at a bound."""
    place = list(bounds).index(parameter)
    ends = np.log(bounds[parameter])
    return tuple(
        name
        for name, fit in zip(names, fits, strict=True)
        if fit.covariance[place, place] > LOOSE**2
        or np.abs(ends - np.log(fit.values[parameter])).min() < AT_BOUND
    )


def _refuse_undetermined(found: Batches) -> None:
    kept = [name for name in found.names if name not in found.odd]
    faults = []
    for place, parameter in enumerate(found.parameters):
        bad = [name for name in kept if name in found.loose[parameter]]
        if kept and 2 * len(bad) >= len(kept):
            text = f"{parameter} is not determined in {len(bad)} of {len(kept)} batches"
            others = _partners(found, place, bad)
            faults.append(text + (f" and cannot be separated from {', '.join(others)}" if others else ""))
    if not kept:
        faults.append("no batch fits")
    if faults:
        remedy = "fit fewer parameters and give the others as numbers, or measure more states or times"
        raise PhaseError(f"{'; '.join(faults)}; {remedy}")


def _partners(found: Batches, place: int, bad: Sequence[str]) -> list[str]:
    """Parameters whose estimates go with one in the batches that do not determine it."""
    tables = [fit.covariance for name, fit in zip(found.names, found.fits, strict=True) if name in bad]
    scales = [np.sqrt(np.diag(table)) for table in tables]
    found_r = np.mean(
        [np.abs(t[place] / (s[place] * s)) for t, s in zip(tables, scales, strict=True)], axis=0
    )
    return [name for at, name in enumerate(found.parameters) if at != place and found_r[at] >= TOGETHER]
