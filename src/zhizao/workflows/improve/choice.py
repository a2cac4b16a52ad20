"""Which combinations are worth proving: the chosen one, how it builds up, its parts and its rivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zhizao.solvers.subsets import Found, Problem, members

_EARNS = 0.02
"""A measure that adds less than this share of what the whole combination gains is left out of it: it is
within what a search tells apart, and every measure is work to put in."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The chosen combination and the steps up to it, each with one measure more (and those it needs)."""

    chosen: int = 0
    steps: tuple[int, ...] = ()


def lean(found: Found, problem: Problem) -> int:
    """The chosen combination without measures that add next to nothing to it."""
    chosen, means = found.chosen, found.means
    while chosen and chosen in means and 0 in means:
        least = means[chosen] - _EARNS * max(means[chosen] - means[0], 0.0)
        fewer = [s for s in _without_one(chosen, problem) if means.get(s, float("-inf")) >= least]
        if not fewer:
            break
        chosen = max(fewer, key=lambda s: means[s])
    return chosen


def ladder_of(chosen: int, found: Found, problem: Problem) -> Ladder:
    """Take the chosen combination apart, each time by the measure that is missed least."""
    steps = [chosen] if chosen else []
    while steps and len(members(steps[-1])) > 1:
        fewer = list(_without_one(steps[-1], problem))
        if not fewer:
            break
        step = max(fewer, key=lambda s: _guess(s, found))
        if not step:
            break
        steps.append(step)
    return Ladder(chosen, tuple(reversed(steps)))


def promising(ladder: Ladder, found: Found, problem: Problem, most: int) -> tuple[int, ...]:
    """At most so many combinations to prove: the chosen one, its steps, single measures, the front."""
    wanted = dict.fromkeys((ladder.chosen, *ladder.steps))
    singles = {problem.with_needs(1 << b) for b in range(problem.size)}
    allowed = [s for s in singles if problem.allows(s)]
    rest = [*sorted(allowed, key=lambda s: -_guess(s, found)), *front(found, problem)]
    wanted |= dict.fromkeys(rest)
    return tuple(subset for subset in wanted if subset)[:most]


def front(found: Found, problem: Problem) -> Iterator[int]:
    """Combinations that no cheaper one matches, by the means of the search, best first (Pareto front)."""
    cheapest = float("inf")
    for subset in sorted(found.means, key=lambda s: (-found.means[s], cost_of(s, problem))):
        cost = cost_of(subset, problem)
        if cost < cheapest:
            cheapest = cost
            yield subset


def cost_of(subset: int, problem: Problem) -> float:
    """What a combination costs once."""
    return sum(problem.costs[b] for b in members(subset))


def _without_one(subset: int, problem: Problem) -> Iterator[int]:
    for b in members(subset):
        fewer = subset & ~(1 << b)
        if problem.allows(fewer):
            yield fewer


def _guess(subset: int, found: Found) -> float:
    """Mean of a combination; of one that was not run, today's and what its measures add alone."""
    if subset in found.means:
        return found.means[subset]
    today = found.means.get(0, 0.0)
    return today + sum(found.means.get(1 << b, today) - today for b in members(subset))
