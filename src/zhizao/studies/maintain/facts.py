"""What every result of maintenance says of itself, and rates with exact intervals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from zhizao.quantities import Input

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MISSING = "`zhizao maintain` takes the extra: pip install 'zhizao[maintain]'"


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Facts:
    """What was studied, what the result was made from, the seed and the version; base of the results."""

    title: str
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool = False

    def on_page(self) -> dict[str, Any]:
        """Facts at the foot of a page."""
        return {**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version}


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval; the ends are None where they are not shown."""

    value: float
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, Any]:
        """The interval as plain data."""
        return asdict(self)


def share_of(hits: int, count: int, level: float = 0.95) -> Interval:
    """A share with its exact binomial interval (Clopper and Pearson 1934); `count` is above 0."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, count - hits + 1))
    high = 1.0 if hits == count else float(beta.ppf(1 - tail, hits + 1, count - hits))
    return Interval(hits / count, low, high)


def rate_of(events: int, exposure: float, level: float = 0.95) -> Interval:
    """Events per exposure with the exact Poisson interval (Garwood 1936); `exposure` is above 0."""
    from scipy.stats import chi2

    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(chi2.ppf(tail, 2 * events)) / 2
    high = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return Interval(events / exposure, low / exposure, high / exposure)


def median_of(values: Floats, level: float = 0.95) -> Interval:
    """The median with its interval by order statistics (David and Nagaraja 2003, section 7.1).

    The ends are None where the values are too few for the level.
    """
    from scipy.stats import binom

    ordered, count = np.sort(values), len(values)
    place = int(binom.ppf((1 - level) / 2, count, 0.5))
    if binom.cdf(place - 1, count, 0.5) > (1 - level) / 2 or place < 1:
        return Interval(float(np.median(values)), None, None)
    return Interval(float(np.median(values)), float(ordered[place - 1]), float(ordered[count - place]))


def run_of(inputs: tuple[Input, ...]) -> str:
    """What names a run of a study: a hash of its inputs."""
    return sha256("\n".join(one.sha256 for one in inputs).encode()).hexdigest()[:12]
