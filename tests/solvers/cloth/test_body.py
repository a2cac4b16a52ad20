"""Bodies: distance grids, exact checks, contact and friction; and a jacket sewn around one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.solvers.cloth.garments import LOWERED, SPREAD, figure, grid, jacket, sphere
from zhizao.quantities import InputError
from zhizao.solvers.cloth import Cloth, Material, Settings, body_of, clearance, drape
from zhizao.solvers.cloth.kernels.contact import distances
from zhizao.solvers.cloth.kernels.distance import crosses, triangle_triangle


def test_the_grid_holds_signed_distances_of_a_ball() -> None:
    points, triangles = sphere(60, 90)
    body = body_of(0.1 * points, triangles, cell_m=0.005)
    p = np.random.default_rng(1).uniform(-0.09, 0.09, (500, 3))
    found = np.empty(500)
    distances(body.field, p, found)
    assert np.abs(found - (np.linalg.norm(p, axis=1) - 0.1)).max() < 0.003
    distances(body.field, np.array([[9.0, 0, 0], [np.nan, 0, 0]]), two := np.empty(2))
    assert np.isinf(two).all()


def nearest(one: np.ndarray, two: np.ndarray) -> float:
    """Distance of two triangles by minimising over the weights of their corners."""
    from scipy.optimize import minimize

    def between(w: np.ndarray) -> float:
        p = one[0] + w[0] * (one[1] - one[0]) + w[1] * (one[2] - one[0])
        q = two[0] + w[2] * (two[1] - two[0]) + w[3] * (two[2] - two[0])
        return float(((p - q) ** 2).sum())

    sides = [{"type": "ineq", "fun": lambda w, i=i: 1 - w[i] - w[i + 1]} for i in (0, 2)]
    start = np.full(4, 0.3)
    found = minimize(between, start, bounds=[(0, 1)] * 4, constraints=sides, method="SLSQP", tol=1e-14)
    return float(np.sqrt(max(found.fun, 0)))


def test_distances_of_triangles_are_those_of_a_minimiser() -> None:
    rng = np.random.default_rng(2)
    met = 0
    for _ in range(60):
        one, two = rng.normal(size=(2, 3, 3))
        exact = np.sqrt(triangle_triangle(one, two))
        met += exact == 0
        assert exact == pytest.approx(nearest(one, two), abs=1e-4)
    assert 3 < met < 57


def test_a_segment_crosses_a_triangle_or_passes_beside_it() -> None:
    a, b, c = np.eye(3)
    inside, outside = np.full(3, 1 / 3), np.array([1.0, 1.0, -1.0])
    normal = np.ones(3)
    assert crosses(inside - normal, inside + normal, a, b, c)
    assert crosses(inside + normal, inside - normal, a, b, c)
    assert not crosses(inside + 0.1 * normal, inside + normal, a, b, c)
    assert not crosses(outside - normal, outside + normal, a, b, c)


def test_cloth_that_cuts_a_body_or_lies_in_it_is_seen() -> None:
    points, triangles = sphere(40, 60)
    body = body_of(0.1 * points, triangles)
    rest, flat = grid(9, 9, 0.06, 0.06)
    at = np.column_stack([rest[:, 0] - 0.03, np.zeros(81), rest[:, 1] - 0.03])
    assert len(clearance(body, at, flat).cut) == len(flat)  # wholly inside
    assert not clearance(body, at + np.array([0, 0.0995, 0]), flat).free
    above = clearance(body, at + np.array([0, 0.105, 0]), flat)
    assert above.free
    assert above.distance_m == pytest.approx(0.005, abs=3e-4)
    assert clearance(body, at + np.array([0, 0.5, 0]), flat).distance_m == above.reach_m


def test_a_sheet_over_a_ball_hangs_free_of_it() -> None:
    points, triangles = sphere(40, 60)
    body = body_of(0.1 * points, triangles)
    rest, flat = grid(25, 25, 0.4, 0.4)
    start = np.column_stack([rest[:, 0] - 0.2, np.full(625, 0.105), rest[:, 1] - 0.2])
    found = drape(Cloth(rest, flat, start), Material(bend_n_m=5e-5), body)
    assert found.converged
    assert found.clearance is not None
    assert 0.001 < found.clearance.distance_m < 0.005
    assert found.positions[:, 1].min() < 0


def test_cloth_on_a_slope_rests_only_if_its_friction_holds_it() -> None:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    sides = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    faces = np.concatenate([sides[:, [0, 1, 2]], sides[:, [0, 2, 3]]])
    turn = np.radians(20)
    tilt = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    body = body_of(corners * [0.3, 0.05, 0.2] @ tilt.T, faces, cell_m=0.01)
    rest, flat = grid(9, 9, 0.08, 0.08)
    level = np.column_stack([rest[:, 0], np.full(81, 0.0535), rest[:, 1]])
    cloth = Cloth(rest, flat, level @ tilt.T)
    found = {
        friction: drape(cloth, Material(friction=friction), body, settings=Settings(steps=60))
        for friction in (0.6, 0.2, 0.0)  # the tangent of 20 degrees is 0.36
    }
    moved = {k: np.linalg.norm(d.positions - cloth.start, axis=1).max() for k, d in found.items()}
    assert found[0.6].converged
    assert moved[0.6] < 1e-5
    assert not found[0.2].converged  # it slides, though slowly
    assert found[0.2].residual > 0.1
    assert moved[0.6] < moved[0.2]
    assert moved[0.0] > 0.02


def test_open_surfaces_and_bad_bodies_are_refused() -> None:
    points, triangles = sphere(10, 12)
    with pytest.raises(InputError, match="do not join two"):
        body_of(points, triangles[1:])
    with pytest.raises(InputError, match="cells"):
        body_of(points, triangles, cell_m=0.001)
    with pytest.raises(InputError, match="name vertex"):
        body_of(points[:5], triangles)


@pytest.mark.parametrize("half", [LOWERED, SPREAD])
def test_a_jacket_has_as_many_points_on_both_sides_of_each_seam(half) -> None:
    cloth = jacket(0.04, half)
    count = len(cloth.rest) // 2
    assert np.array_equal(cloth.stitches[:, 1] - cloth.stitches[:, 0], np.full(len(cloth.stitches), count))
    assert np.array_equal(cloth.rest[:count], cloth.rest[count:])


def test_a_coarse_jacket_is_sewn_around_a_body_and_hangs_free_of_it() -> None:
    body = body_of(*figure(), cell_m=0.01)
    found = drape(jacket(0.04, SPREAD), Material(bend_n_m=5e-5, density_kg_m2=0.3), body, seconds=60)
    assert found.gap_m == 0
    assert found.clearance is not None
    assert found.clearance.free
    assert np.mean(found.edge_strain < 0.05) > 0.99
    assert found.residual < 0.1


@pytest.mark.slow
def test_a_jacket_of_5000_points_hangs_within_a_minute() -> None:
    cloth = jacket(0.0147, SPREAD)
    assert len(cloth.rest) >= 5000
    body = body_of(*figure())
    found = drape(cloth, Material(bend_n_m=5e-5, density_kg_m2=0.3), body, seconds=50)
    assert found.seconds < 60
    assert found.gap_m == 0
    assert found.clearance is not None
    assert found.clearance.free
    assert np.mean(found.edge_strain < 0.05) > 0.99
