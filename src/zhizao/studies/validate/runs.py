"""Run the twin over the log's window, as full as the plant was, so that the two can be compared."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import Enum

import numpy as np

from zhizao.engine import LogLevel, Progress, RunSettings
from zhizao.experiments.experiment import complete_run
from zhizao.experiments.progress import Parts
from zhizao.experiments.scenario import Scenario
from zhizao.plant.model import Plant
from zhizao.plant.query import streams
from zhizao.quantities.errors import InputError
from zhizao.studies.validate.cohort import DAY_S, Cohort, ObservationWindow, cohort, cohort_of_orders
from zhizao.studies.validate.orders import LogOrder, mix_of, with_orders


class Releases(Enum):
    """Which orders the twin gets within the window."""

    OWN = "own"  # those that it makes itself
    LOG = "log"  # those of the log: its dates, parts and pieces


def simulate_own(
    plant: Plant, window: ObservationWindow, replications: int, seed: int, progress: Progress | None = None
) -> list[Cohort]:
    """The twin's lots of the window, with orders of its own; one cohort per replication.

    It starts twice the follow-up before the window, so that the plant is as full as it will be. A plant of
    job orders alone is run from its start.
    """
    placed, lead = _placed(plant, window)
    settings = RunSettings(lead + _days(window), seed, replications, log=LogLevel.EVENTS)
    runs = complete_run(Scenario("own orders", placed), settings, progress)
    return [cohort(records, window) for records in runs]


def simulate_log(
    plant: Plant,
    window: ObservationWindow,
    orders: tuple[LogOrder, ...],
    replications: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[list[Cohort], int]:
    """The twin's lots for the log's orders, and how many of these are of parts that the plant does not have.

    Until the window the twin makes its own orders. Which product an order of a part is, is drawn anew in each
    replication. Twice the follow-up after the last release is simulated, so that lots that wait for their
    first operation are followed too.
    """
    placed, lead = _placed(plant, window)
    mix = mix_of(plant)
    parts = Parts(progress)
    share = 1.0 / (replications + 1)
    filling = RunSettings(max(lead, 1.0), seed, replications, log=LogLevel.LOTS)
    before = complete_run(Scenario("own orders", placed), filling, parts.next(share))
    days = lead + _days(window) + window.follow_s / DAY_S
    ids = {order.id for order in orders}
    found = []
    for number, own in enumerate(before):
        given = with_orders(placed, own, orders, mix, np.random.default_rng([seed, number]))
        settings = RunSettings(days, seed, log=LogLevel.EVENTS, first_replication=number)
        (records,) = complete_run(Scenario("the log's orders", given), settings, parts.next(share))
        found.append(cohort_of_orders(records, window, ids))
    return found, mix.unknown(orders)


def _days(window: ObservationWindow) -> float:
    return ((window.end - window.start).total_seconds() + window.follow_s) / DAY_S + 1.0


def _placed(plant: Plant, window: ObservationWindow) -> tuple[Plant, float]:
    """The plant started early enough before the window, and by how many days."""
    if streams(plant):
        lead = math.ceil(2 * window.follow_s / DAY_S)
        day = datetime(window.start.year, window.start.month, window.start.day)
        plant = plant.model_copy(update={"start": day - timedelta(days=lead)})
    lead_days = (window.start - plant.start).total_seconds() / DAY_S
    if lead_days < 0:
        raise InputError(
            f"the plant starts on {plant.start:%Y-%m-%d %H:%M}, after the log's first release "
            f"{window.start:%Y-%m-%d %H:%M}; start it earlier"
        )
    return plant, lead_days
