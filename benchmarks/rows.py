"""Rows of results that are appended to a CSV file as they come, so that a benchmark can be taken up again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Row = dict[str, str]


def append(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Append rows, all at once; the first ones also write the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


def read(path: Path) -> list[Row]:
    """All rows; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(number: float | None, digits: int = 4) -> str:
    """A number of a row; nothing where it is not known."""
    return "" if number is None or number != number else f"{number:.{digits}f}"


def number(cell: str) -> float | None:
    return float(cell) if cell else None
