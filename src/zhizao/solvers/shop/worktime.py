"""Wall time and working time of units that have breaks."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.shop.problem import Breaks, Ints


def worked(breaks: Breaks | None, unit: Ints, until: Ints) -> Ints:
    """How long each unit has worked by a moment, breaks left out."""
    if breaks is None:
        return until
    rested = np.zeros(len(until), np.int64)
    for u in np.unique(unit):
        begin, end = breaks_of(breaks, int(u))
        here = np.flatnonzero(unit == u)
        passed = np.r_[0, np.cumsum(end - begin)]
        begun = np.searchsorted(begin, until[here], "right")
        inside = np.maximum(0, np.r_[0, end][begun] - until[here])
        rested[here] = passed[begun] - inside
    return until - rested


def resumes(breaks: Breaks | None, unit: Ints, moment: Ints) -> Ints:
    """The first moment from `moment` on at which each unit works."""
    if breaks is None:
        return moment
    first = moment.copy()
    for u in np.unique(unit):
        begin, end = breaks_of(breaks, int(u))
        here = np.flatnonzero(unit == u)
        begun = np.searchsorted(begin, moment[here], "right")
        first[here] = np.maximum(moment[here], np.r_[0, end][begun])
    return first


def breaks_of(breaks: Breaks, unit: int) -> tuple[Ints, Ints]:
    """Begin and end of the breaks of a unit."""
    rows = slice(int(breaks.first[unit]), int(breaks.first[unit + 1]))
    return breaks.begin[rows], breaks.end[rows]
