"""Assembly by bill of material: parts wait in stock, and what is built of them waits for parts."""

from __future__ import annotations

from typing import Any

from tests.engine.shops import completions, op, order, orders, raw_run, records, rows, shop
from zhizao.plant import Plant


def works(build: dict[str, Any], demand: list[Any], *, sawing: Any = None, **products: Any) -> Plant:
    """Tables `p` are built at `m` of legs (4) and tops (1), which are made at `saw` and `mill`."""
    return shop(
        [{"id": "m"}, {"id": "saw"}, {"id": "mill"}],
        orders=demand,
        routes={
            "r": [op("build", "m", takes="10 min", **({"parts": {"leg": 4, "top": 1}} | build))],
            "legs": [op("cut", "saw", takes={"per_piece": "1 min"}, **(sawing or {}))],
            "tops": [op("plane", "mill", takes="15 min")],
        },
        products={
            "p": {"route": "r"},
            "leg": {"route": "legs", "lot": 8, "stock": {"initial": 0}},
            "top": {"route": "tops", "stock": {"initial": 0}},
        }
        | products,
        personnel=[{"id": "joiner", "count": 1}],
    )


DEMAND = [*orders(2), order("legs", "leg", pieces=8), order("tops", "top", pieces=2)]


def test_a_lot_starts_when_all_its_parts_are_in_stock() -> None:
    found = records(works({}, DEMAND))
    assert rows(found, work_center="m") == [("m-1", 15, 25), ("m-1", 30, 40)]


def test_parts_are_taken_for_each_piece_of_the_lot() -> None:
    demand = [order("O", pieces=2), *DEMAND[2:]]
    plant = works({}, demand, p={"route": "r", "lot": 2})
    assert rows(records(plant), work_center="m") == [("m-1", 30, 40)]


def test_stock_at_the_start_is_used_first() -> None:
    stock = {
        "leg": {"route": "legs", "stock": {"initial": 5}},
        "top": {"route": "tops", "stock": {"initial": 1}},
    }
    assert rows(records(works({}, orders(2), **stock)), work_center="m") == [("m-1", 0, 10)]


def test_a_lot_without_parts_lets_those_pass_that_need_none() -> None:
    plant = shop(
        [{"id": "m"}],
        orders=[order("A"), order("B", "q"), order("C", "part", release=1800)],
        routes={
            "r": [op("build", "m", parts={"part": 1})],
            "plain": [op("paint", "m")],
            "part": [op("make", "m", takes="1 min")],
        },
        products={"p": {"route": "r"}, "q": {"route": "plain"}, "part": {"route": "part"}},
    )
    assert completions(records(plant)) == {"B": 10, "C": 31, "A": 41}


def test_parts_and_people_are_taken_together_or_not_at_all() -> None:
    """The tops are there at 15 while the one person saws; at 32 the saw is called before m is empty."""
    one = {"needs": {"joiner": 1}}
    found = records(works(one, [*DEMAND, order("more", "leg", pieces=16, release=14 * 60)], sawing=one))
    assert rows(found, work_center="saw") == [("saw-1", 0, 8), ("saw-1", 14, 22), ("saw-1", 32, 40)]
    assert rows(found, work_center="m") == [("m-1", 22, 32), ("m-1", 40, 50)]


def test_parts_are_not_given_back_when_the_lot_is_scrapped() -> None:
    """The second lot finds no part left; the first was all scrap."""
    stock = {
        "leg": {"route": "legs", "stock": {"initial": 4}},
        "top": {"route": "tops", "stock": {"initial": 9}},
    }
    plant = works({"defects": {"share": 1.0}}, orders(2), **stock)
    found = records(plant)
    assert found.lots["status"].cast(str).to_list() == ["scrapped", "in-process"]


def test_a_lot_that_goes_into_stock_is_not_sold() -> None:
    found = records(works({}, DEMAND))
    status = dict(zip(found.lots["order"], found.lots["status"].cast(str), strict=True))
    assert status == {"O0": "completed", "O1": "completed", "legs": "stocked", "tops": "stocked"}


# ---------------------------------------------------------------- batches
def glued(lots: str, made: list[float], **batch: Any) -> Plant:
    """Lots A (1 piece), B (2) and C (1) are glued with a part a piece; parts come at these minutes."""
    parts = [order(f"P{n}", "part", release=60.0 * moment) for n, moment in enumerate(made)]
    return shop(
        [{"id": "press"}, {"id": "x", "units": 9}],
        orders=[order("A"), order("B", pieces=2), order("C"), *parts],
        routes={
            "r": [op("glue", "press", parts={"part": 1}, batch={"lots": lots, **batch})],
            "s": [op("make", "x", takes="1 s")],
        },
        products={"p": {"route": "r", "lot": 2}, "part": {"route": "s"}},
    )


def minutes(plant: Plant) -> dict[str, float]:
    """Minute, rounded down, at which each lot is glued."""
    ends = completions(records(plant))
    return {name: int(end or 0) for name, end in ends.items() if name in "ABC"}


def test_a_batch_starts_when_the_parts_of_its_least_size_are_there() -> None:
    """At 0 there is a part for A only; at 20 one for C, which goes with A, for B needs two."""
    assert minutes(glued("2..3", [0, 20, 40, 50])) == {"A": 30, "C": 30, "B": 0}
    assert minutes(glued("3", [0, 20, 40, 50])) == {"A": 60, "B": 60, "C": 60}


def test_a_lot_whose_parts_others_of_the_batch_take_is_passed_over() -> None:
    """Two parts: for A and, as the one left is too few for B, for C; B starts when it has waited an hour."""
    plant = glued("1..3", [0, 0, 30, 31], wait_at_most="1 h")
    assert minutes(plant) == {"A": 10, "C": 10, "B": 41}


def test_all_parts_of_a_batch_are_taken_when_it_starts() -> None:
    """One for A, two for B, one for C."""
    plant = glued("3", [1000]).replace({"products.part.stock.initial": 7})
    assert minutes(plant) == {"A": 10, "B": 10, "C": 10}
    raw = raw_run(plant, 0.1)
    assert raw.state.stocks.pieces.tolist() == [0, 7 - 4]
