"""Observations of subsets in replications, and their sufficient statistics.

One observation is value(subset, replication) = f(subset) + c(replication) + g(subset, replication) + e.
Common random numbers share c, and g is smooth in the subset as f is (its kernel is `share` times that of f),
so that what one replication says about neighbouring subsets is not taken for independent evidence.
Replications are independent, so that f given all observations depends on them through one precision matrix
and one vector over the distinct subsets: the cost grows with those, not with the observations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.subsets.kernel import Kernel, signs

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Replications of the same subsets: rows among the distinct ones, values (rows, replications)."""

    rows: Numbers
    values: Array


@dataclass(frozen=True)
class Data:
    """Observations by replication: the distinct subsets, their signs, and blocks of standardised values."""

    subsets: Numbers
    x: Array
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, size: int, subsets: Numbers, replications: Numbers, values: Array) -> Data:
        """From one subset, replication and value for each observation; a repeated one counts once."""
        distinct, row = np.unique(subsets, return_inverse=True)
        numbers, column = np.unique(replications, return_inverse=True)
        grid = np.full((len(distinct), len(numbers)), np.nan)
        grid[row, column] = values
        seen: dict[bytes, list[int]] = {}
        for at in range(len(numbers)):
            seen.setdefault(np.isfinite(grid[:, at]).tobytes(), []).append(at)
        blocks = []
        for columns in seen.values():
            rows = np.nonzero(np.isfinite(grid[:, columns[0]]))[0]
            blocks.append(Block(rows, grid[rows][:, columns]))
        return cls(distinct, signs(distinct, size), tuple(blocks))


@dataclass(frozen=True)
class Statistics:
    """What the observations say of the distinct subsets, for given hyperparameters: sufficient statistics.

    `precision` (n, n) and `weighted` (n,) are Z' B^-1 Z and Z' B^-1 y, where B is the covariance of common
    effects, shared noise and noise (one block for each replication) and Z says which subset was observed.
    """

    precision: Array
    weighted: Array
    inverses: list[Array]
    determinant: float

    @classmethod
    def of(cls, kernel: Kernel, data: Data, smooth: Array) -> Statistics:
        """From the prior covariance `smooth` (n, n) of the distinct subsets without the intercept."""
        from scipy.linalg import cho_factor, cho_solve

        count = len(data.subsets)
        precision, weighted = np.zeros((count, count)), np.zeros(count)
        inverses, determinant = [], 0.0
        for block in data.blocks:
            at = np.ix_(block.rows, block.rows)
            noise = kernel.share * smooth[at] + kernel.common
            noise[np.diag_indices_from(noise)] += kernel.noise
            factor = cho_factor(noise, lower=True, check_finite=False)
            inverse = cho_solve(factor, np.eye(len(noise)), check_finite=False)
            times = block.values.shape[1]
            determinant += 2 * times * float(np.log(np.diag(factor[0])).sum())
            precision[at] += times * inverse
            weighted[block.rows] += inverse @ block.values.sum(axis=1)
            inverses.append(inverse)
        return cls(precision, weighted, inverses, determinant)
