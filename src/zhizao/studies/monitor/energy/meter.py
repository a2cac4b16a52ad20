"""What a column of consumption is not: a counter, a power, a copy of another, rows at changing intervals."""

from __future__ import annotations

import re
from itertools import groupby

import numpy as np

from zhizao.quantities import InputError
from zhizao.studies.monitor.samples import Floats, Samples

_RISES = 20
"""Rises for each fall, and fewest rises, of a counter: consumption rises about as often as it falls."""
_SAME = 0.999
"""Correlation with the target above which a driver is taken for a copy of it."""
_OTHER_STEPS = 12
"""Steps in a row of one other length that are a change of the interval, and no gaps."""
_FROZEN_DAYS = 3
"""Days of one value, not 0, after which a meter is said to stand still."""
_POWER = re.compile(r"(?<![A-Za-z])[kMG]?W(?![A-Za-z])")


def check_meter(samples: Samples, target: str, drivers: tuple[str, ...]) -> None:
    """Refuse a table of which a forecast would mean nothing.

    Raises
    ------
    InputError
        The target counts up, a driver is the target or a copy of it, or the interval changes.
    """
    values = samples.column(target)
    known = values[~np.isnan(values)]
    steps = np.diff(known)
    rises, falls = int((steps > 0).sum()), int((steps < 0).sum())
    if rises >= _RISES and rises >= _RISES * falls:
        raise InputError(
            f"{samples.file}: {target}: found values that rise {rises} times and fall {falls} times: "
            "readings of a counter; give the consumption of each interval, the difference of two readings"
        )
    for name in drivers:
        if name == target or _copies(samples.column(name), values):
            raise InputError(
                f"{samples.file}: {name}: found a driver that is {target} itself or goes with it exactly; "
                "name only columns that are known a day ahead"
            )
    _check_steps(samples)


def _copies(one: Floats, other: Floats) -> bool:
    both = ~np.isnan(one) & ~np.isnan(other)
    if both.sum() < _RISES or np.ptp(one[both]) == 0 or np.ptp(other[both]) == 0:
        return False
    return abs(float(np.corrcoef(one[both], other[both])[0, 1])) > _SAME


def _check_steps(samples: Samples) -> None:
    if samples.times is None or samples.interval_s is None:
        return
    steps = np.round(np.diff(samples.times) / np.timedelta64(1, "s")).astype(np.int64)
    row = 0
    for step, run in groupby(steps.tolist()):
        count = len(list(run))
        if count >= _OTHER_STEPS and abs(step - samples.interval_s) > 0.5 * samples.interval_s:
            raise InputError(
                f"{samples.file}: from {samples.times[row]} on: found intervals of {step:g} s, elsewhere "
                f"{samples.interval_s:g} s; give a table with one interval"
            )
        row += count


def meter_notes(samples: Samples, target: str) -> tuple[str, ...]:
    """What a reader must know of the column, in whole sentences."""
    said = list(samples.remarks)
    if samples.clock is not None and samples.times is not None:
        back = int((np.diff(samples.clock - samples.times) < np.timedelta64(0)).sum())
        if back:
            said.append(f"Clocks are put back {back} times: of the hour that comes twice, the mean counts.")
    if is_power(target):
        hours = (samples.interval_s or 0.0) / 3600
        said.append(
            f"{target} is a power by its name: sums of intervals are no energy; multiply them by {hours:g} h."
        )
    values, rows = samples.column(target), round(_FROZEN_DAYS * 86400 / (samples.interval_s or 86400))
    longest, start = _longest_run(values)
    if longest > rows and samples.times is not None:
        since = str(samples.times[start].astype("datetime64[m]")).replace("T", " ")
        said.append(
            f"{target} is {values[start]:g} in {longest} intervals in a row from {since} on: "
            "a meter may stand still."
        )
    return tuple(said)


def is_power(target: str) -> bool:
    """Whether the name of a column states a power (kW), not an energy."""
    return _POWER.search(target) is not None


def _longest_run(values: Floats) -> tuple[int, int]:
    """Length and first row of the longest run of one value that is not 0."""
    ends = np.flatnonzero(np.diff(values) != 0) + 1
    begins, lengths = np.concatenate([[0], ends]), np.diff(np.concatenate([[0], ends, [len(values)]]))
    lengths = np.where(np.isnan(values[begins]) | (values[begins] == 0), 0, lengths)
    place = int(np.argmax(lengths))
    return int(lengths[place]), int(begins[place])
