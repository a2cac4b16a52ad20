"""Pictures of a draped garment: surfaces drawn with a depth buffer and shaded by their slope, as PNG."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Bytes = NDArray[np.uint8]

HEIGHT = 720
"""Pixels of a picture from top to bottom."""
MARGIN_M = 0.06
SKIN, CLOTH = (0.86, 0.82, 0.78), (0.36, 0.47, 0.62)
DARKEST = 0.35
"""Brightness of a surface seen edge-on."""
FINEST = 1500
"""Parts of an edge at most: twice the pixels of a picture."""
STEPS = (
    (0.0, (0.70, 0.78, 0.88)),
    (0.01, (0.45, 0.72, 0.60)),
    (0.02, (0.94, 0.89, 0.26)),
    (0.05, (0.90, 0.56, 0.10)),
    (np.inf, (0.80, 0.25, 0.10)),
)
"""Colours of strain: up to each bound, the one of its row; hues after Okabe and Ito 2008."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What is drawn: vertices [n, 3] in m, triangles [t, 3], colour [3] or [t, 3] in 0..1."""

    vertices: Array
    triangles: Numbers
    colour: Array


def strain_colours(strain: Array) -> Array:
    """Colour [t, 3] of the largest principal strain of triangles [t]."""
    bounds = np.array([bound for bound, _ in STEPS[:-1]])
    return np.array([colour for _, colour in STEPS])[np.searchsorted(bounds, strain)]


def picture(surfaces: list[Surface], *, behind: bool, window: tuple[Array, Array]) -> bytes:
    """PNG of surfaces seen from the front or from behind, without perspective.

    Parameters
    ----------
    window
        Lower and upper corner [2] of what is seen, in x and y, m.
    """
    low, high = window[0] - MARGIN_M, window[1] + MARGIN_M
    scale = HEIGHT / (high[1] - low[1])
    wide = int(np.ceil((high[0] - low[0]) * scale))
    turned = -1.0 if behind else 1.0
    image = np.ones((HEIGHT, wide, 3))
    depth = np.full(HEIGHT * wide, -np.inf)
    for one in surfaces:
        seen = one.vertices * [turned, 1, turned]
        _draw(image, depth, seen, one, (np.array([-high[0] if behind else low[0], low[1]]), scale))
    return png(np.round(255 * image).astype(np.uint8))


def _draw(image: Array, depth: Array, seen: Array, one: Surface, view: tuple[Array, float]) -> None:
    """Draw triangles into image and depth buffer by points denser than the pixels."""
    corner, scale = view
    height, wide = image.shape[:2]
    corners = seen[one.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
    shade = DARKEST + (1 - DARKEST) * np.abs(normal[:, 2]) / size
    colours = np.broadcast_to(one.colour, (len(corners), 3)) * shade[:, None]
    longest = np.ptp(corners[:, :, :2], axis=1).max(1) * scale
    fine = np.minimum(np.ceil(1.5 * longest).astype(int) + 1, FINEST)
    for count in np.unique(fine):
        chosen = np.nonzero(fine == count)[0]
        u, v = (part.ravel() for part in np.meshgrid(*[np.arange(count + 1) / count] * 2))
        weights = np.stack([u, v, 1 - u - v], axis=1)[u + v <= 1 + 1e-9]
        points = np.einsum("wk,tki->twi", weights, corners[chosen]).reshape(-1, 3)
        owner = np.repeat(chosen, len(weights))
        column = ((points[:, 0] - corner[0]) * scale).astype(int)
        row = height - 1 - ((points[:, 1] - corner[1]) * scale).astype(int)
        inside = (column >= 0) & (column < wide) & (row >= 0) & (row < height)
        pixel, z, owner = row[inside] * wide + column[inside], points[inside, 2], owner[inside]
        order = np.argsort(z, kind="stable")  # the nearest is written last
        pixel, z, owner = pixel[order], z[order], owner[order]
        nearest = np.full(len(depth), -1, np.int64)
        nearest[pixel] = np.arange(len(pixel))
        drawn = np.nonzero(nearest >= 0)[0]
        last = nearest[drawn]
        front = z[last] > depth[drawn]
        depth[drawn[front]] = z[last[front]]
        image.reshape(-1, 3)[drawn[front]] = colours[owner[last[front]]]


def legend() -> bytes:
    """PNG of the colours of strain, from none to most, in blocks of one size."""
    blocks = [np.full((24, 80, 3), colour) for _, colour in STEPS]
    return png(np.round(255 * np.concatenate(blocks, axis=1)).astype(np.uint8))


def png(image: Bytes) -> bytes:
    """A PNG file of 8-bit RGB pixels [rows, columns, 3] (PNG specification, 3rd edition, W3C 2025)."""
    rows, columns = image.shape[:2]
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), image.reshape(rows, -1)], axis=1)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
