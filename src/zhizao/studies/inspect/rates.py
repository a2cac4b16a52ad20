"""Rates with exact intervals, and the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.kpi.analysis import binomial_interval

LEVEL = 0.95
"""Level of every interval."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of parts with its exact binomial interval (Clopper and Pearson 1934).

    A part of which some pictures count adds their share; the number of parts decides the width.
    """

    value: float
    low: float
    high: float
    parts: int
    pictures: int

    def as_json(self) -> dict[str, Any]:
        """The rate as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%}, {self.parts} parts)"


def rate_of(hits: Sequence[bool], parts: Sequence[str]) -> Rate | None:
    """The mean over parts of the share of their pictures that hit; None without pictures."""
    if not hits:
        return None
    of_part: dict[str, list[bool]] = {}
    for hit, part in zip(hits, parts, strict=True):
        of_part.setdefault(part, []).append(hit)
    count = len(of_part)
    value = float(np.mean([np.mean(found) for found in of_part.values()]))
    low, high = binomial_interval(value * count, count, confidence=LEVEL)
    return Rate(value, low, high, count, len(hits))


def auroc(good: NDArray[np.float64], bad: NDArray[np.float64]) -> float:
    """Probability that a bad picture scores higher than a good one; ties count half (Mann, Whitney 1947)."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([good, bad]))
    above = ranks[len(good) :].sum() - len(bad) * (len(bad) + 1) / 2
    return float(above / (len(good) * len(bad)))
