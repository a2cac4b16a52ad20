"""Meshes of outlines, and measures of strain."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.quantities import InputError
from zhizao.solvers.cloth import divide, edge_strain, edges_of, principal_stretches, triangulate


def closed(corners: list[tuple[float, float]], edge: float) -> np.ndarray:
    parts = []
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        count = max(1, round(float(np.hypot(b[0] - a[0], b[1] - a[1])) / edge))
        parts.append(divide(np.array([a, b]), count)[:-1])
    return np.concatenate(parts)


NOTCHED = [(0.0, 0.0), (0.4, 0.0), (0.4, 0.3), (0.25, 0.3), (0.2, 0.15), (0.15, 0.3), (0.0, 0.3)]


@pytest.mark.parametrize("corners", [[(0.0, 0.0), (0.5, 0.0), (0.4, 0.4), (0.0, 0.3)], NOTCHED])
@pytest.mark.parametrize("turned", [False, True])
def test_a_mesh_fills_its_outline_and_keeps_its_points(corners, turned: bool) -> None:
    outline = closed(corners, 0.02)[:: -1 if turned else 1]
    mesh = triangulate(outline, 0.02)
    assert np.array_equal(mesh.points[: mesh.boundary], outline)
    p = mesh.points[mesh.triangles]
    u, v = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    area = 0.5 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    x, y = outline.T
    whole = 0.5 * abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())
    assert (area > 0).all()
    assert area.sum() == pytest.approx(whole, rel=1e-9)
    assert mesh.least_angle() > 15
    sizes = 0.02 * (1 + edge_strain(mesh.points / 0.02, mesh.points, edges_of(mesh.triangles)))
    assert np.isfinite(sizes).all()
    length = np.linalg.norm(np.diff(mesh.points[edges_of(mesh.triangles)], axis=1)[:, 0], axis=1)
    assert np.median(length) == pytest.approx(0.02, rel=0.15)
    assert length.max() < 0.04


def test_a_line_is_divided_into_equal_parts() -> None:
    line = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]])
    found = divide(line, 8)
    assert np.allclose(found[[0, 2, 4, 8]], [[0, 0], [1, 0], [1, 1], [1, 3]])
    assert len(found) == 9


def test_faults_of_outlines_are_refused() -> None:
    crossing = closed([(0, 0), (0.4, 0.4), (0.4, 0), (0, 0.4)], 0.02)
    with pytest.raises(InputError, match="cross"):
        triangulate(crossing, 0.02)
    with pytest.raises(InputError, match="three or more"):
        triangulate(np.zeros((2, 2)), 0.02)
    with pytest.raises(InputError, match="edge length"):
        triangulate(closed(NOTCHED, 0.02), 0)
    with pytest.raises(InputError, match="without length"):
        divide(np.zeros((2, 2)), 3)
    with pytest.raises(InputError, match="2 points and 1 part"):
        divide(np.array([[0.0, 0.0], [1, 0]]), 0)


def test_strain_is_that_of_a_known_stretch() -> None:
    rest = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    triangles = np.array([[0, 1, 2], [1, 3, 2]])
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    there = np.column_stack([1.2 * rest[:, 0], 0.9 * rest[:, 1], np.zeros(4)]) @ turn
    assert np.allclose(principal_stretches(rest, there, triangles), [[0.9, 1.2]] * 2)
    edges = edges_of(triangles)
    found = dict(zip(map(tuple, edges.tolist()), edge_strain(rest, there, edges), strict=True))
    assert found[0, 1] == pytest.approx(0.2)
    assert found[0, 2] == pytest.approx(-0.1)
    assert len(edges) == 5
