"""The verdict on a twin: one plain sentence about its cycle times."""

from __future__ import annotations

from math import isfinite

from zhizao.kpi.analysis import Interval
from zhizao.studies.validate.luck import Distance

FAR_FLOORS = 1.5  # a twin that is further off than this many noise floors,
FAR_SHARE = 0.15  # and than this share of a mean cycle time, is not to be trusted with a decision


def verdict(cycle: Distance, mean_h: float, has_past: bool) -> str:
    """How far the twin's cycle times are from the log's, beside past lots drawn again and the noise floor."""
    if not isfinite(cycle.twin.mean):
        return (
            "The twin started no lot within the window, so nothing can be said: its orders are not the log's."
        )
    other = "drawing past lots again" if has_past else "drawing the log's own lots again"
    told = _told(cycle.over_baseline, "better than", "worse than", "not told apart from")
    floor = _told(cycle.over_noise, "below", "above", "not told apart from")
    advice = ": do not decide by this plant yet" if _is_far(cycle, mean_h) else ""
    return (
        f"The twin's cycle times are {_figure(cycle.twin)} from the log's, whose mean is {mean_h:.0f} h; "
        f"that is {told} {other} ({cycle.baseline:.1f} h, difference {_figure(cycle.over_baseline, '+')}) "
        f"and {floor} the noise floor of {cycle.noise:.1f} h{advice}."
    )


def _told(gap: Interval, less: str, more: str, same: str) -> str:
    if not gap.excludes(0.0):
        return same
    return less if gap.mean < 0 else more


def _is_far(cycle: Distance, mean_h: float) -> bool:
    above = cycle.over_noise.low > 0
    return above and cycle.twin.mean > max(FAR_FLOORS * cycle.noise, FAR_SHARE * mean_h)


def _figure(interval: Interval, sign: str = "") -> str:
    """A figure with its interval, where it has one."""
    bounds = f" [{interval.low:{sign}.1f} to {interval.high:{sign}.1f}]" if isfinite(interval.low) else ""
    return f"{interval.mean:{sign}.1f} h{bounds}"
