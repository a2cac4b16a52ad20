"""Distances between points, edges and triangles in space, and a grid of signed distances.

The point of a triangle nearest to another point and of two segments: C. Ericson, Real-Time Collision
Detection (2005), sections 5.1.5 and 5.1.9. The grid: exact distances near the surface, then sweeps that hand
the nearest triangle on from cell to cell, as in Zhao 2005 ("A fast sweeping method for eikonal equations");
the sign from the parity of crossings along z.
"""

from __future__ import annotations

import numpy as np

from zhizao.solvers.cloth.kernels.jit import kernel
from zhizao.solvers.cloth.kernels.tables import Doubles, Longs


@kernel
def _dot(a: Doubles, b: Doubles) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@kernel
def point_segment(p: Doubles, a: Doubles, b: Doubles) -> float:
    """Squared distance of a point from a segment."""
    along = square = 0.0
    for i in range(3):
        along += (p[i] - a[i]) * (b[i] - a[i])
        square += (b[i] - a[i]) ** 2
    at = min(max(along / square, 0.0), 1.0) if square > 0.0 else 0.0
    total = 0.0
    for i in range(3):
        total += (p[i] - a[i] - at * (b[i] - a[i])) ** 2
    return total


@kernel
def point_triangle(p: Doubles, a: Doubles, b: Doubles, c: Doubles) -> float:
    """Squared distance of a point from a triangle: to its plane if the foot is inside, else to an edge."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    wx, wy, wz = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    square = nx * nx + ny * ny + nz * nz
    if square > 0.0:
        # barycentric coordinates of the foot: (u x w) n / n2 and (w x v) n / n2
        s = (uy * wz - uz * wy) * nx + (uz * wx - ux * wz) * ny + (ux * wy - uy * wx) * nz
        t = (wy * vz - wz * vy) * nx + (wz * vx - wx * vz) * ny + (wx * vy - wy * vx) * nz
        if s >= 0.0 and t >= 0.0 and s + t <= square:
            height = wx * nx + wy * ny + wz * nz
            return height * height / square
    return min(point_segment(p, a, b), min(point_segment(p, b, c), point_segment(p, c, a)))


@kernel
def segment_segment(p: Doubles, q: Doubles, a: Doubles, b: Doubles) -> float:
    """Squared distance of two segments: of the inner points of both if they are nearest, else of an end."""
    best = min(point_segment(p, a, b), point_segment(q, a, b))
    best = min(best, min(point_segment(a, p, q), point_segment(b, p, q)))
    u, v, w = q - p, b - a, p - a
    uu, uv, vv, uw, vw = _dot(u, u), _dot(u, v), _dot(v, v), _dot(u, w), _dot(v, w)
    determinant = uu * vv - uv * uv
    if determinant > 1e-12 * uu * vv:
        s = (uv * vw - vv * uw) / determinant
        t = (uu * vw - uv * uw) / determinant
        if 0.0 < s < 1.0 and 0.0 < t < 1.0:
            between = w + s * u - t * v
            best = min(best, _dot(between, between))
    return best


@kernel
def crosses(p: Doubles, q: Doubles, a: Doubles, b: Doubles, c: Doubles) -> bool:
    """Whether a segment meets a triangle (signs of volumes; a segment in its plane does not count)."""
    u, v = b - a, c - a
    n = np.cross(u, v)
    side_p, side_q = _dot(n, p - a), _dot(n, q - a)
    if side_p * side_q > 0.0 or side_p == side_q:
        return False
    d = q - p
    m = np.cross(p - a, d)
    whole = -_dot(n, d)
    s, t = _dot(v, m), -_dot(u, m)
    if whole < 0.0:
        whole, s, t = -whole, -s, -t
    return s >= 0.0 and t >= 0.0 and s + t <= whole


@kernel
def triangle_triangle(first: Doubles, second: Doubles) -> float:
    """Squared distance of two triangles [3, 3]; 0 if they meet."""
    best = np.inf
    for i in range(3):
        p, q = first[i], first[(i + 1) % 3]
        if crosses(p, q, second[0], second[1], second[2]):
            return 0.0
        if crosses(second[i], second[(i + 1) % 3], first[0], first[1], first[2]):
            return 0.0
        best = min(best, point_triangle(p, second[0], second[1], second[2]))
        best = min(best, point_triangle(second[i], first[0], first[1], first[2]))
        for j in range(3):
            best = min(best, segment_segment(p, q, second[j], second[(j + 1) % 3]))
    return best


@kernel
def signed_grid(vertices: Doubles, triangles: Longs, origin: Doubles, cell: float, value: Doubles) -> int:
    """Fill `value` [nx, ny, nz] with signed distances; 1 if a line along z crosses an odd number of times."""
    nearest = np.full(value.shape, -1, np.int64)
    value[:] = np.inf
    _near(vertices, triangles, origin, cell, value, nearest)
    for _ in range(2):
        for corner in range(8):
            _sweep(vertices, triangles, origin, cell, value, nearest, corner)
    value[:] = np.sqrt(value)
    return _sign(vertices, triangles, origin, cell, value)


@kernel
def _near(
    vertices: Doubles, triangles: Longs, origin: Doubles, cell: float, value: Doubles, nearest: Longs
) -> None:
    """Exact squared distances within a cell of the bounds of each triangle."""
    p = np.empty(3)
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        for i in range(3):
            low[i] = max(int((min(a[i], min(b[i], c[i])) - origin[i]) / cell) - 1, 0)
            high[i] = min(int((max(a[i], max(b[i], c[i])) - origin[i]) / cell) + 2, value.shape[i] - 1)
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    p[0], p[1], p[2] = origin[0] + x * cell, origin[1] + y * cell, origin[2] + z * cell
                    d = point_triangle(p, a, b, c)
                    if d < value[x, y, z]:
                        value[x, y, z] = d
                        nearest[x, y, z] = t


@kernel
def _sweep(
    vertices: Doubles,
    triangles: Longs,
    origin: Doubles,
    cell: float,
    value: Doubles,
    nearest: Longs,
    corner: int,
) -> None:
    """Hand the nearest triangle on to the next cells, walking from one corner of the grid."""
    nx, ny, nz = value.shape
    p = np.empty(3)
    for i in range(nx):
        x = i if corner & 1 else nx - 1 - i
        for j in range(ny):
            y = j if corner & 2 else ny - 1 - j
            for k in range(nz):
                z = k if corner & 4 else nz - 1 - k
                p[0], p[1], p[2] = origin[0] + x * cell, origin[1] + y * cell, origin[2] + z * cell
                for axis in range(3):
                    x1 = x + ((-1 if corner & 1 else 1) if axis == 0 else 0)
                    y1 = y + ((-1 if corner & 2 else 1) if axis == 1 else 0)
                    z1 = z + ((-1 if corner & 4 else 1) if axis == 2 else 0)
                    if x1 < 0 or y1 < 0 or z1 < 0 or x1 >= nx or y1 >= ny or z1 >= nz:
                        continue
                    t = nearest[x1, y1, z1]
                    if t < 0 or t == nearest[x, y, z]:
                        continue
                    a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
                    d = point_triangle(p, a, b, c)
                    if d < value[x, y, z]:
                        value[x, y, z] = d
                        nearest[x, y, z] = t


@kernel
def _sign(vertices: Doubles, triangles: Longs, origin: Doubles, cell: float, value: Doubles) -> int:
    """Turn distances inside negative: cells below an odd number of crossings of their line along z.

    The lines lie beside the grid by an irrational fraction of 1e-6 cells, so that none meets an edge.
    """
    nx, ny, nz = value.shape
    flips = np.zeros((nx, ny, nz + 1), np.int8)
    shift_x, shift_y = 1e-6 * cell * np.sqrt(2.0), 1e-6 * cell * np.sqrt(3.0)
    for t in range(len(triangles)):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        x0 = max(int((min(a[0], min(b[0], c[0])) - origin[0]) / cell), 0)
        x1 = min(int((max(a[0], max(b[0], c[0])) - origin[0]) / cell) + 1, nx - 1)
        y0 = max(int((min(a[1], min(b[1], c[1])) - origin[1]) / cell), 0)
        y1 = min(int((max(a[1], max(b[1], c[1])) - origin[1]) / cell) + 1, ny - 1)
        whole = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                px, py = origin[0] + x * cell + shift_x, origin[1] + y * cell + shift_y
                wa = (b[0] - px) * (c[1] - py) - (b[1] - py) * (c[0] - px)
                wb = (c[0] - px) * (a[1] - py) - (c[1] - py) * (a[0] - px)
                wc = (a[0] - px) * (b[1] - py) - (a[1] - py) * (b[0] - px)
                up = wa > 0.0 and wb > 0.0 and wc > 0.0
                down = wa < 0.0 and wb < 0.0 and wc < 0.0
                if up or down:
                    height = (wa * a[2] + wb * b[2] + wc * c[2]) / whole
                    z = int(np.ceil((height - origin[2]) / cell))
                    flips[x, y, min(max(z, 0), nz)] ^= 1
    odd = 0
    for x in range(nx):
        for y in range(ny):
            inside = 0
            for z in range(nz):
                inside ^= flips[x, y, z]
                if inside:
                    value[x, y, z] = -value[x, y, z]
            if inside ^ flips[x, y, nz]:
                odd = 1
    return odd


@kernel
def bin_triangles(vertices: Doubles, triangles: Longs, origin: Doubles, cell: float, shape: Longs) -> Longs:
    """Rows (bin, triangle) for every bin that the bounds of a triangle touch, unsorted."""
    total = 0
    for t in range(len(triangles)):
        low, high = _bins(vertices, triangles[t], origin, cell, shape, 0.0)
        total += (high[0] - low[0] + 1) * (high[1] - low[1] + 1) * (high[2] - low[2] + 1)
    found = np.empty((total, 2), np.int64)
    count = 0
    for t in range(len(triangles)):
        low, high = _bins(vertices, triangles[t], origin, cell, shape, 0.0)
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    found[count, 0] = (x * shape[1] + y) * shape[2] + z
                    found[count, 1] = t
                    count += 1
    return found


@kernel
def _bins(
    vertices: Doubles, triangle: Longs, origin: Doubles, cell: float, shape: Longs, reach: float
) -> tuple[Longs, Longs]:
    """Bins of the bounds of a triangle, widened by `reach`; none (high below low) if outside the grid."""
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for i in range(3):
        p, q, r = vertices[triangle[0], i], vertices[triangle[1], i], vertices[triangle[2], i]
        low[i] = max(int(np.floor((min(p, min(q, r)) - reach - origin[i]) / cell)), 0)
        high[i] = min(int(np.floor((max(p, max(q, r)) + reach - origin[i]) / cell)), shape[i] - 1)
    return low, high


@kernel
def _apart(one: Doubles, two: Doubles) -> float:
    """Squared distance of the bounds of two triangles: no more than that of the triangles."""
    total = 0.0
    for c in range(3):
        above = min(two[0, c], min(two[1, c], two[2, c])) - max(one[0, c], max(one[1, c], one[2, c]))
        below = min(one[0, c], min(one[1, c], one[2, c])) - max(two[0, c], max(two[1, c], two[2, c]))
        total += max(above, max(below, 0.0)) ** 2
    return total


@kernel
def nearest_triangles(
    cloth: tuple[Doubles, Longs],
    body: tuple[Doubles, Longs],
    grid: tuple[Doubles, float, Longs],
    bins: tuple[Longs, Longs],
    reach: float,
) -> Doubles:
    """Distance of every triangle of the cloth from the body, 0 if they meet, `reach` if it is farther."""
    x, triangles = cloth
    vertices, faces = body
    origin, cell, shape = grid
    first, member = bins
    found = np.full(len(triangles), reach * reach)
    seen = np.full(len(faces), -1, np.int64)
    one, two = np.empty((3, 3)), np.empty((3, 3))
    for t in range(len(triangles)):
        for a in range(3):
            one[a] = x[triangles[t, a]]
        low, high = _bins(x, triangles[t], origin, cell, shape, reach)
        for i in range(low[0], high[0] + 1):
            for j in range(low[1], high[1] + 1):
                for k in range(low[2], high[2] + 1):
                    at = (i * shape[1] + j) * shape[2] + k
                    for m in range(first[at], first[at + 1]):
                        f = member[m]
                        if seen[f] == t:
                            continue
                        seen[f] = t
                        for a in range(3):
                            two[a] = vertices[faces[f, a]]
                        if _apart(one, two) < found[t]:
                            found[t] = min(found[t], triangle_triangle(one, two))
    return np.sqrt(found)
