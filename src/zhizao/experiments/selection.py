"""Which of several systems is best, from no more replications than it takes.

Two procedures over plain numbers, of which more is better. KN++ (Kim and Nelson 2006, Operations Research
54(3), 475-488) guarantees the probability of a correct selection; OCBA (Chen, Lin, Yucesan and Chick 2000,
Discrete Event Dynamic Systems 10, 251-270) spends a budget where it tells most, and estimates it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import erf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from zhizao.experiments.cancel import interrupted
from zhizao.kpi.analysis import Floats
from zhizao.quantities.errors import InputError

Sample = Callable[[int, int, int], ArrayLike]
"""Gives values of a system: its number, the first replication, how many."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a selection is to prove, and what it may cost.

    `indifference` is the smallest difference that matters, in the unit of the values. Each system gets
    `first` replications, then `step` at a time, `at_most` in all (OCBA: on average over the systems).
    """

    indifference: float
    confidence: float = 0.95
    first: int = 10
    step: int = 4
    at_most: int = 200

    def __post_init__(self) -> None:
        if not 0 < self.indifference < float("inf"):
            raise InputError(f"indifference: found {self.indifference:g}; right is more than 0")
        if not 0.5 < self.confidence < 1:
            raise InputError(f"confidence: found {self.confidence:g}; right is between 0.5 and 1")
        if not (self.first >= 2 and self.step >= 1 and self.at_most >= self.first):
            raise InputError(
                f"at_most: found {self.at_most} replications of each, {self.first} of them first; "
                "right is at least 2 first, and at most no fewer than these"
            )


@dataclass(slots=True)
class Selection:
    """Values of each system so far, who is still in play, and whether the answer is proved.

    `probability` is the one that was promised (KN++, where `decided`) or estimated (OCBA).
    """

    values: list[Floats] = field(default_factory=list)
    in_play: list[int] = field(default_factory=list)
    decided: bool = False
    interrupted: bool = False
    probability: float = 0.0

    @property
    def best(self) -> int:
        """The system in play with the highest mean."""
        return max(self.in_play, key=lambda i: float(self.values[i].mean()))

    def add(self, sample: Sample, wanted: dict[int, int]) -> None:
        """Take more values; all systems get theirs or, when cancelled, none."""
        more = {i: np.asarray(sample(i, len(self.values[i]), n), dtype=np.float64) for i, n in wanted.items()}
        for i, values in more.items():
            self.values[i] = np.concatenate([self.values[i], values])


def _begun(sample: Sample, systems: int, first: int) -> Selection:
    state = Selection([np.empty(0)] * systems, list(range(systems)))
    state.add(sample, dict.fromkeys(range(systems), first))
    return state


# ---------------------------------------------------------------- KN++
def kn(sample: Sample, systems: int, effort: Effort) -> Selection:
    """Select the best of several systems with a guarantee.

    With at least the promised probability the one chosen is the best, where the best is better than the
    second by the indifference or more; else it is within the indifference of the best. Systems that are
    clearly worse drop out early. Variances are updated at every step (that is KN++, with the replications as
    batches of one); the bound of Bonferroni over the others allows common random numbers.
    """
    state = _begun(sample, systems, effort.first)

    def rounds() -> None:
        while not state.decided:
            _screen(state, effort)
            n = len(state.values[state.in_play[0]])
            if state.decided or n >= effort.at_most:
                break
            state.add(sample, dict.fromkeys(state.in_play, min(effort.step, effort.at_most - n)))

    state.interrupted = interrupted(rounds)
    state.probability = effort.confidence if state.decided else 0.0
    return state


def _screen(state: Selection, effort: Effort) -> None:
    """Drop every system whose sum lies below another's by more than their boundary."""
    rivals = len(state.values) - 1
    x = np.array([state.values[i] for i in state.in_play])
    n = x.shape[1]
    if rivals == 0:
        state.decided = True
        return
    share = (1 - effort.confidence) / rivals
    eta = ((2 * share) ** (-2 / (n - 1)) - 1) / 2
    sums, covariance = x.sum(axis=1), np.atleast_2d(np.cov(x))
    variances = np.diag(covariance)
    spread = np.maximum(variances[:, None] + variances[None, :] - 2 * covariance, 0.0)
    needed = 2 * eta * (n - 1) * spread / effort.indifference**2
    boundary = effort.indifference / 2 * np.maximum(needed - n, 0.0)
    out = (sums[:, None] < sums[None, :] - boundary).any(axis=1)
    state.in_play = [i for i, gone in zip(state.in_play, out, strict=True) if not gone]
    # Where no boundary is left those in play have equal sums, and any will do.
    state.decided = len(state.in_play) == 1 or not boundary[~out][:, ~out].any()


# ---------------------------------------------------------------- OCBA
def ocba(sample: Sample, systems: int, effort: Effort) -> Selection:
    """Select the best of several systems within a budget, by the optimal computing budget allocation.

    Stops when the estimated probability that the chosen one is best has reached the confidence (Bonferroni
    bound with normal posteriors, Chen et al. 2000): estimated, not guaranteed. Differences below the
    indifference count as one of that size when replications are allocated, so that ties do not eat them all.
    """
    state = _begun(sample, systems, effort.first)
    budget = effort.at_most * systems

    def rounds() -> None:
        while True:
            state.probability = _estimated(state)
            spent = sum(len(values) for values in state.values)
            state.decided = state.probability >= effort.confidence
            if state.decided or spent >= budget:
                break
            state.add(sample, _allocated(state, effort, min(effort.step * systems, budget - spent)))

    state.interrupted = interrupted(rounds)
    return state


def _moments(state: Selection) -> tuple[Floats, Floats, Floats]:
    means, variances = (np.array([f(v) for v in state.values]) for f in (np.mean, lambda v: v.var(ddof=1)))
    return means, variances, np.array([len(v) for v in state.values], dtype=np.float64)


def _estimated(state: Selection) -> float:
    means, variances, n = _moments(state)
    b = state.best
    wrong = 0.0
    for i in range(len(means)):
        if i != b:
            sd = sqrt(variances[i] / n[i] + variances[b] / n[b])
            ahead = means[b] - means[i]
            wrong += 0.5 * (1 - erf(ahead / sd / sqrt(2))) if sd else 0.0
    return float(max(0.0, 1 - wrong))


def _allocated(state: Selection, effort: Effort, more: int) -> dict[int, int]:
    """Give `more` replications to those that lack most of their share (Chen et al. 2000, theorem 1)."""
    means, variances, n = _moments(state)
    b = state.best
    behind = np.maximum(means[b] - means, effort.indifference)
    weights = variances / behind**2
    others = np.arange(len(means)) != b
    safe = np.where(variances > 0, variances, 1.0)
    weights[b] = sqrt(variances[b] * float((weights[others] ** 2 / safe[others]).sum()))
    if not weights.sum():
        weights[:] = 1.0
    lack = np.maximum(weights / weights.sum() * (n.sum() + more) - n, 0.0)
    given = np.floor(lack / lack.sum() * more).astype(int)
    given[int(np.argmax(lack))] += more - int(given.sum())
    return {i: int(count) for i, count in enumerate(given) if count}
