"""Distances of a simulated from a real log: cycle time, order of activities, when things happen.

Earth mover's distances in h, as in AgentSimulator's protocol (Chapela-Campa et al., "Can I trust my
simulation model?", BPM 2023), and the continuous ranked probability score of each lot's cycle time (Gneiting
and Raftery, "Strictly proper scoring rules", JASA 2007; the estimator without bias is Ferro's, QJRMS 2014).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.learning.holdouts import Floats, Indices, Texts

HOURS_A_DAY = 24
FAR_H = 23.0  # of a weekday on which only one of two logs has events


class Simulated(NamedTuple):
    """Rows of one simulated log. Lot i is lot i of the held-out ones; times in h since their log's origin."""

    lot: Indices
    activity: Texts
    start_h: Floats
    end_h: Floats


@dataclass(frozen=True, eq=False)
class Profile:
    """What a log is compared by; rows are cut to the follow-up of their lot.

    `lots` are those that have rows; `cycle_h` and `visits` have an entry for each of them. `absolute_h` are
    starts and ends of visits, `relative_h` the same from the lot's first start, `in_process` the lots in
    process at each whole hour of the horizon.
    """

    lots: Indices
    cycle_h: Floats
    visits: Indices
    trigrams: Counter[tuple[str, ...]]
    absolute_h: Floats
    relative_h: Floats
    in_process: Indices


def profile(log: Simulated, follow_h: float, horizon: tuple[int, int]) -> Profile:
    """Profile of a log; rows of a lot with the same activity, one after the other, are one visit."""
    order = np.lexsort((log.end_h, log.start_h, log.lot))
    lots, lot = np.unique(log.lot[order], return_inverse=True)
    start, end = log.start_h[order], np.nan_to_num(log.end_h[order], nan=np.inf)
    first = np.full(len(lots), np.inf)
    np.minimum.at(first, lot, start)
    limit = first[lot] + follow_h
    keep = start < limit
    lot, activity, start = lot[keep], log.activity[order][keep], start[keep]
    end = np.minimum(end[keep], limit[keep])
    last = np.full(len(lots), -np.inf)
    np.maximum.at(last, lot, end)
    is_new = np.ones(len(lot), bool)
    is_new[1:] = (lot[1:] != lot[:-1]) | (activity[1:] != activity[:-1])
    rows = np.flatnonzero(is_new)
    visit, begin, done = lot[rows], start[rows], np.maximum.reduceat(end, rows)
    hours = np.arange(*horizon)
    return Profile(
        lots=lots,
        cycle_h=last - first,
        visits=np.bincount(visit, minlength=len(lots)),
        trigrams=_trigrams(visit, activity[rows], len(lots)),
        absolute_h=np.concatenate([begin, done]),
        relative_h=np.concatenate([begin - first[visit], done - first[visit]]),
        in_process=np.searchsorted(np.sort(first), hours, "right")
        - np.searchsorted(np.sort(last), hours, "right"),
    )


def _trigrams(lot: Indices, activity: Texts, lots: int) -> Counter[tuple[str, ...]]:
    """How often three activities follow each other; a route is framed by two empty ones."""
    found: Counter[tuple[str, ...]] = Counter()
    edges = np.searchsorted(lot, np.arange(lots + 1))
    for i in range(lots):
        route = ["", "", *activity[edges[i] : edges[i + 1]].tolist(), "", ""]
        found.update(zip(route, route[1:], route[2:], strict=False))
    return found


def distances(real: Profile, other: Profile) -> dict[str, float]:
    """Distances of a log from the real one, in h; trigrams and lots in process as shares."""
    every = real.trigrams.keys() | other.trigrams.keys()
    gap = sum(abs(real.trigrams[key] - other.trigrams[key]) for key in every)
    return {
        "cycle_h": earth_movers(real.cycle_h * 60, other.cycle_h * 60) / 60,  # to the minute: some are short
        "trigrams": gap / (real.trigrams.total() + other.trigrams.total()),
        "absolute_h": earth_movers(real.absolute_h, other.absolute_h),
        "relative_h": earth_movers(real.relative_h, other.relative_h),
        "circadian_h": _circadian(real.absolute_h, other.absolute_h),
        "in_process": float(np.abs(real.in_process - other.in_process).sum() / max(real.in_process.sum(), 1)),
    }


def _circadian(real: Floats, other: Floats) -> float:
    """Mean over weekdays of the distance of the hours of the day."""
    found = []
    for day in range(7):
        x, y = (t[(t // HOURS_A_DAY) % 7 == day] % HOURS_A_DAY for t in (real, other))
        both, one = len(x) and len(y), len(x) or len(y)
        found.append(earth_movers(x, y) if both else FAR_H if one else 0.0)
    return float(np.mean(found))


def earth_movers(x: Floats, y: Floats) -> float:
    """Earth mover's distance of two samples in bins of 1: the area between their distributions."""
    if not len(x) or not len(y):
        return float("nan")
    x, y = np.sort(np.floor(x)), np.sort(np.floor(y))
    places = np.sort(np.concatenate([x, y]))
    below = [np.searchsorted(one, places[:-1], "right") / len(one) for one in (x, y)]
    return float(np.sum(np.abs(below[0] - below[1]) * np.diff(places)))


def crps(simulated: Floats, real: Floats) -> Floats:
    """Continuous ranked probability score of each lot: E|X - y| - E|X - X'| / 2.

    Parameters
    ----------
    simulated : cycle times, shape (replications, lots); nan where a replication lacks a lot.
    real : cycle times, shape (lots,).
    """
    n = np.isfinite(simulated).sum(axis=0)
    error = np.nanmean(np.abs(simulated - real), axis=0)
    ordered = np.sort(simulated, axis=0)
    rank = np.arange(len(ordered))[:, None]
    spread = np.nansum((2 * rank - n + 1) * ordered, axis=0) / np.maximum(n * (n - 1), 1)
    scores: Floats = error - spread
    return scores
