"""Repair of hold limits: what begins a limit that is broken starts later by the excess, until none is broken."""

from __future__ import annotations

from collections.abc import Callable

from zhizao.solvers.plans.moves import apply, broken_limits, delays
from zhizao.solvers.plans.problem import Decisions, Decoder, Structure

_ROUNDS = 400  # decodes at most
_WITHOUT_GAIN = 40  # and so many without a better plan: a delay of one lot can break the limit of the next


def repair(structure: Structure, decoder: Decoder, go_on: Callable[[], bool]) -> tuple[float, Decisions]:
    """Delay what begins broken limits, from the decoder's decisions on; gives the lowest cost and its plan.

    Starts only become later, so a limit that no delay can keep ends the repair instead of going on for ever.
    """
    decisions = decoder.decisions
    cost = best = decoder.whole()
    kept, improved = decisions.copy(), 0
    for number in range(1, _ROUNDS + 1):
        over = broken_limits(structure, decoder.timetable)
        if not over or number - improved > _WITHOUT_GAIN or not go_on():
            break
        apply(decisions, delays(structure, over, decoder.timetable.start.tolist()))
        cost = decoder.whole()
        if cost < best:
            best, improved = cost, number
            kept.assign(decisions)
    decisions.assign(kept)
    return best, kept
