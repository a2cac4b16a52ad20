"""How much of an interval is simulation noise, how much parameter uncertainty, and of which parameters.

Each of n plants, drawn from what is known (`plant.uncertainty`), runs the same r replications, that is,
with the same noise. A value of a plant and a replication is then an overall mean, plus what the plant adds,
plus what the replication adds, plus a rest (two-way random effects without repetition: Searle, Casella and
McCulloch, *Variance Components*, 1992, chapter 4). The mean of the true plant is as uncertain as a new
plant's addition and the mean of the noise together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zhizao.kpi.analysis import Floats, Interval, student_t
from zhizao.plant.uncertainty import Group, Number, score

_NOISE = 1e-12  # what differs less differs by the order of a sum
_SURE = 0.01  # chance that a number stands out in its group which does not matter


@dataclass(frozen=True, slots=True)
class Draws:
    """What was drawn: a column of standard normal scores for each number, a row for each plant."""

    numbers: tuple[Number, ...]
    scores: Floats

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups that there are, in their own order."""
        return tuple(group for group in Group if any(number.group is group for number in self.numbers))

    @property
    def sufficient(self) -> bool:
        """Whether there are enough draws to separate the parameters by regression."""
        return len(self.scores) >= 2 * (len(self.numbers) + 1)

    @property
    def apart(self) -> tuple[Group, ...]:
        """Groups that must be drawn alone to estimate the effect of each."""
        return () if self.sufficient or len(self.groups) < 2 else self.groups

    def first(self, count: int) -> Draws:
        """The first plants only."""
        return replace(self, scores=self.scores[:count])


def draws_of(numbers: Mapping[str, Number], seed: int, count: int) -> Draws:
    """Scores of these numbers (by address) in the first `count` draws of a seed."""
    rows = [[score(seed, index, what) for what in numbers] for index in range(count)]
    return Draws(tuple(numbers.values()), np.array(rows, dtype=np.float64).reshape(count, len(numbers)))


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean with its interval, and the shares of the interval's variance.

    `noise` and `parameters` add up to 1. `groups` and `numbers` (by what is measured to know them) are
    parts of `parameters`; the rest of it is what the estimate leaves unexplained: effects of several at
    once, and what too few draws cannot estimate.
    """

    interval: Interval
    noise: float
    parameters: float
    groups: Mapping[Group, float]
    numbers: Mapping[str, float]

    @property
    def unexplained(self) -> float:
        """Share of what is not known that no group explains."""
        return max(self.parameters - sum(self.groups.values()), 0.0)

    @property
    def largest(self) -> str | None:
        """The number whose parameters matters most, where it can be estimated."""
        return max(self.numbers, key=lambda name: self.numbers[name], default=None)


def kpi_spread(values: ArrayLike, draws: Draws, alone: Mapping[Group, ArrayLike]) -> Spread:
    """Spread of a KPI: `values` by plant and replication, `alone` those where only one group was drawn.

    Where all plants have a mean above 0 the interval is symmetric in its logarithm, for times and counts
    multiply; else in itself.
    """
    return _spread(values, draws, alone, 0.0)


def difference_spread(values: ArrayLike, draws: Draws, alone: Mapping[Group, ArrayLike]) -> Spread:
    """Spread of a difference, which may have either sign."""
    return _spread(values, draws, alone, None)


def relative_spread(values: ArrayLike, draws: Draws, alone: Mapping[Group, ArrayLike]) -> Spread:
    """Spread of a relative change (see `relative_values`), symmetric in the logarithm of the ratio."""
    return _spread(values, draws, alone, 1.0)


def relative_values(before: ArrayLike, after: ArrayLike) -> Floats:
    """Values by plant and replication whose mean over a plant's replications is the change of the means.

    That is the ratio of the means less 1, with the residuals of the ratio estimator (Cochran, *Sampling
    Techniques*, 3rd ed. 1977, section 6.3) as its noise. nan where the mean before is 0.
    """
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    means = x.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = y.mean(axis=1, keepdims=True) / means
        found = ratio - 1 + (y - ratio * x) / means
    return np.where(np.isfinite(found), found, nan)


# ---------------------------------------------------------------- simulation noise and parameter uncertainty
class _Parts(NamedTuple):
    """Variance between the plants' true means, that of their means as run, that of the mean of the noise."""

    between: float
    seen: float
    noise: float


def _parts(y: Floats) -> _Parts:
    n, r = y.shape
    means, common = y.mean(axis=1), y.mean(axis=0)
    rest = y - means[:, None] - common + y.mean()
    rounding = (_NOISE * float(np.abs(y).max())) ** 2
    interaction = float((rest**2).sum()) / ((n - 1) * (r - 1))
    seen = float(means.var(ddof=1))
    between = max(seen - interaction / r, 0.0)
    noise = float(common.var(ddof=1)) / r
    return _Parts(between if between > rounding else 0.0, seen, noise if noise > rounding else 0.0)


