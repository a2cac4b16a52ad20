"""A plant from a factory's own log, with the evidence for every number and what the log cannot tell."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.experiments.inputs import log_input
from zhizao.experiments.progress import Parts
from zhizao.quantities.calendars import monday_before
from zhizao.records import Records
from zhizao.studies.learn.arrivals import learn_arrivals
from zhizao.studies.learn.build import Draft, build_plant
from zhizao.studies.learn.calibrate import calibrate
from zhizao.studies.learn.causes import learn_causes
from zhizao.studies.learn.charts import learn_charts
from zhizao.studies.learn.complete import learn_variants
from zhizao.studies.learn.delays import (
    by_step,
    mean_waits_s,
    pool,
    real,
    releases_are_told,
    unexplained_s,
)
from zhizao.studies.learn.durations import learn_chart_times, learn_durations
from zhizao.studies.learn.evidence import Finding, as_table, known_of
from zhizao.studies.learn.exposure import observed_delays
from zhizao.studies.learn.opening import learn_days_off, learn_openings, learn_pauses
from zhizao.studies.learn.result import LearnResult
from zhizao.studies.learn.unknown import list_unknown
from zhizao.studies.learn.visits import History, read_history
from zhizao.studies.learn.ways import learn_ways

_DRAFT = 0.3  # share of the work before the twin is run


def learn(
    records: Records, *, name: str = "plant", seed: int = 1, progress: Progress | None = None
) -> LearnResult:
    """Learn a plant from an event log.

    Work centers with their hours, capacity, set-ups and failures; the ways of the lots through them
    with the time each operation takes; when orders come; and extra delays, settled by running the twin
    against the log.

    Parameters
    ----------
    records : the log; lots that were running when it began or ended are treated as such.
    name : of the plant.
    seed : of the choices made by chance (which lot lends the end of its way) and of the twin's runs. The same
        records and seed give the same plant.
    progress : called with the completed fraction, 0 to 1.

    Raises
    ------
    KeyboardInterrupt
        Cancelled: there is no part of a plant.
    """
    parts = Parts(progress)
    drafting, settling = parts.next(_DRAFT), parts.next(1 - _DRAFT)
    draft, findings = _draft(records, name, seed)
    if drafting is not None:
        drafting(1.0)
    # lots with routes of their own wait as those few did, so that the twin must settle how long; of many lots
    # the log alone tells
    delays, said = calibrate(draft, seed, settling) if draft.ways else observed_delays(draft, records)
    plant = build_plant(draft, delays)
    if settling is not None:
        settling(1.0)
    every = (*findings, *said)
    return LearnResult(
        inputs=(log_input("log", records),),
        plant=plant.model_copy(update={"uncertainty": known_of(every, plant)}),
        evidence=as_table(every),
        unknown=list_unknown(records),
        lots=len(draft.history.traces),
        seed=seed,
        version=version(),
    )


def _draft(records: Records, name: str, seed: int) -> tuple[Draft, list[Finding]]:
    origin = monday_before(records.start)
    plain = read_history(records, origin)
    pauses, about_pauses = learn_pauses(plain)
    days_off, about_days = learn_days_off(plain)
    history = read_history(records, origin, pauses=pauses, days_off=days_off)
    openings, about_hours = learn_openings(history, pauses, days_off)
    causes, about_causes = learn_causes(records, history, pauses, openings)
    rng = np.random.default_rng(seed)
    variants, seen, about_ways = learn_variants(history, rng)
    durations, about_times = learn_durations(history, causes.work)
    scrap, about_scrap = _learn_scrap(history)
    charts, thin, about_charts = learn_charts(variants)
    charted = frozenset(chart.product for chart in charts)
    times = learn_chart_times(variants, charted, causes.sized_work)
    arrivals, about_orders = learn_arrivals(seen, charted, days_off=days_off, told=releases_are_told(history))
    own_wait = unexplained_s(history, openings, causes.units)
    waits = real(pool(by_step(own_wait)), mean_waits_s(history))
    waits = {step: sample for step, sample in waits.items() if not causes.explain(*step)}
    ways, about_routes = learn_ways(thin, causes.work, own_wait, rng)
    draft = Draft(
        name, history, openings, causes, variants, charts, ways, durations, times, scrap,
        waits, arrivals, days_off,
    )  # fmt: skip
    centers = [*about_hours, *about_days, *about_pauses, *about_causes]
    return draft, [
        *centers,
        *about_ways,
        *about_charts,
        *about_routes,
        *about_times,
        *about_scrap,
        *about_orders,
    ]


def _learn_scrap(history: History) -> tuple[dict[str, float], list[Finding]]:
    """Scrapped pieces of each operation over the pieces of the lots that passed it."""
    scrapped: dict[str, int] = defaultdict(int)
    for operation, pieces in history.rows.select("operation", "pieces_scrap").drop_nulls().iter_rows():
        scrapped[operation] += pieces
    passed: dict[str, int] = defaultdict(int)
    for trace in history.traces:
        for visit in trace.visits:
            passed[visit.operation] += trace.pieces
    found, findings = {}, []
    for operation, n in sorted(scrapped.items()):
        share = round(min(n / max(passed[operation], 1), 1.0), 6)
        if n > 0:
            found[operation] = share
            how = f"{n} pieces scrapped over the pieces of the lots that passed"
            findings.append(
                Finding(f"operations.{operation}.defects.share", f"{share:.2%}", passed[operation], how)
            )
    return found, findings
