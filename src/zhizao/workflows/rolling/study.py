"""Learn at several moments of one log, and validate each twin against what came after (rolling origin).

Tashman, "Out-of-sample tests of forecasting accuracy: an analysis and review", International Journal of
Forecasting 16 (2000), 437-450.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import REPLICATIONS
from zhizao.experiments.inputs import log_input
from zhizao.experiments.progress import Parts
from zhizao.plant.model import Plant
from zhizao.quantities import Input, InputError, LogError
from zhizao.records import LotStatus, Records, with_events
from zhizao.studies.learn import learn as learn_plant
from zhizao.studies.validate.bootstrap import Comparison, Counts, pooled, resample_lots, resamples_for
from zhizao.studies.validate.cohort import Cohort, ObservationWindow, choose_window, cohort
from zhizao.studies.validate.distances import cycle_times_h
from zhizao.studies.validate.study import Case, Compared, Terms, compare, orders_for, result
from zhizao.studies.validate.verdict import verdict
from zhizao.workflows.rolling.result import Origin, RollingResult

FIRST, LAST = 0.5, 0.8  # share of the lots before the first and before the last origin
EVALUATED = 0.9  # share of the work; the rest is the bootstrap
LEARNING = 0.5  # share of an origin's work
Learn = Callable[[Records], Plant]


@dataclass(frozen=True, slots=True, eq=False)
class _Log:
    """The whole log, and the window that it allows."""

    records: Records
    window: ObservationWindow
    input: Input


@dataclass(frozen=True, slots=True, eq=False)
class _Evaluation:
    """One origin: how many lots were learned from, and the twin beside what came after."""

    at: datetime
    training_lots: int
    compared: Compared


def validate_rolling(  # noqa: PLR0913  each is an option of the command
    records: Records,
    learn: Learn | None = None,
    *,
    origins: int | Sequence[datetime] = 4,
    replications: int | None = None,
    seed: int = 1,
    terms: Terms | None = None,
    progress: Progress | None = None,
) -> RollingResult:
    """Learn at several moments of a log, each time validate the twin against the lots released from then on.

    A log that follows each lot for a fixed time is split lot by lot: those released before the moment, with
    all that was seen of them, and the others. Any other log is split in time: what is learned from ends
    at the moment, and lots that ran then are neither learned whole nor compared. Lots that the log does not
    follow to the end of their follow-up do not count. Cancelled, it gives back the origins that are done.

    Parameters
    ----------
    records : the whole log.
    learn : makes a plant from a log (default: `zhizao.learn` with the same seed).
    origins : moments, or how many; these are spread over the log's releases from half of them to 80 %.
    replications, seed, terms : see `validate`.
    progress : called with the completed fraction, 0 to 1.

    Raises
    ------
    KeyboardInterrupt
        Cancelled before one origin was done.
    """
    records, terms = with_events(records), terms or Terms()
    window = choose_window(records, follow_up_days=terms.follow_up_days)
    everything = cohort(records, window)
    moments = _moments(origins, everything, window)
    log = _Log(records, window, log_input("log", records))
    runs = REPLICATIONS if replications is None else replications
    parts, share = Parts(progress), EVALUATED / len(moments)
    done: list[_Evaluation] = []

    def each() -> None:
        for at in moments:
            past, case = _split(log, at, terms)
            learning, running = parts.next(LEARNING * share), parts.next((1 - LEARNING) * share)
            plant = learn(past) if learn else learn_plant(past, seed=seed, progress=learning).plant
            compared = compare(plant, case, runs, seed, running)
            done.append(_Evaluation(at, _lots(past), compared))

    cancelled = interrupted(each)
    if cancelled and not done:
        raise KeyboardInterrupt
    found = _result(log, done, cancelled, seed)
    if progress is not None and not cancelled:
        progress(1.0)
    return found


# ---------------------------------------------------------------- where to split
def _moments(origins: int | Sequence[datetime], lots: Cohort, window: ObservationWindow) -> list[datetime]:
    """Moments at midnight after which and before which there are lots."""
    if not isinstance(origins, int):
        return sorted(set(origins))
    if origins < 1:
        raise InputError(f"origins: found {origins}; right is 1 or more")
    first = np.sort(lots.first_s())
    least_s = 0.0 if window.cut_by_lot else window.follow_s
    usable = first[first >= first[0] + least_s]
    if not len(usable):
        raise LogError("the log is too short for a rolling origin: no lot comes after one that was followed")
    days = np.quantile(usable, np.linspace(FIRST, LAST, origins)) // 86400.0
    return [lots.origin + timedelta(days=int(day)) for day in sorted(set(days))]


def _split(log: _Log, at: datetime, terms: Terms) -> tuple[Records, Case]:
    records, window = log.records, log.window
    past = _released_before(records, at) if window.cut_by_lot else _observed_until(records, at)
    until = at if window.cut_by_lot else at - timedelta(seconds=window.follow_s)
    source = cohort(past, replace(window, end=until))
    later = replace(window, start=max(window.start, at))
    real = cohort(records, later)
    if not source.lots or not real.lots:
        raise LogError(
            f"origin {at:%Y-%m-%d %H:%M}: {source.lots} lots before it and {real.lots} after it can be "
            f"followed for {window.follow_s / 86400.0:.1f} days; there must be one at least on either side"
        )
    orders = orders_for(records, real, terms)
    return past, Case(later, real, orders, source, has_past=True, inputs=(log.input,))


def _released_before(records: Records, at: datetime) -> Records:
    """Lots released before a moment, with all that was seen of them."""
    assert records.events is not None  # read at the beginning
    first = pl.col("start").min().over("lot")
    events = records.events.filter(first < at)
    lots = events["lot"].drop_nulls().unique().to_list()
    end = events.select(pl.max_horizontal(pl.col("end").max(), pl.col("start").max())).item()
    return Records(records.start, end or at, records.lots.filter(pl.col("lot").is_in(lots)), events)


def _observed_until(records: Records, at: datetime) -> Records:
    """What the log showed at a moment: work that went on then has no end yet."""
    assert records.events is not None
    later = pl.col("end") > at
    counts = ("pieces_good", "pieces_scrap", "pieces_rework")
    open_rows = [pl.when(~later).then(pl.col(name)).alias(name) for name in ("end", *counts)]
    events = records.events.filter(pl.col("start") < at).with_columns(*open_rows)
    going = pl.col("completed").is_null() | (pl.col("completed") > at)
    lots = records.lots.filter(pl.col("lot").is_in(events["lot"].drop_nulls().unique().to_list()))
    open_lots = [pl.when(~going).then(pl.col(name)).alias(name) for name in ("completed", *counts)]
    status = pl.when(going).then(pl.lit(LotStatus.IN_PROCESS.value)).otherwise(pl.col("status"))
    status = status.cast(records.lots.schema["status"]).alias("status")
    return Records(records.start, at, lots.with_columns(*open_lots, status), events)


def _lots(past: Records) -> int:
    assert past.events is not None
    return int(past.events["lot"].drop_nulls().n_unique())


# ---------------------------------------------------------------- figures
def _result(log: _Log, done: list[_Evaluation], interrupted: bool, seed: int) -> RollingResult:
    rng = np.random.default_rng([seed, 2])
    cohorts = [each.compared.case.real for each in done]
    counts = resample_together(cohorts, rng)
    found: list[dict[str, Comparison]] = [
        each.compared.comparisons(own, rng) for each, own in zip(done, counts, strict=True)
    ]
    distances = {name: t.distance(cohorts[0].lots) for name, t in pooled(found).items()}
    mean_h = float(cycle_times_h(cohorts[0]).mean())
    origins = tuple(
        Origin(each.at, each.training_lots, result(each.compared, own, seed))
        for each, own in zip(done, found, strict=True)
    )
    return RollingResult(
        title=f"log of {log.records.start:%Y-%m-%d} to {log.records.end:%Y-%m-%d}",
        inputs=(log.input,),
        origins=origins,
        distances=distances,
        verdict=verdict(distances["cycle_time_emd_h"], mean_h, True),
        interrupted=interrupted,
        seed=seed,
        version=origins[0].result.version,
    )


def resample_together(cohorts: Sequence[Cohort], rng: np.random.Generator) -> list[Counts]:
    """Draw the lots of cohorts again, a lot that is in several of them as often in each.

    Each cohort holds the next one's lots; those that the next one lacks are drawn by themselves, so that
    every cohort keeps its number of lots.
    """
    draws = resamples_for(cohorts[0].lots)
    column: dict[str, Counts] = {}
    for own, following in zip(cohorts, [*cohorts[1:], None], strict=True):
        later = set(following.names) if following is not None else set()
        names = [name for name in own.names if name not in later]
        if names:
            column.update(zip(names, resample_lots(len(names), draws, rng).T, strict=True))
    return [np.stack([column[name] for name in one.names], axis=1) for one in cohorts]
