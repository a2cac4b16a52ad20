"""A floor plan as arrays, and the rows that every program of it has."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from zhizao.solvers.layout.problem import Doubles, FloorPlan, Rectangle

if TYPE_CHECKING:
    from highspy import Highs

FIRST_TANGENTS = 9  # of the area of a department; more are added where they are needed

Ints = npt.NDArray[np.int64]


class Board(NamedTuple):
    """Departments, then forbidden rectangles, by row."""

    floor: Doubles  # [2]
    area: Doubles  # [items], zero for what is fixed
    low: Doubles  # [items, 2]: least width and height
    high: Doubles  # [items, 2]
    fixed: npt.NDArray[np.bool_]  # [items]
    where: Doubles  # [items, 4]: centre and sides of what is fixed
    gap: Doubles  # [items, items]: clearance
    pair: Ints  # [flows, 2]
    flow: Doubles  # [flows]


def board_of(plan: FloorPlan) -> Board:
    """Write a floor plan as arrays."""
    floor = (plan.width_m, plan.height_m)
    count, items = len(plan.departments), len(plan.departments) + len(plan.forbidden)
    limits = np.array([one.sides(floor) for one in plan.departments])
    limits = np.concatenate(
        (limits, [[[one.width_m] * 2, [one.height_m] * 2] for one in plan.forbidden] or limits[:0])
    )
    where = np.zeros((items, 4))
    fixed = np.zeros(items, bool)
    for at, one in enumerate([*(one.at for one in plan.departments), *plan.forbidden]):
        if one is not None:
            fixed[at], where[at] = True, (*one.centre_m, one.width_m, one.height_m)
    area = np.zeros(items)
    area[:count] = [0.0 if one.at else one.area_m2 for one in plan.departments]
    gap = np.zeros((items, items))
    gap[:count, :count] = plan.clearance_m
    pair = np.argwhere(np.triu(plan.flow) > 0)
    flow = plan.flow[pair[:, 0], pair[:, 1]]
    return Board(
        np.array(floor), area, limits[:, :, 0].copy(), limits[:, :, 1].copy(), fixed, where, gap, pair, flow
    )


def rectangles_of(plan: FloorPlan, where: Doubles) -> dict[str, Rectangle]:
    """Rectangles by id from centres and sides [items, 4]; fixed departments are exactly where they stand."""
    return {
        one.id: one.at or Rectangle(float(x - w / 2), float(y - h / 2), float(w), float(h))
        for one, (x, y, w, h) in zip(plan.departments, where.tolist(), strict=False)
    }


def numbers_of(plan: FloorPlan, rectangles: Mapping[str, Rectangle]) -> Doubles:
    """Centres and sides [items, 4], forbidden rectangles last."""
    them = [*(rectangles[one] for one in plan.ids), *plan.forbidden]
    return np.array([(*one.centre_m, one.width_m, one.height_m) for one in them])


def pair_bound(board: Board) -> float:
    """Lower bound of the cost: each pair with a flow as near as two rectangles can be."""
    whole = 0.0
    for (i, j), flow in zip(board.pair, board.flow, strict=True):
        if board.fixed[i] and board.fixed[j]:
            nearest = float(np.abs(board.where[i, :2] - board.where[j, :2]).sum())
        else:
            nearest = float(((board.low[i] + board.low[j]) / 2).min() + board.gap[i, j])
        whole += float(flow) * nearest
    return whole


class Rows:
    """Columns, rows and entries of a program in the making, in the form that HiGHS takes.

    Columns: x, y, width, height of all items (centres), then the distances of each flow along both axes.
    """

    def __init__(self, board: Board) -> None:
        self.board, self.items = board, len(board.area)
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.start: list[int] = []
        self.column: list[int] = []
        self.entry: list[float] = []
        b, n = board, self.items
        low = np.concatenate((b.low[:, 0] / 2, b.low[:, 1] / 2, b.low[:, 0], b.low[:, 1]))
        high = np.concatenate((np.full(2 * n, np.inf), b.high[:, 0], b.high[:, 1]))
        still = np.flatnonzero(b.fixed)
        for k in range(4):
            low[k * n + still] = high[k * n + still] = b.where[still, k]
        flows = len(b.flow)
        self.low = [*low.tolist(), *[0.0] * (2 * flows)]
        self.high = [*high.tolist(), *[np.inf] * (2 * flows)]
        self.cost = [*[0.0] * (4 * n), *b.flow.tolist(), *b.flow.tolist()]

    def distance(self, flow: int, axis: int) -> int:
        """Column of the distance of a flow along an axis."""
        return 4 * self.items + axis * len(self.board.flow) + flow

    def add(self, columns: list[int], entries: list[float], lower: float, upper: float) -> int:
        """Add a row; gives its number."""
        self.start.append(len(self.column))
        self.column += columns
        self.entry += entries
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def new_column(self, low: float, high: float, cost: float) -> int:
        """Add a column; gives its number."""
        self.low.append(low)
        self.high.append(high)
        self.cost.append(cost)
        return len(self.cost) - 1

    def add_distances(self) -> None:
        """Distances are at least the differences of centres."""
        for k, (i, j) in enumerate(self.board.pair.tolist()):
            for axis in range(2):
                a, b, d = axis * self.items + i, axis * self.items + j, self.distance(k, axis)
                self.add([d, a, b], [1.0, -1.0, 1.0], 0.0, np.inf)
                self.add([d, a, b], [1.0, 1.0, -1.0], 0.0, np.inf)

    def add_floor(self, beyond: tuple[int, int] | None) -> None:
        """Departments are on the floor, or reach beyond it by a column for each axis."""
        n = self.items
        for i in np.flatnonzero(~self.board.fixed).tolist():
            for axis in range(2):
                here, side = axis * n + i, (2 + axis) * n + i
                self.add([here, side], [1.0, -0.5], 0.0, np.inf)
                columns, entries = [here, side], [1.0, 0.5]
                if beyond is not None:
                    columns, entries = [*columns, beyond[axis]], [*entries, -1.0]
                self.add(columns, entries, -np.inf, float(self.board.floor[axis]))

    def add_tangents(self) -> None:
        """Areas, from outside, by tangents at widths in a geometric sequence."""
        b = self.board
        for i in np.flatnonzero(b.area > 0).tolist():
            ends = width_range(b, i)
            for width in np.geomspace(*ends, FIRST_TANGENTS if ends[1] > ends[0] * (1 + 1e-9) else 1):
                self.add(*tangent(b, i, float(width)), 2.0, np.inf)

    def solver(self) -> Highs:
        """The program in HiGHS, silent and in one thread."""
        from highspy import HighsLp, MatrixFormat

        program = HighsLp()
        program.num_row_, program.num_col_ = len(self.lower), len(self.cost)
        program.col_cost_ = np.array(self.cost)
        program.col_lower_, program.col_upper_ = np.array(self.low), np.array(self.high)
        program.row_lower_, program.row_upper_ = np.array(self.lower), np.array(self.upper)
        program.a_matrix_.format_ = MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array([*self.start, len(self.column)])
        program.a_matrix_.index_ = np.array(self.column)
        program.a_matrix_.value_ = np.array(self.entry)
        solver = silent()
        solver.setOptionValue("threads", 1)
        solver.passModel(program)
        return solver


def width_range(board: Board, item: int) -> tuple[float, float]:
    """Widths at which the area can be just met."""
    area, (h_low, h_high) = board.area[item], (board.low[item, 1], board.high[item, 1])
    low = max(board.low[item, 0], area / h_high)
    return float(low), float(max(low, min(board.high[item, 0], area / max(h_low, 1e-9))))


def tangent(board: Board, item: int, width: float) -> tuple[list[int], list[float]]:
    """The row w / w0 + h / h0 >= 2, with w0 h0 the area: a tangent of w h >= area."""
    n = len(board.area)
    return [2 * n + item, 3 * n + item], [1.0 / width, width / float(board.area[item])]


def tight_width(board: Board, item: int, width: float, height: float) -> float:
    """Width where the ray to a rectangle that is too small meets the area, within the range of widths."""
    low, high = width_range(board, item)
    return min(max(width * sqrt(float(board.area[item]) / (width * height)), low), high)


def snapped(width: float, ratio: float) -> float:
    """The nearest width of a geometric grid, so that tangents repeat."""
    return float(ratio ** round(log(width) / log(ratio)))


def silent() -> Highs:
    """HiGHS that writes nothing: stdout may hold JSON."""
    from highspy import Highs

    class Silent(Highs):
        def enableCallbacks(self) -> None:  # noqa: N802  # name of HiGHS
            self.silent()  # before the first callback starts, which writes the banner
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver = Silent()  # type: ignore[no-untyped-call]
    solver.silent()
    return solver
