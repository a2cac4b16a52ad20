"""A plant without randomness: what is left is certain, and what is gone has a name."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from pydantic.fields import FieldInfo

from tests.engine.shops import op, order, shop
from tests.engine.test_past_lots import drawn, past_plant
from tests.laws.factories import factories
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant, model
from zhizao.plant.certain import LEFT_OUT, SPREAD, left_out, without_randomness
from zhizao.plant.paths import field_paths
from zhizao.quantities import Distribution
from zhizao.quantities.fields import Share

NO_CHANCE = {
    "transport.cranes.classes.share": "the share of a rack; the place in it is chance, by `length`",
    "routes.defects.share": "part of routes.defects",
    "routes.defects.found": "part of routes.defects",
    "routes.defects.false_alarms": "part of routes.defects",
    "routes.outcomes.defects": "part of routes.outcomes",
    "orders:OrderStream.mix": "each product of a mix is a stream of its own then",
}
"""Shares and weights that are nothing to be named by themselves, and why."""


def mentions(kind: Any, wanted: Any) -> bool:
    return kind is wanted or any(mentions(inner, wanted) for inner in get_args(kind))


def fields() -> list[tuple[str, FieldInfo]]:
    return list(field_paths().items())


def is_share(info: FieldInfo) -> bool:
    """Whether a field is a share of lots or pieces, or weights among which is drawn."""
    return any(data in info.metadata for data in get_args(Share)[1:]) and info.annotation is float


def weighs(info: FieldInfo) -> bool:
    return mentions(info.annotation, dict[str, model.base.Weight]) or "Weight" in str(info.annotation)


def test_every_share_weight_and_failure_of_the_model_is_certain_or_named() -> None:
    """Distributions need no list: whatever holds one is found by its type."""
    chance = {name for name, info in fields() if is_share(info)}
    chance |= {name for name, _ in fields() if name.endswith(".failures")}
    chance |= {"routes.next", "routes.defects", "products.route", "transport.cranes.length"}
    chance |= {"orders:OrderStream.mix", "orders:OrderStream.every", "routes.outcomes"}
    assert {
        "routes.sample",
        "routes.hold.share",
        "routes.defects.share",
    } <= chance  # shares are found by their type
    assert chance == LEFT_OUT.keys() | NO_CHANCE.keys()


def test_a_delay_keeps_its_clock_and_becomes_its_mean() -> None:
    late = op("b", "m", delay="exponential(3 h)", delay_clock="open-hours")
    certain = without_randomness(shop(route=[op("a", "m"), late])).routes["r"][1]
    assert certain.delay == Distribution.constant(3 * 3600.0)
    assert certain.delay_clock is model.DelayClock.OPEN_HOURS


def test_what_is_left_out_exists_in_the_model() -> None:
    assert LEFT_OUT.keys() <= {name for name, _ in fields()}


@given(factories())
def test_without_randomness_every_seed_gives_the_same_run(plant: Plant) -> None:
    certain = without_randomness(plant)
    first, second = (
        run(certain, RunSettings(days=1.0, seed=seed, log=LogLevel.EVENTS)).records[0] for seed in (1, 2)
    )
    assert first.events is not None
    assert second.events is not None
    assert first.events.equals(second.events)
    assert first.lots.equals(second.lots)


@given(factories())
def test_without_randomness_nothing_is_left_to_be_named(plant: Plant) -> None:
    streams = any(not hasattr(order, "id") for order in plant.orders)
    named = {LEFT_OUT["orders:OrderStream.every"]} if streams else set[str]()
    routes = {LEFT_OUT["products.route"]}  # the others keep a weight of nothing
    assert set(left_out(without_randomness(plant))) - routes == named


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"takes": "exponential(5 min)"}, SPREAD),
        ({"defects": {"share": 0.1}}, LEFT_OUT["routes.defects"]),
        ({"defects": {"false_alarms": 0.1}}, LEFT_OUT["routes.defects"]),
        ({"sample": 0.3}, LEFT_OUT["routes.sample"]),
        ({"hold": {"share": 0.5, "for": "1 h"}}, LEFT_OUT["routes.hold.share"]),
        ({"next": {"b": 3, "end": 1}}, LEFT_OUT["routes.next"]),
    ],
)
def test_what_a_plan_leaves_out_is_named(change: dict[str, Any], said: str) -> None:
    plain = [op("a", "m"), op("b", "m")]
    jobs = [{"id": "O", "product": "p", "pieces": 1}]
    assert left_out(shop(None, plain, jobs)) == ()
    assert left_out(shop(None, [op("a", "m") | change, op("b", "m")], jobs)) == (said,)


def test_a_failure_is_named_and_gone_a_maintenance_stays_at_its_mean() -> None:
    stops = {
        "failures": [{"between": "exponential(9 h)", "repair": "1 h"}],
        "maintenance": [{"every": "uniform(2 h, 4 h)", "for": "10 min"}],
    }
    plant = shop([{"id": "m"} | stops], None, [{"id": "O", "product": "p", "pieces": 1}])
    assert left_out(plant) == (SPREAD, LEFT_OUT["work_centers.failures"])
    center = without_randomness(plant).work_centers[0]
    assert center.failures == ()
    assert center.maintenance[0].every == Distribution.constant(10800.0)


def test_a_hold_of_some_lots_is_one_of_all_for_as_long_in_the_mean() -> None:
    route = [op("a", "m", hold={"share": 0.25, "for": "uniform(1 h, 3 h)"})]
    hold = without_randomness(shop(None, route)).routes["r"][0].hold
    assert hold is not None
    assert (hold.share, hold.takes) == (1.0, Distribution.constant(1800.0))


def test_every_lot_takes_the_most_probable_way_to_the_end() -> None:
    """a-b-end .6, a-c-d-end .4 · .5, a-c-end .4 · .5; from c on, both are as likely; never back to a."""
    route = [
        op("a", "m", next={"b": 6, "c": 4}),
        op("b", "m", next={"end": 1}),
        op("c", "m", next={"a": 8, "d": 2}),
        op("d", "m"),
    ]
    ways = {o.id: o.next for o in without_randomness(shop(None, route)).routes["r"]}
    assert ways == {"a": {"b": 1.0}, "b": {"end": 1.0}, "c": {"a": 1.0}, "d": {}}


def test_a_stream_of_several_products_becomes_one_of_each_at_its_mean_interval() -> None:
    stream = {"mix": {"p": 3, "q": 1}, "every": "exponential(1 h)"}
    plant = shop(None, None, [stream], products={"p": {"route": "r"}, "q": {"route": "r"}})
    streams: list[Any] = list(without_randomness(plant).orders)
    assert [(s.product, s.every) for s in streams] == [
        ("p", Distribution.constant(4800.0)),
        ("q", Distribution.constant(14400.0)),
    ]


def test_without_randomness_the_most_probable_past_lot_of_a_full_lot_is_taken() -> None:
    plant = past_plant([order("A", "q", pieces=280)])
    for lot, taken in {10: "L3", 13: "L4", 280: "L5"}.items():
        own = plant.replace({"products.q.lot": lot})
        assert without_randomness(own).products["q"].route == taken
        assert drawn(without_randomness(own.replace({"orders": [order("A", "q", pieces=1)]}))) == {"A": taken}


def test_a_lot_that_is_there_keeps_a_past_lot_that_has_its_operation() -> None:
    """Full lots of q take L5; the lot that waits at `on_L4` is of another one, and it is done there."""
    there = {"id": "W", "product": "q", "pieces": 10, "operation": "on_L4"}
    plant = past_plant([order("A", "q", pieces=280)], wip=[there]).replace({"products.q.lot": 280})
    certain = without_randomness(plant)
    routes = certain.products["q"].route
    assert isinstance(routes, dict)
    assert set(routes) == {"L5", "L4"}
    assert drawn(certain) == {"A": "L5", "W": "L4"}
