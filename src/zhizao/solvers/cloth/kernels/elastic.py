"""Potential energy of the cloth, its gradient, and a positive semidefinite Hessian.

Stretch is the Saint Venant-Kirchhoff membrane on linear triangles; bending the quadratic model of isometric
surfaces (Bergou et al. 2006, "A quadratic bending model for inextensible surfaces"); a stitch is a spring
of length zero whose pull is bounded. Of the stress that turns the Hessian indefinite only the tensile part
is kept, as in Teran et al. 2005 ("Robust quasistatic finite elements and flesh simulation").
"""

from __future__ import annotations

import numpy as np

from zhizao.solvers.cloth.kernels.jit import kernel
from zhizao.solvers.cloth.kernels.tables import Doubles, Sheet, Slots


@kernel
def _deformation(x: Doubles, sheet: Sheet, t: int, F: Doubles, S: Doubles) -> float:
    """Deformation gradient F [3, 2] and second Piola-Kirchhoff stress S [2, 2] (N/m); energy per area."""
    a, b, c = sheet.triangle[t, 0], sheet.triangle[t, 1], sheet.triangle[t, 2]
    for i in range(3):
        u, v = x[b, i] - x[a, i], x[c, i] - x[a, i]
        F[i, 0] = u * sheet.inverse[t, 0, 0] + v * sheet.inverse[t, 1, 0]
        F[i, 1] = u * sheet.inverse[t, 0, 1] + v * sheet.inverse[t, 1, 1]
    e00 = 0.5 * (F[0, 0] * F[0, 0] + F[1, 0] * F[1, 0] + F[2, 0] * F[2, 0] - 1.0)
    e11 = 0.5 * (F[0, 1] * F[0, 1] + F[1, 1] * F[1, 1] + F[2, 1] * F[2, 1] - 1.0)
    e01 = 0.5 * (F[0, 0] * F[0, 1] + F[1, 0] * F[1, 1] + F[2, 0] * F[2, 1])
    lam, mu = sheet.lame[0], sheet.lame[1]
    trace = e00 + e11
    S[0, 0] = lam * trace + 2.0 * mu * e00
    S[1, 1] = lam * trace + 2.0 * mu * e11
    S[0, 1] = S[1, 0] = 2.0 * mu * e01
    return 0.5 * lam * trace * trace + mu * (e00 * e00 + e11 * e11 + 2.0 * e01 * e01)


@kernel
def _shape(sheet: Sheet, t: int, B: Doubles) -> None:
    """Gradients of the three corner functions in the rest plane, B [3, 2], 1/m."""
    for k in range(2):
        B[1, k] = sheet.inverse[t, 0, k]
        B[2, k] = sheet.inverse[t, 1, k]
        B[0, k] = -B[1, k] - B[2, k]


@kernel
def stretch(x: Doubles, sheet: Sheet, gradient: Doubles) -> float:
    """Energy of stretch (J); its gradient is added."""
    F, S, B = np.empty((3, 2)), np.empty((2, 2)), np.empty((3, 2))
    total = 0.0
    for t in range(len(sheet.area)):
        total += sheet.area[t] * _deformation(x, sheet, t, F, S)
        _shape(sheet, t, B)
        for a in range(3):
            p0 = sheet.area[t] * (S[0, 0] * B[a, 0] + S[0, 1] * B[a, 1])
            p1 = sheet.area[t] * (S[1, 0] * B[a, 0] + S[1, 1] * B[a, 1])
            for i in range(3):
                gradient[sheet.triangle[t, a], i] += F[i, 0] * p0 + F[i, 1] * p1
    return total


@kernel
def tensile(S: Doubles) -> None:
    """Replace a symmetric 2 x 2 matrix by its positive semidefinite part."""
    mean = 0.5 * (S[0, 0] + S[1, 1])
    half = 0.5 * (S[0, 0] - S[1, 1])
    radius = np.sqrt(half * half + S[0, 1] * S[0, 1])
    low, high = mean - radius, mean + radius
    if low >= 0.0:
        return
    if high <= 0.0:
        S[:] = 0.0
        return
    # projection on the eigenvector of `high`: (S - low I) / (high - low), times high
    factor = high / (high - low)
    S[0, 0] = (S[0, 0] - low) * factor
    S[1, 1] = (S[1, 1] - low) * factor
    S[0, 1] *= factor
    S[1, 0] = S[0, 1]


