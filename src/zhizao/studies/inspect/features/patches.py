"""What detectors see of a picture: features of all strides on one grid, and a summary of the whole.

Source: K. Roth et al. (2022), Towards total recall in industrial anomaly detection (PatchCore).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.inspect.features.backbone import Features, Floats

FLAT = 1e-3
"""Deviation below which a channel counts as flat, in the unit of the features (they vary by 3 to 4)."""
FLAT_LOG = 1e-2
"""Added to a deviation before its logarithm is taken, so that flat channels differ little."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What detectors see of a picture."""

    patches: Floats
    """A vector for each cell of stride 16 (height, width, channels)."""
    summary: Floats
    """Mean and logarithm of the deviation of each channel over the picture."""


def view_of(features: Features) -> View:
    """Patches on the grid of stride 16, and the summary of the whole."""
    levels = [one for one in (features.stride8, features.stride16, features.stride32) if one is not None]
    means = [one.mean(axis=(1, 2)) for one in levels]
    spreads = [np.log(one.std(axis=(1, 2)) + np.float32(FLAT_LOG)) for one in levels]
    grids = [_halved(features.stride8), features.stride16]
    if features.stride32 is not None:
        grids.append(features.stride32.repeat(2, axis=1).repeat(2, axis=2))
    patches = np.ascontiguousarray(np.concatenate(grids).transpose(1, 2, 0))
    return View(patches, np.concatenate([*means, *spreads]))


def pattern(features: Features) -> Floats:
    """What a picture shows and where, without brightness and contrast: a vector to tell near-duplicates by.

    Features at stride 16, mean over 2 x 2 cells, each channel with mean 0 and deviation 1 over the picture.
    """
    grid = _halved(features.stride16)
    level = grid.mean(axis=(1, 2), keepdims=True)
    spread = grid.std(axis=(1, 2), keepdims=True)
    vector: Floats = ((grid - level) / (spread + np.float32(FLAT))).ravel()
    return vector


def _halved(grid: Floats) -> Floats:
    """Mean over 2 x 2 cells."""
    channels, height, width = grid.shape
    blocks: Floats = grid.reshape(channels, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    return blocks
