"""Contact with a body: penalty on the signed distance, Coulomb friction as springs to sliding anchors."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.cloth.kernels.jit import kernel
from zhizao.solvers.cloth.kernels.tables import Doubles, Field, Slots, Touch

SLIDING = 1.0 - 1e-6
"""Share of the stiffness along the slip that a sliding node loses. The exact Hessian loses all of it; what is
left bounds a step: 0.95 made cloth on a slope slide by 1e-6 m in a step."""
STICKING = 0.9
"""Share of the limit of friction from which a node counts as sliding: the limit itself moves with the normal
force, so that a node just below it may slide in the next step."""


@kernel
def distance(field: Field, p: Doubles, slope: Doubles) -> float:
    """Trilinear distance at a point, and its gradient; inf outside the grid."""
    base = np.empty(3, np.int64)
    part = np.empty(3)
    for i in range(3):
        at = (p[i] - field.origin[i]) / field.cell
        if not 0.0 <= at < field.value.shape[i] - 1:  # NaN is outside too
            slope[:] = 0.0
            return np.inf
        base[i] = int(at)
        part[i] = at - base[i]
    total = 0.0
    slope[:] = 0.0
    for corner in range(8):
        o0, o1, o2 = corner & 1, (corner >> 1) & 1, corner >> 2
        w0 = part[0] if o0 else 1.0 - part[0]
        w1 = part[1] if o1 else 1.0 - part[1]
        w2 = part[2] if o2 else 1.0 - part[2]
        value = field.value[base[0] + o0, base[1] + o1, base[2] + o2]
        total += w0 * w1 * w2 * value
        slope[0] += (value if o0 else -value) * w1 * w2
        slope[1] += (value if o1 else -value) * w0 * w2
        slope[2] += (value if o2 else -value) * w0 * w1
    slope /= field.cell
    return total


@kernel
def distances(field: Field, x: Doubles, found: Doubles) -> None:
    """Signed distance of every node by the grid."""
    slope = np.empty(3)
    for n in range(len(x)):
        found[n] = distance(field, x[n], slope)


@kernel
def _slip(touch: Touch, x: Doubles, n: int, t: Doubles) -> tuple[float, float]:
    """Tangential displacement `t` from the anchor, its length, and the length at which sliding begins."""
    along = 0.0
    for i in range(3):
        t[i] = x[n, i] - touch.anchor[n, i]
        along += t[i] * touch.normal[n, i]
    square = 0.0
    for i in range(3):
        t[i] -= along * touch.normal[n, i]
        square += t[i] * t[i]
    return np.sqrt(square), touch.friction * touch.force[n] / touch.stiffness


@kernel
def contact_energy(x: Doubles, field: Field, touch: Touch, gradient: Doubles) -> float:
    """Energy of contact and friction (J); its gradient is added."""
    slope, t = np.empty(3), np.empty(3)
    total = 0.0
    k = touch.stiffness
    for n in range(len(x)):
        depth = distance(field, x[n], slope) - touch.offset[n]
        if depth < 0.0:
            total += 0.5 * k * depth * depth
            for i in range(3):
                gradient[n, i] += k * depth * slope[i]
        if touch.force[n] > 0.0 and touch.friction > 0.0:
            length, most = _slip(touch, x, n, t)
            factor = k
            if length > most:
                factor = k * most / length
                total += k * most * (length - 0.5 * most)
            else:
                total += 0.5 * k * length * length
            for i in range(3):
                gradient[n, i] += factor * t[i]
    return total


@kernel
def contact_blocks(x: Doubles, field: Field, touch: Touch, slots: Slots, blocks: Doubles) -> None:
    """Add a positive semidefinite Hessian of `contact_energy`."""
    slope, t = np.empty(3), np.empty(3)
    for n in range(len(x)):
        at = slots.diagonal[n]
        depth = distance(field, x[n], slope) - touch.offset[n]
        if depth < 0.0:
            for i in range(3):
                for j in range(3):
                    blocks[at, i, j] += touch.stiffness * slope[i] * slope[j]
        if touch.force[n] > 0.0 and touch.friction > 0.0:
            length, most = _slip(touch, x, n, t)
            factor, loose = touch.stiffness, 0.0
            if length >= STICKING * most and length > 0.0:  # sliding: nearly free along the slip
                factor, loose = touch.stiffness * most / length, SLIDING / (length * length)
            for i in range(3):
                for j in range(3):
                    same = 1.0 if i == j else 0.0
                    across = same - touch.normal[n, i] * touch.normal[n, j] - loose * t[i] * t[j]
                    blocks[at, i, j] += factor * across


@kernel
def settle(x: Doubles, field: Field, touch: Touch) -> int:
    """After a step: slide the anchors, then take up normals and normal forces; the nodes in contact."""
    slope, t = np.empty(3), np.empty(3)
    count = 0
    for n in range(len(x)):
        before = touch.force[n]
        depth = distance(field, x[n], slope) - touch.offset[n]
        if depth >= 0.0:
            touch.force[n] = 0.0
            continue
        count += 1
        if before > 0.0:
            length, most = _slip(touch, x, n, t)
            scale = most / length if length > most else 1.0
            for i in range(3):
                touch.anchor[n, i] = x[n, i] - scale * t[i]
        else:
            touch.anchor[n] = x[n]
        size = np.sqrt(slope[0] ** 2 + slope[1] ** 2 + slope[2] ** 2)
        touch.force[n] = -touch.stiffness * depth * size
        for i in range(3):
            touch.normal[n, i] = slope[i] / size if size > 0.0 else 0.0
    return count
