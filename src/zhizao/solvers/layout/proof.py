"""Lower bounds: a mixed-integer program over the relations, with areas relaxed by tangents.

Variables say which of two items is left of, or below, the other; separation rows are switched on by them with
the least constants that hold (Meller, Narayanan & Vance 1998, doi 10.1016/S0167-6377(98)00024-8). Tangents
only enlarge the set of layouts, so that the bound of the program bounds every layout; where its solution
misses an area, tangents are added and it is solved again (Castillo & Westerlund 2005,
doi 10.1016/j.cor.2003.07.013).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from zhizao.solvers.layout.board import Rows, numbers_of, tangent, tight_width
from zhizao.solvers.layout.problem import Doubles
from zhizao.solvers.layout.search import Search

if TYPE_CHECKING:
    from highspy import Highs

PROVED = 1e-6  # relative gap between cost and bound that counts as none
GAP = 2e-7  # relative gap of the program
MISSING = 1e-7  # share of an area that a solution may miss before tangents are added
CUTOFF = 1e-5  # share above the best cost at which nodes are cut off
MOST_ITEMS = 7  # with more the program is not solved in minutes
CLOSE = (0.9, 1.0, 1.1)  # tangents at the widths of the best layout, and around them


class Proof:
    """The program of a search, and its bound so far.

    `impossible` is true if the program has no solution: then no layout exists.
    """

    def __init__(self, search: Search) -> None:
        self.search, self.board, self.bound, self.impossible = search, search.board, 0.0, False
        self.widths: list[tuple[int, float]] = []
        if search.best is not None:
            best = numbers_of(search.plan, search.best)
            for i in np.flatnonzero(self.board.area > 0).tolist():
                self._add(i, [float(best[i, 2]) * share for share in CLOSE])

    @property
    def closed(self) -> bool:
        """Whether the bound meets the cost of the best layout."""
        return is_met(self.search.cost, self.bound)

    def run(self, left_s: Callable[[], float]) -> None:
        """Solve and add tangents until the bound is met or no second is left."""
        from highspy import HighsModelStatus

        before = -1
        while not self.closed and left_s() > 0 and len(self.widths) != before:
            before = len(self.widths)
            solver = self._solver()
            solver.setOptionValue("time_limit", left_s())
            solver.setOptionValue("mip_rel_gap", GAP)
            _interruptible(solver)
            bound = float(solver.getInfo().mip_dual_bound)
            if np.isfinite(bound):
                self.bound = max(self.bound, min(bound, self.search.cost))
            none = solver.getModelStatus() in {
                HighsModelStatus.kInfeasible,
                HighsModelStatus.kUnboundedOrInfeasible,  # the cost is never below 0
            }
            self.impossible = none and self.search.best is None
            if solver.getSolution().value_valid:
                values = np.array(solver.getSolution().col_value)
                where = values[: 4 * len(self.board.area)].reshape(4, -1).T
                self._cut(where)
                self.search.polish(where)

    def _cut(self, where: Doubles) -> None:
        b = self.board
        for i in np.flatnonzero(where[:, 2] * where[:, 3] < b.area * (1 - MISSING)).tolist():
            self._add(i, [tight_width(b, i, float(where[i, 2]), float(where[i, 3]))])

    def _add(self, item: int, widths: list[float]) -> None:
        self.widths += [(item, one) for one in widths if (item, one) not in self.widths]

    def _solver(self) -> Highs:
        from highspy import HighsVarType

        rows, b = Rows(self.board), self.board
        rows.add_distances()
        rows.add_floor(None)
        rows.add_tangents()
        for item, width in self.widths:
            rows.add(*tangent(b, item, width), 2.0, np.inf)
        self._mirror(rows)
        first = len(rows.cost)
        beside = self._separate(rows)
        self._strengthen(rows, beside)
        solver = rows.solver()
        columns = np.arange(first, len(rows.cost), dtype=np.int32)
        solver.changeColsIntegrality(len(columns), columns, np.full(len(columns), HighsVarType.kInteger))
        if self.search.best is not None:
            solver.setOptionValue("objective_bound", self.search.cost * (1 + CUTOFF))
        return solver

    def _mirror(self, rows: Rows) -> None:
        """Without anything fixed a layout may be mirrored: one department is in the lower left quarter."""
        if self.board.fixed.any():
            return
        busiest = int(np.bincount(self.board.pair.ravel(), minlength=rows.items).argmax())
        for axis in range(2):
            rows.high[axis * rows.items + busiest] = float(self.board.floor[axis]) / 2

    def _separate(self, rows: Rows) -> dict[tuple[int, int, int], int]:
        """Columns by axis and items: 1 if the first is left of, or below, the second."""
        b, n, found = self.board, rows.items, {}
        for i, j in combinations(range(n), 2):
            if b.fixed[i] and b.fixed[j]:
                continue
            chosen = []
            for a, c in ((i, j), (j, i)):
                gap = float(b.gap[a, c])
                for axis in range(2):
                    z = found[axis, a, c] = rows.new_column(0.0, 1.0, 0.0)
                    chosen.append(z)
                    most = float(b.floor[axis]) + gap
                    here, side = axis * n, (2 + axis) * n
                    columns = [here + a, here + c, side + a, side + c, z]
                    rows.add(columns, [1.0, -1.0, 0.5, 0.5, most], -np.inf, most - gap)
            rows.add(chosen, [1.0] * 4, 1.0, 1.0)
        return found

    def _strengthen(self, rows: Rows, beside: dict[tuple[int, int, int], int]) -> None:
        """Distances along the axis of separation are at least half the sides; relations are transitive."""
        b, n = self.board, rows.items
        for k, (i, j) in enumerate(b.pair.tolist()):
            if (0, i, j) not in beside:
                continue
            for axis in range(2):
                gap, sides = float(b.gap[i, j]), float(b.high[i, axis] + b.high[j, axis]) / 2
                there, back, side = beside[axis, i, j], beside[axis, j, i], (2 + axis) * n
                columns = [rows.distance(k, axis), side + i, side + j, there, back]
                most = sides + gap
                rows.add(columns, [1.0, -0.5, -0.5, -most, -most], gap - most, np.inf)
            nearest = float(((b.low[i] + b.low[j]) / 2).min() + b.gap[i, j])
            rows.add([rows.distance(k, 0), rows.distance(k, 1)], [1.0, 1.0], nearest, np.inf)
        # With aisles, relations of departments are those of a sequence pair of cells, but not with walls.
        alike = np.flatnonzero(b.gap.any(axis=1)).tolist() if b.gap.any() else range(n)
        for i, j, k in permutations(alike, 3):
            for axis in range(2):
                three = [beside.get((axis, *ends)) for ends in ((i, j), (j, k), (i, k))]
                if None not in three:
                    rows.add([one for one in three if one is not None], [1.0, 1.0, -1.0], -np.inf, 1.0)


def is_met(cost: float, bound: float) -> bool:
    """Whether a lower bound meets a cost; none is known while it is infinite."""
    return bool(np.isfinite(cost)) and cost - bound <= PROVED * abs(cost)


def _interruptible(solver: Highs) -> None:
    """Run in a thread of our own, so that Ctrl-C ends it: that of highspy allows one in the whole process.

    Raises
    ------
    KeyboardInterrupt
        It was pressed; the program has been stopped.
    """
    solver.HandleUserInterrupt = True
    thread = Thread(target=solver.run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
    except KeyboardInterrupt:
        solver.cancelSolve()  # type: ignore[no-untyped-call]
        thread.join()
        raise
