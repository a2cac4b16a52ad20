"""Small pictures drawn for tests: brushed plates, some with a scratch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64


def plate(rng: np.random.Generator, *, scratched: bool = False, stained: bool = False) -> np.ndarray:
    """A brushed plate; with a scratch or a stain on it if asked for."""
    lines = rng.normal(128, 12, (SIDE, 1)) + rng.normal(0, 4, (SIDE, SIDE))
    if scratched:
        row = int(rng.integers(8, SIDE - 24))
        lines[np.arange(row, row + 20), np.arange(20, 40)] = 250
        lines[np.arange(row, row + 20), np.arange(21, 41)] = 10
    if stained:
        row, column = rng.integers(8, SIDE - 24, 2)
        lines[row : row + 14, column : column + 14] = 40
    return np.clip(lines, 0, 255).astype(np.uint8)


def draw(folder: Path, count: int, *, seed: int, scratched: bool = False, stained: bool = False) -> Path:
    """Pictures plate-000.png … in a folder."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for number in range(count):
        Image.fromarray(plate(rng, scratched=scratched, stained=stained)).save(
            folder / f"plate-{number:03}.png"
        )
    return folder
