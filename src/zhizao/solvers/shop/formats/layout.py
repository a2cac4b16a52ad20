"""Tables of travel times between machines, apart from any shop: `with_layout` puts the two together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from zhizao.quantities.errors import InputError
from zhizao.solvers.shop.formats.flexible import transport_of
from zhizao.solvers.shop.formats.lines import read_text
from zhizao.solvers.shop.problem import Ints, Problem


def read_layout(path: str | Path) -> Ints:
    """Square table of travel times; row and column 0 are the load/unload station, then the machines."""
    text = read_text(Path(path))
    rows = [text.numbers(line) for line in text.lines]
    for row, line in zip(rows, text.lines, strict=True):
        if len(row) != len(rows):
            raise text.fault(
                line, f"found {len(row)} travel times", f"there are {len(rows)} rows: the table is square"
            )
    return np.array(rows, np.int64)


def with_layout(problem: Problem, travel: Ints, vehicles: int) -> Problem:
    """The shop with vehicles (0: as many as are wanted) on a layout of its machines."""
    if len(travel) != problem.units + 1:
        raise InputError(
            f"{problem.name}: has {problem.units} machines; the layout has {len(travel) - 1} and a station"
        )
    return replace(problem, transport=transport_of(travel, vehicles))
