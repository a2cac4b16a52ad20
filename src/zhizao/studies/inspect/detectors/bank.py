"""A memory bank of patches of good pictures: a patch is as anomalous as its nearest neighbour is far.

Source: K. Roth et al. (2022), Towards total recall in industrial anomaly detection (PatchCore).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from zhizao.studies.inspect.features import Floats

PROJECTED = 32
"""Dimensions in which the coreset is chosen; distances nearly keep their order (Johnson, Lindenstrauss)."""
MOST_CANDIDATES = 20_000
"""Patches that the coreset is chosen from: bounds the memory (12 MB) and the time (about a second)."""


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Patch vectors of good pictures (entries, channels)."""

    vectors: Floats
    _lifted: Floats = field(init=False, repr=False)
    """-2 v and the squared length of each entry v, below each other: distances are then one product."""

    def __post_init__(self) -> None:
        lengths = np.einsum("ij,ij->i", self.vectors, self.vectors)
        object.__setattr__(self, "_lifted", np.concatenate([-2 * self.vectors.T, lengths[None]]))

    def distances(self, patches: Floats) -> Floats:
        """Distance to the nearest entry for each patch of a grid (height, width, channels)."""
        height, width, channels = patches.shape
        rows = patches.reshape(-1, channels)
        lifted = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
        squared = (lifted @ self._lifted).min(axis=1) + np.einsum("ij,ij->i", rows, rows)
        nearest: Floats = np.sqrt(np.maximum(squared, 0))
        return nearest.reshape(height, width)


def build_bank(rows: Floats, cap: int, rng: np.random.Generator) -> Bank:
    """The bank of patches (rows, channels), at most `cap` entries: a greedy coreset."""
    if len(rows) <= cap:
        return Bank(rows)
    return Bank(rows[greedy_coreset(rows, cap, rng)])


def greedy_coreset(
    rows: Floats, count: int, rng: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows of which each was the farthest from those before it (greedy k-centre; Sener and Savarese 2018)."""
    if rows.shape[1] > PROJECTED:
        directions = rng.standard_normal((rows.shape[1], PROJECTED)).astype(np.float32)
        rows = rows @ directions / np.float32(np.sqrt(PROJECTED))
    chosen = np.empty(count, np.int64)
    chosen[0] = rng.integers(len(rows))
    lengths = np.einsum("ij,ij->i", rows, rows)
    nearest = np.full(len(rows), np.inf, np.float32)
    for place in range(count):
        if place:
            chosen[place] = int(nearest.argmax())
        newest = rows[chosen[place]]
        np.minimum(nearest, lengths - 2 * (rows @ newest) + newest @ newest, out=nearest)
        nearest[chosen[place]] = -np.inf  # not twice, however rounding falls
    return chosen
