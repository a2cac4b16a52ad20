"""Columns that look as if they were written after the failure."""

from __future__ import annotations

import numpy as np

from zhizao.studies.maintain.candidates import Bools, Quantities
from zhizao.studies.maintain.facts import Floats

PRECISION, RECALL = 0.99, 0.9
"""Of one condition on one column alone, above which the column may be written after the failure."""


def afterwards(of: Quantities, failed: Bools) -> tuple[str, ...]:
    """Columns of which one value is found in failures alone, or that separate failures from the rest."""
    found = [
        name
        for name, values, reads in zip(of.names, of.values.T, of.columns, strict=True)
        if reads == 1 and (_switch(values, failed) or _separates(values, failed))
    ]
    words: dict[str, Bools] = {}
    for name, rows in of.classes:
        column = name.rsplit(" = ", 1)[0]
        if failed[rows].mean() >= PRECISION:
            words[column] = words.get(column, np.zeros(len(failed), dtype=bool)) | rows
    found += [name for name, rows in words.items() if _recall(rows, failed) >= RECALL]
    return tuple(found)


def _switch(values: Floats, failed: Bools) -> bool:
    known = values[np.isfinite(values)]
    return len(np.unique(known)) == 2 and bool(failed[values == known.max()].all())


def _separates(values: Floats, failed: Bools) -> bool:
    """Whether a threshold, or that a value is known or not, separates failures from the other rows."""
    known = np.isfinite(values)
    if any(_both(rows, failed) for rows in (known, ~known)):
        return True
    order = np.argsort(values[known], kind="stable")
    ordered, hit = values[known][order], failed[known][order].astype(np.float64)
    cuts = np.flatnonzero(np.diff(ordered) > 0) + 1
    for hits, counts in (
        (np.cumsum(hit)[cuts - 1], cuts),
        (hit.sum() - np.cumsum(hit)[cuts - 1], len(hit) - cuts),
    ):
        if ((hits >= PRECISION * counts) & (hits >= RECALL * failed.sum())).any():
            return True
    return False


def _both(rows: Bools, failed: Bools) -> bool:
    return bool(rows.any()) and failed[rows].mean() >= PRECISION and _recall(rows, failed) >= RECALL


def _recall(rows: Bools, failed: Bools) -> float:
    return float((rows & failed).sum() / failed.sum())
