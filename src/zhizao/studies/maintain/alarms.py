"""What alarms at a threshold of predicted life would have done: detection, lead time, false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhizao.plant import Evidence, Measure, MeasureKind, Plant
from zhizao.plant.measures.library import applicable
from zhizao.plant.query.measures import free_id
from zhizao.quantities import InputError, nearest_name
from zhizao.studies.maintain.facts import Floats, Interval, median_of, rate_of, share_of

EARLY = 2.0
"""An alarm that begins at more than so many thresholds before the failure is counted as false (assumed)."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms on units that were held out; lives, times and thresholds are in the unit of the table's time.

    `detection`: share of the failures with an alarm in time; `lead_time`: median from the first of it to the
    failure, of those detected (None: none was); `false_alarms`: per failure; `per_time`: false alarms per
    unit of time that a unit runs. Intervals hold with 95 % confidence.
    """

    threshold: float
    notice: float
    failures: int
    detection: Interval
    lead_time: Interval | None
    false_alarms: Interval
    per_time: Interval

    def as_json(self) -> dict[str, Any]:
        """The alarms as plain data."""
        return {
            "threshold": self.threshold,
            "notice": self.notice,
            "early": EARLY * self.threshold,
            "failures": self.failures,
            "detection": self.detection.as_json(),
            "lead_time": None if self.lead_time is None else self.lead_time.as_json(),
            "false_alarms_per_failure": self.false_alarms.as_json(),
            "false_alarms_per_time": self.per_time.as_json(),
        }


def alarms_of(
    predicted: Sequence[Floats], actual: Sequence[Floats], threshold: float, notice: float
) -> Alarms:
    """Count alarms: by unit, predicted and actual remaining life at each time.

    An alarm is on while the predicted life is at most the threshold. A failure is detected if an alarm is on
    at some time between `EARLY` thresholds and `notice` before it. A false alarm begins earlier than that.
    """
    leads, false = [], 0
    for guess, left in zip(predicted, actual, strict=True):
        on = guess <= threshold
        begins = on & ~np.concatenate([[False], on[:-1]])
        false += int((begins & (left > EARLY * threshold)).sum())
        seen = left[on & (left <= EARLY * threshold) & (left >= notice)]
        leads += [float(seen.max())] if len(seen) else []
    exposure = float(sum(left.max() - left.min() for left in actual))
    return Alarms(
        threshold,
        notice,
        len(actual),
        share_of(len(leads), len(actual)),
        median_of(np.array(leads)) if leads else None,
        rate_of(false, len(actual)),
        rate_of(false, exposure),
    )


def measure_of(alarms: Alarms, plant: Plant, work_center: str, *, time_s: float, run: str) -> Measure:
    """Predictive maintenance at a work center, as the library has it, with what was measured as evidence.

    Recall, false alarms and lead time are measured on units held out; the share of the repair time that a
    planned stop takes is that of the library: assumed.

    Parameters
    ----------
    time_s
        Seconds in one unit of the table's time.
    run
        What names the run of the study.

    Raises
    ------
    InputError
        No failure was detected, or the work center is not there or has no failures at intervals that vary.
    """
    if alarms.lead_time is None:
        raise InputError("as_measure: no failure was detected in time; there is no benefit to carry over")
    kind = MeasureKind.PREDICTIVE_MAINTENANCE.value
    centers = [center.id for center in plant.work_centers]
    if work_center not in centers:
        near = nearest_name(work_center, centers)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"as_measure: found no work center {work_center!r}{hint}")
    one = plant.model_copy(
        update={
            "work_centers": tuple(
                center if center.id == work_center else center.model_copy(update={"failures": ()})
                for center in plant.work_centers
            ),
            "measures": (),
        }
    )
    values = {
        f"{kind}.recall": cautious(alarms.detection.value, alarms.failures),
        f"{kind}.false_alarms": alarms.false_alarms.value,
        f"{kind}.lead_time": alarms.lead_time.value * time_s,
    }
    found = applicable(one, [kind], values)
    if not found:
        raise InputError(
            f"as_measure: work center {work_center!r} has no failures at intervals that vary; add `failures`"
        )
    note = (
        "recall as (detected + 1/2) / (failures + 1), for no count shows 100 %; "
        f"measured on {alarms.failures} units held out: recall {_share(alarms.detection)}, false alarms per "
        f"failure {_number(alarms.false_alarms)}; assumed: planned stop as a share of the repair time, and "
        "that this work center fails as those units did"
    )
    evidence = Evidence(study="remaining_life", run=run, note=note)
    free = free_id(plant.measures, found[0].id)
    return found[0].model_copy(update={"id": free, "evidence": evidence})


def cautious(share: float, count: int) -> float:
    """A share pulled to one half by one observation (mean of Jeffreys' posterior): never 0 or 1."""
    return (share * count + 0.5) / (count + 1)


def _share(of: Interval) -> str:
    return f"{of.value:.1%} ({of.low:.1%} to {of.high:.1%})"


def _number(of: Interval) -> str:
    return f"{of.value:.2g} ({of.low:.2g} to {of.high:.2g})"
