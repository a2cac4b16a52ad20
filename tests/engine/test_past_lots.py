"""Lots that draw a past lot as a whole: which one, and what they do then."""

from __future__ import annotations

from collections import Counter
from math import exp, log
from typing import Any

import pytest

from tests.engine.shops import completions, op, order, orders, records, rows, shop
from tests.naive import twin
from zhizao.plant import Plant

PAST = {
    "L1": ("p", 10),
    "L2": ("p", 100),
    "L3": ("q", 10),
    "L4": ("q", 12),
    "L5": ("q", 300),
    "L6": ("p", 10),
}
"""Product and pieces of each past lot."""


def past_plant(jobs: Any, *, others: float = 1.0, products: str = "pqr", **whole: Any) -> Plant:
    """Each past lot Ln is an operation `on_Ln` of 1 s at a work center that never is full."""
    lots = {lot: {"product": product, "pieces": pieces} for lot, (product, pieces) in PAST.items()}
    return shop(
        [{"id": "m", "units": 500}],
        routes={lot: [op(f"on_{lot}", "m", takes="1 s")] for lot in PAST},
        products={name: {"route": "past-lots", "lot": 1000} for name in products},
        orders=jobs,
        **{"past_lots": {"lots": lots, "size_width": 0.7, "others": others}} | whole,
    )


def drawn(plant: Plant) -> dict[str, str]:
    """The past lot that each order drew."""
    events = records(plant).events
    assert events is not None
    return {
        name: operation.removeprefix("on_")
        for name, operation in events.select("order", "operation").iter_rows()
    }


def shares(product: str, pieces: int, others: float) -> dict[str, float]:
    """Probability of each past lot."""
    own = sum(name == product for name, _ in PAST.values())
    weights = {
        lot: (1.0 if name == product else others / (len(PAST) - own))
        * exp(-((log(pieces / size) / 0.7) ** 2) / 2)
        for lot, (name, size) in PAST.items()
    }
    return {lot: weight / sum(weights.values()) for lot, weight in weights.items()}


@pytest.mark.parametrize(("product", "pieces", "others"), [("p", 30, 1.0), ("q", 12, 10.0), ("r", 50, 10.0)])
def test_a_past_lot_is_drawn_by_product_and_size(product: str, pieces: int, others: float) -> None:
    n = 4000
    jobs = [order(f"O{i}", product, pieces=pieces) for i in range(n)]
    found = Counter(drawn(past_plant(jobs, others=others)).values())
    for lot, share in shares(product, pieces, others).items():
        assert found[lot] / n == pytest.approx(share, abs=4 * (share / n) ** 0.5 + 1e-9)


def test_the_past_lot_of_each_lot_is_that_of_its_plain_twin() -> None:
    jobs = [order(f"O{i}", "pqr"[i % 3], pieces=1 + 7 * i) for i in range(120)]
    found = drawn(past_plant(jobs))
    for job in jobs:
        own = sum(name == job["product"] for name, _ in PAST.values())
        weights = {
            lot: 1.0 if name == job["product"] else 1.0 / (len(PAST) - own) for lot, (name, _) in PAST.items()
        }
        sizes = {lot: pieces for lot, (_, pieces) in PAST.items()}
        key = twin.child(twin.entity_key(1, 0, 4, job["id"]), job["pieces"], twin.LOT)
        assert found[job["id"]] == twin.past_lot(sizes, weights, 0.7, job["pieces"], key), job


def test_others_at_zero_leave_only_lots_of_the_same_product() -> None:
    jobs = [order(f"O{i}", "p", pieces=12) for i in range(200)]
    assert set(drawn(past_plant(jobs, others=0.0, products="pq")).values()) <= {"L1", "L2", "L6"}


def test_lots_of_streams_draw_past_lots_by_their_own_size() -> None:
    stream = [{"product": "q", "every": "1 h", "pieces": "discrete(10: 1, 300: 1)"}]
    found = records(past_plant(stream, others=0.0, products="q"), days=40)
    assert found.events is not None
    by_size: dict[int, set[str]] = {10: set(), 300: set()}
    for pieces, operation in found.events.select("pieces_in", "operation").iter_rows():
        by_size[pieces].add(operation)
    assert by_size == {10: {"on_L3", "on_L4"}, 300: {"on_L5"}}


def test_a_lot_in_the_plant_goes_on_as_the_most_probable_past_lot_with_its_operation() -> None:
    lots = {f"L{n}": {"product": "p", "pieces": n} for n in (1, 10, 100)}
    routes = {
        lot: [op("a", "m"), op("b", "m", takes=f"{n} min")] for n, lot in zip((1, 10, 100), lots, strict=True)
    }
    routes["L10"][1]["id"] = "c"
    there = [{"id": f"W{n}", "product": "p", "pieces": n, "operation": "b"} for n in (2, 9, 60)]
    plant = shop(
        [{"id": "m", "units": 9}],
        routes=routes,
        products={"p": {"route": "past-lots"}},
        past_lots={"lots": lots},
        wip=there,
        orders=[order("X", release=1e6)],
    )
    assert completions(records(plant, days=1)) == {"W2": 1, "W9": 1, "W60": 100}


def test_another_product_changes_no_draw() -> None:
    jobs = [order(f"O{i}", "p", pieces=20) for i in range(50)]
    alone = drawn(past_plant(jobs, products="p"))
    both = drawn(past_plant([*jobs, *(order(f"Q{i}", "q", pieces=5) for i in range(50))]))
    assert {name: lot for name, lot in both.items() if name in alone} == alone


def test_a_lot_visits_what_its_past_lot_visited_with_its_times() -> None:
    visits = [
        op("cut", "x", takes="10 min"),
        op("sew", "y", takes="20 min", delay="30 min", delay_clock="open-hours"),
        op("cut #2", "x", takes="5 min", delay="7 min"),
    ]
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        routes={"L1": visits},
        products={"p": {"route": "past-lots"}},
        past_lots={"lots": {"L1": {"product": "p", "pieces": 1}}},
        orders=orders(1),
    )
    found = records(plant)
    assert rows(found) == [("x-1", 0, 10), ("y-1", 40, 60), ("x-1", 67, 72)]
    assert completions(found) == {"O0": 72}
