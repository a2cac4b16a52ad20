"""Does the twin do what the factory did? Distances between simulated and real logs, with a noise floor and a
resampling baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.facts import REPLICATIONS, version
from zhizao.experiments.inputs import log_input, plant_input
from zhizao.experiments.progress import part
from zhizao.kpi.analysis import replication_interval
from zhizao.plant import Plant, as_plant
from zhizao.quantities import Input, InputError
from zhizao.records import Records, with_events
from zhizao.studies.validate.bootstrap import Comparison, Counts, comparisons, resample_lots, resamples_for
from zhizao.studies.validate.busy import worked_hours
from zhizao.studies.validate.cohort import (
    DAY_S,
    Cohort,
    Floats,
    ObservationWindow,
    choose_window,
    cohort,
    lots_before,
)
from zhizao.studies.validate.distances import Frame, cycle_times_h, mark
from zhizao.studies.validate.orders import LogOrder, log_orders
from zhizao.studies.validate.result import ValidateResult
from zhizao.studies.validate.runs import Releases, simulate_log, simulate_own
from zhizao.studies.validate.verdict import verdict
from zhizao.studies.validate.waits import waits_by_center

PAST_DRAWS = 40
FEWEST_DRAWS = 8
DRAWN_LOTS = 8000  # altogether: the larger the log, the less one draw from the past differs from the next
SIMULATED = 0.9  # share of the work; the rest is the bootstrap


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms twin and log are compared.

    `follow_up_days`: how long each lot is followed; None takes what the log allows. `releases`: whose orders
    the twin gets within the window.
    """

    follow_up_days: float | None = None
    releases: Releases = Releases.OWN


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The lots to compare with, the orders behind them, and the lots from which the baseline draws."""

    window: ObservationWindow
    real: Cohort
    orders: tuple[LogOrder, ...] | None  # None: the twin makes its own
    source: Cohort
    has_past: bool
    inputs: tuple[Input, ...]  # the logs


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A log and what it is compared with: the twin's replications, and draws of past lots."""

    plant: Plant
    case: Case
    twins: list[Cohort]
    drawn: list[Cohort]
    notes: tuple[str, ...]

    def comparisons(self, counts: Counts, rng: np.random.Generator) -> dict[str, Comparison]:
        """All distances, with their resamples (`counts`: how often each has each lot)."""
        window, real = self.case.window, self.case.real
        begin = (window.start - real.origin).total_seconds()
        length = (window.end - window.start).total_seconds() + window.follow_s
        marked = mark([real, *self.twins, *self.drawn], Frame(self.plant, (begin, begin + length)))
        twins, drawn = marked[1 : 1 + len(self.twins)], marked[1 + len(self.twins) :]
        return comparisons(marked[0], twins, drawn, counts, rng)


def validate(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    records: Records,
    *,
    replications: int | None = None,
    seed: int = 1,
    past: Records | None = None,
    terms: Terms | None = None,
    progress: Progress | None = None,
) -> ValidateResult:
    """Validate a plant against a log: lots released in one window, each followed equally long, in both.

    Before the window the twin makes its own orders for twice the follow-up, so that the plant is as full as
    it will be; within it `terms.releases` says whose orders it gets. A plant of job orders alone is run from
    its start.

    Parameters
    ----------
    plant : the plant to validate, or the path of its file.
    records : the log to validate it against, best one that it was not learned from.
    replications : independent runs of the twin (default: 20).
    seed : of the twin, of the bootstrap and of the baseline.
    past : an earlier log; the baseline draws whole lots from it (None: from `records` itself), and lots that
        it shows were running when `records` began.
    terms : follow-up and releases.
    progress : called with the completed fraction, 0 to 1.

    Raises
    ------
    KeyboardInterrupt
        Cancelled: a part of the replications would pass for all of them.
    """
    case = _case(records, past, terms or Terms())
    runs = REPLICATIONS if replications is None else replications
    compared = compare(as_plant(plant), case, runs, seed, part(progress, 0.0, SIMULATED))
    rng = np.random.default_rng([seed, 1])
    lots = case.real.lots
    found = result(compared, compared.comparisons(resample_lots(lots, resamples_for(lots), rng), rng), seed)
    if progress is not None:
        progress(1.0)
    return found


