"""What is wrong with a log, and what was done about it: one table, made when the log is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import polars as pl


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a log: how many of its rows, lots, days or units it touches, and what was done."""

    check: str
    found: str
    count: int
    of: str
    share: float | None  # of all rows, lots, days or units; None where there is no total
    done: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Quality:
    """The findings of all checks, worst kinds first as they were made; `rows` is the size of the log."""

    findings: tuple[Finding, ...]
    rows: int

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def of(self, check: str) -> Finding | None:
        """The finding of one check, if there is one."""
        return next((f for f in self.findings if f.check == check), None)

    def table(self) -> pl.DataFrame:
        """One row per finding: check, found, count, of, share, done, remedy."""
        types = (pl.String, pl.String, pl.Int64, pl.String, pl.Float64, pl.String, pl.String)
        schema = dict(zip((f.name for f in fields(Finding)), types, strict=True))
        return pl.DataFrame([asdict(f) for f in self.findings], schema=schema)

    def to_json(self) -> str:
        """The findings as JSON."""
        return json.dumps(
            {"rows": self.rows, "findings": [asdict(f) for f in self.findings]}, ensure_ascii=False, indent=2
        )

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
