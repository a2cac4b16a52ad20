"""First layouts: slicing floor plans that are annealed."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from zhizao.solvers.layout.board import Board
from zhizao.solvers.layout.kernels.slicing import Items, Slicing, anneal_plan, begin_plan, cut
from zhizao.solvers.layout.problem import Doubles

HEATS = 60  # temperatures of a round
HOT, COLD = 0.05, 0.0005  # temperatures as shares of the cost of the first plan
STEPS = 40  # at each temperature, for each item squared
MOST_WORK = 400_000  # items and flows looked at, at each temperature; a round then takes about a second
EMPTY = 0.03  # share of the floor that may be empty before it becomes items of its own
EMPTIES = 2
PRICES = (0.3, 1.0, 3.0)  # of a metre that is lacking, as shares of the whole flow, in turns


class Slicer:
    """Rounds of annealing, each from the plan before or from a random one."""

    def __init__(self, board: Board, seed: int) -> None:
        self.board, self.rng = board, np.random.default_rng(seed)
        self.items = _items(board)
        count = len(self.items.area)
        code = np.empty(2 * count - 1, np.int64)
        cells, seeds = np.zeros((2 * count - 1, 4)), np.array([2 * seed + 1], np.uint64)
        long = [np.zeros(2 * count - 1, np.int64) for _ in range(3)]
        size, places = np.zeros(2 * count - 1), np.zeros((count, 4))
        stack = np.zeros(count + 1, np.int64)
        self.state = Slicing(code, long[0], long[1], size, long[2], stack, cells, places, np.zeros(2), seeds)
        self.rounds = 0
        self._shuffle()
        begin_plan(self.items, self.state, 1.0)
        anneal_plan(self.items, self.state, 1.0, 0, 1.0)  # compiles, before any clock starts

    def layout(self, is_over: Callable[[], bool]) -> Doubles:
        """[items, 4]: centres and sides of a plan that was annealed from a random one."""
        self._shuffle()
        price = PRICES[self.rounds % len(PRICES)] * max(float(self.board.flow.sum()), 1e-9)
        self.rounds += 1
        count = len(self.items.area)
        if count > 1:
            start = max(float(np.abs(self.board.floor).sum() / 4 * self.board.flow.sum()), 1e-9)
            begin_plan(self.items, self.state, price)
            steps = min(STEPS * count**2, MOST_WORK // (count + len(self.board.flow)) + 1)
            for heat in np.geomspace(HOT * start, COLD * start, HEATS):
                anneal_plan(self.items, self.state, float(heat), steps, price)
                if is_over():
                    break
        cut(self.items, self.state, self.state.best)
        return self._numbers()

    def _shuffle(self) -> None:
        """A random plan: items in a row of operators."""
        count, code = len(self.items.area), self.state.code
        order = self.rng.permutation(count)
        code[0] = order[0]
        code[1::2] = order[1:]
        code[2::2] = -1 - self.rng.integers(2, size=count - 1)
        self.state.best[:] = code

    def _numbers(self) -> Doubles:
        """Items without empty space; what is fixed stands where it stands."""
        b, place = self.board, self.state.place[: len(self.board.area)]
        centres = place[:, :2] + place[:, 2:] / 2 - self.items.gap[: len(place), None] / 2
        sides = np.clip(place[:, 2:] - self.items.gap[: len(place), None], 1e-9, b.high)
        found = np.hstack((centres, sides))
        found[b.fixed] = b.where[b.fixed]
        return found


def _items(b: Board) -> Items:
    """Cells of all items fill the floor; a clearance is part of the cell."""
    clearance = float(b.gap.max())
    gap = np.where(np.diag(b.gap) > 0, clearance, 0.0)
    floor = b.floor + clearance
    least = b.area.copy()
    least[b.fixed] = b.where[b.fixed, 2] * b.where[b.fixed, 3]
    cells = np.array([(sqrt(area) + g) ** 2 for area, g in zip(least, gap, strict=True)])
    rest = float(floor.prod() - cells.sum())
    empties = EMPTIES if rest > EMPTY * floor.prod() else 0
    if empties == 0:
        cells *= floor.prod() / cells.sum()
    more = np.full(empties, rest / max(empties, 1))
    where = b.where.copy()
    where[:, :2] -= where[:, 2:] / 2
    none = np.zeros((empties, 2))
    return Items(
        floor,
        np.concatenate((cells, more)),
        np.concatenate((least, np.zeros(empties))),
        np.vstack((b.low, none)),
        np.vstack((b.high, none + float(floor.max()))),
        np.concatenate((gap, np.zeros(empties))),
        np.concatenate((b.fixed, np.zeros(empties, bool))).astype(np.int64),
        np.vstack((where, np.zeros((empties, 4)))),
        b.pair,
        b.flow,
    )
