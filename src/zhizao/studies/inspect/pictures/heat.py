"""Heat maps as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CELL = 16
"""Pixels of a side of a cell."""


def save_heat(heat: NDArray[np.float32], threshold: float, path: Path) -> None:
    """Write the anomaly of each cell as a grey picture; middle grey is the threshold.

    Parameters
    ----------
    heat
        Anomaly of each cell (height, width).
    threshold
        Score from which a picture is called defective, in the same unit.
    path
        File to write (PNG).
    """
    from PIL import Image

    grey = np.clip(heat / (2 * threshold), 0, 1) * 255
    small = Image.fromarray(grey.astype(np.uint8))
    large = small.resize((small.width * CELL, small.height * CELL), Image.Resampling.BILINEAR)
    large.save(path, format="PNG")
