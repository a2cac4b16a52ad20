"""What makes a remaining life too good to be true: leaks, units outside of the range, units in service."""

from __future__ import annotations

import numpy as np

from zhizao.studies.maintain.facts import Floats
from zhizao.studies.maintain.histories import History

FOLLOWS = 0.95
"""Rank correlation with the remaining life, median of units, of a column that may be made of it."""
ALIKE = 0.02
"""Share of a column's range within which a column made of the life ends in every unit."""
BEYOND = 0.25
"""Share of a sensor's range by which a unit may be outside of it and is still predicted."""
LAST = 5
"""Last rows of a unit whose median is compared with the range."""


def follows_life(histories: tuple[History, ...], sensors: tuple[int, ...]) -> tuple[int, ...]:
    """Sensors that run with the remaining life in every unit and end alike: perhaps written afterwards."""
    from scipy.stats import spearmanr

    found = []
    for number in sensors:
        ends, follows, every = [], [], np.concatenate([one.values[:, number] for one in histories])
        for one in histories:
            values, known = one.values[:, number], np.isfinite(one.values[:, number])
            if known.sum() > 2 and np.ptp(values[known]) > 0:
                follows.append(abs(float(spearmanr(values[known], one.time[-1] - one.time[known])[0])))
                ends.append(values[known][-LAST:].mean())
        range_ = float(np.nanmax(every) - np.nanmin(every))
        if follows and np.median(follows) > FOLLOWS and np.std(ends) < ALIKE * range_:
            found.append(number)
    return tuple(found)


def ranges(histories: tuple[History, ...]) -> tuple[Floats, Floats]:
    """Lowest and highest value of each sensor, widened by `BEYOND` of the range on both sides."""
    every = np.vstack([one.values for one in histories])
    low, high = np.nanmin(every, axis=0), np.nanmax(every, axis=0)
    more = BEYOND * (high - low)
    return low - more, high + more


def outside(history: History, sensors: tuple[int, ...], ends: tuple[Floats, Floats]) -> int | None:
    """The first sensor whose last values are outside of the range of the units run to failure."""
    for number in sensors:
        values = history.values[:, number]
        last = values[np.isfinite(values)][-LAST:]
        if len(last) and not ends[0][number] <= np.median(last) <= ends[1][number]:
            return number
    return None


def end_together(histories: tuple[History, ...]) -> int:
    """Units that end at the last time of the table, if several do and times are no ages."""
    begins, ends = {one.time[0] for one in histories}, [one.time[-1] for one in histories]
    last = sum(end == max(ends) for end in ends)
    return last if last > 1 and len(begins) > 1 else 0
