"""Which lays cut an order: an integer program over markers, given a length for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from zhizao.quantities import InputError

Floats = npt.NDArray[np.float64]
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
    columns = list(lengths)
    if not columns:
        raise InputError(CANNOT)
    held = np.array(columns, np.float64).reshape(-1, len(demand))
    upper = np.array(_upper(demand, rules.over), np.float64)
    n = len(columns)
    with np.errstate(divide="ignore"):
        most = np.floor((upper / held + 1e-9).min(axis=1))
    one = np.eye(n)
    rows = np.block([[held.T, np.zeros((len(demand), n))], [one, -np.minimum(most, rules.plies) * one]])
    low = np.concatenate([np.array(demand, np.float64), np.full(n, -np.inf)])
    costs = np.concatenate([np.array(list(lengths.values())), np.full(n, rules.lay_cost_mm)])
    x = _whole(
        costs, np.concatenate([most, np.ceil(most / rules.plies)]), rows, (low, np.append(upper, np.zeros(n)))
    )
    if x is None:
        raise InputError(CANNOT)
    return {content: int(count) for content, count in zip(columns, x[:n], strict=True) if count}


def _whole(costs: Floats, most: Floats, rows: Floats, ends: tuple[Floats, Floats]) -> Floats | None:
    """Whole numbers of least cost up to `most`, with `rows` of them between `ends`; None without any."""
    from highspy import Highs, HighsLp, HighsVarType, MatrixFormat

    class Silent(Highs):
        def enableCallbacks(self) -> None:  # noqa: N802  # name of HiGHS
            self.silent()  # before the first callback starts, which writes the banner amid JSON
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    program = HighsLp()
    program.num_row_, program.num_col_ = rows.shape
    program.col_cost_, program.col_lower_, program.col_upper_ = costs, np.zeros_like(costs), most
    program.row_lower_, program.row_upper_ = ends
    program.integrality_ = [HighsVarType.kInteger] * len(costs)
    program.a_matrix_.format_ = MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    program.a_matrix_.index_ = np.tile(np.arange(rows.shape[1], dtype=np.int32), len(rows))
    program.a_matrix_.value_ = rows.ravel()
    solver = Silent()  # type: ignore[no-untyped-call]
    for option, value in (("threads", 1), ("time_limit", PROGRAM_S), ("mip_rel_gap", GAP)):
        solver.setOptionValue(option, value)
    solver.passModel(program)
    solver.run()
    solution = solver.getSolution()
    return np.rint(np.array(solution.col_value)) if solution.value_valid else None


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
