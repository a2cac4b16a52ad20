"""Order streams, and what energy costs at the time of day."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.engine.shops import op, orders, records, shop
from zhizao.engine import LogLevel
from zhizao.kpi import elements, values
from zhizao.records import Records


def stream(**more: Any) -> Records:
    return records(
        shop(
            [{"id": "m", "units": 50}],
            routes={"r": [op("a", "m", takes="1 min")]},
            products={"p": {"route": "r", "lot": 4, "priority": 2}, "q": {"route": "r"}},
            orders=[{"product": "p", "every": "10 min", **more}],
        ),
        days=1,
    )


def released(found: Records) -> list[float]:
    return ((found.lots["release"] - found.start).dt.total_seconds() / 60).to_list()


def test_the_first_order_of_a_stream_comes_after_one_draw_or_at_its_time() -> None:
    assert released(stream())[:3] == [10, 20, 30]
    assert released(stream(first="3 min"))[:3] == [3, 13, 23]


def test_an_order_of_a_stream_is_one_full_lot_unless_its_pieces_are_given() -> None:
    assert set(stream().lots["pieces"]) == {4}
    assert stream(pieces="10").lots["pieces"].to_list()[:4] == [4, 4, 2, 4]


def test_pieces_of_an_order_are_rounded_to_a_whole_number_of_at_least_one() -> None:
    pieces = stream(pieces="uniform(0, 3.9)").lots.group_by("order").agg(pl.col("pieces").sum())["pieces"]
    assert set(pieces) == {1, 2, 3, 4}


def test_a_stream_draws_its_products_by_weight() -> None:
    found = stream(product=None, mix={"p": 3, "q": 1}, every="1 min")
    assert (found.lots["product"] == "p").mean() == pytest.approx(0.75, abs=4 * 0.0115)


def test_lots_of_a_stream_are_due_so_long_after_their_order() -> None:
    found = stream(due="5 h")
    assert set((found.lots["due"] - found.lots["release"]).dt.total_hours()) == {5}
    assert stream().lots["due"].null_count() == stream().lots.height


def test_the_due_date_counts_from_the_order_though_the_lot_waits_outside() -> None:
    plant = shop(orders=[{"product": "p", "every": "6 min", "due": "1 h"}], release={"conwip": 1})
    found = records(plant, days=0.1)
    assert ((found.lots["due"] - found.start).dt.total_seconds() / 60).to_list()[:3] == [66, 72, 78]
    assert released(found)[:3] == [6, 16, 26]


def test_priority_is_that_of_the_order_or_else_of_the_product() -> None:
    assert set(stream().lots["priority"]) == {2}
    assert set(stream(priority=7).lots["priority"]) == {7}


# ---------------------------------------------------------------- energy
POWER = {"off": "1 kW", "idle": "2 kW", "busy": "10 kW"}
PERIODS = [{"when": "00:00-00:30", "price": "3/kWh"}, {"when": "00:00-01:00", "price": "2/kWh"}]


def energy(**whole: Any) -> dict[str, tuple[float, float]]:
    """(kWh, money) by state over the first 2 h: busy from 0:00 to 0:40, closed from 1:30."""
    plant = shop(
        [{"id": "m", "calendar": "c", "power": POWER}],
        [op("a", "m", takes="40 min")],
        orders(1),
        calendars={"c": {"mon-sun": ["00:00-01:30"]}},
        **whole,
    )
    states = records(plant, days=2 / 24).states
    assert states is not None
    kept = states.filter(pl.col("seconds") > 0)
    return {state: (kwh, cost) for _, _, state, _, kwh, cost in kept.rows()}


def test_a_unit_draws_the_power_of_its_state() -> None:
    found = energy()
    assert {state: pytest.approx(kwh) for state, (kwh, _) in found.items()} == {
        "busy": 10 * 40 / 60, "idle": 2 * 50 / 60, "off": 1 * 30 / 60
    }  # fmt: skip


def test_energy_costs_the_price_of_its_moment_and_the_first_period_that_matches_counts() -> None:
    found = energy(tariff={"default": "1/kWh", "periods": PERIODS})
    assert found["busy"][1] == pytest.approx(10 * (30 * 3 + 10 * 2) / 60)
    assert found["idle"][1] == pytest.approx(2 * (20 * 2 + 30 * 1) / 60)
    assert found["off"][1] == pytest.approx(0.5)


def test_without_periods_energy_costs_the_default() -> None:
    found = energy(tariff={"default": "0.8/kWh"})
    assert {state: cost for state, (_, cost) in found.items()} == {
        state: pytest.approx(0.8 * kwh) for state, (kwh, _) in found.items()
    }


def test_a_state_without_a_power_of_its_own_draws_that_of_idle() -> None:
    power = {"idle": "3 kW"}
    plant = shop([{"id": "m", "power": power}], [op("a", "m", takes="60 min")], orders(1))
    states = records(plant, days=2 / 24, log=LogLevel.LOTS).states
    assert states is not None
    assert dict(states.filter(pl.col("seconds") > 0).select("state", "energy_kwh").rows()) == {
        "busy": 3,
        "idle": 3,
    }


# ---------------------------------------------------------------- when a lot starts
def started(found: Records) -> list[float | None]:
    begun = ((found.lots["started"] - found.start).dt.total_seconds() / 60).to_list()
    return [None if minute is None else round(minute, 6) for minute in begun]


def test_a_lot_starts_with_its_first_activity() -> None:
    center = {"id": "m", "setup": {"by": "family", "default": "3 min"}}
    plant = shop([center], [op("a", "m", takes="10 min", setup_family="x")], orders(3))
    assert started(records(plant)) == [0, 13, 23]  # the set-up is the first activity of the first lot
    assert started(records(plant, days=20 / 1440)) == [0, 13, None]


def test_all_lots_of_a_batch_start_together_and_lots_of_a_split_with_the_lot_they_come_from() -> None:
    baked = op("a", "m", takes="10 min", batch={"pieces": "1..2"})
    assert started(records(shop(route=[baked, op("b", "m", takes="1 min")], orders=orders(4)))) == [
        0,
        0,
        10,
        10,
    ]
    cut = shop(
        [{"id": "m"}, {"id": "n"}],
        [op("a", "m", takes="10 min", split=5), op("b", "n", takes="1 min")],
        [{"id": "A", "product": "p", "pieces": 10}, {"id": "B", "product": "p", "pieces": 10}],
        products={"p": {"route": "r", "lot": 10}},
    )
    assert sorted(map(str, started(records(cut)))) == ["0.0", "0.0", "10.0", "10.0"]


def test_a_lot_that_does_no_operation_starts_when_it_leaves() -> None:
    assert started(records(shop(route=[op("a", "m", sample=0)], orders=orders(1)))) == [0]


def test_material_that_only_waits_costs_nothing_outside_or_inside() -> None:
    """Orders for 8 lots a day meet a machine that does 4, 39 in 10 days: half wait, and cost nothing yet."""

    def per_day(**release: Any) -> float:
        plant = shop(
            [{"id": "m"}],
            [op("a", "m", takes="6 h")],
            [{"product": "p", "every": "3 h"}],
            products={"p": {"route": "r", "material": 5, "lot": 10}},
            **release,
        )
        return values(elements(records(plant, days=10), plant))["cost_rate"]

    assert per_day() == pytest.approx(3.9 * 10 * 5)
    assert per_day(release={"conwip": 1}) == pytest.approx(per_day())


def test_a_faster_step_before_the_bottleneck_neither_gains_nor_loses_money() -> None:
    """Lots pile up before the second machine: their material is stock, and no cost of the day."""

    def per_day(first: str, **release: Any) -> float:
        plant = shop(
            [{"id": "m"}, {"id": "n"}],
            [op("a", "m", takes=first), op("b", "n", takes="6 h")],
            [{"product": "p", "every": "1 h"}],
            products={"p": {"route": "r", "material": 5, "lot": 10}},
            **release,
        )
        return values(elements(records(plant, days=10), plant))["cost_rate"]

    assert per_day("4 h") == pytest.approx(4 * 10 * 5, rel=0.05)
    assert per_day("1 h") == pytest.approx(per_day("4 h"), rel=0.03)
    assert per_day("1 h", release={"conwip": 3}) == pytest.approx(per_day("4 h"), rel=0.03)