@kernel
def stretch_blocks(x: Doubles, sheet: Sheet, slots: Slots, blocks: Doubles) -> None:
    """Add the Hessian of stretch to the blocks of the matrix."""
    F, S, B, FB = np.empty((3, 2)), np.empty((2, 2)), np.empty((3, 2)), np.empty((3, 3))
    lam, mu = sheet.lame[0], sheet.lame[1]
    for t in range(len(sheet.area)):
        _deformation(x, sheet, t, F, S)
        tensile(S)
        _shape(sheet, t, B)
        for a in range(3):
            for i in range(3):
                FB[a, i] = F[i, 0] * B[a, 0] + F[i, 1] * B[a, 1]
        for a in range(3):
            for b in range(3):
                plane = B[a, 0] * B[b, 0] + B[a, 1] * B[b, 1]
                stress = B[a, 0] * (S[0, 0] * B[b, 0] + S[0, 1] * B[b, 1])
                stress += B[a, 1] * (S[1, 0] * B[b, 0] + S[1, 1] * B[b, 1])
                at = slots.triangle[t, a, b]
                for i in range(3):
                    for j in range(3):
                        square = F[i, 0] * F[j, 0] + F[i, 1] * F[j, 1]
                        value = lam * FB[a, i] * FB[b, j] + mu * (plane * square + FB[b, i] * FB[a, j])
                        blocks[at, i, j] += sheet.area[t] * value
                    blocks[at, i, i] += sheet.area[t] * stress


@kernel
def bend(x: Doubles, sheet: Sheet, gradient: Doubles) -> float:
    """Energy of bending (J); its gradient is added."""
    total = 0.0
    for h in range(len(sheet.stiffness)):
        for i in range(3):
            s = 0.0
            for a in range(4):
                s += sheet.weight[h, a] * x[sheet.hinge[h, a], i]
            total += 0.5 * sheet.stiffness[h] * s * s
            for a in range(4):
                gradient[sheet.hinge[h, a], i] += sheet.stiffness[h] * sheet.weight[h, a] * s
    return total


@kernel
def bend_blocks(sheet: Sheet, slots: Slots, blocks: Doubles) -> None:
    """Add the (constant) Hessian of bending."""
    for h in range(len(sheet.stiffness)):
        for a in range(4):
            for b in range(4):
                value = sheet.stiffness[h] * sheet.weight[h, a] * sheet.weight[h, b]
                for i in range(3):
                    blocks[slots.hinge[h, a, b], i, i] += value


@kernel
def sew(x: Doubles, sheet: Sheet, gradient: Doubles) -> float:
    """Energy of the open stitches (J), quadratic for small gaps and linear beyond; the gradient is added."""
    total = 0.0
    stiff, limit = sheet.pull[0], sheet.pull[1]
    for s in range(len(sheet.stitch)):
        a, b = sheet.stitch[s, 0], sheet.stitch[s, 1]
        gap = np.sqrt((x[b, 0] - x[a, 0]) ** 2 + (x[b, 1] - x[a, 1]) ** 2 + (x[b, 2] - x[a, 2]) ** 2)
        factor = stiff
        if gap > limit:
            factor = stiff * limit / gap
            total += stiff * limit * (gap - 0.5 * limit)
        else:
            total += 0.5 * stiff * gap * gap
        for i in range(3):
            gradient[a, i] -= factor * (x[b, i] - x[a, i])
            gradient[b, i] += factor * (x[b, i] - x[a, i])
    return total


@kernel
def sew_blocks(x: Doubles, sheet: Sheet, slots: Slots, blocks: Doubles) -> None:
    """Add a Hessian of the stitches; of a wide gap only the part across it is left, which is enough."""
    stiff, limit = sheet.pull[0], sheet.pull[1]
    for s in range(len(sheet.stitch)):
        a, b = sheet.stitch[s, 0], sheet.stitch[s, 1]
        gap = np.sqrt((x[b, 0] - x[a, 0]) ** 2 + (x[b, 1] - x[a, 1]) ** 2 + (x[b, 2] - x[a, 2]) ** 2)
        factor = stiff if gap <= limit else stiff * limit / gap
        for p in range(2):
            for q in range(2):
                for i in range(3):
                    blocks[slots.stitch[s, p, q], i, i] += factor if p == q else -factor


@kernel
def cloth_energy(x: Doubles, sheet: Sheet, gradient: Doubles) -> float:
    """Potential energy of stretch, bending, stitches and weight (J); `gradient` [nodes, 3] is overwritten."""
    gradient[:] = 0.0
    total = stretch(x, sheet, gradient) + bend(x, sheet, gradient) + sew(x, sheet, gradient)
    for n in range(len(x)):
        for i in range(3):
            total -= sheet.load[n, i] * x[n, i]
            gradient[n, i] -= sheet.load[n, i]
    return total


@kernel
def cloth_blocks(x: Doubles, sheet: Sheet, slots: Slots, blocks: Doubles) -> None:
    """Positive semidefinite Hessian of `cloth_energy`; `blocks` [blocks, 3, 3] is overwritten."""
    blocks[:] = 0.0
    stretch_blocks(x, sheet, slots, blocks)
    bend_blocks(sheet, slots, blocks)
    sew_blocks(x, sheet, slots, blocks)
