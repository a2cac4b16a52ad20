"""The log's own orders in the twin: real dates, parts and pieces."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from tests.studies.conftest import CancelInRun
from tests.studies.validate.plants import log_of, roomy
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import JobOrder, parse_plant
from zhizao.quantities.errors import InputError
from zhizao.records import Records
from zhizao.studies.validate import Releases, Terms, choose_window, cohort, validate
from zhizao.studies.validate.orders import LogOrder, log_orders, mix_of, with_orders

LOG = Terms(follow_up_days=5, releases=Releases.LOG)
NOON = datetime(2026, 1, 19, 12)


def before(plant_days: float = 14) -> Records:
    return run(roomy(), RunSettings(days=plant_days, seed=1, log=LogLevel.LOTS)).records[0]


def test_the_twin_makes_as_many_lots_as_the_log_has_each_followed() -> None:
    plant = roomy()
    found = validate(plant, log_of(plant), replications=5, terms=LOG)
    assert (found.twin_lots.mean, found.twin_lots.low) == (found.lots, found.lots)
    assert not found.distances["cycle_time_emd_h"].over_noise.excludes(0.0)
    assert found.notes == ()


@pytest.mark.parametrize("releases", list(Releases))
def test_progress_rises_to_one(releases: Releases) -> None:
    shares: list[float] = []
    terms = Terms(follow_up_days=5, releases=releases)
    validate(roomy(), log_of(roomy(), days=15), replications=3, terms=terms, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 1


@pytest.mark.parametrize(("releases", "number"), [(Releases.OWN, 1), (Releases.LOG, 1), (Releases.LOG, 3)])
def test_a_cancelled_validation_has_no_result(
    cancel_in_run: CancelInRun, releases: Releases, number: int
) -> None:
    log = log_of(roomy(), days=15)
    cancel_in_run(number)
    with pytest.raises(KeyboardInterrupt):
        validate(roomy(), log, replications=3, terms=Terms(follow_up_days=5, releases=releases))


def test_with_the_logs_dates_the_twin_starts_work_when_the_log_does() -> None:
    plant = roomy()
    # a week without orders, which no twin knows of by itself
    whole = log_of(plant, days=40)
    assert whole.events is not None
    first = pl.col("start").min().over("lot")
    quiet = first.is_between(datetime(2026, 1, 25), datetime(2026, 2, 4))
    log = Records(whole.start, whole.end, whole.lots, whole.events.filter(~quiet))
    own = validate(plant, log, replications=5, terms=Terms(follow_up_days=5))
    given = validate(plant, log, replications=5, terms=LOG)
    assert given.distances["absolute_emd_h"].twin.mean < 0.5 * own.distances["absolute_emd_h"].twin.mean


def test_an_order_keeps_its_date_and_its_pieces_in_one_lot() -> None:
    orders = (LogOrder("7", NOON, "frame", 35),)
    plant = roomy()
    given = with_orders(plant, before(), orders, mix_of(plant), np.random.default_rng(1))
    job = given.orders[-1]
    assert isinstance(job, JobOrder)
    assert (job.id, job.product, job.pieces, job.release) == ("log 7", "frame", 35, 14.5 * 86400)
    (done,) = run(given, RunSettings(days=20, log=LogLevel.EVENTS)).records
    assert done.lots.filter(pl.col("order") == "log 7")["pieces"].to_list() == [35]


def test_until_the_log_begins_the_twin_is_filled_by_its_own_orders() -> None:
    plant = roomy()
    orders = (LogOrder("1", NOON, "frame", 10), LogOrder("2", NOON.replace(day=20), "frame", 10))
    given = with_orders(plant, before(30), orders, mix_of(plant), np.random.default_rng(1))
    own = [job for job in given.orders if isinstance(job, JobOrder) and job.id.startswith("own")]
    assert len(own) > 50  # two weeks, one every four hours
    assert max(job.release for job in own) < 14.5 * 86400


def test_a_part_with_several_products_gets_them_by_the_plants_mix() -> None:
    plant = roomy()
    mix = mix_of(plant)
    assert mix.of("door").keys() == {"door", "door #2"}
    orders = tuple(LogOrder(str(i), NOON, "door", 10) for i in range(400))
    given = with_orders(plant, before(), orders, mix, np.random.default_rng(1))
    made = [job.product for job in given.orders if isinstance(job, JobOrder) and job.id.startswith("log")]
    assert made.count("door") == pytest.approx(300, abs=35)
    assert made.count("door #2") == 400 - made.count("door")


def test_parts_that_the_plant_does_not_know_are_made_by_its_whole_mix_and_counted() -> None:
    plant = roomy()
    whole = log_of(plant)
    assert whole.events is not None
    renamed = whole.events.with_columns(pl.col("product").replace({"frame": "window"}))
    log = Records(whole.start, whole.end, whole.lots, renamed)
    found = validate(plant, log, replications=2, terms=LOG)
    windows = cohort(log, choose_window(log, follow_up_days=5))
    unknown = sum(order.part == "window" for order in log_orders(log, windows))
    assert found.notes[0].startswith(f"{unknown} of {found.lots} lots are of parts")
    assert mix_of(plant).of("window").keys() == {"door", "door #2", "frame"}


def test_a_lot_that_waits_for_its_first_machine_until_after_the_window_still_counts() -> None:
    plant = parse_plant(
        """
zhizao: 1
plant: one slow machine
start: 2026-01-05
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: 30 h}]}
products: {p: {route: r}}
orders: [{product: p, every: 40 d}]
"""
    )
    fast = parse_plant(
        """
zhizao: 1
plant: one fast machine
start: 2026-01-05
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: 1 h}]}
products: {p: {route: r}}
orders: [{product: p, every: 6 h}]
"""
    )
    found = validate(plant, log_of(fast, days=7), replications=2, terms=Terms(4, Releases.LOG))
    assert found.twin_lots.mean > 4


def test_a_plant_that_orders_nothing_cannot_make_the_logs_orders() -> None:
    with pytest.raises(InputError, match="no orders"):
        mix_of(roomy().model_copy(update={"orders": ()}))
