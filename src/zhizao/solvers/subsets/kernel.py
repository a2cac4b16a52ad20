"""The prior over functions of subsets: a kernel that is diagonal in the Walsh basis.

With x in {-1, +1}^k, every function of subsets is a sum over sets S of measures of c_S * prod(x_i, i in S).
The prior takes the coefficients as independent, with variance w_|S| * prod(theta_i, i in S): theta_i is how
much measure i matters, w_1, w_2 and w_3 weigh main effects, pairs and all higher interactions. The kernel is
a sum of elementary symmetric polynomials; it depends on two subsets through their XOR alone, so that one fast
Walsh-Hadamard transform gives it, or its product with any vector, on the whole cube at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

INTERCEPT = 100.0
"""Variance of the overall mean, in units of the variance of the values: vague."""
THETA = (0.01, 0.9)
"""Bounds of the weight of a measure: none is ever ruled out, and 1 + theta * x stays positive."""
THETA_PRIOR = (np.log(0.3), 1.0)
"""Mean and standard deviation of log theta: one order of magnitude either way, as the scale is in w."""
LOG_BOUNDS = ((-7.0, 4.0), (-7.0, 4.0), (-9.0, 4.0), (-9.0, 1.0), (-14.0, 4.0), (-14.0, 1.0))
"""Of log w_1, w_2, w_3, share, common, noise; variances in units of the variance of the values."""
START = (0.0, -1.5, -2.5, -4.0, -3.0, -5.0)
START_SD = (2.0, 2.0, 2.0, 2.0, 4.0, 3.0)
"""Prior of the same: main effects lead, noise is small; wide enough for the data to decide."""


@dataclass(frozen=True)
class Kernel:
    """Hyperparameters: `theta` (k,), and the variances of orders, shared noise, common effect and noise."""

    theta: Array
    w1: float
    w2: float
    w3: float
    share: float
    common: float
    noise: float

    def vector(self) -> Array:
        """Logarithms of all, as the optimiser sees them."""
        rest = np.array([self.w1, self.w2, self.w3, self.share, self.common, self.noise])
        return np.asarray(np.log(np.concatenate([self.theta, rest])))

    @classmethod
    def of(cls, vector: Array) -> Kernel:
        """Inverse of `vector`."""
        values = np.exp(vector)
        return cls(values[:-6], *(float(v) for v in values[-6:]))

    def spectrum(self) -> Array:
        """Prior variance of each Walsh coefficient, shape (2^k,)."""
        product = np.ones(1)
        for theta in self.theta:
            product = np.concatenate([product, product * theta])
        order = np.bitwise_count(np.arange(len(product)))
        found = product * np.array([INTERCEPT, self.w1, self.w2, self.w3])[np.minimum(order, 3)]
        found[0] = INTERCEPT
        return np.asarray(found, np.float64)


def default_kernel(size: int) -> Kernel:
    """Kernel at the mode of the prior."""
    return Kernel.of(np.concatenate([np.full(size, THETA_PRIOR[0]), START]))


def transform(values: Array) -> Array:
    """Walsh-Hadamard transform (not normalised) along the last axis, as two products with small matrices."""
    size = int(values.shape[-1]).bit_length() - 1
    low = size // 2
    left, right = _hadamard(size - low), _hadamard(low)
    cube = values.reshape(*values.shape[:-1], 1 << (size - low), 1 << low)
    return np.asarray((left @ cube @ right).reshape(values.shape))


@lru_cache
def _hadamard(size: int) -> Array:
    from scipy.linalg import hadamard

    return np.asarray(hadamard(1 << size, dtype=float))


def signs(subsets: Numbers, size: int) -> Array:
    """+1 where a measure is not taken, -1 where it is; shape (n, k)."""
    return np.asarray(1.0 - 2.0 * (subsets[:, None] >> np.arange(size) & 1))


def polynomials(x: Array, kernel: Kernel) -> tuple[Array, Array, Array, Array]:
    """Kernel without the intercept, and its parts: first, second and all higher orders; each (n, n)."""
    scaled = x * np.sqrt(kernel.theta)
    first = scaled @ scaled.T
    second = 0.5 * (first * first - float(kernel.theta @ kernel.theta))  # x_i squared is 1
    slant = x * np.sqrt(np.arctanh(kernel.theta))  # log(1 + theta c) for c = +-1, up to a constant
    higher = np.exp(slant @ slant.T + 0.5 * float(np.log1p(-(kernel.theta**2)).sum()))
    higher -= 1.0 + first + second
    return kernel.w1 * first + kernel.w2 * second + kernel.w3 * higher, first, second, higher
