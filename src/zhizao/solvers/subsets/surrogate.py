"""A Gaussian process over all subsets, and the fit of its hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.subsets.kernel import (
    INTERCEPT,
    LOG_BOUNDS,
    START,
    START_SD,
    THETA,
    THETA_PRIOR,
    Kernel,
    polynomials,
    transform,
)
from zhizao.solvers.subsets.observations import Data, Statistics

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

_COARSE = 96
"""Directions that decide which subsets are out of reach; the n^2 of the others is spent on the rest only."""
_TOLERANCE = 1e-5
"""Relative change of the log posterior at which a fit ends: 0.001 where it is 100, less than data can tell.
The default of 2e-9 took 40 % more time in seven synthetic runs."""
_CHUNK = 8192
"""Subsets whose kernel columns are held at a time: bounds memory and keeps it in the cache."""


@dataclass(frozen=True)
class Surrogate:
    """The Gaussian process given the observations, ready to be asked about every subset.

    `root` (n, n) is such that root' root inverts the covariance of what the observations say of the distinct
    subsets; `weights` (n,) turn kernel columns into the posterior mean.
    """

    size: int
    data: Data
    spectrum: Array
    root: Array
    weights: Array

    def mean(self) -> Array:
        """Posterior mean of every subset, shape (2^k,)."""
        cube = np.zeros(1 << self.size)
        cube[self.data.subsets] = self.weights
        return transform(transform(cube) * self.spectrum)

    def kernel(self) -> Array:
        """Prior covariance of each subset with the empty one, shape (2^k,); two have that of their XOR."""
        return transform(self.spectrum)

    def deviation(self, subsets: Numbers, short: Array | None = None) -> Array:
        """Posterior standard deviation of some subsets.

        Where an upper bound of it, from the leading directions of the observations, is less than `short` (one
        number for each subset), that bound is given in its place.
        """
        column, root = self.kernel(), self.root
        if short is None or len(root) <= _COARSE:
            return np.asarray(np.sqrt(np.maximum(column[0] - self._explained(root, subsets), 0.0)))
        root = self._leading_first()
        left = column[0] - self._explained(root[:_COARSE], subsets)
        open_ = np.nonzero(left > short * np.abs(short))[0]
        left[open_] -= self._explained(root[_COARSE:], subsets[open_])
        return np.asarray(np.sqrt(np.maximum(left, 0.0)))

    def _explained(self, root: Array, subsets: Numbers) -> Array:
        """Variance that rows of the root explain."""
        column, found = self.kernel(), np.empty(len(subsets))
        for at in range(0, len(subsets), _CHUNK):
            part = subsets[at : at + _CHUNK]
            known = root @ column[self.data.subsets[:, None] ^ part]
            found[at : at + _CHUNK] = np.einsum("ij,ij->j", known, known)
        return found

    def _leading_first(self) -> Array:
        """The root rotated: its first rows explain most, on average over all subsets."""
        squared = transform(self.spectrum**2)  # mean over subsets of the products of two kernel columns
        at = self.data.subsets
        turn = np.linalg.eigh(self.root @ squared[at[:, None] ^ at] @ self.root.T)[1]
        return np.asarray(turn[:, ::-1].T @ self.root)

    def covariance(self, subsets: Numbers) -> Array:
        """Joint posterior covariance of some subsets."""
        column = self.kernel()
        known = self.root @ column[self.data.subsets[:, None] ^ subsets]
        return np.asarray(column[subsets[:, None] ^ subsets] - known.T @ known)

    def left_out(self) -> Array:
        """Standardised residual of each distinct subset when its own observations are left out."""
        spread = np.sqrt(np.einsum("ij,ij->j", self.root, self.root))
        return np.asarray(self.weights / np.maximum(spread, 1e-300))


def condition(size: int, kernel: Kernel, data: Data) -> Surrogate:
    """The posterior for given hyperparameters."""
    smooth = polynomials(data.x, kernel)[0]
    known = Statistics.of(kernel, data, smooth)
    root, _ = _root(known.precision, smooth + INTERCEPT)
    weights = _weights(known, root, smooth + INTERCEPT)
    return Surrogate(size, data, kernel.spectrum(), root, weights)


def fit(size: int, start: Kernel, data: Data, iterations: int) -> Kernel:
    """Hyperparameters at the maximum of marginal likelihood times prior (L-BFGS-B, from `start`)."""
    from scipy.optimize import minimize

    bounds = [tuple(np.log(THETA))] * size + list(LOG_BOUNDS)
    centre = np.concatenate([np.full(size, THETA_PRIOR[0]), START])
    spread = np.concatenate([np.full(size, THETA_PRIOR[1]), START_SD])

    def objective(vector: Array) -> tuple[float, Array]:
        value, slope = _likelihood(Kernel.of(vector), data)
        off = (vector - centre) / spread
        return 0.5 * float(off @ off) - value, off / spread - slope

    options = {"maxiter": iterations, "ftol": _TOLERANCE}
    best = minimize(objective, start.vector(), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    found = Kernel.of(np.asarray(best.x))
    return replace(found, theta=np.clip(found.theta, *THETA))


def _likelihood(kernel: Kernel, data: Data) -> tuple[float, Array]:
    """Log marginal likelihood (without its constant) and its slope in the logarithms.

    The slope in the prior covariance of the distinct subsets is `pull`, that in the covariance within a
    replication is `noise_pull`, both (n, n): no matrix over the observations is needed.
    """
    parts = polynomials(data.x, kernel)
    prior = parts[0] + INTERCEPT
    known = Statistics.of(kernel, data, parts[0])
    root, determinant = _root(known.precision, prior)
    inverse = root.T @ root
    weights = _weights(known, root, prior)
    mean = prior @ weights
    posterior = prior - prior @ inverse @ prior
    pull = 0.5 * (np.outer(weights, weights) - inverse)
    value = -0.5 * (known.determinant + determinant)
    noise_pull = np.zeros_like(pull)
    for block, own in zip(data.blocks, known.inverses, strict=True):
        at = np.ix_(block.rows, block.rows)
        left = own @ (block.values - mean[block.rows, None])
        value -= 0.5 * float(np.vdot(block.values, left))
        times = block.values.shape[1]
        noise_pull[at] += 0.5 * (left @ left.T - times * (own - own @ posterior[at] @ own))
    return value, _slopes(kernel, data.x, parts, pull, noise_pull)


def _slopes(kernel: Kernel, x: Array, parts: tuple[Array, ...], pull: Array, noise_pull: Array) -> Array:
    """Slopes in the logarithms of all hyperparameters; signs are their own inverses, which saves matrices."""
    smooth, first, second, higher = parts
    tilted = pull + kernel.share * noise_pull
    product = tilted * (higher + 1.0 + first + second)
    low = tilted * ((kernel.w1 - kernel.w3) + (kernel.w2 - kernel.w3) * first)
    theta = kernel.theta
    high = kernel.w3 / (1.0 - theta**2)
    slopes = theta * (_forms(low, x) + high * _forms(product, x))
    slopes -= theta**2 * ((kernel.w2 - kernel.w3) * tilted.sum() + high * product.sum())
    rest = [
        kernel.w1 * float(np.vdot(tilted, first)),
        kernel.w2 * float(np.vdot(tilted, second)),
        kernel.w3 * float(np.vdot(tilted, higher)),
        kernel.share * float(np.vdot(noise_pull, smooth)),
        kernel.common * float(noise_pull.sum()),
        kernel.noise * float(np.trace(noise_pull)),
    ]
    return np.concatenate([slopes, rest])


def _forms(matrix: Array, x: Array) -> Array:
    """Quadratic form of a matrix in each column of x."""
    return np.asarray(np.einsum("ni,ni->i", matrix @ x, x))


def _root(precision: Array, prior: Array) -> tuple[Array, float]:
    """T with T' T = (prior + precision^-1)^-1, and log |I + prior precision|."""
    from scipy.linalg import cholesky, solve_triangular

    outer = cholesky(precision, lower=True, check_finite=False)
    inner = outer.T @ prior @ outer
    inner[np.diag_indices_from(inner)] += 1.0
    factor = cholesky(inner, lower=True, check_finite=False)
    root = solve_triangular(factor, outer.T, lower=True, check_finite=False)
    return np.asarray(root), 2 * float(np.log(np.diag(factor)).sum())


def _weights(known: Statistics, root: Array, prior: Array) -> Array:
    """(prior + precision^-1)^-1 times what the observations say of each subset."""
    return np.asarray(known.weighted - root.T @ (root @ (prior @ known.weighted)))
