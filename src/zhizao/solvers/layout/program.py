"""The best layout for given relations: a linear program with tangents of the areas, cut as needed.

For given relations (left of, below) the problem is convex (Meller, Narayanan & Vance 1998,
doi 10.1016/S0167-6377(98)00024-8; Castillo & Westerlund 2005, doi 10.1016/j.cor.2003.07.013).
"""

from __future__ import annotations

import numpy as np

from zhizao.solvers.layout.board import Board, Rows, snapped, tangent, tight_width
from zhizao.solvers.layout.problem import Doubles
from zhizao.solvers.layout.relations import Flags, Pair

PRICE = 10.0  # of a metre beyond the floor, as a share of the whole flow
RATIO = 1.002  # of the grid of tangents while searching: areas are met within a share of 1e-6
ROUGH, EXACT = 2e-5, 1e-8  # area that may be missing, as a share, while searching and at the end
MOST_ROUNDS = 40  # of cuts
MOST_TANGENTS = 60  # for each item, before the program is written anew
BEYOND = 1e-7  # metres beyond the floor that count as none


class Program:
    """A program whose separation rows are switched on and off; the basis is kept between solutions."""

    def __init__(self, board: Board) -> None:
        self.board = board
        n = self.items = len(board.area)
        i, j = np.nonzero(~np.eye(n, dtype=bool) & ~(board.fixed[:, None] & board.fixed[None, :]))
        self.ends = i, j
        self.price = PRICE * max(float(board.flow.sum()), 1e-9)
        self._write()

    def _write(self) -> None:
        rows = Rows(self.board)
        n, (i, j) = self.items, self.ends
        beyond = rows.new_column(0.0, np.inf, self.price), rows.new_column(0.0, np.inf, self.price)
        for axis in range(2):
            for a, b in zip(i.tolist(), j.tolist(), strict=True):
                here, side = axis * n, (2 + axis) * n
                rows.add([here + a, here + b, side + a, side + b], [1.0, -1.0, 0.5, 0.5], -np.inf, np.inf)
        rows.add_distances()
        rows.add_floor(beyond)
        rows.add_tangents()
        self.first_rows, self.tangents = len(rows.lower), set[tuple[int, float]]()
        self.upper = np.full(2 * len(i), np.inf)
        self.solver = rows.solver()
        self.solver.setOptionValue("presolve", "off")
        self.solver.setOptionValue("simplex_scale_strategy", 0)

    def solve(self, pair: Pair, cutoff: float = np.inf, missing: float = ROUGH) -> float:
        """Cost of the best layout with these relations; infinity if there is none or it is above the cutoff.

        Metres beyond the floor are priced, not refused: see `beyond`. The layout is in `where`.
        """
        self._relate(*pair.relations())
        self.solver.setOptionValue("objective_bound", cutoff)
        for _ in range(MOST_ROUNDS):
            value = self._run()
            if not np.isfinite(value) or value > cutoff:
                return np.inf
            if not self._cut(missing):
                break
        return value

    def _run(self) -> float:
        from highspy import HighsModelStatus

        self.solver.run()
        if self.solver.getModelStatus() != HighsModelStatus.kOptimal:
            return np.inf
        self.values = np.array(self.solver.getSolution().col_value)
        return float(self.solver.getInfo().objective_function_value)

    @property
    def where(self) -> Doubles:
        """[items, 4]: centres and sides of the last solution."""
        return self.values[: 4 * self.items].reshape(4, self.items).T

    @property
    def beyond(self) -> bool:
        """Whether the last solution reaches beyond the floor."""
        return bool(self.values[-2:].max() > BEYOND)

    def _relate(self, left: Flags, below: Flags) -> None:
        """Switch the rows; relations that follow from two others are left out."""
        i, j = self.ends
        wanted = np.full((2, len(i)), np.inf)
        free = ~self.board.fixed
        for axis, order in enumerate((left, below)):
            numbers = order.astype(np.int32)
            follows = numbers[:, free] @ numbers[free, :] > 0
            on = (order & ~follows)[i, j]
            wanted[axis, on] = -self.board.gap[i[on], j[on]]
        flat = wanted.ravel()
        changed = np.flatnonzero(flat != self.upper).astype(np.int32)
        if len(changed):
            low = np.full(len(changed), -np.inf)
            self.solver.changeRowsBounds(len(changed), changed, low, flat[changed])  # type: ignore[attr-defined]
            self.upper = flat

    def _cut(self, missing: float) -> bool:
        """Add tangents where areas are missed; whether there were any."""
        b, where = self.board, self.where
        short = np.flatnonzero(where[:, 2] * where[:, 3] < b.area * (1 - missing))
        added = False
        for i in short.tolist():
            width = tight_width(b, i, float(where[i, 2]), float(where[i, 3]))
            if missing >= ROUGH:
                width = snapped(width, RATIO)
            if (i, width) not in self.tangents:
                columns, entries = tangent(b, i, width)
                self.solver.addRow(2.0, np.inf, 2, np.array(columns, np.int32), np.array(entries))
                self.tangents.add((i, width))
                added = True
        return added

    def renew(self) -> None:
        """Write the program anew if it has grown large."""
        if len(self.tangents) > MOST_TANGENTS * self.items:
            self._write()
