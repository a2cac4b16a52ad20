"""Patch vectors: features at strides 8 and 16 on one grid.

Source: K. Roth et al. (2022), Towards total recall in industrial anomaly detection (PatchCore).
"""

from __future__ import annotations

import numpy as np

from zhizao.studies.inspect.features.backbone import Features, Floats


def patch_vectors(features: Features) -> Floats:
    """Vectors (height, width, channels) of a picture on the grid of stride 16."""
    joined: Floats = np.concatenate([_halved(features.stride8), features.stride16]).transpose(1, 2, 0)
    return joined


def descriptor(features: Features) -> Floats:
    """Mean of each channel over the picture: what it shows as a whole."""
    return np.concatenate([features.stride8.mean(axis=(1, 2)), features.stride16.mean(axis=(1, 2))])


def _halved(grid: Floats) -> Floats:
    """Mean over 2 x 2 cells."""
    channels, height, width = grid.shape
    blocks: Floats = grid.reshape(channels, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    return blocks
