"""Distances between two event logs, in hours or shares.

The five log distances follow Chapela-Campa, Benchekroun, Baron, Dumas, Krass and Senderovich, "A framework
for measuring the quality of business process simulation models" (2025), with bins of one hour as there. Their
traces and events are rows; here consecutive rows of a lot at the same operation are one visit, in both logs,
for a factory reports one visit in several rows (set-up, a report per shift) and a twin in one or two. The
two others are sums of gaps (hours of work, lots in process).

Each distance compares two sums over lots: what each lot adds to which bin is found once (`mark`), so that
a resampled log is only weighed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zhizao.plant.model import Plant
from zhizao.studies.validate.busy import hours_by_row
from zhizao.studies.validate.cohort import DAY_S, HOUR_S, WEEK_S, Cohort, Floats, Indices

Weights = Floats | Indices  # how often each lot counts

N = 3  # operations in a row
_WORST_HOURS = (
    23.0  # of a weekday on which only one log has events: the widest distance between hours 0 and 23
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What logs that are compared have in common: the plant's hours, and the hours over which lots are
    counted (s since their origin)."""

    plant: Plant | None
    horizon_s: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What each lot of a log adds to the bins of one distance."""

    lot: Indices
    bin: Indices
    amount: Floats
    levels: Floats  # where the bins lie, the same for all logs that are compared

    def sums(self, weights: Weights) -> Floats:
        """Bins of a log that has each lot so many times: (draws × lots) gives (draws × bins)."""
        own = [np.bincount(self.bin, self.amount * w[self.lot], len(self.levels)) for w in weights]
        return np.stack(own)


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """One log with its marks for every distance."""

    lots: int
    marks: Mapping[str, Marks]

    def sums(self, name: str, weights: Weights | None = None) -> Floats:
        """Bins for one distance; by default each lot counts once."""
        return self.marks[name].sums(np.ones((1, self.lots)) if weights is None else weights)


def mark(logs: Sequence[Cohort], frame: Frame) -> list[Marked]:
    """What every lot of these logs adds to the bins that they share."""
    times = [cycle_times_h(log) for log in logs]
    shortest = min((float(own.min()) for own in times if len(own)), default=0.0)
    names = _Numbers(_numbers(log.operation for log in logs), _numbers(log.work_center for log in logs))
    found = [_keys(log, frame, shortest, names) for log in logs]
    columns = {name: _shared([keys[name] for keys in found]) for name in DISTANCES}
    return [Marked(log.lots, {name: columns[name][i] for name in DISTANCES}) for i, log in enumerate(logs)]


def distance(name: str, a: Marked, b: Marked) -> float:
    """One distance between two logs; NaN where one of them has no lot."""
    return float(gaps(name, a.sums(name), b, a.marks[name].levels)[0])


def gaps(name: str, sums: Floats, other: Marked, levels: Floats) -> Floats:
    """Distances between sums (draws × bins) and a log."""
    return between(name, sums, other.sums(name), levels)


def between(name: str, x: Floats, y: Floats, levels: Floats) -> Floats:
    """Distances between two sets of sums over the same bins, row by row (one row goes with all)."""
    return _FORMULAS[name](x, y, levels)


# ---------------------------------------------------------------- what a lot adds
Keys = tuple[Indices, Floats, Floats]  # lot, place of the bin, amount


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Names that logs share, by number from 1."""

    operations: Mapping[str, int]
    work_centers: Mapping[str, int]


def _numbers(names: Iterable[tuple[str, ...]]) -> dict[str, int]:
    return {name: i + 1 for i, name in enumerate(sorted(set().union(*names)))}


def _keys(log: Cohort, frame: Frame, shortest_h: float, names: _Numbers) -> dict[str, Keys]:
    return {
        "cycle_time_emd_h": _cycle_keys(log, shortest_h),
        "ngram": _ngram_keys(log, names.operations),
        "absolute_emd_h": _absolute_keys(log),
        "circadian_emd_h": _circadian_keys(log),
        "relative_emd_h": _relative_keys(log),
        "busy_hours_error": _busy_keys(log, frame, names.work_centers),
        "wip_error": _wip_keys(log, frame),
    }


def _cycle_keys(log: Cohort, shortest_h: float) -> Keys:
    return np.arange(log.lots), np.floor(cycle_times_h(log) - shortest_h), np.ones(log.lots)


def cycle_times_h(log: Cohort) -> Floats:
    """Hours from first start to last end of each lot, within its follow-up."""
    hours: Floats = (log.last_s() - log.first_s()) / HOUR_S
    return hours


def _ngram_keys(log: Cohort, number: Mapping[str, int]) -> Keys:
    """N-grams as one number each; N - 1 pads (0) stand before and after the visits of every lot."""
    _, rows = _visits(log)
    visits = np.bincount(log.lot[rows], minlength=log.lots)
    length = visits + 2 * (N - 1)
    begin = np.cumsum(length) - length
    lot = np.repeat(np.arange(log.lots), length)
    at = np.arange(len(rows)) - np.repeat(np.cumsum(visits) - visits, visits)
    padded = np.zeros(len(lot))
    padded[np.repeat(begin, visits) + N - 1 + at] = [number[log.operation[row]] for row in rows]
    first = np.flatnonzero(np.arange(len(lot)) <= (begin + length - N)[lot]) if len(lot) else rows
    grams = sum(padded[first + i] * float(len(number) + 1) ** (N - 1 - i) for i in range(N))
    return lot[first], np.asarray(grams, np.float64), np.ones(len(first))


