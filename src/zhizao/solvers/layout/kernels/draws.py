"""Random numbers of the searches."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.layout.kernels.jit import Longs, Words, kernel


@kernel
def uniform(rng: Words) -> float:
    """A number in 0..1 (xorshift; Marsaglia 2003, doi 10.18637/jss.v008.i14)."""
    x = rng[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    rng[0] = x
    return np.float64(x >> np.uint64(11)) / 9007199254740992.0


@kernel
def pick(rng: Words, count: int) -> int:
    """A whole number in 0..count - 1."""
    return int(uniform(rng) * count)


@kernel
def shuffle(rng: Words, order: Longs) -> None:
    """Put the entries into a random order (Fisher & Yates)."""
    for i in range(len(order) - 1, 0, -1):
        j = pick(rng, i + 1)
        order[i], order[j] = order[j], order[i]
