"""Synthetic defects: what a detector may learn to tell from good pictures before a bad one has been seen.

Sources: C.-L. Li et al. (2021), CutPaste: self-supervised learning for anomaly detection and localization;
V. Zavrtanik, M. Kristan, D. Skočaj (2021), DRAEM. The kinds are those of surfaces: stains and blobs, cracks,
chips, frayed edges, and material in the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.pictures.reading import Pixels

Floats = NDArray[np.float32]

WEAKEST, STRONGEST = 20.0, 110.0
"""Range of the change of brightness at the heart of a defect, of 255 levels."""
STRANDS = 14
"""Strokes of a frayed edge."""
STEPS = 24
"""Bends of a crack."""


def with_defect(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The picture with one defect of a kind and place drawn at random."""
    kind = int(rng.integers(len(_MASKS) + 1))
    if kind == len(_MASKS):
        return _cut_paste(pixels, rng)
    height, width = pixels.shape[:2]
    mask = _MASKS[kind](height, width, rng)
    change = rng.uniform(WEAKEST, STRONGEST) * (1 if rng.random() < 0.35 else -1)  # defects are mostly dark
    return _clipped(pixels + np.float32(change) * mask[..., None])


def _cut_paste(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A rectangle of the picture, turned over, somewhere else."""
    height, width = pixels.shape[:2]
    tall, wide = (max(4, int(side * rng.uniform(0.04, 0.25))) for side in (height, width))
    (top, left), (to_top, to_left) = (
        (int(rng.integers(height - tall)), int(rng.integers(width - wide))) for _ in range(2)
    )
    piece = pixels[top : top + tall, left : left + wide].astype(np.float32)
    changed = pixels.copy()
    changed[to_top : to_top + tall, to_left : to_left + wide] = _clipped(
        piece[::-1, ::-1] + np.float32(rng.uniform(-WEAKEST, WEAKEST))
    )
    return changed


def _blob(height: int, width: int, rng: np.random.Generator) -> Floats:
    """A small ellipse with a soft edge: a pit, a hole, a drop."""
    return _ellipse(height, width, rng, 0.01, 0.06)


def _stain(height: int, width: int, rng: np.random.Generator) -> Floats:
    """A large, faint, cloudy patch."""
    cloud = _resized(rng.random((6, 6)).astype(np.float32), height, width)
    mask: Floats = np.float32(0.5) * _ellipse(height, width, rng, 0.10, 0.35) * cloud
    return mask


def _crack(height: int, width: int, rng: np.random.Generator) -> Floats:
    """A thin line that wanders."""
    length = rng.uniform(0.15, 0.6) * min(height, width) / STEPS
    angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.35, STEPS))
    path = np.cumsum(length * np.stack([np.sin(angles), np.cos(angles)], 1), axis=0)
    start = rng.uniform(0.15, 0.85, 2) * (height, width)
    points = np.concatenate([start + a + np.linspace(0, 1, 8)[:, None] * (b - a) for a, b in pairwise(path)])
    return _dots(height, width, points, rng.uniform(0.7, 2.0))


def _chip(height: int, width: int, rng: np.random.Generator) -> Floats:
    """A piece broken off: a polygon with a sharp edge."""
    down, across = _around(height, width, rng)
    angle = np.arctan2(down, across)
    corners = rng.uniform(0.02, 0.08, 7) * min(height, width)
    ends = np.linspace(-np.pi, np.pi, 8)
    reach = np.interp(angle, ends, [*corners, corners[0]])
    mask: Floats = (np.hypot(down, across) < reach).astype(np.float32)
    return mask


def _fray(height: int, width: int, rng: np.random.Generator) -> Floats:
    """A band of short strokes side by side."""
    direction = rng.uniform(0, np.pi)
    along, beside = (np.array([np.sin(a), np.cos(a)]) for a in (direction, direction + np.pi / 2))
    size = min(height, width)
    start = rng.uniform(0.2, 0.8, 2) * (height, width)
    places = np.linspace(-0.1, 0.1, STRANDS) * size
    lengths = rng.uniform(0.01, 0.08, STRANDS) * size
    points = np.concatenate(
        [
            start + place * along + np.linspace(0, length, 12)[:, None] * beside
            for place, length in zip(places, lengths, strict=True)
        ]
    )
    return _dots(height, width, points, rng.uniform(0.7, 2.0))


_MASKS: tuple[Callable[[int, int, np.random.Generator], Floats], ...] = (_blob, _stain, _crack, _chip, _fray)
"""Kinds that change the brightness where their mask lies (0 to 1); misplaced material is one more."""


def _around(height: int, width: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Distance of rows and of columns of pixels from a place drawn at random."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None]
    middle = rng.uniform(0.08, 0.92, 2).astype(np.float32) * np.array([height, width], np.float32)
    return rows - middle[0], columns - middle[1]


def _ellipse(height: int, width: int, rng: np.random.Generator, least: float, most: float) -> Floats:
    """Soft-edged ellipse; half axes are shares of the smaller side."""
    down, across = _around(height, width, rng)
    long, short = rng.uniform(least, most, 2) * min(height, width)
    turn = rng.uniform(0, np.pi)
    u = (np.cos(turn) * down + np.sin(turn) * across) / max(long, 1.0)
    v = (np.cos(turn) * across - np.sin(turn) * down) / max(short, 1.0)
    mask: Floats = np.clip(2 * (1.5 - np.hypot(u, v)), 0, 1).astype(np.float32)
    return mask


def _dots(height: int, width: int, points: NDArray[np.float64], radius: float) -> Floats:
    """Soft discs around points, joined."""
    mask = np.zeros((height, width), np.float32)
    reach = int(np.ceil(radius)) + 1
    for row, column in points:
        top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
        piece = (
            mask[top : int(row) + reach + 1, left : int(column) + reach + 1] if row > 0 < column else mask[:0]
        )
        if piece.size:
            down = np.arange(top, top + piece.shape[0])[:, None] - row
            across = np.arange(left, left + piece.shape[1])[None] - column
            np.maximum(piece, np.clip(radius + 0.5 - np.hypot(down, across), 0, 1), out=piece)
    return mask


def _resized(values: Floats, height: int, width: int) -> Floats:
    """Values of a coarse grid, linearly between its points."""
    for axis, length in ((0, height), (1, width)):
        places = np.linspace(0, values.shape[axis] - 1, length)
        low = np.minimum(places.astype(int), values.shape[axis] - 2)
        share = (places - low).astype(np.float32).reshape([-1 if axis == one else 1 for one in (0, 1)])
        values = values.take(low, axis) * (1 - share) + values.take(low + 1, axis) * share
    return values


def _clipped(values: NDArray[np.float32]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)
