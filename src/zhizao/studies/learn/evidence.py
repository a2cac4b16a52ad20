"""What stands behind each learned number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import polars as pl

from zhizao.plant import Plant, Uncertainty
from zhizao.plant.uncertainty import fitting

LEAST_ERROR = 1e-3  # relative; what is known better is a standard time or a rounding, and nothing to draw
_WIDTH = 3.92  # of a 95 % interval, in standard errors


@dataclass(frozen=True, slots=True)
class Finding:
    """One learned thing: where it stands in the plant, its value, the observations behind it, how it was
    got.

    `amount` is the value as a number (s, share or count) with its 95 % interval, where it has one.
    """

    what: str
    value: str
    observations: int
    how: str
    amount: float | None = None
    low: float | None = None
    high: float | None = None


def as_table(findings: tuple[Finding, ...]) -> pl.DataFrame:
    """The findings as a table, one row each."""
    rows = [(f.what, f.value, f.observations, f.how, f.amount, f.low, f.high) for f in findings]
    kinds = {"what": pl.String, "value": pl.String, "observations": pl.Int64, "how": pl.String}
    numbers = dict.fromkeys(("amount", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={**kinds, **numbers}, orient="row")


def known_of(findings: Iterable[Finding], plant: Plant) -> tuple[Uncertainty, ...]:
    """How well the learned numbers of a plant are known, for `simulate` and `compare` to draw them.

    The relative error of each amount from its interval; what has none, or is no number that this plant has,
    is left out.
    """
    found = []
    for f in findings:
        if f.amount and f.low is not None and f.high is not None and f.observations > 0:
            error = float(f"{(f.high - f.low) / _WIDTH / abs(f.amount):.3g}")
            if LEAST_ERROR <= error < inf:
                found.append(Uncertainty(what=f.what, error=error, observations=f.observations))
    return fitting(plant, found)


def hours(seconds: float) -> str:
    """A time as a person reads it: minutes below two hours, else hours."""
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
