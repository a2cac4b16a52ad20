"""A plant from a factory's own log, with the evidence for every number and what the log cannot tell."""

from __future__ import annotations

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.experiments.inputs import log_input
from zhizao.quantities.calendars import monday_before
from zhizao.records import Records
from zhizao.studies.learn.build import Draft, build_plant
from zhizao.studies.learn.evidence import Finding, as_table, known_of
from zhizao.studies.learn.log.complete import Variant, fixed_follow_up, learn_variants
from zhizao.studies.learn.log.releases import find_releases
from zhizao.studies.learn.log.visits import History, read_history
from zhizao.studies.learn.resources.busy import how_busy
from zhizao.studies.learn.resources.causes import learn_causes
from zhizao.studies.learn.resources.opening import learn_days_off, learn_openings, learn_pauses
from zhizao.studies.learn.resources.setups.gaps import find_setups
from zhizao.studies.learn.result import LearnResult
from zhizao.studies.learn.rounding import rounded
from zhizao.studies.learn.routes.charts import learn_charts
from zhizao.studies.learn.routes.choice import choose_past_lots
from zhizao.studies.learn.routes.past_lots import Measures, Template, donors, templates
from zhizao.studies.learn.routes.scrap import learn_scrap
from zhizao.studies.learn.timing.arrivals import learn_arrivals
from zhizao.studies.learn.timing.delays import learn_delays, releases_are_told
from zhizao.studies.learn.timing.durations import learn_chart_times, learn_durations
from zhizao.studies.learn.timing.entry import learn_entry
from zhizao.studies.learn.unknown import list_unknown

_READ, _CAUSES, _TIMES = 0.2, 0.7, 0.9  # share of the work that is done then: assumed


def learn(
    records: Records, *, name: str = "plant", seed: int = 1, progress: Progress | None = None
) -> LearnResult:
    """Learn a plant from an event log.

    Work centers with their hours, capacity, set-ups and failures; the ways of the lots through them
    with the time each operation takes; when orders come; and delays that no work center explains.

    Parameters
    ----------
    records : the log; lots that were running when it began or ended are treated as such.
    name : of the plant.
    seed : of the choices made by chance (which lot lends the end of its way). The same records and seed give
        the same plant.
    progress : called with the completed fraction, 0 to 1.

    Raises
    ------
    KeyboardInterrupt
        Cancelled: there is no part of a plant.
    """
    told = progress or (lambda _: None)
    draft, findings = _draft(records, name, seed, told)
    plant = rounded(build_plant(draft))
    told(1.0)
    return LearnResult(
        inputs=(log_input("log", records),),
        plant=plant.model_copy(update={"uncertainty": known_of(findings, plant)}),
        evidence=as_table(tuple(findings)),
        unknown=list_unknown(records, findings),
        work_centers=how_busy(draft.history, draft.causes, draft.openings),
        lots=len(draft.history.traces),
        seed=seed,
        version=version(),
    )


def _draft(records: Records, name: str, seed: int, told: Progress) -> tuple[Draft, list[Finding]]:
    origin = monday_before(records.start)
    records, about_releases = find_releases(records)
    plain = read_history(records, origin)
    pauses, about_pauses = learn_pauses(plain)
    days_off, about_days = learn_days_off(plain)
    history = read_history(records, origin, pauses=pauses, days_off=days_off)
    told(_READ)
    openings, about_hours = learn_openings(history, pauses, days_off)
    rng = np.random.default_rng(seed)
    records, about_hidden = find_setups(records, history, openings, rng)
    if about_hidden:
        history = read_history(records, origin, pauses=pauses, days_off=days_off)
        openings, about_hours = learn_openings(history, pauses, days_off)
    causes, about_causes = learn_causes(records, history, pauses, openings)
    told(_CAUSES)
    variants, seen, about_ways = learn_variants(history, rng)
    about_times = learn_durations(history, causes.work)
    scrap, about_scrap = learn_scrap(history)
    charts, thin, about_charts = learn_charts(variants)
    charted = frozenset(chart.product for chart in charts)
    times = learn_chart_times(variants, charted, causes.sized_work)
    entry = learn_entry(history, causes.units, openings, {center for _, center in causes.batches})
    arrivals, about_orders = learn_arrivals(
        seen, charted, days_off=days_off, told=releases_are_told(history), entry=entry
    )
    told(_TIMES)
    delays = learn_delays(records, history, openings, causes)
    by = Measures(causes, delays, openings)
    chosen, about_choice = choose_past_lots(charts, variants, by, rng)
    charts = [chart for chart in charts if chart.product not in chosen]
    drawn = [*thin, *(v for v in variants if v.trace.product in chosen)]
    past, about_past = _past_lots(drawn, history, by)
    draft = Draft(
        name, history, openings, causes, variants, charts, past, times, scrap, delays, arrivals, days_off
    )
    centers = [*about_hours, *about_days, *about_pauses, *about_hidden, *about_causes]
    return draft, [
        *centers,
        *about_ways,
        *(found for product, own in about_charts.items() if product not in chosen for found in own),
        *about_choice,
        *about_past,
        *about_times,
        *about_scrap,
        *about_releases,
        *about_orders,
        *delays.findings(),
    ]


def _past_lots(
    variants: list[Variant], history: History, by: Measures
) -> tuple[list[Template], list[Finding]]:
    """The past lots that the products without a chart draw."""
    if not variants:
        return [], []
    kept, findings = donors(variants, history, cut=fixed_follow_up(history) is None)
    return templates(kept, by), findings
