"""Where panels start: before and behind the torso, or around an arm, the neck or the waist. In m."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.studies.drape.figure import Figure, Measures, arm_axis
from zhizao.studies.drape.girths import torso_girth
from zhizao.studies.drape.sewing import Sewing

Array = NDArray[np.float64]

CLEAR_M = 0.03
"""Distance of a panel from the body at the start."""
ROOM = 1.15
"""Radius of a panel around a limb over the one at which its edges meet; bands around neck and waist too."""
SLEEVE_M = 0.12
"""A sleeve starts this much down the arm, where its underarm seam is clear of the torso."""
COLLAR_M = 0.025
"""A collar starts this much above the back neck point, clear of the shoulders."""


class Place(StrEnum):
    """Where on the body a piece is worn."""

    BEHIND = "behind"
    BEFORE = "before"
    ARM = "arm"
    NECK = "neck"
    WAIST = "waist"


PLACES = {
    "BACK": Place.BEHIND,
    "FRONT": Place.BEFORE,
    "SLEEVE": Place.ARM,
    "COLLAR": Place.NECK,
    "WAISTBAND": Place.WAIST,
}


def place_of(piece: str) -> Place:
    """Where a piece is worn, by its name.

    Raises
    ------
    InputError
        The name says nothing of it.
    """
    for name, place in PLACES.items():
        if piece == name or piece.endswith(f" {name}"):
            return place
    raise InputError(f"piece {piece}: no place on the body is known; there are {', '.join(PLACES)}")


def placed(sewing: Sewing, figure: Figure, measures: Measures) -> Array:
    """Positions [n, 3] from which the panels are sewn together, clear of the body.

    Parameters
    ----------
    measures
        Of the body, in its own height: they say where neck, waist, crotch and shoulders are.
    """
    legs = any(place_of(one.piece) is Place.WAIST for one in sewing.panels)
    shift = measures.inside_leg if legs else measures.neck_y
    ways: dict[Place, Callable[[Array], Array]] = {
        Place.BEHIND: lambda flat: _flat(flat, figure, shift, legs, front=False),
        Place.BEFORE: lambda flat: _flat(flat, figure, shift, legs, front=True),
        Place.ARM: lambda flat: _around_arm(flat, measures),
        Place.NECK: lambda flat: _band(flat, measures.neck_y + COLLAR_M, 0.0),
        Place.WAIST: lambda flat: _band(flat, measures.waist_y, _width(figure, measures.waist_y)),
    }
    parts = []
    for one in sewing.panels:
        points = ways[place_of(one.piece)](one.mesh.points)
        parts.append(points * [-1, 1, 1] if one.mirrored else points)
    return np.concatenate(parts)


def _reach(figure: Figure) -> float:
    """Largest distance of the torso from its middle to the front or the back."""
    low, high = (share * figure.height_m for share in (0.45, 0.85))
    torso = figure.vertices[(figure.vertices[:, 1] > low) & (figure.vertices[:, 1] < high)]
    return float(np.abs(torso[:, 2]).max())


def _width(figure: Figure, y: float) -> float:
    """Half width of the torso at a height: at most a quarter of its girth."""
    return torso_girth(figure, y) / 4


def _flat(flat: Array, figure: Figure, shift: float, legs: bool, *, front: bool) -> Array:
    """Upright before or behind the body; of trousers so far out that the crotch points meet in the middle."""
    depth = _reach(figure) + CLEAR_M
    out = -float(flat[:, 0].min()) if legs else 0.0
    z = np.full(len(flat), depth if front else -depth)
    return np.column_stack([flat[:, 0] + out, flat[:, 1] + shift, z])


def _around_arm(flat: Array, measures: Measures) -> Array:
    """Around the arm of x > 0: the middle of the cap below the shoulder, the front to the front."""
    start, along, out = arm_axis(measures)
    low, high = float(flat[:, 0].min()), float(flat[:, 0].max())
    radius = ROOM * (high - low) / (2 * np.pi)
    middle = 0.5 * (low + high)
    turn = (flat[:, 0] - middle) / radius
    down = float(flat[:, 1].max()) - flat[:, 1] + SLEEVE_M
    ring = np.cos(turn)[:, None] * out + np.sin(turn)[:, None] * np.array([0.0, 0, 1])
    return np.asarray(start + down[:, None] * along + radius * ring)


def _band(flat: Array, height: float, reach: float) -> Array:
    """Around an upright axis, the fold of the piece behind, at least `reach` from the axis."""
    wide = float(flat[:, 0].max())
    radius = max(ROOM * wide / np.pi, reach + CLEAR_M if reach else 0.0)
    turn = np.pi * flat[:, 0] / wide
    return np.column_stack([radius * np.sin(turn), flat[:, 1] + height, -radius * np.cos(turn)])
