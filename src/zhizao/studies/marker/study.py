"""Make a marker: the pieces of an order on as short a length of cloth as can be found in the time given."""

from __future__ import annotations

import json
from collections.abc import Mapping

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import hashed
from zhizao.records.patterns import Pattern
from zhizao.solvers.nesting import Settings, nest
from zhizao.studies.marker.order import check_order
from zhizao.studies.marker.pieces import Cloth, cuts_of, nesting_of
from zhizao.studies.marker.result import MarkerResult

LONGEST_S = 3600.0
"""Limit of a search that ends by itself."""


def marker(
    pattern: Pattern,
    order: Mapping[str, int],
    cloth: Cloth,
    *,
    seconds: float | None = 60.0,
    seed: int = 1,
    progress: Progress | None = None,
) -> MarkerResult:
    """Make a marker for an order.

    Parameters
    ----------
    pattern
        Pieces in sizes, as `zhizao.connect.dxf.read_pattern` gives them.
    order
        Garments by size.
    cloth
        Width and rules of the cloth, in mm.
    seconds
        Time of the search; None: until it no longer improves, one hour at most. Settling and proof take a few
        seconds more.
    seed
        Seed of the search. The time decides how far it comes, so equal seeds do not give equal markers.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The order is empty or names an unknown size, or a piece is wider than the cloth.
    PatternError
        A piece that is needed has an open or crossing boundary.
    """
    check_order(order, pattern.sizes)
    ordered = {size: count for size, count in order.items() if count}
    cuts, notes = cuts_of(pattern, ordered, cloth.fabric)
    settings = Settings(LONGEST_S if seconds is None else seconds, seed=seed, stop_early=seconds is None)
    found = nest(
        nesting_of(cuts, cloth),
        settings=settings,
        progress=None if progress is None else lambda share, _: progress(share),
    )
    inputs = (
        hashed("pattern", pattern.style, repr(pattern).encode()),
        hashed("order", "order", json.dumps(ordered).encode()),
    )
    return MarkerResult(
        pattern, ordered, cloth, cuts, found, notes, inputs, seed, version(), found.interrupted
    )
