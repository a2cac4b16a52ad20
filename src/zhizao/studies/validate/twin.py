"""Run the twin so that it can be held against a log: as full as the plant was, over the log's window."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import Enum

import numpy as np

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant.model import Plant
from zhizao.plant.query import streams
from zhizao.quantities.errors import InputError
from zhizao.records import Records
from zhizao.studies.validate.cohort import DAY_S, Cohort, Window, cohort, cohort_of_orders
from zhizao.studies.validate.orders import LogOrder, mix_of, with_orders


class Releases(Enum):
    """Which orders the twin gets within the window."""

    OWN = "own"  # those that it makes itself
    LOG = "log"  # those of the log: its dates, parts and pieces


def simulate_own(plant: Plant, window: Window, replications: int, seed: int) -> list[Cohort]:
    """The twin's lots of the window, with orders of its own; one cohort per replication.

    It starts twice the follow-up before the window, so that the plant is as full as it will be. A plant of
    job orders alone is run from its start.
    """
    placed, lead = _placed(plant, window)
    settings = RunSettings(lead + _days(window), seed, replications, log=LogLevel.EVENTS)
    return [cohort(records, window) for records in _whole_run(placed, settings)]


def simulate_log(
    plant: Plant, window: Window, orders: tuple[LogOrder, ...], replications: int, seed: int
) -> tuple[list[Cohort], int]:
    """The twin's lots for the log's orders, and how many of these are of parts that the plant does not know.

    Until the window the twin makes its own orders. Which product an order of a part is, is drawn anew in each
    replication. Twice the follow-up after the last release is simulated, so that lots that wait for their
    first operation are followed too.
    """
    placed, lead = _placed(plant, window)
    mix = mix_of(plant)
    before = _whole_run(placed, RunSettings(max(lead, 1.0), seed, replications, log=LogLevel.LOTS))
    days = lead + _days(window) + window.follow_s / DAY_S
    ids = {order.id for order in orders}
    found = []
    for number, own in enumerate(before):
        given = with_orders(placed, own, orders, mix, np.random.default_rng([seed, number]))
        settings = RunSettings(days, seed, log=LogLevel.EVENTS, first_replication=number)
        (records,) = _whole_run(given, settings)
        found.append(cohort_of_orders(records, window, ids))
    return found, mix.unknown(orders)


def _whole_run(plant: Plant, settings: RunSettings) -> tuple[Records, ...]:
    """All replications; a part of them would pass for all."""
    done = run(plant, settings)
    if done.interrupted:
        raise KeyboardInterrupt
    return done.records


def _days(window: Window) -> float:
    return ((window.end - window.start).total_seconds() + window.follow_s) / DAY_S + 1.0


def _placed(plant: Plant, window: Window) -> tuple[Plant, float]:
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
