"""What stands behind each learned number."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Finding:
    """One learned thing: where it stands in the plant, its value, the observations behind it, how it was
    got."""

    what: str
    value: str
    observations: int
    how: str


def as_table(findings: tuple[Finding, ...]) -> pl.DataFrame:
    """The findings as a table, one row each."""
    rows = [(f.what, f.value, f.observations, f.how) for f in findings]
    kinds = {"what": pl.String, "value": pl.String, "observations": pl.Int64, "how": pl.String}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def hours(seconds: float) -> str:
    """A time as a person reads it: minutes below two hours, else hours."""
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
