"""Conjugate gradients on a sparse matrix of 3 x 3 blocks, with block-Jacobi preconditioning.

Source: Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (2003), section 9.2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.solvers.cloth.kernels.jit import kernel
from zhizao.solvers.cloth.kernels.tables import Doubles, Slots


@kernel
def multiply(slots: Slots, blocks: Doubles, x: Doubles, y: Doubles) -> None:
    """Y = A x; vectors [nodes, 3]."""
    for n in range(len(x)):
        s0 = s1 = s2 = 0.0
        for k in range(slots.first[n], slots.first[n + 1]):
            c = slots.column[k]
            v0, v1, v2 = x[c, 0], x[c, 1], x[c, 2]
            s0 += blocks[k, 0, 0] * v0 + blocks[k, 0, 1] * v1 + blocks[k, 0, 2] * v2
            s1 += blocks[k, 1, 0] * v0 + blocks[k, 1, 1] * v1 + blocks[k, 1, 2] * v2
            s2 += blocks[k, 2, 0] * v0 + blocks[k, 2, 1] * v1 + blocks[k, 2, 2] * v2
        y[n, 0], y[n, 1], y[n, 2] = s0, s1, s2


@kernel
def inverses(slots: Slots, blocks: Doubles, free: npt.NDArray[np.bool_], found: Doubles) -> None:
    """Inverse of each diagonal block (adjugate over determinant); zero for a pinned node."""
    for n in range(len(free)):
        found[n] = 0.0
        if not free[n]:
            continue
        m = blocks[slots.diagonal[n]]
        for i in range(3):
            i1, i2 = (i + 1) % 3, (i + 2) % 3
            for j in range(3):
                j1, j2 = (j + 1) % 3, (j + 2) % 3
                found[n, j, i] = m[i1, j1] * m[i2, j2] - m[i1, j2] * m[i2, j1]
        determinant = m[0, 0] * found[n, 0, 0] + m[0, 1] * found[n, 1, 0] + m[0, 2] * found[n, 2, 0]
        found[n] /= determinant


@kernel
def _precondition(inverse: Doubles, r: Doubles, z: Doubles) -> float:
    """Z = M^-1 r; the product r z."""
    total = 0.0
    for n in range(len(r)):
        for i in range(3):
            z[n, i] = inverse[n, i, 0] * r[n, 0] + inverse[n, i, 1] * r[n, 1] + inverse[n, i, 2] * r[n, 2]
            total += r[n, i] * z[n, i]
    return total


@kernel
def conjugate_gradients(
    slots: Slots,
    blocks: Doubles,
    free: npt.NDArray[np.bool_],
    right: Doubles,
    x: Doubles,
    limits: tuple[int, float],
) -> int:
    """Solve A x = right on the free nodes, from x = 0; `limits`: iterations at most, residual asked for.

    The residual is relative, in the norm of the preconditioner. Returns the iterations made.
    """
    most, tolerance = limits
    inverse = np.empty((len(free), 3, 3))
    inverses(slots, blocks, free, inverse)
    x[:] = 0.0
    r = right.copy()
    z, product = np.empty_like(r), np.empty_like(r)
    square = _precondition(inverse, r, z)
    enough = square * tolerance * tolerance
    p = z.copy()
    for iteration in range(most):
        if square <= enough:
            return iteration
        multiply(slots, blocks, p, product)
        curvature = 0.0
        for n in range(len(p)):
            for i in range(3):
                curvature += p[n, i] * product[n, i]
        if curvature <= 0.0:
            return iteration
        alpha = square / curvature
        for n in range(len(p)):
            for i in range(3):
                x[n, i] += alpha * p[n, i]
                r[n, i] -= alpha * product[n, i]
        new = _precondition(inverse, r, z)
        beta = new / square
        square = new
        for n in range(len(p)):
            for i in range(3):
                p[n, i] = z[n, i] + beta * p[n, i]
    return most
