"""Cloth that hangs freely: against the catenary, and against other models solved in other ways."""

from __future__ import annotations

import numpy as np
import pytest

from tests.solvers.cloth.garments import grid
from zhizao.quantities import InputError
from zhizao.solvers.cloth import Cloth, End, Material, Progress, Settings, drape

LENGTH, SPAN = 1.0, 0.6


def strip(nx: int = 61, ny: int = 3) -> Cloth:
    """A strip pinned at both ends, which stand nearer than it is long."""
    rest, triangles = grid(nx, ny, LENGTH, 0.05)
    along = rest[:, 0]
    start = np.column_stack([along * SPAN / LENGTH, -0.3 * np.sin(np.pi * along), rest[:, 1]])
    return Cloth(rest, triangles, start, pinned=np.nonzero((along == 0) | (along == LENGTH))[0])


def sheet(n: int) -> Cloth:
    """A square of 1 m, level at first, pinned at two corners."""
    rest, triangles = grid(n, n, 1.0, 1.0)
    start = np.column_stack([rest[:, 0], np.zeros(len(rest)), rest[:, 1]])
    return Cloth(rest, triangles, start, pinned=np.array([0, n * (n - 1)]))


def energy(x, cloth: Cloth, material: Material) -> tuple[float, np.ndarray]:
    """Stretch and weight, in plain numpy lines: by strain and stress of each triangle."""
    x = x.reshape(-1, 3)
    corners, flat = x[cloth.triangles], cloth.rest[cloth.triangles]
    inverse = np.linalg.inv(np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], 2))
    turn = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], 2) @ inverse
    strain = 0.5 * (np.swapaxes(turn, 1, 2) @ turn - np.eye(2))
    trace = np.trace(strain, axis1=1, axis2=2)
    nu, young = material.poisson, material.stretch_n_m
    lam, mu = young * nu / (1 - nu**2), young / (2 * (1 + nu))
    stress = lam * trace[:, None, None] * np.eye(2) + 2 * mu * strain
    area = cloth.rest_areas()
    node_mass = np.zeros(len(x))
    np.add.at(node_mass, cloth.triangles, (area * material.density_kg_m2 / 3)[:, None])
    total = (0.5 * area * (stress * strain).sum((1, 2))).sum() + 9.81 * (node_mass * x[:, 1]).sum()
    force = area[:, None, None] * (turn @ stress) @ np.swapaxes(inverse, 1, 2)
    gradient = np.zeros_like(x)
    np.add.at(gradient, cloth.triangles[:, 1], force[:, :, 0])
    np.add.at(gradient, cloth.triangles[:, 2], force[:, :, 1])
    np.add.at(gradient, cloth.triangles[:, 0], -force.sum(2))
    gradient[:, 1] += 9.81 * node_mass
    gradient[cloth.pinned] = 0
    return float(total), gradient.ravel()


def test_a_stiff_strip_hangs_in_its_catenary() -> None:
    from scipy.optimize import brentq

    cloth = strip()
    found = drape(cloth, Material(stretch_n_m=2e4, bend_n_m=0, poisson=0))
    a = brentq(lambda a: 2 * a * np.sinh(SPAN / 2 / a) - LENGTH, 0.01, 10)
    x = found.positions[:, 0] - SPAN / 2
    curve = a * (np.cosh(x / a) - np.cosh(SPAN / 2 / a))
    assert found.converged
    assert np.abs(found.positions[:, 1] - curve).max() < 0.01 * -curve.min()
    assert np.abs(found.edge_strain).max() < 1e-3


def test_a_strip_hangs_as_a_chain_of_springs_and_masses_does() -> None:
    from scipy.optimize import minimize

    material = Material(stretch_n_m=40.0, bend_n_m=0, poisson=0)  # stretches by some per cent
    found = drape(strip(), material, settings=Settings(tolerance=1e-4))
    links = 60
    rest, spring = LENGTH / links, material.stretch_n_m * 0.05 * links / LENGTH
    weight = material.density_kg_m2 * 0.05 * rest * 9.81

    def chain(inner: np.ndarray) -> tuple[float, np.ndarray]:
        p = np.concatenate([[[0.0, 0.0]], inner.reshape(-1, 2), [[SPAN, 0.0]]])
        d = np.diff(p, axis=0)
        size = np.linalg.norm(d, axis=1)
        pull = (spring * (size - rest) / size)[:, None] * d
        down = np.array([0, weight])
        value = 0.5 * spring * ((size - rest) ** 2).sum() + weight * p[1:-1, 1].sum()
        return float(value), (pull[:-1] - pull[1:] + down).ravel()

    first = strip().start.reshape(61, 3, 3)[1:-1, 0, :2].ravel()
    chained = minimize(chain, first, jac=True, method="L-BFGS-B", options={"maxiter": 20000, "ftol": 1e-15})
    sag = -chained.x.reshape(-1, 2)[:, 1].min()
    assert 0.005 < found.edge_strain.max() < 0.1
    assert -found.positions[:, 1].min() == pytest.approx(sag, rel=0.01)


