"""Distances between two event logs, in hours or shares.

The five log distances follow Chapela-Campa, Benchekroun, Baron, Dumas, Krass and Senderovich, "A
framework for measuring the quality of business process simulation models" (2025),
with bins of one hour as there. Their traces are rows; here consecutive rows of a lot at
the same operation count as one visit, for a factory reports one visit in several rows (set-up, a report
per shift) and a twin in one or two.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from zhizao.studies.validate.cohort import DAY_S, HOUR_S, WEEK_S, Cohort, Floats

_PAD = "\0"
_WORST_HOURS = (
    23.0  # of a weekday on which only one log has events: the widest distance between hours 0 and 23
)


def wasserstein(a: Floats, b: Floats) -> float:
    """Earth mover's distance of two samples on a line: the area between their distribution functions."""
    if not len(a) or not len(b):
        return float("nan")
    points = np.sort(np.concatenate([a, b]))
    left = np.searchsorted(np.sort(a), points[:-1], side="right") / len(a)
    right = np.searchsorted(np.sort(b), points[:-1], side="right") / len(b)
    return float(np.sum(np.abs(left - right) * np.diff(points)))


def cycle_times_h(log: Cohort) -> Floats:
    """Hours from first start to last end of each lot, within its follow-up."""
    return (log.last_s() - log.first_s()) / HOUR_S


def cycle_time_emd_h(a: Cohort, b: Cohort) -> float:
    """Earth mover's distance of the cycle times, in h (bins of 1 h from the shortest)."""
    x, y = cycle_times_h(a), cycle_times_h(b)
    if not len(x) or not len(y):
        return float("nan")
    least = float(np.concatenate([x, y]).min())
    return wasserstein(np.floor(x - least), np.floor(y - least))


def ngram(a: Cohort, b: Cohort, n: int = 3) -> float:
    """Share of n-grams of operations (padded at both ends) that differ: 0 the same mix, 1 nothing in
    common."""
    x, y = _ngrams(a, n), _ngrams(b, n)
    total = x.total() + y.total()
    return sum(abs(x[key] - y[key]) for key in x.keys() | y.keys()) / total if total else float("nan")


def _ngrams(log: Cohort, n: int) -> Counter[tuple[str, ...]]:
    traces: list[list[str]] = [[] for _ in range(log.lots)]
    for lot, name in zip(log.lot, log.operation, strict=True):
        if not traces[lot] or traces[lot][-1] != name:
            traces[lot].append(name)
    found: Counter[tuple[str, ...]] = Counter()
    for trace in traces:
        padded = [_PAD] * (n - 1) + trace + [_PAD] * (n - 1)
        found.update(tuple(padded[i : i + n]) for i in range(len(padded) - n + 1))
    return found


def absolute_emd_h(a: Cohort, b: Cohort) -> float:
    """Earth mover's distance of starts and ends on the time line, in h (bins of 1 h)."""
    return wasserstein(_hours(a.start_s, a.end_s), _hours(b.start_s, b.end_s))


def relative_emd_h(a: Cohort, b: Cohort) -> float:
    """Earth mover's distance of starts and ends since the lot's first start, in h (bins of 1 h)."""
    x, y = a.first_s()[a.lot], b.first_s()[b.lot]
    return wasserstein(_hours(a.start_s - x, a.end_s - x), _hours(b.start_s - y, b.end_s - y))


def circadian_emd_h(a: Cohort, b: Cohort) -> float:
    """Mean over the weekdays of the earth mover's distance of the hours of the day of starts and ends.

    A weekday on which only one of the logs has events counts 23 h.
    """
    x, y = np.concatenate([a.start_s, a.end_s]), np.concatenate([b.start_s, b.end_s])
    return float(np.mean([_weekday_distance(_on(x, day), _on(y, day)) for day in range(7)]))


def _on(times: Floats, weekday: int) -> Floats:
    in_week = times % WEEK_S
    picked: Floats = in_week[(in_week // DAY_S).astype(int) == weekday]
    return np.floor(picked % DAY_S / HOUR_S)


def _weekday_distance(x: Floats, y: Floats) -> float:
    if len(x) and len(y):
        return wasserstein(x, y)
    return _WORST_HOURS if len(x) or len(y) else 0.0


def _hours(*times: Floats) -> Floats:
    return np.floor(np.concatenate(times) / HOUR_S)


def wip_error(real: Cohort, twin: Cohort, horizon_s: tuple[float, float]) -> float:
    """Mean gap between the numbers of lots in process, by the hour, over the log's mean number.

    A lot is in process from its first start to its last end within the follow-up.
    """
    grid = np.arange(horizon_s[0], horizon_s[1], HOUR_S)
    x, y = _in_process(real, grid), _in_process(twin, grid)
    return float(np.mean(np.abs(x - y)) / max(float(np.mean(x)), 1e-12))


def _in_process(log: Cohort, grid: Floats) -> Floats:
    begun = np.searchsorted(np.sort(log.first_s()), grid, side="right")
    gone = np.searchsorted(np.sort(log.last_s()), grid, side="right")
    return (begun - gone).astype(np.float64)
