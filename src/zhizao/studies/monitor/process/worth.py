"""What alarms are worth: fewer defective pieces at an operation, at the price of checks for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from math import exp
from typing import Any

from zhizao.kpi.analysis import binomial_interval
from zhizao.plant import Evidence, Measure, MeasureKind, Plant
from zhizao.plant.changes import form_of
from zhizao.plant.measures.kind import Changes, times_text
from zhizao.plant.measures.load import flow_of
from zhizao.plant.measures.quality import Steps, steps
from zhizao.plant.model.forms import without_nothing
from zhizao.plant.query.measures import free_id
from zhizao.quantities import InputError, nearest_name
from zhizao.studies.monitor.process.findings import Monitored

FEWEST_DELAYS = 6
"""Detected faults from which on the least and the largest delay hold the median with 95 % confidence."""
CHECK_S = 600.0
"""Time that a check for a false alarm takes, in s (assumed)."""
_DAY_S = 86400.0
_RUN = 12


@dataclass(frozen=True, slots=True)
class Stated:
    """What no table of samples measures.

    Parameters
    ----------
    operation
        Name of the operation whose defective pieces the faults cause.
    noticed_after_s
        After how long such faults are noticed today, in s.
    by_faults
        Share of the operation's defective pieces that such faults cause, in 0..1.
    check_s
        Time for which a false alarm stops a unit, in s.
    """

    operation: str
    noticed_after_s: float
    by_faults: float
    check_s: float = CHECK_S

    def __post_init__(self) -> None:
        for name in ("noticed_after_s", "check_s"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"{name}: found {getattr(self, name):g}; expected a time above 0")
        if not 0 < self.by_faults <= 1:
            raise InputError(f"by_faults: found {self.by_faults:g}; expected a share above 0, at most 1")


@dataclass(frozen=True, slots=True)
class Worth:
    """What alarms would have done: shares are in 0..1, `low` and `high` bound the reduction.

    `detection` is (detected + 1/2) / (faults + 1); `gain` the mean over the detected faults of the share of
    the time until it is noticed today that an alarm saves. `every_s` is the time of operation from one false
    alarm to the next, of which `shortest_s` is the lower 95 % bound. `chance`: probability of an alarm within
    the time until it is noticed today, without a fault.
    """

    faults: int
    detected: int
    detection: float
    gain: float
    reduction: float
    low: float
    high: float
    every_s: float
    shortest_s: float
    chance: float


def worth_of(found: Monitored, stated: Stated) -> Worth:
    """Work out the worth of alarms that last.

    A fault that is not detected gains nothing. The delay counts to the row at which an alarm is seen to
    last. False alarms are counted by the same rule. Their rate is (alarms + 1/2) over the time (mean of
    Jeffreys' posterior): none in a short time is not taken as never.

    Raises
    ------
    InputError
        No onset, watched table or sampling interval is known, or alarms come no sooner than faults are
        noticed today.
    """
    if found.onset is None or not found.watched:
        raise InputError("as_measure: found no fault; give tables to watch, and the row of the onset")
    if found.per_year is None:
        raise InputError("as_measure: found no times and no sampling interval; give --step TIME, as '3 min'")
    delays = [one.certain_s for one in found.watched if one.first is not None]
    if None in delays:
        raise InputError("as_measure: a watched table has no sampling interval; give --step TIME, as '3 min'")
    gains = [max(0.0, 1 - float(one or 0.0) / stated.noticed_after_s) for one in delays]
    if not gains or max(gains) == 0:
        raise InputError(
            f"as_measure: {len(gains)} of {len(found.watched)} faults are detected, none sooner than after "
            f"{times_text(stated.noticed_after_s)}; there is no benefit to carry over"
        )
    faults, detected = len(found.watched), len(gains)
    low, high = binomial_interval(detected, faults)
    share, gain = (detected + 0.5) / (faults + 1), sum(gains) / detected
    least = min(gains) if detected >= FEWEST_DELAYS else 0.0
    exposure = found.per_year.days * _DAY_S
    every = exposure / (found.lasting_alarms + 0.5)
    return Worth(
        faults=faults,
        detected=detected,
        detection=share,
        gain=gain,
        reduction=stated.by_faults * share * gain,
        low=stated.by_faults * low * least,
        high=stated.by_faults * high * max(gains),
        every_s=every,
        shortest_s=exposure / _most_events(found.lasting_alarms),
        chance=1 - exp(-stated.noticed_after_s / every),
    )


def as_measure(found: Monitored, plant: Plant, stated: Stated) -> Measure:
    """Process control at an operation, with the alarms that were measured as evidence.

    The share of defective pieces falls by `by_faults` times the detection times the gain in time. False
    alarms become planned stops, each of a check, of the work centers of the operation; they count the time
    that a unit is busy, and interrupt its work.

    Raises
    ------
    InputError
        As `worth_of`; the operation is not there or has no share of defects; or its work centers lack the
        time for the checks.
    """
    known = steps(plant)
    if stated.operation not in known:
        near = nearest_name(stated.operation, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"as_measure: found no operation {stated.operation!r}{hint}")
    alike: Steps = [(route, one) for route, one in known[stated.operation] if _share(one.defects) > 0]
    if not alike:
        raise InputError(
            f"as_measure: operation {stated.operation!r} has no share of defects; give it `defects: "
            "{share: …}`, for defects in `outcomes` cannot be changed by a share"
        )
    worth, changes = worth_of(found, stated), Changes()
    for route, one in alike:
        share = _share(one.defects)
        value, least, most = (
            round(share * (1 - part), 9) for part in (worth.reduction, worth.high, worth.low)
        )
        changes.number(f"routes.{route}.{one.id}.defects.share", value, least, most)
    for center in dict.fromkeys(place.work_center for _, one in alike for place in one.on):
        _stops(changes, plant, center, worth, stated)
    return Measure(
        id=free_id(plant.measures, f"{MeasureKind.PROCESS_CONTROL.value}-at-{stated.operation}"),
        title=f"Alarms of process monitoring at {stated.operation}",
        kind=MeasureKind.PROCESS_CONTROL,
        set=changes.set,
        uncertain=changes.uncertain,
        evidence=Evidence(study="monitor", run=_run(found), note=_note(worth, stated)),
    )


def _share(defects: Any) -> float:
    return 0.0 if defects is None else float(defects.share)


def _stops(changes: Changes, plant: Plant, center: str, worth: Worth, stated: Stated) -> None:
    """Planned stops of a work center for false alarms, their rate uncertain to the costly side."""
    _check_time(plant, center, worth, stated)
    there = next(one for one in plant.work_centers if one.id == center)
    plans: list[Any] = [without_nothing(form_of(plan)) for plan in there.maintenance]
    every, shortest = times_text(worth.every_s), times_text(worth.shortest_s)
    plans.append(
        {
            "clock": "busy",
            "every": f"exponential({every})",
            "for": times_text(stated.check_s),
            "when": "now",
            "idle_too": False,
        }
    )
    path = f"work_centers.{center}.maintenance"
    changes.set[path] = plans
    changes.uncertain[f"{path}.#{len(plans)}.every"] = f"triangular({shortest}, {every}, {every})"


def _check_time(plant: Plant, center: str, worth: Worth, stated: Stated) -> None:
    """Refuse false alarms whose checks take more time than the work center has.

    The load is that of work by hand, without set-ups and failures: a twin may still show that it is too much.
    """
    load, lost = flow_of(plant).load[center], stated.check_s / worth.every_s
    if lost < 1 and (load >= 1 or load * (1 + lost) <= 1):
        return
    raise InputError(
        f"as_measure: a false alarm every {times_text(worth.every_s)} of operation, each checked for "
        f"{times_text(stated.check_s)}, takes {lost:.1%} of the busy time of work center {center!r}, whose "
        f"load is {load:.1%}; it has no time for that: give fewer false alarms, more normal rows or a "
        "shorter check"
    )


def _most_events(events: int) -> float:
    """Upper end of the exact two-sided 95 % interval of a count (Garwood 1936)."""
    from scipy.stats import chi2

    return float(chi2.ppf(0.975, 2 * events + 2)) / 2


def _run(found: Monitored) -> str:
    return sha256("\n".join(one.sha256 for one in found.inputs).encode()).hexdigest()[:_RUN]


def _note(worth: Worth, stated: Stated) -> str:
    few = (
        ""
        if worth.detected >= FEWEST_DELAYS
        else f"; fewer than {FEWEST_DELAYS} delays, so the range of the gain begins at 0"
    )
    return (
        f"measured: {worth.detected} of {worth.faults} faults detected, taken as {worth.detection:.1%} by "
        f"(detected + 1/2) / (faults + 1); an alarm saves {worth.gain:.1%} of the time until noticed today"
        f"{few}; a false alarm every {times_text(worth.every_s)} of operation by (alarms + 1/2) / time, at "
        f"worst every {times_text(worth.shortest_s)}; an alarm without a fault within the time until noticed "
        f"today: {worth.chance:.1%}; stated: noticed today after {times_text(stated.noticed_after_s)}, "
        f"{stated.by_faults:.1%} of the defective pieces are by such faults, a check takes "
        f"{times_text(stated.check_s)}; assumed: an alarm ends the fault, future faults are like those "
        "watched, and each unit gives as many false alarms as the process watched"
    )
