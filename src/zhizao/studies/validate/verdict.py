"""The verdict on a twin: one plain sentence about its cycle times."""

from __future__ import annotations

from math import isfinite

from zhizao.kpi.analysis import Interval
from zhizao.studies.validate.bootstrap import Distance

SAME = "not significantly different from"
FAR_FLOORS = 1.5  # a twin that is further off than this many noise floors,
FAR_SHARE = 0.15  # and than this share of a mean cycle time, is not to be trusted with a decision


def verdict(cycle: Distance, mean_h: float, has_past: bool) -> str:
    """The error of the twin's cycle times, compared with resampling past lots and with the noise floor."""
    if not isfinite(cycle.twin.mean):
        return "The twin started no lot within the window; its orders do not match the log's."
    baseline = "resampling past lots" if has_past else "resampling the log's own lots"
    advice = "; do not base decisions on this plant yet" if _is_far(cycle, mean_h) else ""
    against_baseline = _relation(cycle.over_baseline, "better than", "worse than")
    against_floor = _relation(cycle.over_noise, "below", "above")
    if against_baseline == against_floor == SAME:
        against_floor = "nor from"
    return (
        f"Cycle-time error {_figure(cycle.twin)} (earth mover's distance; log mean {mean_h:.0f} h): "
        f"{against_baseline} {baseline} "
        f"({cycle.baseline:.1f} h, difference {_figure(cycle.over_baseline, '+')}), "
        f"{against_floor} the noise floor ({cycle.noise:.1f} h){advice}."
    )


def _relation(gap: Interval, less: str, more: str) -> str:
    if not gap.excludes(0.0):
        return SAME
    return less if gap.mean < 0 else more


def _is_far(cycle: Distance, mean_h: float) -> bool:
    above = cycle.over_noise.low > 0
    return above and cycle.twin.mean > max(FAR_FLOORS * cycle.noise, FAR_SHARE * mean_h)


def _figure(interval: Interval, sign: str = "") -> str:
    """A figure with its interval, where it has one."""
    bounds = f" [{interval.low:{sign}.1f} to {interval.high:{sign}.1f}]" if isfinite(interval.low) else ""
    return f"{interval.mean:{sign}.1f} h{bounds}"
