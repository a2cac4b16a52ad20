"""What is kept of each picture to fit detectors: so little that the memory is bounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from zhizao.studies.inspect.detectors.bank import MOST_CANDIDATES
from zhizao.studies.inspect.features import Features, Floats, View, view_of
from zhizao.studies.inspect.pictures import Pixels, with_defect

DEFECTS = 2
"""Synthetic defects for each picture."""
DEFECTIVE_CELLS = 12
"""Cells that are kept of each synthetic defect, those that it changes most."""
GOOD_CELLS = 40
"""Cells that are kept of each good picture beside them."""
MOST_CELLS = 60_000
"""Cells of all pictures that the discriminant is fitted to at most: bounds the memory (115 MB)."""
CHANGED = 8
"""Levels of brightness by which a pixel of a synthetic defect differs."""
CHANGED_SHARE = 0.03
"""A cell is defective if so many of its pixels differ: the defects are thin."""

See = Callable[[Pixels], Features]
"""Features of pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is kept of a picture."""

    patches: Floats
    """Candidates for the bank (rows, channels)."""
    summary: Floats
    good: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """Cells without a defect (rows, channels)."""
    defective: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """Cells with a synthetic defect (rows, channels)."""


def sample_of(view: View, pictures: int, rng: np.random.Generator) -> Sample:
    """The sample of one of so many pictures."""
    return Sample(_some(view.patches, max(1, MOST_CANDIDATES // pictures), rng), view.summary)


def sample_with_defects(
    pixels: Pixels, view: View, see: See, pictures: int, rng: np.random.Generator
) -> Sample:
    """The sample of one of so many pictures, with cells of synthetic defects on it."""
    plain = sample_of(view, pictures, rng)
    share = min(1.0, MOST_CELLS / pictures / (GOOD_CELLS + DEFECTS * DEFECTIVE_CELLS))
    good = _some(view.patches, max(1, int(share * GOOD_CELLS)), rng)
    most = max(1, int(share * DEFECTIVE_CELLS))
    defective = [_defective(pixels, with_defect(pixels, rng), see, most) for _ in range(DEFECTS)]
    return Sample(plain.patches, plain.summary, good, np.concatenate(defective))


def _defective(pixels: Pixels, changed: Pixels, see: See, most: int) -> Floats:
    """Cells of a changed picture where it differs from the good one."""
    patches = view_of(see(changed)).patches
    height, width, channels = patches.shape
    cell = pixels.shape[0] // height
    differs = np.abs(changed.astype(np.int16) - pixels).max(axis=2) > CHANGED
    share = differs.reshape(height, cell, width, cell).mean(axis=(1, 3)).ravel()
    order = np.argsort(-share, kind="stable")[:most]
    kept: Floats = patches.reshape(-1, channels)[order[share[order] > CHANGED_SHARE]]
    return kept


def _some(grid: Floats, most: int, rng: np.random.Generator) -> Floats:
    """Rows of a grid, drawn at random if there are more; a copy, so that the grid can go."""
    rows = grid.reshape(-1, grid.shape[2])
    if len(rows) <= most:
        return rows
    return rows[np.sort(rng.choice(len(rows), most, replace=False))]


def rows_of(rows: Sequence[Floats]) -> Floats:
    """Rows of several samples below each other."""
    return np.concatenate([one for one in rows if len(one)])
