"""Random streams and draws.

A stream is one number: it starts at a hash of (root, entity, count, purpose) and walks by SplitMix64 (Steele,
Lea & Flood 2014, doi 10.1145/2660193.2660195). Nothing is shared between entities, so a change in one part of
the plant leaves the random numbers of all others as they were (common random numbers).
"""

from __future__ import annotations

from math import cos, exp, floor, log, log1p, pi, sqrt
from typing import Any

import numpy as np

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline, kernel

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_ODD_1 = np.uint64(0xD6E8FEB86659FD93)
_ODD_2 = np.uint64(0xA0761D6478BD642F)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53
_MOST_ADDED_SINGLY = 1 << 20
"""So many draws or successes are added up one by one (some 10 ms). Of more the sum is normal (central limit
theorem; Berry & Esseen: off by less than the third moment in 1,000), so that no lot takes for ever."""


@inline
def scramble(z: Any) -> Any:
    """Finaliser of SplitMix64: every bit of the input moves every bit of the output."""
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@inline
def stream(key: Any, count: int, purpose: int) -> Any:
    """Start of the stream of `purpose` for the `count`-th time of the entity with `key`.

    Draws scramble what they take from it, so it need not be scrambled here; a key of its own needs `child`.
    """
    return key + np.uint64(count) * _ODD_1 + np.uint64(purpose) * _ODD_2


@inline
def child(key: Any, count: int, purpose: int) -> Any:
    """Key of the `count`-th thing that an entity makes, far from all streams of the entity."""
    return scramble(stream(scramble(key), count, purpose))


@inline
def uniform(s: Any) -> Any:
    """A number in (0, 1] and the stream after it."""
    s = s + _STEP
    return float((scramble(s) >> _S11) + np.uint64(1)) * _UNIT, s


@cold
def _normal(s: Any) -> Any:
    """Standard normal by Box & Muller (1958), one of the pair."""
    u, s = uniform(s)
    v, s = uniform(s)
    return sqrt(-2.0 * log(u)) * cos(2.0 * pi * v), s


@cold
def _gamma(shape: float, s: Any) -> Any:
    """Gamma of scale 1 (Marsaglia & Tsang 2000, doi 10.1145/358407.358414)."""
    boost = 1.0
    if shape < 1.0:
        u, s = uniform(s)
        boost = exp(log(u) / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)
    while True:
        x, s = _normal(s)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            u, s = uniform(s)
            if log(u) < 0.5 * x * x + d - d * v + d * log(v):
                return boost * d * v, s


@cold
def _truncated(mean: float, deviation: float, s: Any) -> Any:
    """Normal on x >= 0: plain rejection, in the far tail that of Robert (1995, doi 10.1007/BF00143942)."""
    if mean >= 0.0:
        while True:
            x, s = _normal(s)
            if mean + deviation * x >= 0.0:
                return mean + deviation * x, s
    edge = -mean / deviation
    rate = 0.5 * (edge + sqrt(edge * edge + 4.0))
    while True:
        u, s = uniform(s)
        x = edge - log(u) / rate
        v, s = uniform(s)
        if log(v) <= -0.5 * (x - rate) * (x - rate):
            return mean + deviation * x, s


@cold
def _triangular(low: float, mode: float, high: float, u: float) -> float:
    if u * (high - low) <= mode - low:
        return low + sqrt(u * (high - low) * (mode - low))
    return high - sqrt((1.0 - u) * (high - low) * (high - mode))


@cold
def row_of(t: Any, d: Any, u: float) -> int:
    """Which of its values a discrete distribution gives for a uniform number."""
    row = 0
    while row < d.n - 1 and u > t.values[d.first + row]:
        row += 1
    return row


@cold
def _tabled(t: Any, d: Any, u: float) -> Any:
    """Discrete: `values` holds n cumulative weights, then n values. Empirical: n sorted values."""
    first, n = d.first, d.n
    if d.kind == k.EMPIRICAL:
        place = u * (n - 1)
        low = min(int(place), n - 2)
        return t.values[first + low] + (place - low) * (t.values[first + low + 1] - t.values[first + low])
    return t.values[first + n + row_of(t, d, u)]


