"""Delays of lots that go first come, first served: their place in the queue tells when a delay had ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.learn.jobs import ROUND_S, Flags, Floats, Numbers

MANY = 100  # lots without a delay whose turns tell the rule
IN_TURN = 0.95  # share of them that come in turn, if lots go first come, first served
MOST = 50_000  # visits that are looked at
SWEEPS = 60  # draws of all delays in each of three rounds


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """Visits of a work center in the order of their starts (s)."""

    start: Floats
    ready: Floats  # when the work before had ended
    least: Floats  # of the delay, as far as room without a start tells
    told: Flags  # its delay ended while there was room
    step: Numbers  # -1: without a delay

    def taken(self, which: Flags) -> Queue:
        """Some of them, in order."""
        order = np.flatnonzero(which)[:MOST]
        order = order[np.lexsort((self.ready[order], self.start[order]))]
        return Queue(*(getattr(self, name)[order] for name in Queue.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Lots that started at one moment: of these nobody knows who was first."""

    number: Numbers
    first: Numbers  # of each group
    last: Numbers

    def before(self, came: Floats) -> Floats:
        """The last coming in all earlier groups."""
        return np.append(-np.inf, np.maximum.accumulate(came))[self.first][self.number]

    def after(self, came: Floats) -> Floats:
        """The first coming in all later groups."""
        return np.append(np.minimum.accumulate(came[::-1])[::-1], np.inf)[self.last + 1][self.number]


def delays_in_turn(queue: Queue, guess_s: Floats) -> tuple[Floats, Floats] | None:
    """Likeliest mean of each step's exponential delay, and its standard error; None where lots do not go in
    turn.

    All that such a queue shows is the order of the starts: a delay ended after the lots before had come, and
    before those behind came. Delays are drawn within these bounds in turn, and a mean is that of the draws
    from it: stochastic expectation maximisation (Celeux and Diebolt 1985), the error by Louis (1982).
    """
    queue = queue.taken(np.isfinite(queue.ready))
    number = np.cumsum(np.diff(queue.start, prepend=-np.inf) > ROUND_S) - 1
    first = np.flatnonzero(np.diff(number, prepend=-1))
    groups = _Groups(number, first, np.append(first[1:], len(number)) - 1)
    if not _in_turn(queue, groups):
        return None
    earliest = np.maximum.accumulate(queue.ready + np.where(queue.step < 0, 0.0, queue.least))
    came = np.where(queue.step < 0, queue.ready, np.where(queue.told, queue.start, earliest))
    n = np.bincount(queue.step[queue.step >= 0], minlength=len(guess_s))
    rng, mean_s, seen = np.random.default_rng(1), guess_s, []
    for _ in range(2 * SWEEPS):
        mean_s = _sweep(queue, groups, came, mean_s, rng) / n
        seen.append(mean_s)
    mean_s = np.mean(seen[SWEEPS:], axis=0)
    sums = np.array([_sweep(queue, groups, came, mean_s, rng) for _ in range(SWEEPS)])
    known = np.maximum(n - (sums / mean_s).var(axis=0, ddof=1), 1.0)  # delays that would tell as much
    return sums.mean(axis=0) / n, mean_s / np.sqrt(known)


def _in_turn(queue: Queue, groups: _Groups) -> bool:
    """Whether the lots without a delay go in the order in which they came."""
    known = queue.step < 0
    turn = queue.ready >= groups.before(np.where(known, queue.ready, -np.inf)) - ROUND_S
    return int(known.sum()) >= MANY and float(turn[known].mean()) >= IN_TURN


def _sweep(queue: Queue, groups: _Groups, came: Floats, mean_s: Floats, rng: np.random.Generator) -> Floats:
    """Draw when each lot with a delay came, every other group at a time; the sum of the delays by step."""
    hidden = (queue.step >= 0) & ~queue.told
    for odd in (0, 1):
        own = np.flatnonzero(hidden & (groups.number % 2 == odd))
        low = np.maximum(queue.ready + queue.least, groups.before(came))[own]
        wide = np.maximum(np.minimum(queue.start, groups.after(came))[own] - low, 0.0)
        mean = mean_s[queue.step[own]]
        came[own] = low - mean * np.log1p(rng.random(len(own)) * np.expm1(-wide / mean))
    delayed = queue.step >= 0
    return np.asarray(
        np.bincount(queue.step[delayed], (came - queue.ready)[delayed], len(mean_s)), np.float64
    )
