"""A body of our own, made of elliptical sections from body measures; and bodies from OBJ files. In m, y up, z
to the front, feet at 0.

Torso with neck and head, two arms and two legs are closed surfaces that overlap. Girths of the sections are
those of the measures; depth over width and the slopes of shoulders and arms are ours.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import Fault, InputError
from zhizao.records.patterns import Body

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

AROUND = 72
"""Points of a section: a polygon of 72 corners is 0.03 % shorter than its ellipse."""
STEP_M = 0.015
"""Distance of the sections along a limb."""
ARM_DEG = 40.0
"""Angle between arm and plumb line: the A-pose in which bodies are scanned."""
HIP_SHARE, BUST_SHARE = 0.27, 0.64
"""Hip line above the crotch over the body rise; bust line below the back neck point over its distance to the
waist."""
SHOULDER_SLOPE = 0.36
"""Tangent of the slope of the shoulder: 20 degrees."""
UNITS_M = (("m", 1.0), ("cm", 0.01), ("mm", 0.001))
TALL_M = (1.2, 2.3)
"""Heights of adults: what they are in decides the unit of a file that states none."""


@dataclass(frozen=True, slots=True)
class Measures(Body):
    """Body measures in m, and the heights that follow from them."""

    @classmethod
    def of(cls, body: Body) -> Measures:
        """The measures of a body in mm."""
        return cls(**{name: value / 1000 for name, value in asdict(body).items()})

    @property
    def waist_y(self) -> float:
        """Height of the waist."""
        return self.inside_leg + self.body_rise

    @property
    def hip_y(self) -> float:
        """Height of the hip line."""
        return self.inside_leg + HIP_SHARE * self.body_rise

    @property
    def neck_y(self) -> float:
        """Height of the back neck point."""
        return self.waist_y + self.back_waist_length

    @property
    def bust_y(self) -> float:
        """Height of the bust line."""
        return self.neck_y - BUST_SHARE * self.back_waist_length

    @property
    def shoulder_y(self) -> float:
        """Height of the shoulder points."""
        return self.neck_y - SHOULDER_SLOPE * (self.across_shoulder / 2 - self.neck / (2 * np.pi))

    def scaled(self, factor: float) -> Measures:
        """The measures of a body that much larger."""
        return Measures(**{name: factor * value for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class Figure:
    """Surface of a body: vertices [n, 3] in m, triangles [t, 3], and what is said of where it comes from."""

    vertices: Array
    triangles: Numbers
    source: str

    @property
    def height_m(self) -> float:
        """From the floor to the top of the head."""
        return float(np.ptp(self.vertices[:, 1]))


def figure_of(measures: Measures) -> Figure:
    """Make a body whose girths are those of the measures."""
    arm, leg = _arm(measures), _leg(measures)
    flip = np.array([-1.0, 1, 1])
    parts = [_torso(measures), arm, leg, (arm[0] * flip, arm[1][:, ::-1]), (leg[0] * flip, leg[1][:, ::-1])]
    starts = np.cumsum([0, *(len(points) for points, _ in parts)])
    triangles = [triangles + start for (_, triangles), start in zip(parts, starts, strict=False)]
    return Figure(np.concatenate([points for points, _ in parts]), np.concatenate(triangles), "body measures")


def read_figure(path: str | Path) -> Figure:
    """Read the triangles of an OBJ file; the unit is the one in which the body is as tall as an adult.

    Raises
    ------
    InputError
        The file cannot be read, holds no triangles, or no unit makes it 1.2 to 2.3 m tall.
    """
    try:
        lines = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]
        vertices = np.array([[float(word) for word in line[1:4]] for line in lines if line[:1] == ["v"]])
        faces = [[int(word.split("/")[0]) for word in line[1:]] for line in lines if line[:1] == ["f"]]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as OBJ: {error}") from error
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not faces or min(map(len, faces)) < 3:
        raise InputError(
            f"{path}: found {len(vertices)} vertices, {len(faces)} faces; expected a closed mesh"
        )
    fan = [(face[0], face[n], face[n + 1]) for face in faces for n in range(1, len(face) - 1)]
    triangles = np.array(fan)
    triangles = np.where(triangles < 0, triangles + len(vertices), triangles - 1)
    if triangles.min() < 0 or triangles.max() >= len(vertices):
        raise InputError(f"{path}: a face names a vertex that is not there; there are {len(vertices)}")
    tall = float(np.ptp(vertices[:, 1]))
    for unit, factor in UNITS_M:
        if TALL_M[0] <= tall * factor <= TALL_M[1]:
            vertices = vertices * factor
            vertices[:, 1] -= vertices[:, 1].min()
            vertices[:, [0, 2]] -= 0.5 * (vertices[:, [0, 2]].max(0) + vertices[:, [0, 2]].min(0))
            return Figure(vertices, triangles, f"{Path(path).name}, taken to be in {unit} by its height")
    fault = Fault(str(path), 0, "height along y", f"{tall:g}", "1.2 to 2.3 m, in m, cm or mm")
    raise InputError(str(fault))


def ellipse_axes(girth: float, ratio: float) -> tuple[float, float]:
    """Half axes in x and z of an ellipse by girth and depth over width (perimeter: Ramanujan 1914)."""
    h = ((1 - ratio) / (1 + ratio)) ** 2
    width = girth / (np.pi * (1 + ratio) * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h))))
    return float(width), float(width * ratio)


def _torso(m: Measures) -> tuple[Array, Numbers]:
    """From the crotch to the top of the head."""
    hip, waist, bust = ((ellipse_axes(girth, 0.72)) for girth in (m.hip, m.waist, m.bust))
    neck = ellipse_axes(0.90 * m.neck, 0.95)  # above its base, where the collar stands
    base = ellipse_axes(0.97 * m.neck, 0.9)
    half, top = m.across_shoulder / 2, m.height
    rows = [
        (m.inside_leg - 0.02, 0.45 * hip[0], 0.8 * hip[1]),
        (m.inside_leg + 0.02, 0.90 * hip[0], 0.95 * hip[1]),
        (m.hip_y, *hip),
        (m.waist_y, *waist),
        (m.bust_y, *bust),
        (m.bust_y + 0.45 * (m.shoulder_y - m.bust_y), min(0.90 * half, 0.98 * bust[0]), 0.90 * bust[1]),
        (m.shoulder_y - 0.02, 0.93 * half, 0.62 * bust[1]),
        (m.shoulder_y, 0.86 * half, 0.56 * bust[1]),
        (m.neck_y, *base),
        (m.neck_y + 0.04, *neck),
        (m.neck_y + 0.10, 0.066, 0.075),
        (top - 0.08, 0.075, 0.095),
        (top - 0.01, 0.035, 0.045),
    ]
    at, wide, deep = np.array(rows).T
    return _tube(at, wide, deep, np.array([0.0, 0, 0]), np.array([0.0, 1, 0]), np.array([1.0, 0, 0]))


def arm_axis(m: Measures) -> tuple[Array, Array, Array]:
    """Start at the shoulder, direction to the hand, and outward direction of the arm on the side of x > 0."""
    turn = np.radians(ARM_DEG)
    along = np.array([np.sin(turn), -np.cos(turn), 0])
    radius = m.upper_arm / (2 * np.pi)
    out = np.array([np.cos(turn), np.sin(turn), 0])
    return np.array([m.across_shoulder / 2, m.shoulder_y, 0]) - radius * out, along, out


def _arm(m: Measures) -> tuple[Array, Numbers]:
    start, along, out = arm_axis(m)
    upper, wrist = m.upper_arm / (2 * np.pi), m.wrist / (2 * np.pi)
    rows = [
        (-0.03, 0.5 * upper),
        (0.0, 0.95 * upper),
        (0.10, upper),
        (0.30 * m.arm_length, upper),
        (0.55 * m.arm_length, 0.5 * (upper + wrist) * 1.03),
        (m.arm_length, wrist),
        (m.arm_length + 0.09, 1.15 * wrist),
        (m.arm_length + 0.16, 0.4 * wrist),
    ]
    at, radius = np.array(rows).T
    return _tube(at, radius, radius, start, along, out)


def _leg(m: Measures) -> tuple[Array, Numbers]:
    """From the hip to the floor, a little astride, so that trousers pass between the thighs."""
    thigh, knee = ellipse_axes(m.thigh, 1.12), ellipse_axes(m.knee, 1.05)
    ankle = ellipse_axes(m.ankle, 1.2)
    start = np.array([0.53 * ellipse_axes(m.hip, 0.72)[0], m.hip_y, 0.0])
    end = np.array([start[0] + 0.07, 0.0, 0.0])
    along = (end - start) / np.linalg.norm(end - start)
    reach = float(np.linalg.norm(end - start))
    crotch = m.hip_y - m.inside_leg
    rows = [
        (0.0, 0.7 * thigh[0], 0.8 * thigh[1]),
        (crotch, 0.96 * thigh[0], thigh[1]),
        (crotch + 0.05, *thigh),
        (crotch + 0.5 * m.inside_leg * 0.88, *knee),
        (crotch + 0.68 * m.inside_leg, 0.97 * knee[0], 1.0 * knee[1]),
        (reach - 0.10, *ankle),
        (reach, *ankle),
    ]
    at, wide, deep = np.array(rows).T
    out = np.array([along[1], -along[0], 0.0]) * -1
    return _tube(at, wide, deep, start, along, out)


def _tube(
    at: Array, wide: Array, deep: Array, start: Array, along: Array, across: Array
) -> tuple[Array, Numbers]:
    """Closed surface of ellipses around an axis: half axes `wide` along `across` and `deep` along z."""
    from scipy.interpolate import PchipInterpolator

    fine = np.unique(np.concatenate([at, np.arange(at[0], at[-1], STEP_M)]))
    fine = fine[np.concatenate([[True], np.diff(fine) > 0.2 * STEP_M]) | np.isin(fine, at)]
    a, b = (PchipInterpolator(at, values)(fine) for values in (wide, deep))
    turn = 2 * np.pi * np.arange(AROUND) / AROUND
    front = np.array([0.0, 0, 1])
    ring = np.cos(turn)[None, :, None] * a[:, None, None] * across
    ring = ring + np.sin(turn)[None, :, None] * b[:, None, None] * front
    points = (start + fine[:, None, None] * along + ring).reshape(-1, 3)
    place = np.arange(len(points)).reshape(len(fine), AROUND)
    right = np.roll(place, -1, axis=1)
    ends = start + np.outer(fine[[0, -1]], along)
    first, last = len(points), len(points) + 1
    parts = [
        np.column_stack([np.full(AROUND, first), right[0], place[0]]),
        np.column_stack([np.full(AROUND, last), place[-1], right[-1]]),
        np.column_stack([place[:-1].ravel(), right[:-1].ravel(), place[1:].ravel()]),
        np.column_stack([right[:-1].ravel(), right[1:].ravel(), place[1:].ravel()]),
    ]
    return np.concatenate([points, ends]), np.concatenate(parts)
