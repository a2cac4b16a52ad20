"""A plan moved on to a later state: what is done drops out, the rest changes as little as it can."""

from __future__ import annotations

import time
from datetime import timedelta
from math import inf
from typing import Any

import polars as pl
import pytest

from tests.engine.shops import DAY, HOUR, MIN, START, op, order, orders, shop
from zhizao.engine import Session
from zhizao.plant import Condition, Plant, PlantState
from zhizao.quantities import InputError
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.previous import Previous, broken, moved
from zhizao.studies.schedule.result import Plan

pytestmark = pytest.mark.usefixtures("few_trials")


def planned(plant: Plant, **more: Any) -> Plan:
    options: dict[str, Any] = {"objective": "tardiness", "seconds": 10.0, "work": 200}
    return schedule(plant, **(options | more))


def moves(plan: Plan) -> pl.DataFrame:
    found = plan.moved()
    assert found is not None
    return found


def before(plan: Plan) -> Previous:
    assert plan.previous is not None
    return plan.previous


def after(plant: Plant, seconds: float, plan: Plan, *, down: dict[str, float] | None = None) -> PlantState:
    """State of the twin that has followed a plan for so long, with units under repair from now on."""
    session = Session(plant, plan=plan.events)
    session.advance(seconds)
    found = session.snapshot().readable()
    hit = down or {}
    units = [
        unit.model_copy(update={"state": Condition.DOWN, "repair_left": hit[unit.id]})
        if unit.id in hit
        else unit
        for unit in found.units
    ]
    return found.model_copy(update={"units": tuple(units)})


def processes(plan: Plan) -> dict[tuple[str, str], tuple[str, float]]:
    """Unit and start in min from START by order and operation."""
    rows = plan.events.filter(pl.col("activity") == "process")
    return {
        (lot, operation): (unit, (start - START).total_seconds() / MIN)
        for lot, operation, unit, start in rows.select("lot", "operation", "unit", "start").iter_rows()
    }


def line(n: int = 6, **more: Any) -> Plant:
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    return shop([{"id": "m"}, {"id": "n", **more}], route, orders(n, due=HOUR))


def test_without_an_event_nothing_is_moved() -> None:
    plant = line()
    plan = planned(plant)
    later = planned(plant, state=after(plant, 45 * MIN, plan), previous=plan.events, freeze="1 h")
    assert moves(later).is_empty()
    assert before(later).dropped == 7  # a of four lots and of one in work; b of one, and of one in work
    then = processes(plan)
    ahead = {(order_of(later, lot), o): where for (lot, o), where in processes(later).items()}
    later_than = {one: where for one, where in then.items() if where[1] > 45}
    assert {one: ahead[one] for one in later_than} == later_than
    assert any("0 of 5 operations ahead of the previous plan are moved." in note for note in later.notes)


def order_of(plan: Plan, lot: str) -> str:
    assert plan.state is not None
    return next((one.order or lot for one in plan.state.lots if one.id == lot), lot)


def test_a_breakdown_shifts_to_the_right_and_keeps_unit_and_order() -> None:
    plant = line(failures=[{"clock": "calendar", "between": "900 d", "repair": "1 h"}])
    plan = planned(plant)
    state = after(plant, 45 * MIN, plan, down={"n-1": 2 * HOUR})
    later = planned(plant, state=state, previous=plan.events, freeze="1 h", per_move=inf)
    assert moves(later)["move"].to_list() == ["start"] * 4  # b of four lots, 2 h later; a: in time
    assert later.judged.by == "the previous plan, moved on"
    assert later.details()["moved"][0]["move"] == "start"


def two_units(*jobs: dict[str, Any]) -> Plant:
    centers = [
        {"id": "m", "units": 2, "failures": [{"clock": "calendar", "between": "900 d", "repair": "1 h"}]}
    ]
    return shop(centers, [op("a", "m", takes="1 h")], list(jobs))