def _spread(
    values: ArrayLike, draws: Draws, alone: Mapping[Group, ArrayLike], offset: float | None
) -> Spread:
    """Spread of values by plant and replication; plants that do not know the value are left out. The
    interval is symmetric in the logarithm of value + offset, where there is one and all are above 0."""
    y = np.asarray(values, dtype=np.float64)
    there = np.isfinite(y).all(axis=1)
    n, r = int(there.sum()), y.shape[1]
    if n < 2 or r < 2:
        mean = float(y[there].mean()) if n else nan
        return Spread(Interval(mean, nan, nan, n), nan, nan, {}, {})
    y, draws = y[there], replace(draws, scores=draws.scores[there])
    parts = _parts(y)
    own = parts.between * (1 + 1 / n)  # the mean of the plants drawn is itself not quite theirs
    total = own + parts.noise
    if total == 0:
        mean = float(y[0, 0])
        return Spread(Interval(mean, mean, mean, n), 0.0, 0.0, {}, {})
    interval = _interval(y, parts, offset)
    known = own / total
    groups, numbers = _explained(y, draws, alone, parts)
    return Spread(
        interval,
        1 - known,
        known,
        {group: known * share for group, share in groups.items()},
        {name: known * share for name, share in numbers.items()},
    )


def _interval(y: Floats, parts: _Parts, offset: float | None) -> Interval:
    """Where the mean of the true plant lies: one more draw, and the noise of the runs."""
    n, r = y.shape
    mean, means = float(y.mean()), y.mean(axis=1)
    own, noise, middle = parts.between * (1 + 1 / n), parts.noise, mean
    if offset is not None and (means + offset > 0).all():
        logs = np.log(means + offset)
        middle = float(logs.mean())
        seen = float(logs.var(ddof=1))
        own = seen * (parts.between / parts.seen if parts.seen else 0.0) * (1 + 1 / n)  # less the noise in it
        noise /= (mean + offset) ** 2
    total = own + noise
    degrees = total**2 / (own**2 / (n - 1) + noise**2 / (r - 1))  # Satterthwaite 1946
    half = student_t(max(int(degrees), 1), 0.95) * sqrt(total)
    low, high = middle - half, middle + half
    if offset is not None and (means + offset > 0).all():
        low, high = (exp(min(bound, 700.0)) - offset for bound in (low, high))
    return Interval(mean, min(low, mean), max(high, mean), n)


# ---------------------------------------------------------------- of which numbers
def _explained(
    y: Floats, draws: Draws, alone: Mapping[Group, ArrayLike], parts: _Parts
) -> tuple[dict[Group, float], dict[str, float]]:
    """Shares of the variance between plants, by group and by number; together at most 1."""
    if parts.between == 0:
        return {}, {}
    means = y.mean(axis=1)
    if draws.sufficient:
        columns = _by_regression(means, draws.scores) * (parts.seen / parts.between)
        groups = {g: float(sum(_of(draws, g, columns))) for g in draws.groups}
        numbers = _by_measurement(draws.numbers, columns)
    elif len(draws.groups) == 1:
        groups = {draws.groups[0]: 1.0}
        numbers = _standing_out(means, draws, draws.groups[0])
    else:
        groups, numbers = {}, {}
        for group, values in alone.items():
            own = np.asarray(values, dtype=np.float64)
            there = np.isfinite(own).all(axis=1)
            if there.sum() >= 2:
                groups[group] = _parts(own[there]).between / parts.between
                of = replace(draws, scores=draws.scores[: len(own)][there])
                found = _standing_out(own[there].mean(axis=1), of, group)
                numbers |= {name: share * groups[group] for name, share in found.items()}
    too_much = max(sum(groups.values()), 1.0)
    return (
        {group: share / too_much for group, share in groups.items()},
        {name: share / too_much for name, share in numbers.items() if share > 0},
    )


def _of(draws: Draws, group: Group, columns: Floats) -> list[float]:
    return [float(c) for number, c in zip(draws.numbers, columns, strict=True) if number.group is group]


def _by_measurement(numbers: Sequence[Number], columns: Floats) -> dict[str, float]:
    """Columns that are measured together, together."""
    found: dict[str, float] = {}
    for number, share in zip(numbers, columns, strict=True):
        found[number.measured] = found.get(number.measured, 0.0) + float(share)
    return found


def _by_regression(means: Floats, scores: Floats) -> Floats:
    """Share of the variance of the means that each independent score explains.

    The adjusted R² of the least squares (Ezekiel 1930), divided as the squared coefficients are, less what
    chance adds to each square.
    """
    n, k = scores.shape
    design = np.column_stack([np.ones(n), scores])
    inverse = np.linalg.pinv(design.T @ design)
    slopes = inverse @ design.T @ means
    left = means - design @ slopes
    rest = float(left @ left) / (n - k - 1)
    squares = np.maximum(slopes[1:] ** 2 - rest * np.diag(inverse)[1:], 0.0)
    whole = float(squares.sum())
    explained = max(1 - rest / float(means.var(ddof=1)), 0.0)
    return np.asarray(squares * (explained / whole) if whole else squares)


def _standing_out(means: Floats, draws: Draws, group: Group) -> dict[str, float]:
    """Share of the one number of a group that explains more of it than chance would let any (Bonferroni)."""
    columns = [i for i, number in enumerate(draws.numbers) if number.group is group]
    names = list(dict.fromkeys(draws.numbers[i].measured for i in columns))
    if len(names) == 1:
        return {names[0]: 1.0}
    n = len(means)
    if n < 4 or float(np.ptp(means)) == 0:
        return {}
    squares = [float(np.corrcoef(means, draws.scores[:, i])[0, 1]) ** 2 for i in columns]
    best = int(np.argmax(squares))
    square = min(squares[best], 1 - 1e-12)
    if sqrt(square * (n - 2) / (1 - square)) < student_t(n - 2, 1 - _SURE / len(columns)):
        return {}
    return {draws.numbers[columns[best]].measured: 1 - (1 - square) * (n - 1) / (n - 2)}
