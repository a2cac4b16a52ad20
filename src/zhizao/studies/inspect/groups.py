"""Parts: which pictures belong together where nobody says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zhizao.studies.inspect.features import Floats

ALIKE = 0.15
"""Near-duplicates: closer than this share of the median distance between two pictures of the set."""


def near_duplicates(descriptors: Sequence[Floats]) -> tuple[str, ...]:
    """A part for each picture: near-duplicates share one (single linkage).

    Parameters
    ----------
    descriptors
        Mean of each channel, one vector for each picture.
    """
    rows = np.stack(descriptors).astype(np.float64)
    rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-6)
    parents = list(range(len(rows)))
    distances = [np.sqrt(((rows[place + 1 :] - row) ** 2).sum(axis=1)) for place, row in enumerate(rows)]
    together = np.concatenate(distances) if len(rows) > 1 else np.ones(1)
    limit = ALIKE * float(np.median(together))
    for place, behind in enumerate(distances):
        for other in np.flatnonzero(behind <= limit):
            parents[_root(parents, place + 1 + int(other))] = _root(parents, place)
    return tuple(f"part {_root(parents, place) + 1}" for place in range(len(rows)))


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