def test_a_sheet_is_at_the_minimum_that_another_minimiser_finds() -> None:
    from scipy.optimize import check_grad, minimize

    cloth, material = sheet(9), Material(stretch_n_m=100.0, bend_n_m=0)
    found = drape(cloth, material, settings=Settings(tolerance=1e-5))
    noise = np.random.default_rng(1).normal(0, 0.01, cloth.start.size)
    noise.reshape(-1, 3)[cloth.pinned] = 0
    there = found.positions.ravel() + noise
    free = np.ones(len(cloth.rest), bool)
    free[cloth.pinned] = False
    wide = np.repeat(free, 3)

    def of(y: np.ndarray) -> tuple[float, np.ndarray]:
        whole = there.copy()
        whole[wide] = y
        value, gradient = energy(whole, cloth, material)
        return value, gradient[wide]

    assert check_grad(lambda y: of(y)[0], lambda y: of(y)[1], there[wide]) < 1e-4
    best = minimize(of, there[wide], jac=True, method="L-BFGS-B", options={"maxiter": 50000, "ftol": 1e-14})
    ours = energy(found.positions.ravel(), cloth, material)[0]
    assert found.end is End.EQUILIBRIUM
    assert ours == pytest.approx(best.fun, rel=1e-3)
    drop = -found.positions[:, 1].min()
    assert np.abs(-best.x.reshape(-1, 3)[:, 1].min() - drop) < 0.01 * drop


def test_a_bent_sheet_holds_the_energy_of_a_bent_plate() -> None:
    from zhizao.solvers.cloth.assembly import sheet_of
    from zhizao.solvers.cloth.kernels.elastic import bend

    rest, triangles = grid(41, 41, 1.0, 1.0)
    radius, stiff = 0.5, 1e-3
    turn = rest[:, 0] / radius
    x = np.column_stack([radius * np.sin(turn), radius * (1 - np.cos(turn)), rest[:, 1]])
    material = Material(bend_n_m=stiff)
    cloth = Cloth(rest, triangles, x)
    part = sheet_of(cloth, material, np.arange(len(rest)), Settings(), True)
    gradient = np.zeros_like(x)
    found = bend(x, part, gradient)
    assert found == pytest.approx(0.5 * stiff / radius**2, rel=0.05)
    step = 1e-9 * np.random.default_rng(2).normal(size=x.shape)
    other = np.zeros_like(x)
    assert bend(x + step, part, other) - found == pytest.approx((gradient * step).sum(), rel=1e-3)


def test_a_stiffer_fabric_sags_less_and_a_stiff_one_as_a_cantilever() -> None:
    rest, triangles = grid(21, 21, 0.1, 0.1)
    pinned = np.nonzero(rest[:, 0] < 0.0051)[0]  # clamped: two rows
    cloth = Cloth(rest, triangles, np.column_stack([rest[:, 0], np.zeros(441), rest[:, 1]]), pinned=pinned)
    low = []
    for stiff in (1e-4, 1e-3, 4e-3):
        found = drape(cloth, Material(stretch_n_m=1e5, bend_n_m=stiff), settings=Settings(inner=2000))
        assert found.converged
        low.append(found.positions[:, 1].min())
    assert low[0] < low[1] < low[2] < 0
    free = 0.0975  # the clamp ends between the pinned rows and the next
    assert low[2] == pytest.approx(-0.2 * 9.81 * free**4 / (8 * 4e-3), rel=0.2)


def test_equal_inputs_give_equal_bits_and_each_step_is_reported() -> None:
    seen: list[Progress] = []
    one = drape(sheet(9), Material(), progress=seen.append)
    two = drape(sheet(9), Material())
    assert np.array_equal(one.positions, two.positions)
    assert [p.steps for p in seen] == list(range(1, one.steps + 1))
    assert seen[-1].residual == one.residual


def test_time_and_steps_are_kept_and_a_cancel_gives_what_there_is() -> None:
    def cancel(p: Progress) -> None:
        if p.steps == 3:
            raise KeyboardInterrupt

    assert drape(sheet(9), Material(), seconds=0).end is End.TIME
    few = drape(sheet(9), Material(), settings=Settings(steps=4))
    assert (few.end, few.steps, few.converged) == (End.STEPS, 4, False)
    assert drape(sheet(9), Material(), progress=cancel).end is End.CANCELLED


def test_what_cannot_be_draped_is_refused() -> None:
    rest, triangles = grid(3, 3, 1, 1)
    start = np.zeros((9, 3))
    with pytest.raises(InputError, match="no area"):
        Cloth(rest * [1, 0], triangles, start)
    with pytest.raises(InputError, match="names vertex 9"):
        Cloth(rest, triangles, start, pinned=np.array([9]))
    with pytest.raises(InputError, match="start has shape"):
        Cloth(rest, triangles, start[:5])
    with pytest.raises(InputError, match="belongs to no triangle"):
        Cloth(rest, triangles[:1], start)
    with pytest.raises(InputError, match="density"):
        Material(density_kg_m2=0)
    with pytest.raises(InputError, match="poisson"):
        Material(poisson=1)
    with pytest.raises(InputError, match="tolerance"):
        Settings(tolerance=0)
