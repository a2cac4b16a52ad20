"""A table of measures (CSV or Parquet): one row per plant and measure."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan
from pathlib import Path

import numpy as np

from zhizao.quantities import Fault, nearest_name
from zhizao.studies.rank.table import UnitTable, read_table
from zhizao.workflows.portfolio.model import Floats, Item, LeftOut

REQUIRED = ("plant", "measure", "cost", "gain_per_year")
TEXTS = ("plant", "measure", "kind", "needs", "excludes")
NUMBERS = (
    *("cost", "yearly_cost", "people", "compute_h", "gain_per_year", "gain_se", "gain_low", "gain_high"),
    *("months", "size"),
)
NEVER_NEGATIVE = ("people", "compute_h", "gain_se", "months", "size")
ZERO_UNLESS_KNOWN = ("yearly_cost", "people", "compute_h", "months")
"""Columns whose empty cells count as 0; the result says for how many measures."""
Z95 = 1.959964
"""Half the width of a 95 % interval in standard errors (normal)."""


def measures_of(path: Path) -> tuple[list[Item], list[LeftOut], list[Fault], UnitTable]:
    """The measures of a table, those that cannot be planned, and its faults.

    Raises
    ------
    InputError
        There is no such file, or it is no table.
    """
    table = read_table(path)
    faults = list(_missing(table))
    if faults:
        return [], [], faults, table
    texts = {name: _column(table, name) for name in TEXTS}
    numbers = dict[str, Floats]()
    for name in NUMBERS:
        if name in table.frame.columns:
            numbers[name], found = table.numbers(name)
            faults += found
    faults += _faults(table, texts, numbers)
    items, left = _items(texts, numbers, table.frame.height)
    return items, left, faults, table


def unused(table: UnitTable) -> tuple[str, ...]:
    """Columns that no measure takes anything from."""
    return tuple(name for name in table.frame.columns if name not in {*TEXTS, *NUMBERS})


def _missing(table: UnitTable) -> Iterator[Fault]:
    columns = table.frame.columns
    for name in REQUIRED:
        if name not in columns:
            near = nearest_name(name, columns)
            right = f"name one column {name}"
            yield Fault(table.file, 1, name, "found no such column", right, near)


def _column(table: UnitTable, name: str) -> list[str]:
    return table.texts(name) if name in table.frame.columns else [""] * table.frame.height


def _faults(table: UnitTable, texts: dict[str, list[str]], numbers: dict[str, Floats]) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    for row, key in enumerate(zip(texts["plant"], texts["measure"], strict=True)):
        for name, text in zip(("plant", "measure"), key, strict=True):
            if not text:
                yield Fault(table.file, row + 2, name, "found an empty cell", f"name the {name}")
        if key in seen:
            found = f"found {key[1]!r} of {key[0]!r} in row {seen[key]} too"
            yield Fault(table.file, row + 2, "measure", found, "write each measure of a plant once")
        seen.setdefault(key, row + 2)
    for name in NEVER_NEGATIVE:
        for row in np.flatnonzero(numbers.get(name, np.empty(0)) < 0).tolist():
            found = f"found {numbers[name][row]:g}"
            yield Fault(table.file, row + 2, name, found, "write 0 or more")
    low, high = numbers.get("gain_low"), numbers.get("gain_high")
    if low is not None and high is not None:
        for row in np.flatnonzero(low > high).tolist():
            found = f"found {low[row]:g}, above the high end {high[row]:g}"
            yield Fault(table.file, row + 2, "gain_low", found, "write the lower end here")


def _items(
    texts: dict[str, list[str]], numbers: dict[str, Floats], rows: int
) -> tuple[list[Item], list[LeftOut]]:
    items, left = list[Item](), list[LeftOut]()
    for row in range(rows):
        cells = {name: float(column[row]) for name, column in numbers.items()}
        plant, measure = texts["plant"][row], texts["measure"][row]
        unknown = [name for name in ("cost", "gain_per_year") if isnan(cells[name])]
        if unknown:
            left.append(LeftOut(plant, measure, f"{_word(unknown[0])} not known"))
            continue
        items.append(
            Item(
                plant,
                measure,
                texts["kind"][row] or None,
                cells["cost"],
                cells["gain_per_year"],
                _error(cells),
                _or(cells, "yearly_cost", 0.0),
                people=_or(cells, "people", 0.0),
                compute_h=_or(cells, "compute_h", 0.0),
                months=_or(cells, "months", 0.0),
                size=cells.get("size", nan) or nan,
                needs=_keys(plant, texts["needs"][row]),
                excludes=_keys(plant, texts["excludes"][row]),
                unknown=tuple(name for name in ZERO_UNLESS_KNOWN if isnan(cells.get(name, nan))),
            )
        )
    return items, left


def _word(name: str) -> str:
    return "gain" if name == "gain_per_year" else name


def _or(cells: dict[str, float], name: str, otherwise: float) -> float:
    value = cells.get(name, nan)
    return otherwise if isnan(value) else value


def _error(cells: dict[str, float]) -> float:
    """Standard error of the gain: as given, or from a 95 % interval; nan where neither is known."""
    if not isnan(cells.get("gain_se", nan)):
        return cells["gain_se"]
    return (cells.get("gain_high", nan) - cells.get("gain_low", nan)) / (2 * Z95)


def _keys(plant: str, text: str) -> tuple[tuple[str, str], ...]:
    """Measures named in a cell: of the same plant, or as `plant/measure`; several apart by `;`."""
    names = [part.strip() for part in text.replace(",", ";").split(";") if part.strip()]
    return tuple(
        (name.split("/", 1)[0], name.split("/", 1)[1]) if "/" in name else (plant, name) for name in names
    )