def test_a_move_must_gain_more_than_its_price() -> None:
    """A rush order comes: ahead of the others it is in time, behind them it is late by 8 h."""
    jobs = orders(4, due=DAY)
    plan = planned(shop(None, [op("a", "m", takes="2 h")], jobs))
    rush = [*jobs, order("rush", due=2 * HOUR)]
    plant = shop(None, [op("a", "m", takes="2 h")], rush)
    dear = planned(plant, previous=plan.events, per_move=10.0)
    assert dear.value_s == 8 * HOUR
    assert moves(dear).is_empty()
    cheap = planned(plant, previous=plan.events, per_move=0.1)
    assert cheap.value_s == 0
    frozen = planned(plant, previous=plan.events, per_move=0.0, freeze="3 h")
    assert frozen.events.sort("start")["lot"].to_list()[:3] == ["O0", "O1", "rush"]
    assert frozen.value_s == 4 * HOUR
    assert any("All 2 frozen operations" in note for note in frozen.notes)


def test_a_unit_that_is_down_gives_its_operations_to_the_other() -> None:
    plant = two_units(*orders(6, due=4 * HOUR))
    plan = planned(plant)
    state = after(plant, 30 * MIN, plan, down={"m-2": 9 * HOUR})
    later = planned(plant, state=state, previous=plan.events, per_move=0.01)
    assert set(moves(later).filter(pl.col("move") == "unit")["unit"]) == {"m-1"}
    assert set(moves(later).filter(pl.col("move") == "unit")["previous_unit"]) == {"m-2"}


def test_lots_of_one_order_are_known_by_how_far_they_are() -> None:
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    plant = shop([{"id": "m"}, {"id": "n"}], route, [order("O", pieces=12, due=HOUR)])
    plan = planned(plant)
    later = planned(plant, state=after(plant, 65 * MIN, plan), previous=plan.events, freeze="2 h")
    assert moves(later).is_empty()
    assert not before(later).new


def test_a_cancelled_order_drops_out() -> None:
    plan = planned(shop(None, None, orders(4, due=HOUR)))
    later = planned(shop(None, None, orders(4, due=HOUR)[:2]), previous=plan.events)
    assert before(later).dropped == 2
    assert moves(later).is_empty()


def test_the_order_counts_the_fewest_operations_that_moved() -> None:
    plan = planned(shop(None, None, orders(6, due=HOUR)))
    previous = before(planned(shop(None, None, orders(6, due=HOUR)), previous=plan.events))
    rows = plan.events.with_columns(
        pl.when(pl.col("lot") == "O0").then(pl.lit(START + timedelta(hours=2)).cast(pl.Datetime("us")))
        .otherwise(pl.col("start") - pl.duration(minutes=10)).alias("start")
    )  # fmt: skip
    found = moved(rows, previous, START)
    assert found.select("lot", "move").rows() == [("O0", "order")]


def test_frozen_operations_wait_for_their_unit_though_another_is_free() -> None:
    plant = two_units(*orders(6, due=4 * HOUR))
    plan = planned(plant)
    state = after(plant, 30 * MIN, plan, down={"m-2": 2 * HOUR})
    later = planned(plant, state=state, previous=plan.events, per_move=0.0, freeze="90 min")
    assert before(later).frozen
    assert broken(later.events, before(later), START) == 0
    assert later.judged.exact


def test_nothing_gets_ahead_of_a_frozen_operation_that_comes_late() -> None:
    """b of A is frozen, and a of it takes longer than planned; b of B is ready before."""
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    plant = shop([{"id": "m", "units": 2}, {"id": "n"}], route, [order("A", due=HOUR), order("B", due=DAY)])
    plan = planned(plant)
    lots = [
        {
            "id": "A",
            "product": "p",
            "pieces": 1,
            "operation": "a",
            "at": "in-work",
            "unit": "m-1",
            "left": 1800,
        },
        {
            "id": "B",
            "product": "p",
            "pieces": 1,
            "operation": "a",
            "at": "in-work",
            "unit": "m-2",
            "left": 60,
        },
    ]
    state = PlantState.model_validate({"plant": "shop", "moment": START + timedelta(minutes=9), "lots": lots})
    later = planned(plant, state=state, previous=plan.events, freeze="15 min")
    assert before(later).frozen == {("A", "b")}
    assert [where[1] for where in processes(later).values()][2:] == [39.0, 59.0]
    assert moves(later).is_empty()