@cold
def _rare(t: Any, d: Any, s: Any) -> Any:
    """The families that need more than one formula of one uniform number."""
    if d.kind == k.GAMMA:
        x, s = _gamma(d.a, s)
        return x * d.b, s
    if d.kind == k.LOGNORMAL:
        x, s = _normal(s)
        return exp(d.a + d.b * x), s
    if d.kind == k.NORMAL:
        return _truncated(d.a, d.b, s)
    if d.kind == k.BETA:
        x, s = _gamma(d.a, s)
        y, s = _gamma(d.b, s)
        if x + y > 0.0:
            return d.c + (d.d - d.c) * x / (x + y), s
        u, s = uniform(s)  # parameters so small that both vanish: all the weight is at the ends
        return d.d if u * (d.a + d.b) <= d.a else d.c, s
    u, s = uniform(s)
    if d.kind == k.TRIANGULAR:
        return _triangular(d.a, d.b, d.c, u), s
    if d.kind == k.WEIBULL:
        return d.b * exp(log(-log(u) + 1e-300) / d.a), s
    return _tabled(t, d, u), s


@kernel
def draw(t: Any, number: int, s: Any) -> Any:
    """A draw from distribution `number` (0: nothing, no random number used) and the stream after it."""
    d = t.dists[number]
    if d.kind == k.CONSTANT:
        return d.a, s
    if d.kind == k.EXPONENTIAL:
        u, s = uniform(s)
        return -d.a * log(u), s
    if d.kind == k.UNIFORM:
        u, s = uniform(s)
        return d.a + (d.b - d.a) * u, s
    return _rare(t, d, s)


@kernel
def draw_sum(t: Any, number: int, n: int, s: Any) -> Any:
    """Sum of n independent draws."""
    if number == 0 or t.dists[number].kind == k.CONSTANT:
        return n * t.dists[number].a, s
    total = 0.0
    d = t.dists[number]
    if n > _MOST_ADDED_SINGLY:
        x, s = _normal(s)
        return max(0.0, n * d.average + sqrt(n * d.variance) * x), s
    for _ in range(n):
        if d.kind == k.UNIFORM:
            u, s = uniform(s)
            total += d.a + (d.b - d.a) * u
        else:
            x, s = draw(t, number, s)
            total += x
    return total, s


@cold
def binomial(n: int, share: float, s: Any) -> Any:
    """How many of n come true."""
    if share <= 0.0 or n <= 0:
        return 0, s
    if share >= 1.0:
        return n, s
    if n * share <= _MOST_ADDED_SINGLY:
        return _by_gaps(n, log1p(-share), s)
    if n * (1.0 - share) <= _MOST_ADDED_SINGLY:
        rest, s = _by_gaps(n, log(share), s)
        return n - rest, s
    x, s = _normal(s)
    return min(max(0, floor(n * share + sqrt(n * share * (1.0 - share)) * x + 0.5)), n), s


@cold
def _by_gaps(n: int, scale: float, s: Any) -> Any:
    """How many of n come true, by the gaps between successes (Devroye 1986, p. 525).

    `scale`: logarithm of the chance that one does not.
    """
    place = 0
    count = 0
    while True:
        u, s = uniform(s)
        gap = log(u) / scale
        if gap > n:
            return count, s
        place += int(gap) + 1
        if place > n:
            return count, s
        count += 1


@cold
def hypergeometric(n: int, bad: int, taken: int, s: Any) -> Any:
    """How many bad ones are among those taken from n."""
    if bad <= 0:
        return 0, s
    if taken <= _MOST_ADDED_SINGLY:
        return _one_by_one(n, bad, taken, s)
    if bad <= _MOST_ADDED_SINGLY:
        return _one_by_one(n, taken, bad, s)
    if n - bad <= _MOST_ADDED_SINGLY:
        good, s = _one_by_one(n, taken, n - bad, s)
        return taken - good, s
    x, s = _normal(s)
    share = bad / n
    spread = sqrt(taken * share * (1.0 - share) * (n - taken) / (n - 1))
    count = floor(taken * share + spread * x + 0.5)
    return min(max(count, 0, taken - (n - bad)), bad, taken), s


@cold
def _one_by_one(n: int, bad: int, taken: int, s: Any) -> Any:
    """How many bad ones are among those taken from n, one after the other."""
    count = 0
    for place in range(taken):
        u, s = uniform(s)
        if u * (n - place) <= bad - count:
            count += 1
    return count, s
