"""What is draped: cloth, material, settings; checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """A fabric, equal in all directions.

    Parameters
    ----------
    density_kg_m2
        Mass per area.
    stretch_n_m
        Tensile stiffness: force per width at a strain of 1 (Young's modulus times thickness).
    bend_n_m
        Bending stiffness: moment per width at a curvature of 1/m.
    poisson
        Poisson's ratio in the plane, 0 to below 1.
    thickness_m
        Half of it is kept from the body.
    friction
        Coefficient of Coulomb friction with the body.
    """

    density_kg_m2: float = 0.2
    stretch_n_m: float = 1000.0
    bend_n_m: float = 1e-5
    poisson: float = 0.3
    thickness_m: float = 0.001
    friction: float = 0.3

    def __post_init__(self) -> None:
        for name in ("density_kg_m2", "stretch_n_m"):
            if not 0 < getattr(self, name) < np.inf:
                raise InputError(f"{name} is {getattr(self, name)}; expected a finite number above 0")
        for name in ("bend_n_m", "thickness_m", "friction"):
            if not 0 <= getattr(self, name) < np.inf:
                raise InputError(f"{name} is {getattr(self, name)}; expected a finite number, 0 or more")
        if not 0 <= self.poisson < 1:
            raise InputError(f"poisson is {self.poisson}; expected 0 to below 1")


@dataclass(frozen=True)
class Cloth:
    """Pieces of fabric as one triangle mesh.

    Parameters
    ----------
    rest
        Flat positions [n, 2] in m of all pieces; pieces may lie on one another.
    triangles
        Corners [t, 3].
    start
        Positions [n, 3] in m to start from.
    stitches
        Pairs of vertices [s, 2] to be sewn together.
    pinned
        Vertices that stay where they start.
    gravity_m_s2
        Acceleration; y points up.
    """

    rest: Array
    triangles: Numbers
    start: Array
    stitches: Numbers = field(default_factory=lambda: np.empty((0, 2), np.int64))
    pinned: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    gravity_m_s2: tuple[float, float, float] = (0.0, -9.81, 0.0)

    def __post_init__(self) -> None:
        count = len(self.rest)
        shapes = {"rest": (count, 2), "start": (count, 3)}
        for name, shape in shapes.items():
            value = np.ascontiguousarray(getattr(self, name), float)
            if value.shape != shape or not np.isfinite(value).all():
                raise InputError(f"{name} has shape {value.shape}; expected finite numbers of shape {shape}")
            object.__setattr__(self, name, value)
        for name, width in (("triangles", 3), ("stitches", 2), ("pinned", 0)):
            object.__setattr__(self, name, _indices(name, getattr(self, name), width, count))
        if not len(self.triangles):
            raise InputError("no triangles; expected at least one")
        if np.any(self.rest_areas() <= 0):
            worst = int(np.argmin(self.rest_areas()))
            raise InputError(f"triangle {worst} has no area at rest; expected three points not in line")
        if len(np.unique(self.triangles)) < count:
            raise InputError("a vertex belongs to no triangle; expected every vertex in one or more")

    def rest_areas(self) -> Array:
        """Area of every triangle at rest, m2."""
        a, b, c = (self.rest[self.triangles[:, i]] for i in range(3))
        u, v = b - a, c - a
        return np.asarray(0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]))


def _indices(name: str, value: Numbers, width: int, count: int) -> Numbers:
    found = np.ascontiguousarray(value, np.int64)
    fits = found.ndim == 2 and found.shape[1] == width if width else found.ndim == 1
    if not fits:
        raise InputError(f"{name} has shape {found.shape}; expected {f'[n, {width}]' if width else '[n]'}")
    if found.size and (found.min() < 0 or found.max() >= count):
        raise InputError(f"{name} names vertex {found.max()}; expected 0 to {count - 1}")
    return found


@dataclass(frozen=True)
class Settings:
    """What tunes the solver; the values were chosen on the cases of benchmarks/cloth.py."""

    tolerance: float = 1e-3
    """Equilibrium is reached when the norm of the unbalanced forces is below this share of the norm of the
    weights of the free nodes."""
    steps: int = 20_000
    """Steps at most, of sewing and draping together."""
    inner: int = 300
    """Iterations of conjugate gradients in one step at most."""
    first_step_s: float = 0.01
    """First pseudo-time step: bounds the first move to a fraction of the path of free fall."""
    gap_m: float = 0.003
    """Distance kept from the body beside half the thickness; a chord of 20 mm on a limb of 40 mm radius lies
    1.3 mm deeper than its ends."""
    travel_m: float = 0.01
    """Largest move of a vertex in one step where there is a body: below the thickness of any limb."""
    weld_m: float = 0.004
    """A stitch is closed, and its two vertices become one, when they are nearer than this."""

    def __post_init__(self) -> None:
        for name in ("tolerance", "steps", "inner", "first_step_s", "travel_m", "weld_m"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)}; expected more than 0")
        if not self.gap_m >= 0:
            raise InputError(f"gap_m is {self.gap_m}; expected 0 or more")