def test_the_frozen_zone_is_kept_in_order_where_nothing_is_late() -> None:
    plant = two_units(*orders(6, due=4 * HOUR))
    plan = planned(plant)
    state = after(plant, 30 * MIN, plan)
    later = planned(plant, state=state, previous=plan.events, per_move=0.0, freeze="2 h")
    assert len(before(later).frozen) == 4
    assert broken(later.events, before(later), START) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"freeze": "1 h"}, "freeze: found no previous plan"),
        ({"previous": pl.DataFrame({"order": ["X"], "lot": ["X"], "operation": ["a"], "start": [START]})},
         "the previous plan has none of the orders to be planned: found X; right is O0"),
    ],
)  # fmt: skip
def test_what_cannot_be_moved_on_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        planned(shop(None, None, orders(2)), **wrong)


def test_a_negative_price_is_refused() -> None:
    plan = planned(shop(None, None, orders(2)))
    with pytest.raises(InputError, match="per_move: found -1 h; right is 0 or more"):
        planned(shop(None, None, orders(2)), previous=plan.events, per_move=-1.0)


def test_one_event_on_two_thousand_operations_takes_less_than_two_seconds() -> None:
    plant = big()
    plan = schedule(plant, objective="tardiness", seconds=0.1)
    state = after(plant, 2 * HOUR, plan, down={"c1-1": 4 * HOUR})
    schedule(plant, state=state, previous=plan.events, freeze="4 h", seconds=0.001)  # compiled and warm
    began = time.process_time()
    later = schedule(plant, state=state, previous=plan.events, freeze="4 h", seconds=0.001)
    assert time.process_time() - began < 2.0
    assert later.complete
    assert len(before(later).frozen) > 300
    assert broken(later.events, before(later), START) == 0


def test_a_search_lowers_the_price_of_what_an_event_moves_and_keeps_what_is_frozen() -> None:
    plant = two_units(*orders(24, due=4 * HOUR))
    plan = planned(plant)
    state = after(plant, 30 * MIN, plan, down={"m-2": 9 * HOUR})
    options: dict[str, Any] = {"state": state, "previous": plan.events, "per_move": 1.0, "freeze": "2 h"}
    first = planned(plant, **options, work=1)
    later = planned(plant, **options, work=400)
    assert "a search over" in later.judged.by
    assert cost_h(later) < cost_h(first)
    assert before(later).frozen
    assert broken(later.events, before(later), START) == 0
    assert later.judged.exact


def cost_h(plan: Plan) -> float:
    """The objective with 1 h for each operation that goes to another unit, or shifts by more than 1 h."""
    assert plan.value_s is not None
    far = (pl.col("start") - pl.col("previous_start")).abs() > timedelta(hours=1)
    return plan.value_s / HOUR + moves(plan).filter((pl.col("move") == "unit") | far).height


def test_the_earlier_plan_is_an_input_and_the_page_shows_what_is_moved() -> None:
    plant = two_units(*orders(6, due=4 * HOUR))
    plan = planned(plant)
    later = planned(plant, state=after(plant, 30 * MIN, plan, down={"m-2": 9 * HOUR}), previous=plan.events)
    assert [one.kind for one in later.inputs] == ["plant", "state", "previous plan"]
    assert any(
        getattr(part, "title", "") == "What is moved of the previous plan" for part in later.page().sections
    )


def big() -> Plant:
    """400 orders of 5 operations on 5 work centers of 4 units each."""
    failing = [{"clock": "calendar", "between": "900 d", "repair": "1 h"}]
    centers = [{"id": f"c{n}", "units": 4, "failures": failing} for n in range(5)]
    routes = {
        f"r{k}": [op(f"o{n}", f"c{(n + k) % 5}", takes=f"{11 + 7 * ((n * k) % 4)} min") for n in range(5)]
        for k in range(5)
    }
    products = {f"p{k}": {"route": f"r{k}"} for k in range(5)}
    jobs = [order(f"O{n}", f"p{n % 5}", due=HOUR * (4 + n // 8)) for n in range(400)]
    return shop(centers, orders=jobs, routes=routes, products=products)
