"""A Gaussian process over all subsets, whose kernel is diagonal in the Walsh basis.

With x in {-1, +1}^k, every function of subsets is a sum over sets S of measures of c_S * prod(x_i, i in S).
The prior takes the coefficients as independent, with variance w_|S| * prod(theta_i, i in S): theta_i is how
much measure i matters, w_1, w_2 and w_3 weigh main effects, pairs and all higher interactions. The kernel of
it is a sum of elementary symmetric polynomials, and the fast Walsh-Hadamard transform draws from the prior
and applies the kernel on the whole cube at once: joint posterior samples of all 2^k subsets without their
covariance matrix (pathwise conditioning: Wilson et al., Efficiently sampling functions from Gaussian
process posteriors, ICML 2020).

One observation is value(subset, replication) = f(subset) + c(replication) + g(subset, replication) + e.
Common random numbers share c, and g is smooth in the subset as f is (its kernel is `share` times that of f),
so that what one replication says about neighbouring subsets is not taken for independent evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, hadamard
from scipy.optimize import minimize

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
    left, right = hadamard(1 << (size - low), dtype=float), hadamard(1 << low, dtype=float)
    cube = values.reshape(*values.shape[:-1], 1 << (size - low), 1 << low)
    return np.asarray((left @ cube @ right).reshape(values.shape))


def signs(subsets: Numbers, size: int) -> Array:
    """+1 where a measure is not taken, -1 where it is; shape (n, k)."""
    return np.asarray(1.0 - 2.0 * (subsets[:, None] >> np.arange(size) & 1))


@dataclass(frozen=True)
class Data:
    """Observations: subset, replication and standardised value of each; shape (n,)."""

    subsets: Numbers
    replications: Numbers
    values: Array


@dataclass(frozen=True)
class Surrogate:
    """The Gaussian process given the observations, ready to be asked about every subset."""

    size: int
    kernel: Kernel
    data: Data
    factor: tuple[Array, bool]
    noise_root: Array
    spectrum: Array

    def mean(self) -> Array:
        """Posterior mean of every subset, shape (2^k,)."""
        return np.asarray(self._spread(cho_solve(self.factor, self.data.values)[None])[0])

    def samples(self, count: int, rng: np.random.Generator) -> Array:
        """Joint posterior samples of all subsets, shape (count, 2^k)."""
        coefficients = rng.standard_normal((count, 1 << self.size)) * np.sqrt(self.spectrum)
        prior = transform(coefficients)
        noise = rng.standard_normal((count, len(self.data.values))) @ self.noise_root.T
        missed = self.data.values - prior[:, self.data.subsets] - noise
        return np.asarray(prior + self._spread(cho_solve(self.factor, missed.T).T))

    def _spread(self, weights: Array) -> Array:
        """Kernel of all subsets with the observed ones, times weights of shape (m, n)."""
        cube = np.zeros((len(weights), 1 << self.size))
        for row, one in zip(cube, weights, strict=True):
            np.add.at(row, self.data.subsets, one)
        return np.asarray(transform(transform(cube) * self.spectrum))


def condition(size: int, kernel: Kernel, data: Data) -> Surrogate:
    """The posterior for given hyperparameters."""
    x = signs(data.subsets, size)
    smooth = _polynomials(x, kernel)[0]
    same = data.replications[:, None] == data.replications
    noise = same * (kernel.share * smooth + kernel.common) + kernel.noise * np.eye(len(x))
    factor = cho_factor(smooth + noise + INTERCEPT, lower=True)
    return Surrogate(size, kernel, data, factor, cholesky(noise, lower=True), kernel.spectrum())


def fit(size: int, start: Kernel, data: Data, iterations: int) -> Kernel:
    """Hyperparameters at the maximum of marginal likelihood times prior (L-BFGS-B, from `start`)."""
    x = signs(data.subsets, size)
    same = (data.replications[:, None] == data.replications).astype(float)
    bounds = [tuple(np.log(THETA))] * size + list(LOG_BOUNDS)
    centre = np.concatenate([np.full(size, THETA_PRIOR[0]), START])
    spread = np.concatenate([np.full(size, THETA_PRIOR[1]), START_SD])

    def objective(vector: Array) -> tuple[float, Array]:
        value, slope = _likelihood(Kernel.of(vector), x, same, data.values)
        off = (vector - centre) / spread
        return 0.5 * float(off @ off) - value, off / spread - slope

    best = minimize(
        objective, start.vector(), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": iterations}
    )
    found = Kernel.of(np.asarray(best.x))
    return replace(found, theta=np.clip(found.theta, *THETA))


def _polynomials(x: Array, kernel: Kernel) -> tuple[Array, Array, Array, Array]:
    """Kernel without the intercept, and its parts: first, second and all higher orders; each (n, n)."""
    scaled = x * np.sqrt(kernel.theta)
    first = scaled @ scaled.T
    second = 0.5 * (first * first - float(kernel.theta @ kernel.theta))  # x_i squared is 1
    higher = np.ones_like(first)
    for column, theta in zip(x.T, kernel.theta, strict=True):
        higher *= 1.0 + theta * np.outer(column, column)
    higher -= 1.0 + first + second
    return kernel.w1 * first + kernel.w2 * second + kernel.w3 * higher, first, second, higher


def _likelihood(kernel: Kernel, x: Array, same: Array, values: Array) -> tuple[float, Array]:
    """Log marginal likelihood (without its constant) and its slope in the logarithms."""
    smooth, first, second, higher = _polynomials(x, kernel)
    shared = 1.0 + kernel.share * same
    covariance = shared * smooth + kernel.common * same + INTERCEPT
    covariance[np.diag_indices_from(covariance)] += kernel.noise
    factor = cho_factor(covariance, lower=True)
    weights = cho_solve(factor, values)
    value = -0.5 * float(values @ weights) - float(np.log(np.diag(factor[0])).sum())
    pull = 0.5 * (np.outer(weights, weights) - cho_solve(factor, np.eye(len(x))))
    tilted = pull * shared
    product = higher + 1.0 + first + second
    slopes = []
    for column, theta in zip(x.T, kernel.theta, strict=True):
        own = theta * np.outer(column, column)
        inner = (kernel.w1 - kernel.w3) + (kernel.w2 - kernel.w3) * (first - own)
        inner += kernel.w3 * product / (1.0 + own)
        slopes.append(float(np.vdot(tilted, own * inner)))
    slopes += [
        kernel.w1 * float(np.vdot(tilted, first)),
        kernel.w2 * float(np.vdot(tilted, second)),
        kernel.w3 * float(np.vdot(tilted, higher)),
        kernel.share * float(np.vdot(pull, same * smooth)),
        kernel.common * float(np.vdot(pull, same)),
        kernel.noise * float(np.trace(pull)),
    ]
    return value, np.array(slopes)
