"""Search over sequence pairs, from slicing plans, with a linear program for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from zhizao.solvers.layout.board import Board, rectangles_of
from zhizao.solvers.layout.check import cost_of, faults
from zhizao.solvers.layout.problem import Doubles, FloorPlan, Rectangle
from zhizao.solvers.layout.program import EXACT, Program
from zhizao.solvers.layout.relations import Pair, pair_of
from zhizao.solvers.layout.slicing import Slicer

SLICED = 0.35  # share of the time that goes into new slicing plans
PLANS = 3  # that are sliced at least before one is annealed further
HOT, COLD = 0.02, 0.0005  # temperatures of a walk, as shares of the cost
STEPS = 300  # of a walk
NEAR = 1e-9  # relative difference of costs that counts as none


@dataclass(eq=False)
class Search:
    """A search and the best layout so far, which has no faults; None: none was found."""

    plan: FloorPlan
    board: Board
    seed: int
    is_over: Callable[[float], bool]
    best: dict[str, Rectangle] | None = None
    cost: float = np.inf
    starts: dict[bytes, tuple[float, Pair]] = field(default_factory=dict)
    walked: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.program = Program(self.board)
        self.rng = np.random.default_rng(self.seed)
        self.slicer = Slicer(self.board, self.seed)

    def run(self) -> None:
        """Slice and walk in turns until the time is over."""
        slicing = walking = 0.0
        while not self.is_over(self.cost):
            begun = time.monotonic()
            few = len(self.starts) < PLANS and self.slicer.rounds < 2 * PLANS
            if few or slicing <= SLICED * (slicing + walking) or self.walked == set(self.starts):
                self._slice()
                slicing += time.monotonic() - begun
            else:
                self._walk()
                walking += time.monotonic() - begun

    def _slice(self) -> None:
        pair = pair_of(self.slicer.layout(lambda: self.is_over(self.cost)), self.board.gap)
        value = self.program.solve(pair)
        if np.isfinite(value):
            self._offer(pair, value)
            self.starts.setdefault(_key(pair), (value, pair))

    def _walk(self) -> None:
        """Anneal from the best start that is left."""
        key = min((one for one in self.starts if one not in self.walked), key=lambda one: self.starts[one][0])
        self.walked.add(key)
        value, pair = self.starts[key]
        if len(pair.first) < 2:
            return
        self.program.renew()
        for step in range(STEPS):
            if self.is_over(self.cost):
                return
            heat = value * HOT * (COLD / HOT) ** (step / STEPS)
            other = pair.neighbour(self.rng)
            found = self.program.solve(other, value - heat * float(np.log(1.0 - self.rng.random())))
            if np.isfinite(found):
                value, pair = found, other
                self._offer(pair, value)
        self.starts.setdefault(_key(pair), (value, pair))

    def _offer(self, pair: Pair, value: float) -> None:
        """Keep the last layout of the program if it is better than the best, after an exact solution."""
        if self.program.beyond or value >= self.cost * (1 - NEAR):
            return
        if np.isfinite(self.program.solve(pair, missing=EXACT)) and not self.program.beyond:
            self.keep(self.program.where)

    def keep(self, where: Doubles) -> None:
        """Keep a layout [items, 4] if it is better than the best and free of faults."""
        rectangles = rectangles_of(self.plan, where)
        cost = cost_of(self.plan, rectangles)
        if cost < self.cost and not faults(self.plan, rectangles):
            self.best, self.cost = rectangles, cost

    def polish(self, where: Doubles) -> None:
        """Take a layout [items, 4] from elsewhere: the best one with its relations."""
        pair = pair_of(where, self.board.gap)
        self._offer(pair, self.program.solve(pair))


def _key(pair: Pair) -> bytes:
    left, below = pair.relations()
    return left.tobytes() + below.tobytes()
