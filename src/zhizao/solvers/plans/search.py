"""Late-acceptance local search (Burke & Bykov 2017, doi 10.1016/j.ejor.2016.07.012) over decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from zhizao.solvers.plans.moves import Move, Neighbourhood, apply, undo
from zhizao.solvers.plans.problem import Decisions, Decoder, Structure

_HISTORY = 200  # costs with one of which a plan is compared
_PATIENCE = 4_000  # decodes without a better plan, after which the search begins again from the best
_WORSE = 0.03  # of the cost: how much worse a plan may be at most after that
_SAME = 1e-9
_SIDEWAYS = 0.03  # share of moves of equal cost that are made: the timetable is the same, the keys differ


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of a search; `go_on` is asked before each decode."""

    go_on: Callable[[], bool]
    decodes: int | None = None
    enough: float = 0.0  # a value at which the search ends: nothing can be better

    def goes_on(self, tried: int, value: float) -> bool:
        """Whether to decode once more, after so many, with the value of the accepted plan."""
        left = self.decodes is None or tried < self.decodes
        return left and value > self.enough and self.go_on()


def improve(
    structure: Structure,
    decoder: Decoder,
    effort: Effort,
    seed: int,
    on_improvement: Callable[[float], None] | None = None,
    moves: type[Neighbourhood] = Neighbourhood,
) -> tuple[float, Decisions]:
    """Search from the decoder's decisions on; gives the lowest cost, and the decisions that have it.

    Equal seeds and equal `decodes` give equal plans, where `go_on` does not end the search before.
    """
    if not len(structure.lot):
        return decoder.whole(), decoder.decisions.copy()
    rng = Random(seed)
    search = _Search(decoder, moves(structure, decoder.decisions, rng), rng)
    tried = improved = 0
    while effort.goes_on(tried, decoder.value):
        tried += 1
        if search.step(tried):
            improved = tried
            if on_improvement is not None:
                on_improvement(decoder.value)
        if tried - improved > _PATIENCE:
            improved = tried
            search.restart()
    return search.best, search.kept


class _Search:
    """The accepted plan, the best one, and the costs of the last ones."""

    def __init__(self, decoder: Decoder, moves: Neighbourhood, rng: Random) -> None:
        self._decoder, self._rng = decoder, rng
        self._cost = self.best = decoder.whole()
        self.kept = decoder.decisions.copy()
        self._moves = moves
        self._moves.look(decoder.timetable)
        self._history = [self._cost] * _HISTORY

    def step(self, number: int) -> bool:
        """Try a move; whether the plan is better than all before."""
        move = self._moves.draw()
        place = number % _HISTORY
        better = bool(move) and self._try(move, max(self._cost, self._history[place]))
        self._history[place] = self._cost
        return better

    def _try(self, move: Move, limit: float) -> bool:
        decoder, decisions = self._decoder, self._decoder.decisions
        back = undo(decisions, move)
        sideways = self._rng.random() < _SIDEWAYS
        rows, since_s = apply(decisions, move), self._moves.since_s(move)
        found = decoder.decode(rows, since_s, limit, np.inf if sideways else self._cost)
        same = found is not None and abs(found - self._cost) <= _SAME * max(1.0, abs(self._cost))
        if found is None or (same and not sideways):
            decoder.write(apply(decisions, back[::-1]))
            return False
        self._cost = found
        decoder.accept()
        self._moves.look(decoder.timetable)
        if found >= self.best - _SAME * max(1.0, abs(self.best)):
            return False
        self.best = found
        self.kept.assign(decisions)
        return True

    def restart(self) -> None:
        """Begin again from the best, with room to become worse."""
        self._decoder.decisions.assign(self.kept)
        self._cost = self._decoder.whole()
        self._moves.look(self._decoder.timetable)
        self._history = [self._cost * (1.0 + _WORSE * self._rng.random()) for _ in self._history]
