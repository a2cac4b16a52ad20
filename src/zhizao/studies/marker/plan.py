"""Which lays cut an order: an integer program over markers, given a length for each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import ceil, floor

import numpy as np

from zhizao.quantities import InputError

Content = tuple[int, ...]
"""Garments of each size in a marker, in the order of the sizes."""
CANNOT = "lays: these markers cannot cut the order; allow a surplus or a longer table"
PROGRAM_S = 5.0
"""Limit of the integer program; the best plan so far is taken then."""
GAP = 1e-4
"""The program ends once its plan is proved to be this near to the optimum: less than searches differ by."""
LARGEST = 20_000
"""Most markers in the integer program: it stays solvable within its limit (8 sizes of 6 garments: 3002)."""


@dataclass(frozen=True, slots=True)
class LayRules:
    """What a lay may be; lengths in mm.

    `most` garments in a marker, on a table of `table_mm`, at most `plies` on top of each other. Up to the
    share `over` of a size may be cut beyond the order. To spread and cut a lay costs as much as `lay_cost_mm`
    of cloth. Each marker is searched for `seconds`.
    """

    most: int = 6
    table_mm: float = 12_000.0
    plies: int = 80
    over: float = 0.0
    lay_cost_mm: float = 5_000.0
    seconds: float = 10.0

    def __post_init__(self) -> None:
        for name, value in (("most", self.most), ("plies", self.plies)):
            if value < 1:
                raise InputError(f"{name}: found {value}; expected 1 or more")
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"seconds: found {self.seconds:g}; expected more than 0")
        if not 0 < self.table_mm < float("inf"):
            raise InputError(f"table: found {self.table_mm:g} mm; expected more than 0")
        if not 0 <= self.over < float("inf") or not 0 <= self.lay_cost_mm < float("inf"):
            raise InputError("over and lay cost: expected 0 or more")


def contents(demand: Sequence[int], rules: LayRules) -> tuple[Content, ...]:
    """All markers of up to `most` garments that hold no more of a size than may be cut.

    Raises
    ------
    InputError
        There are too many for the integer program.
    """
    found = []
    for content in _multisets(len(demand), rules.most):
        if all(count <= most for count, most in zip(content, _upper(demand, rules.over), strict=True)):
            found.append(content)
        if len(found) > LARGEST:
            raise InputError(
                f"lays: found more than {LARGEST} possible markers of {len(demand)} sizes; "
                f"expected fewer garments a marker than {rules.most}"
            )
    return tuple(found)


def plan(demand: Sequence[int], lengths: Mapping[Content, float], rules: LayRules) -> dict[Content, int]:
    """Plies of each marker that cut the order with least cloth and cost of lays.

    A marker of more than `plies` takes several lays.

    Parameters
    ----------
    demand
        Garments of each size, 1 or more.
    lengths
        Length of each marker that may be used, in mm.

    Raises
    ------
    InputError
        These markers cannot cut the order.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    columns = list(lengths)
    if not columns:
        raise InputError(CANNOT)
    held = np.array(columns, np.float64).reshape(-1, len(demand))
    upper = np.array(_upper(demand, rules.over), np.float64)
    n = len(columns)
    with np.errstate(divide="ignore"):
        most = np.floor((upper / held + 1e-9).min(axis=1))
    one = np.eye(n)
    cut = LinearConstraint(np.hstack([held.T, np.zeros((len(demand), n))]), np.array(demand), upper)
    high = LinearConstraint(np.hstack([one, -np.minimum(most, rules.plies) * one]), -np.inf, 0.0)
    with _no_stdout():
        done = milp(
            np.concatenate([np.array(list(lengths.values())), np.full(n, rules.lay_cost_mm)]),
            integrality=np.ones(2 * n),
            bounds=Bounds(0.0, np.concatenate([most, np.ceil(most / rules.plies)])),
            constraints=[cut, high],
            options={"time_limit": PROGRAM_S, "mip_rel_gap": GAP},
        )
    if done.x is None:
        raise InputError(CANNOT)
    plies = np.rint(done.x[:n]).astype(int)
    return {content: int(count) for content, count in zip(columns, plies, strict=True) if count}


@contextmanager
def _no_stdout() -> Iterator[None]:
    """Drop what HiGHS prints on stdout at times, whatever its options: it would be in the midst of JSON."""
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def lays_of(plies: int, most: int) -> tuple[int, ...]:
    """Plies split into as few lays as can be, as equal as can be."""
    count = ceil(plies / most)
    return tuple(plies // count + (number < plies % count) for number in range(count))


def _multisets(sizes: int, most: int) -> Iterator[Content]:
    for garments in range(1, most + 1):
        for chosen in combinations_with_replacement(range(sizes), garments):
            yield tuple(chosen.count(size) for size in range(sizes))


def _upper(demand: Sequence[int], over: float) -> tuple[int, ...]:
    return tuple(floor(count * (1 + over) + 1e-9) for count in demand)
