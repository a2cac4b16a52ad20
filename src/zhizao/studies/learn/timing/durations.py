"""Processing time of each operation: how much of it goes with the lot's size, and how far it scatters."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from zhizao.plant.model import Takes
from zhizao.quantities.distributions import Distribution, scaled
from zhizao.quantities.distributions import mean as average
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.fitting.families import fit_family
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import History, Visit

Floats = npt.NDArray[np.float64]

Place = tuple[str, str, str]  # product, operation, work center
Work = tuple[float, float]  # time (s) and pieces

LEAST_S = 60.0
BY_CHANCE = 0.001  # chance by which work centers may seem to differ that do not
FEW = 8  # visits below which an operation borrows the plant's scatter
SURE = 2.0  # t value from which a slope per piece is believed
SLOPE_SURE = 3.0  # the same where many lots speak
SAME_PIECE = 0.02  # variation of the time per piece below which there is none
MOST_PER_PIECE = 0.8


def learn_durations(history: History, work: dict[Visit, float]) -> list[Finding]:
    """Mean time of every operation, and how much of it goes with the pieces; a visit that was still running
    gives none."""
    pieces = {t.lot: t.pieces for t in history.traces}
    samples: dict[str, list[tuple[float, int]]] = {}
    for visit in history.visits:
        if not visit.running:
            samples.setdefault(visit.operation, []).append((max(work[visit], LEAST_S), pieces[visit.lot]))
    findings = []
    for name, pairs in sorted(samples.items()):
        times, sizes = np.array([s for s, _ in pairs]), np.array([n for _, n in pairs], float)
        share = _per_piece(times, sizes)
        how = f"{share:.0%} of it goes with the pieces (least squares)" if share else "per lot"
        usual = float(times.mean())
        low, high = intervals.of_mean(usual, float(times.std()) / math.sqrt(len(times)), len(times))
        findings.append(
            Finding(f"operations.{name}.takes", f"mean {hours(usual)}", len(times), how, usual, low, high)
        )
    return findings + [
        Finding(f"operations.{name}.takes", "no mean", 0, "never seen to its end")
        for name in sorted({v.operation for v in history.visits} - samples.keys())
    ]


def learn_chart_times(
    variants: list[Variant], products: frozenset[str], work: dict[Visit, tuple[float, float]]
) -> dict[Place, Takes]:
    """Time of every operation of these products by work center; one for all work centers where they do not
    differ for sure. `work` is the work (s) of each visit and the pieces that were worked on together."""
    samples: dict[Place, list[Work]] = {}
    for variant in variants:
        trace = variant.seen
        for visit in trace.visits if trace.product in products else ():
            sample = samples.setdefault((trace.product, visit.operation, visit.work_center), [])
            if not visit.running:
                sample.append((max(work[visit][0], 1.0), work[visit][1]))
    by_operation: dict[tuple[str, str], list[Place]] = {}
    for place in samples:
        by_operation.setdefault(place[:2], []).append(place)
    found = {}
    for places in by_operation.values():
        every = [pair for place in places for pair in samples[place]] or [(LEAST_S, 1)]
        together = chart_takes(every)
        apart = len(places) > 1 and _differ([samples[place] for place in places])
        for place in places:
            found[place] = chart_takes(samples[place] or every) if apart else together
    return found


def _differ(samples: list[list[Work]]) -> bool:
    """Whether the mean times of several samples differ by more than chance (F test of one way)."""
    groups = [np.array([s for s, _ in sample]) for sample in samples if len(sample) > 1]
    if len(groups) < 2:
        return False
    if all(float(np.ptp(group)) == 0 for group in groups):  # no scatter that a difference could come from
        return len({float(group[0]) for group in groups}) > 1
    from scipy.stats import f_oneway

    return bool(f_oneway(*groups).pvalue < BY_CHANCE)


def chart_takes(sample: list[Work]) -> Takes:
    """Time of an operation that many lots did: what goes with the pieces apart from what goes with the lot.

    `sample` has the time (s) and the pieces of each lot; ordinary least squares.
    """
    times, sizes = (np.array(column, float) for column in zip(*sample, strict=True))
    slope, error = _slope(times, sizes)
    if slope <= SLOPE_SURE * error:
        return Takes(per_lot=fit_family(times).distribution)
    fixed = float(times.mean()) - slope * float(sizes.mean())
    if fixed <= SURE * error * float(sizes.mean()):  # nothing is left for the lot itself
        each = float(times.sum() / sizes.sum())
        cv = math.sqrt(float(np.mean((times - each * sizes) ** 2 / sizes))) / each
        return Takes(per_piece=Distribution.gamma(_digits(each), cv=_digits(cv)) if cv > SAME_PIECE else
                     Distribution.constant(_digits(each)))  # fmt: skip
    rest = fit_family(np.maximum(times - slope * sizes, 0.05 * fixed)).distribution
    return Takes(per_lot=scaled(rest, fixed / average(rest)), per_piece=Distribution.constant(_digits(slope)))


def slope_of(times: Floats, sizes: Floats) -> float:
    """Time per piece (s), 0 where it is not sure."""
    slope, error = _slope(times, sizes)
    return slope if slope > SLOPE_SURE * error else 0.0


def _digits(number: float) -> float:
    return float(f"{number:.4g}")


def _slope(times: Floats, sizes: Floats) -> tuple[float, float]:
    """Least-squares slope and its standard error; a slope of 0 where all sizes are the same."""
    if len(times) < FEW or sizes.std() == 0:
        return 0.0, 1.0
    from scipy.stats import linregress

    line = linregress(sizes, times)
    return float(line.slope), float(line.stderr)


def _per_piece(times: Floats, sizes: Floats) -> float:
    """Share of the mean time that grows with the pieces, 0 where the slope is not sure."""
    slope, error = _slope(times, sizes)
    if slope <= SURE * error:
        return 0.0
    return float(min(slope * sizes.mean() / times.mean(), MOST_PER_PIECE))
