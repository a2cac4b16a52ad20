"""Parts: which pictures belong together where nobody says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zhizao.studies.inspect.features import Floats

ALIKE = 0.65
"""Near-duplicates: closer than this share of the median distance between two pictures of the set. On magnetic
tile it finds 99 % of the pairs of exposures of a tile; of 100 pictures of each class of NEU-CLS, which are
all of different places, it joins at most one pair."""
BLOCK = 256
"""Pictures whose distances are held at once."""
MOST_FOR_MEDIAN = 1000
"""Pictures, evenly spaced, that the median distance is taken over."""


def near_duplicates(patterns: Sequence[Floats]) -> tuple[str, ...]:
    """A part for each picture: near-duplicates share one (single linkage).

    What all pictures have in common is taken out first, so that parts of one design stay apart.

    Parameters
    ----------
    patterns
        What each picture shows and where, one vector for each.
    """
    rows = np.stack(patterns)
    rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), np.float32(1e-6))
    some = rows[:: -(-len(rows) // MOST_FOR_MEDIAN)]
    apart = _squared(some, some)[np.triu_indices(len(some), 1)]
    limit = ALIKE**2 * float(np.median(apart)) if len(apart) else 0.0
    parents = list(range(len(rows)))
    for start in range(0, len(rows), BLOCK):
        close = _squared(rows[start : start + BLOCK], rows) <= limit
        for place, other in zip(*np.nonzero(close), strict=True):
            parents[_root(parents, int(other))] = _root(parents, start + int(place))
    return tuple(f"part {_root(parents, place) + 1}" for place in range(len(rows)))


def _squared(rows: Floats, others: Floats) -> Floats:
    """Squared distances between rows and others."""
    lengths = [np.einsum("ij,ij->i", one, one) for one in (rows, others)]
    found: Floats = np.maximum(lengths[0][:, None] + lengths[1][None] - 2 * (rows @ others.T), 0)
    return found


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