def _case(records: Records, past: Records | None, terms: Terms) -> Case:
    records = with_events(records)
    past = None if past is None else with_events(past)
    before = lots_before(past, records.start)
    window = choose_window(records, follow_up_days=terms.follow_up_days, before=before)
    real = cohort(records, window, without=before or ())
    source = real if past is None else _past(past, window)
    inputs = (log_input("log", records), *(() if past is None else (log_input("earlier log", past),)))
    return Case(window, real, orders_for(records, real, terms), source, past is not None, inputs)


def orders_for(records: Records, real: Cohort, terms: Terms) -> tuple[LogOrder, ...] | None:
    """The log's orders where the twin is to get them."""
    return log_orders(records, real) if terms.releases is Releases.LOG else None


def compare(
    plant: Plant, case: Case, replications: int, seed: int, progress: Progress | None = None
) -> Compared:
    """Run the twin and draw the baseline's lots."""
    if replications < 2:
        raise InputError(f"replications: found {replications}; at least 2 are needed for an interval")
    notes: tuple[str, ...] = ()
    if case.orders is None:
        twins = simulate_own(plant, case.window, replications, seed, progress)
    else:
        twins, unknown = simulate_log(plant, case.window, case.orders, replications, seed, progress)
        notes = _about_parts(unknown, len(case.orders))
    rng = np.random.default_rng(seed)
    draws = int(np.clip(DRAWN_LOTS // case.real.lots, FEWEST_DRAWS, PAST_DRAWS))
    drawn = [_draw(case.source, case.real, rng) for _ in range(draws)]
    return Compared(plant, case, twins, drawn, notes)


def result(compared: Compared, found: dict[str, Comparison], seed: int) -> ValidateResult:
    """The figures of one log with their intervals."""
    distances = {name: one.distance(compared.case.real.lots) for name, one in found.items()}
    real_h = cycle_times_h(compared.case.real)
    source = "the past log" if compared.case.has_past else "the log itself, as no earlier one was given"
    return ValidateResult(
        title=compared.plant.name,
        inputs=(plant_input(compared.plant), *compared.case.inputs),
        distances=distances,
        work_centers=_by_center(compared),
        window=compared.case.window,
        lots=compared.case.real.lots,
        twin_lots=replication_interval([float(twin.lots) for twin in compared.twins]),
        replications=len(compared.twins),
        seed=seed,
        baseline=f"whole lots drawn from {source}",
        verdict=verdict(distances["cycle_time_emd_h"], float(real_h.mean()), compared.case.has_past),
        version=version(),
        cycle_times_h={
            "log": tuple(real_h.tolist()),
            "twin": tuple(h for twin in compared.twins for h in cycle_times_h(twin).tolist()),
        },
        notes=compared.notes,
        waits=waits_by_center(compared.case.real, compared.twins),
    )


def _about_parts(unknown: int, orders: int) -> tuple[str, ...]:
    if not unknown:
        return ()
    return (
        f"{unknown} of {orders} lots are of parts that the plant does not have; "
        "each becomes one of its products, drawn from the product mix.",
    )


def _past(past: Records, window: ObservationWindow) -> Cohort:
    """All lots of an earlier log that it follows as long as the window does."""
    return cohort(past, choose_window(past, follow_up_days=window.follow_s / DAY_S))


def _draw(source: Cohort, real: Cohort, rng: np.random.Generator) -> Cohort:
    """As many lots as the log has, drawn whole, each moved by whole days to one of the log's releases."""
    lots = rng.integers(source.lots, size=real.lots)
    offset = (source.origin - real.origin).total_seconds()
    to = real.first_s()
    days: Floats = np.round((to - source.first_s()[lots] - offset) / DAY_S) * DAY_S
    return replace(source.pick(lots, shift_s=days + offset), origin=real.origin)


def _by_center(compared: Compared) -> pl.DataFrame:
    """Hours of work by work center, in the log and on average in the twin for as many lots."""
    real = worked_hours(compared.case.real, compared.plant)
    twins = [
        (worked_hours(twin, compared.plant), compared.case.real.lots / max(twin.lots, 1))
        for twin in compared.twins
    ]
    rows = []
    for name in sorted(real.keys() | {name for twin, _ in twins for name in twin}):
        log_h = real.get(name, 0.0)
        twin_h = float(np.mean([twin.get(name, 0.0) * share for twin, share in twins]))
        rows.append((name, log_h, twin_h, (twin_h - log_h) / log_h if log_h else math.nan))
    kinds = {"work_center": pl.String, "log_h": pl.Float64, "twin_h": pl.Float64, "error": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")
