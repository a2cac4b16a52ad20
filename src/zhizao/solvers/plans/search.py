"""Late-acceptance local search (Burke & Bykov 2017, doi 10.1016/j.ejor.2016.07.012) over decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from zhizao.solvers.plans.moves import Neighbourhood, apply, undo
from zhizao.solvers.plans.problem import Decisions, Decoder, Structure

_HISTORY = 200  # costs with one of which a plan is compared
_PATIENCE = 4_000  # decodes without a better plan, after which the search begins again from the best
_WORSE = 0.03  # of the cost: how much worse a plan may be at most after that
_SAME = 1e-9
_SIDEWAYS = 0.15  # share of moves of equal cost that are made: the timetable is the same, the keys differ
_FRESH = 0.2  # share of accepted moves after which keys become the starts that came of them


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of a search; `go_on` is asked before each decode."""

    go_on: Callable[[], bool]
    decodes: int | None = None
    enough: float = 0.0  # a value at which the search ends: nothing can be better


def improve(
    structure: Structure,
    decoder: Decoder,
    effort: Effort,
    seed: int,
    on_improvement: Callable[[float], None] | None = None,
) -> tuple[float, Decisions]:
    """Search from the decoder's decisions on; gives the lowest cost, and the decisions that have it.

    Equal seeds and equal `decodes` give equal plans, where `go_on` does not end the search before.
    """
    rng = Random(seed)
    decisions = decoder.decisions
    cost = best = decoder.whole()
    kept = decisions.copy()
    if not len(structure.lot):
        return best, kept
    moves = Neighbourhood(structure, decisions, rng)
    moves.look(decoder.timetable)
    history = [cost] * _HISTORY
    tried = improved = 0
    while (
        decoder.value > effort.enough
        and (effort.decodes is None or tried < effort.decodes)
        and effort.go_on()
    ):
        tried += 1
        place = tried % _HISTORY
        move = moves.draw()
        if move:
            limit = max(cost, history[place])
            back = undo(decisions, move)
            rows = apply(decisions, move)
            found = decoder.decode(rows, moves.since_s(move), limit)
            same = found is not None and abs(found - cost) <= _SAME * max(1.0, abs(cost))
            if found is None or (same and rng.random() > _SIDEWAYS):
                decoder.write(apply(decisions, back[::-1]))
            elif same:
                cost = found
            else:
                cost = found
                decoder.accept()
                moves.look(decoder.timetable)
                if cost < best - _SAME * max(1.0, abs(best)):
                    best, improved = cost, tried
                    kept.assign(decisions)
                    if on_improvement is not None:
                        on_improvement(best)
        history[place] = cost
        if tried - improved > _PATIENCE:
            improved = tried
            decisions.assign(kept)
            cost = decoder.whole()
            moves.look(decoder.timetable)
            history = [cost * (1.0 + _WORSE * rng.random()) for _ in history]
    return best, kept
