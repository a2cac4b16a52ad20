"""Place departments of unequal area on a floor."""

from __future__ import annotations

import time

from zhizao.quantities import InputError
from zhizao.solvers.layout.board import board_of, pair_bound
from zhizao.solvers.layout.check import cost_of
from zhizao.solvers.layout.clock import Progress
from zhizao.solvers.layout.problem import FloorPlan, Placed
from zhizao.solvers.layout.proof import MOST_ITEMS, Proof, is_met
from zhizao.solvers.layout.search import Search

SEARCH = 0.4  # share of the time before the proof, at most
SEARCH_S = 0.05  # seconds before the proof, for each pair of items
PROOF = 0.7  # share of the time at which the proof ends


def place(
    plan: FloorPlan, *, seconds: float = 20.0, seed: int = 1, progress: Progress | None = None
) -> Placed:
    """Place departments so that flow times rectilinear distance between centres falls.

    Slicing floor plans are annealed (Wong & Liu 1986); their relations (left of, below) are searched further
    as sequence pairs (Murata et al. 1996), each with its best layout by a linear program with tangents of the
    areas. Up to seven departments and forbidden rectangles a mixed-integer program bounds the cost, and often
    proves the layout optimal; with more the bound is that of pairs, which is weak. Ctrl-C ends the search and
    keeps the best layout so far.

    Parameters
    ----------
    plan
        Floor, departments and flows.
    seconds
        Wall time at most.
    seed
        Seed of the search. Equal seeds search alike, but the time decides how far.
    progress
        Called with the share of the time that has passed, and the best cost so far (infinity: no layout yet).

    Returns
    -------
    Placed
        Rectangles by id, in m; cost; lower bound; whether the layout is proved optimal. The layout has no
        `faults`.

    Raises
    ------
    InputError
        No layout exists, or none was found in the time.
    KeyboardInterrupt
        Ctrl-C before there was a layout.
    """
    if not 0 < seconds < float("inf"):
        raise InputError(f"seconds: found {seconds:g}; expected more than 0")
    run = _Run(plan, seconds, seed, progress)
    interrupted = False
    try:
        run.go()
    except KeyboardInterrupt:
        interrupted = True
        if run.search.best is None:
            raise
    best = run.search.best
    if best is None:
        proved = "no layout exists" if run.impossible else f"no layout was found in {seconds:g} s"
        raise InputError(f"{proved}; expected a larger floor, wider limits of sides, or more time")
    cost = cost_of(plan, best)
    bound = min(run.bound, cost)
    return Placed(best, cost, bound, is_met(cost, bound), interrupted)


class _Run:
    """The search and the proof in turns."""

    def __init__(self, plan: FloorPlan, seconds: float, seed: int, progress: Progress | None) -> None:
        self.seconds, self.progress = seconds, progress
        board = board_of(plan)
        self.items, self.bound, self.until, self.impossible = len(board.area), pair_bound(board), 1.0, False
        self.search = Search(plan, board, seed, self._is_over)
        self.begun = time.monotonic()

    def _is_over(self, cost: float) -> bool:
        passed = (time.monotonic() - self.begun) / self.seconds
        if self.progress is not None:
            self.progress(min(passed, 1.0), cost)
        return passed >= self.until or is_met(cost, self.bound)

    def go(self) -> None:
        """Search; with few items prove, and search on if that fails."""
        if self.items > MOST_ITEMS:
            self.search.run()
            return
        self.until = min(SEARCH, SEARCH_S * self.items**2 / self.seconds)
        self.search.run()
        proof = Proof(self.search)
        try:
            proof.run(lambda: PROOF * self.seconds - (time.monotonic() - self.begun))
        finally:
            self.bound = max(self.bound, proof.bound)
            self.impossible = proof.impossible
        self.until = 1.0
        if not self.impossible:
            self.search.run()
