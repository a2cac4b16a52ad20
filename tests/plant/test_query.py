"""Rules that read a plant, each by hand."""

from __future__ import annotations

from typing import Any

import pytest

from zhizao.plant import Plant, parse_plant
from zhizao.plant.query import (
    abilities,
    fixed_time_s,
    followers,
    groups,
    job_orders,
    lots_in,
    mean_lot_s,
    needed_by,
    own_calendar,
    parts_of,
    places,
    product_mix,
    rework_target,
    routes_of,
    streams,
    takes_at,
    work_calendar,
)
from zhizao.quantities import week_hours

TEXT = """
zhizao: 1
plant: yard
calendars:
  day: {mon-fri: ["08:00-16:00"]}
work_centers:
  - {id: saw, calendar: day, start_up: 1 h, shut_down: 30 min}
  - {id: kiln, failures: [{between: 100 h, repair: 1 h, needs: {fitters: 1}}]}
  - {id: oven}
personnel:
  - {id: sawyers, count: 3, skills: [saw], tends: 2}
  - {id: fitters, count: 1}
  - {id: clerks, count: 2}
routes:
  beam:
    - {id: cut, on: [saw], takes: {load: 1 min, per_lot: 2 min, per_piece: 3 min}, needs: {saw: 1}}
    - id: dry
      on: [kiln, {work_center: oven, takes: 5 h}]
      takes: {per_batch: uniform(1 h, 3 h), pieces_per_batch: 4}
      sample: 0.5
    - {id: check, on: [oven], takes: 1 min, parts: {nail: 2}, next: {cut: 1, end: 3}}
  short:
    - {id: cut, on: [saw], takes: 1 min}
products:
  beam: {route: {beam: 3, short: 1}, lot: 10}
  nail: {route: null}
orders:
  - {id: a, product: beam, pieces: 25}
  - {product: beam, every: 1 d}
  - {mix: {beam: 2, nail: 1}, every: 1 d}
transport: {default: 2 min, times: [{from: saw, to: oven, takes: 5 min}]}
"""


@pytest.fixture(scope="module")
def yard() -> Plant:
    return parse_plant(TEXT)


def test_routes_of_a_product_come_with_their_weights(yard: Plant) -> None:
    assert routes_of(yard.products["beam"]) == {"beam": 3, "short": 1}
    assert routes_of(yard.products["nail"]) == {}


def test_what_follows_an_operation_includes_those_behind_one_that_some_lots_skip(yard: Plant) -> None:
    route = yard.routes["beam"]
    assert [o.id for o in followers(route, 0)] == ["dry", "check"]
    assert [o.id for o in followers(route, 2)] == ["cut"]
    assert parts_of(yard) == {"nail"}
    assert (rework_target("rework cut"), rework_target("scrap")) == ("cut", None)


def test_starting_up_and_shutting_down_leave_less_of_the_shift(yard: Plant) -> None:
    saw, kiln, _ = yard.work_centers
    own, working = own_calendar(yard, saw.calendar), work_calendar(yard, saw)
    assert own is not None
    assert working is not None
    assert week_hours(own) == 40.0
    assert week_hours(working) == 5 * 6.5
    assert work_calendar(yard, kiln) is None


def test_the_mean_time_of_a_lot_counts_its_pieces_and_its_runs(yard: Plant) -> None:
    cut, dry, _ = yard.routes["beam"]
    takes: Any = takes_at(cut, cut.on[0])
    assert mean_lot_s(takes, 10) == 60 + 120 + 10 * 180
    on_kiln: Any = takes_at(dry, dry.on[0])
    assert mean_lot_s(on_kiln, 9) == 3 * 7200
    on_oven: Any = takes_at(dry, dry.on[1])
    assert mean_lot_s(on_oven, 9) == 5 * 3600


def test_a_way_takes_its_listed_time_else_the_default(yard: Plant) -> None:
    assert fixed_time_s(yard, "saw", "oven") == 300
    assert fixed_time_s(yard, "oven", "saw") == 120
    assert fixed_time_s(yard, "saw", "saw") == 0


def test_people_do_what_their_id_or_a_skill_names(yard: Plant) -> None:
    sawyers = yard.personnel[0]
    assert abilities(sawyers) == ("sawyers", "saw")
    assert groups(yard, "saw") == groups(yard, "sawyers") == [sawyers]
    assert places(sawyers) == 6
    assert [group.id for group in needed_by(yard, "saw")] == ["sawyers"]
    assert [group.id for group in needed_by(yard)] == ["sawyers", "fitters"]


def test_demand_is_streams_and_orders(yard: Plant) -> None:
    assert [order.id for order in job_orders(yard)] == ["a"]
    assert lots_in(yard, job_orders(yard)) == 3
    assert [product_mix(stream) for stream in streams(yard)] == [{"beam": 1.0}, {"beam": 2, "nail": 1}]
