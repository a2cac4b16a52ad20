"""Custom rules of the paint shop beside this file: plain functions of numbers."""

from zhizao import rule

HOUR = 3600.0


@rule
def urgent_else_same_color(now: float, due: float, rest: float, setup: float) -> float:
    """Dispatch: a lot that would be late goes first; among the others the least set-up, then the due date."""
    slack = due - now - rest
    return slack - 1e9 if slack < 2 * HOUR else setup + slack / 1e6


@rule
def small_lots_to_the_lamp(pieces: float, place: float, load: float) -> float:
    """Routing: up to ten pieces prefer the lamp (second in the list), unless the oven is an hour quicker."""
    preferred = 1.0 if pieces <= 10 else 0.0
    return load if place == preferred else load + HOUR


@rule
def not_too_early(now: float, due: float, wip: float, longest: float) -> bool:
    """Release: a lot comes in half a day before it is due, or earlier while the shop is nearly empty."""
    return wip < 4 or (due - now < 12 * HOUR and longest < 6)


@rule
def nozzle_wears(worked: float, thickness: float, loops: float) -> float:
    """Quality: 1 % at first, 3 % more with each 20 h of work since maintenance, more on thin sheet."""
    share = 0.01 + 0.03 * worked / (20 * HOUR)
    if loops > 0:
        share /= 2
    return min(1.0, share / thickness)
