"""Quantities that a rule may use: columns, and products, differences and ratios of two; classes of words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from zhizao.studies.maintain.facts import Floats
from zhizao.studies.maintain.table import Records

Bools = npt.NDArray[np.bool_]
MOST_CLASSES = 8
"""Values of a column in words above which it is taken for names and left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantities:
    """Names of numbers, values by row, and columns that each reads; names and rows of classes."""

    names: tuple[str, ...]
    values: Floats
    columns: tuple[int, ...]
    classes: tuple[tuple[str, Bools], ...]
    left_out: tuple[str, ...]

    def only(self, rows: Bools) -> Quantities:
        """Those of some rows."""
        classes = tuple((name, of[rows]) for name, of in self.classes)
        return replace(self, values=self.values[rows], classes=classes)


def quantities_of(records: Records, columns: list[str]) -> Quantities:
    """Columns of numbers with their pairs, and columns of few words as classes.

    Rows in which a quantity is not known (nan) meet no condition on it.
    """
    single: list[tuple[str, Floats]] = []
    classes: list[tuple[str, Bools]] = []
    left_out: list[str] = []
    for column in columns:
        if (values := _numbers(records, column)) is not None:
            single += [(column, values)] if np.nanmax(values) > np.nanmin(values) else []
            left_out += [] if np.nanmax(values) > np.nanmin(values) else [column]
            continue
        texts = np.array(records.texts(column))
        words = np.unique(texts)
        if len(words) > MOST_CLASSES:
            left_out.append(column)
        elif len(words) > 1:
            classes += [(f"{column} = {word}", texts == word) for word in words]
    named = [*single, *(pair for one, other in combinations(single, 2) for pair in _pairs(one, other))]
    values = np.column_stack([of for _, of in named]) if named else np.empty((records.frame.height, 0))
    reads = tuple(1 if i < len(single) else 2 for i in range(len(named)))
    return Quantities(tuple(name for name, _ in named), values, reads, tuple(classes), tuple(left_out))


def _numbers(records: Records, column: str) -> Floats | None:
    """A column as numbers; None where it holds words or nothing that is known.

    A few words among numbers are faults, and stay noted.
    """
    before = len(records.faults)
    values = records.numbers(column)
    odd = len(records.faults) - before
    faulty = 2 * odd > records.frame.height - int(np.isnan(values).sum()) + odd
    if faulty or np.isnan(values).all():
        del records.faults[before:]
    return None if faulty or np.isnan(values).all() else values


def _pairs(one: tuple[str, Floats], other: tuple[str, Floats]) -> list[tuple[str, Floats]]:
    more, less = (one, other) if np.nanmedian(one[1]) >= np.nanmedian(other[1]) else (other, one)
    found = [
        (f"{one[0]} × {other[0]}", one[1] * other[1]),
        (f"{more[0]} − {less[0]}", more[1] - less[1]),
    ]
    if np.nanmin(np.abs(other[1])) > 0:
        found.append((f"{one[0]} / {other[0]}", one[1] / other[1]))
    elif np.nanmin(np.abs(one[1])) > 0:
        found.append((f"{other[0]} / {one[0]}", other[1] / one[1]))
    return found
