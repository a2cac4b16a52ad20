"""Heat maps as pictures."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.pictures.reading import read_picture

CELL = 16
"""Pixels of a side of a cell."""
SHOWN = 160
"""Side of a picture on a page, pixels."""
REDDEST = 0.7
"""Share of red where a cell is most anomalous; the picture stays visible."""


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


def enlarged(heat: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The anomaly of each pixel of a square picture, linearly between the cells."""
    from PIL import Image

    large = Image.fromarray(heat.astype(np.float32)).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(large, dtype=np.float32)


def heated(path: Path, heat: NDArray[np.float32], threshold: float) -> bytes:
    """A small picture, reddened where its cells are above a threshold, as PNG; grey where the file is gone.

    Parameters
    ----------
    path
        The picture.
    heat
        Anomaly of each cell (height, width).
    threshold
        Anomaly from which it is reddened, fully at twice the threshold.
    """
    from PIL import Image

    pixels = read_picture(path, SHOWN).pixels
    if pixels is None:
        pixels = np.full((SHOWN, SHOWN, 3), 128, np.uint8)
    share = np.clip(enlarged(heat, SHOWN) / threshold - 1, 0, 1)[..., None] * REDDEST
    red = np.array([255, 30, 0], np.float32)
    stream = BytesIO()
    Image.fromarray((pixels * (1 - share) + red * share).astype(np.uint8)).save(stream, format="PNG")
    return stream.getvalue()