def _visits(log: Cohort) -> tuple[Floats, Indices]:
    """End of each visit, and its first row."""
    name = np.array(log.operation, dtype=object)
    new = np.ones(len(name), bool)
    new[1:] = (log.lot[1:] != log.lot[:-1]) | (name[1:] != name[:-1])
    rows = np.flatnonzero(new)
    ends = np.maximum.reduceat(log.end_s, rows) if len(rows) else np.zeros(0)
    return ends, rows


def _event_keys(log: Cohort, since_s: Floats) -> Keys:
    """Starts and ends of visits, in s since a moment of their lot."""
    ends, rows = _visits(log)
    lot = log.lot[rows]
    at = np.concatenate([log.start_s[rows] - since_s[lot], ends - since_s[lot]])
    return np.concatenate([lot, lot]), at, np.ones(2 * len(rows))


def _absolute_keys(log: Cohort) -> Keys:
    lot, at, one = _event_keys(log, np.zeros(log.lots))
    return lot, np.floor(at / HOUR_S), one


def _relative_keys(log: Cohort) -> Keys:
    lot, at, one = _event_keys(log, log.first_s())
    return lot, np.floor(at / HOUR_S), one


def _circadian_keys(log: Cohort) -> Keys:
    lot, at, one = _event_keys(log, np.zeros(log.lots))
    return lot, np.floor(at % WEEK_S / HOUR_S), one


def _busy_keys(log: Cohort, frame: Frame, number: Mapping[str, int]) -> Keys:
    centers = np.array([number[name] for name in log.work_center], np.float64)
    return log.lot, centers, hours_by_row(log, frame.plant) / max(log.lots, 1)


def _wip_keys(log: Cohort, frame: Frame) -> Keys:
    begin, end = frame.horizon_s
    lots = np.arange(log.lots)
    at = np.ceil((np.concatenate([log.first_s(), log.last_s()]) - begin) / HOUR_S)
    hours = np.clip(at, 0.0, np.ceil((end - begin) / HOUR_S))
    return np.concatenate([lots, lots]), hours, np.repeat([1.0, -1.0], log.lots)


# ---------------------------------------------------------------- bins that logs share
def _shared(found: list[Keys]) -> list[Marks]:
    levels = np.unique(np.concatenate([place for _, place, _ in found]))
    return [Marks(lot, np.searchsorted(levels, place), amount, levels) for lot, place, amount in found]


# ---------------------------------------------------------------- formulas
def wasserstein(x: Floats, y: Floats, levels: Floats) -> Floats:
    """Earth mover's distance of weights on places on a line: area between their distribution functions."""
    if len(levels) < 2:
        return np.where((x.sum(-1) > 0) & (y.sum(-1) > 0), 0.0, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):  # a log without events is nowhere: NaN
        gap = np.cumsum(x, -1) / x.sum(-1, keepdims=True) - np.cumsum(y, -1) / y.sum(-1, keepdims=True)
    area: Floats = np.abs(gap[..., :-1]) @ np.diff(levels)
    return area


def _ngram(x: Floats, y: Floats, _levels: Floats) -> Floats:
    """Share of n-grams of operations (padded at both ends) that differ: 0 the same, 1 nothing in common."""
    total = x.sum(-1) + y.sum(-1)
    both = (x.sum(-1) > 0) & (y.sum(-1) > 0)
    return np.where(both, np.abs(x - y).sum(-1) / np.where(both, total, 1.0), np.nan)


def _circadian(x: Floats, y: Floats, levels: Floats) -> Floats:
    """Mean over the weekdays of the earth mover's distance of the hours of the day of starts and ends.

    A weekday on which only one of the logs has events counts 23 h.
    """
    days = [_weekday(x, y, levels, day) for day in range(7)]
    found: Floats = np.mean(days, axis=0)
    return np.where((x.sum(-1) > 0) & (y.sum(-1) > 0), found, np.nan)


def _weekday(x: Floats, y: Floats, levels: Floats, day: float) -> Floats:
    own = levels // (DAY_S / HOUR_S) == day
    a, b = x[..., own], y[..., own]
    here, there = a.sum(-1) > 0, b.sum(-1) > 0
    return np.where(here & there, wasserstein(a, b, levels[own]), np.where(here | there, _WORST_HOURS, 0.0))


def _busy(x: Floats, y: Floats, _levels: Floats) -> Floats:
    """Sum over work centers of the gap in hours per lot, over the hours of the first log."""
    there = (x.sum(-1) > 0) & (y.sum(-1) > 0)
    return np.where(there, np.abs(x - y).sum(-1) / np.where(there, x.sum(-1), 1.0), np.nan)


def _wip(x: Floats, y: Floats, levels: Floats) -> Floats:
    """Mean gap between the numbers of lots in process, by the hour, over the first log's mean number.

    A lot is in process from its first start to its last end within the follow-up.
    """
    width = np.diff(levels, append=levels[-1:])
    lots_x, lots_y = np.cumsum(x, -1), np.cumsum(y, -1)
    some = lots_x @ width
    gap = np.abs(lots_x - lots_y) @ width
    return np.where((some > 0) & (np.abs(y).sum(-1) > 0), gap / np.where(some > 0, some, 1.0), np.nan)


Formula = Callable[[Floats, Floats, Floats], Floats]
_FORMULAS: dict[str, Formula] = {
    "cycle_time_emd_h": wasserstein,
    "ngram": _ngram,
    "absolute_emd_h": wasserstein,
    "circadian_emd_h": _circadian,
    "relative_emd_h": wasserstein,
    "busy_hours_error": _busy,
    "wip_error": _wip,
}
DISTANCES = tuple(_FORMULAS)
