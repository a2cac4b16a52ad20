"""What happens to a lot between an operation and the next: by-products, splitting, hold, branches, routes."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.engine.shops import completions, op, order, orders, raw_run, records, rows, sequence, shop
from zhizao.engine.lower import lower
from zhizao.kernels import tables as k
from zhizao.plant import Plant
from zhizao.records import Records


def line(first: dict[str, Any], pieces: int = 10, *, lot: int = 10, **center: Any) -> Plant:
    """Lots of ten pieces go to `x` (10 min a lot) and then `y` (1 min a piece)."""
    return shop(
        [{"id": "x"}, {"id": "y"} | center],
        [op("a", "x", **first), op("b", "y", takes={"per_piece": "1 min"})],
        [order("A", pieces=pieces, due=7200.0, priority=3)],
        products={"p": {"route": "r", "lot": lot}},
    )


def lots(found: Records, *columns: str) -> list[tuple[Any, ...]]:
    return found.lots.select(
        pl.col(c).cast(pl.String) if c == "status" else pl.col(c) for c in columns
    ).rows()


# ---------------------------------------------------------------- splitting
def test_a_lot_goes_on_as_lots_of_so_many_pieces() -> None:
    found = records(line({"split": 4}))
    assert rows(found, work_center="y") == [("y-1", 10, 14), ("y-1", 14, 18), ("y-1", 18, 20)]
    assert sorted(lots(found, "pieces", "pieces_good")) == [(2, 2), (4, 4), (4, 4)]


def test_the_lots_of_a_split_have_the_order_the_priority_the_due_date_and_the_release_of_the_whole() -> None:
    found = records(line({"split": 5}))
    first, second = lots(found, "order", "priority", "due", "release")
    assert first == second
    assert first[0] == "A"


def test_a_lot_of_no_more_pieces_than_a_split_stays_one_lot() -> None:
    assert records(line({"split": 10})).lots.height == 1


def test_a_unit_keeps_the_rest_of_a_split_lot_until_all_of_it_has_room() -> None:
    """`y` needs 10 min a part. At 20 one place is free for the second lot; the rest of it waits until 30."""
    plant = line({"split": 5}, 30, buffer={"capacity": 1}).replace({"routes.r.b.takes": "10 min"})
    assert rows(records(plant), work_center="x") == [("x-1", 0, 10), ("x-1", 10, 20), ("x-1", 30, 40)]


def test_defective_pieces_are_shared_at_random_among_the_lots_of_a_split() -> None:
    """Half of 300 pieces, found after the split into single pieces: each lot is good or scrap."""
    plant = line({"split": 1, "takes": "0 min", "defects": {"share": 0.5, "found": 0.0}}, 300, lot=300)
    plant = plant.replace({"routes.r.b.defects": {"share": 0.0, "found": 1.0}})
    found = records(plant)
    assert found.lots.height == 300
    scrapped = found.lots["pieces_scrap"].to_numpy()
    assert set(scrapped) == {0, 1}
    assert scrapped.sum() == pytest.approx(150, abs=35)
    assert scrapped[:150].sum() == pytest.approx(75, abs=25)


# ---------------------------------------------------------------- by-products
def dismantling(**scrap: Any) -> Plant:
    """A used phone gives one frame, which is cleaned, and two screws, which are sold as they are."""
    return shop(
        [{"id": "x"}, {"id": "y"}],
        routes={
            "r": [op("open", "x", makes={"frame": 1, "screw": 2}), op("test", "y")],
            "clean": [op("wash", "y", takes="3 min")],
        },
        products={"p": {"route": "r", "lot": 5}, "frame": {"route": "clean"}, "screw": {"route": None}}
        | scrap,
        orders=[order("A", pieces=5)],
    )


def test_an_operation_makes_lots_of_its_by_products() -> None:
    found = records(dismantling())
    assert sorted(lots(found, "product", "pieces")) == [("frame", 5), ("p", 5), ("screw", 10)]
    assert rows(found, work_center="y") == [("y-1", 10, 13), ("y-1", 13, 23)]
    assert found.lots["order"].to_list() == ["A"] * 3


def test_a_by_product_without_a_route_is_done_at_once() -> None:
    found = records(dismantling())
    assert {(p, s) for p, s in lots(found, "product", "status")} == {
        (p, "completed") for p in ("p", "frame", "screw")
    }
    ends = dict(lots(found, "product", "completed"))
    assert (ends["screw"] - found.start).total_seconds() == 600


def test_a_by_product_that_is_somebodys_part_goes_into_stock() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        routes={"r": [op("open", "x", makes={"screw": 2})], "s": [op("fix", "y", parts={"screw": 3})]},
        products={"p": {"route": "r"}, "q": {"route": "s"}, "screw": {"route": None}},
        orders=[*orders(2), order("Q", "q")],
    )
    assert rows(records(plant), work_center="y") == [("y-1", 20, 30)]


def test_scrapped_pieces_make_nothing_and_reworked_ones_make_nothing_twice() -> None:
    """Every piece opened goes back once from the test; half of the rest is scrap at the opening."""
    plant = dismantling()
    more = {
        "routes.r.open.defects": {"share": 1.0, "found": 0.0},
        "routes.r.test.defects": {"found": 1.0, "then": "rework open", "else": "pass"},
    }
    assert sorted(lots(records(plant.replace(more)), "product", "pieces"))[0] == ("frame", 5)
    scrap = plant.replace({"routes.r.open.defects": {"share": 1.0}})
    assert lots(records(scrap), "product", "status") == [("p", "scrapped")]


# ---------------------------------------------------------------- hold
def test_a_held_lot_leaves_its_unit_and_goes_on_later() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        [op("a", "x", hold={"for": "25 min"}), op("b", "y", takes="1 min")],
        orders(2),
    )
    found = records(plant)
    assert rows(found, work_center="x") == [("x-1", 0, 10), ("x-1", 10, 20)]
    assert rows(found, work_center="y") == [("y-1", 35, 36), ("y-1", 45, 46)]


def test_a_share_of_the_lots_is_held() -> None:
    plant = shop([{"id": "x"}], [op("a", "x", takes="0 min", hold={"share": 0.3, "for": "1 h"})], orders(300))
    done = np.array(list(completions(records(plant)).values()))
    assert (done == 60).sum() + (done == 0).sum() == 300
    assert (done == 60).mean() == pytest.approx(0.3, abs=0.1)


def test_the_way_from_a_hold_begins_at_the_work_center_before_it() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        [op("a", "x", hold={"for": "5 min"}), op("b", "y")],
        orders(1),
        transport={"default": "2 min"},
    )
    assert rows(records(plant), work_center="y") == [("y-1", 17, 27)]


# ---------------------------------------------------------------- branches and routes
def test_a_branch_leads_where_the_plant_says() -> None:
    plant = shop(
        [{"id": "x"}],
        [op("a", "x", next={"c": 1}), op("b", "x", next={"end": 1}), op("c", "x", next={"b": 2})],
        orders(1),
    )
    found = records(plant)
    assert found.events is not None
    assert found.events["operation"].to_list() == ["a", "c", "b"]


def test_branches_are_drawn_by_weight_and_may_go_back() -> None:
    """Each time round the chance to go on is 1/4: 4 rounds on average, geometrically many."""
    plant = shop([{"id": "x"}], [op("a", "x", takes="1 s", next={"a": 3, "end": 1})], orders(300))
    raw = raw_run(plant, 1.0)
    rounds = np.bincount(raw.log.serial[raw.log.activity == k.A_PROCESS])
    assert len(rounds) == 300
    assert rounds.mean() == pytest.approx(4, abs=4 * 12**0.5 / 300**0.5)
    assert (rounds == 1).mean() == pytest.approx(0.25, abs=0.1)


def test_the_mean_work_left_counts_all_branches() -> None:
    """From `a` 10 min, then in half of the cases `a` again, else `b`: r = 10 + r / 2 + 30 / 2."""
    plant = shop([{"id": "x"}], [op("a", "x", next={"a": 1, "b": 1}), op("b", "x", takes="30 min")])
    assert lower(plant, k.LOG_NONE).tables.steps.rest_lot_s.tolist() == pytest.approx([3000, 1800])


def test_a_product_draws_its_route_for_each_lot() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        routes={"r": [op("a", "x", takes="1 s")], "s": [op("b", "y", takes="1 s")]},
        products={"p": {"route": {"r": 3, "s": 1}}},
        orders=orders(300),
    )
    found = records(plant)
    assert len(rows(found, work_center="x")) == pytest.approx(225, abs=30)
    assert len(rows(found, work_center="x")) + len(rows(found, work_center="y")) == 300


# ---------------------------------------------------------------- kanban
def kanban(cards: int, initial: int, lot: int = 2) -> Plant:
    """Parts are made in lots at `x` (10 min a lot) and built in one by one at `y` (1 min)."""
    return shop(
        [{"id": "x"}, {"id": "y"}],
        routes={"r": [op("build", "y", takes="1 min", parts={"part": 1})], "s": [op("make", "x")]},
        products={
            "p": {"route": "r"},
            "part": {"route": "s", "lot": lot, "stock": {"initial": initial, "kanban": cards}},
        },
        orders=[order(f"O{n}", release=n * 1800.0) for n in range(4)],
    )


def test_a_card_releases_a_lot_for_each_that_is_used_up() -> None:
    """Four pieces at the start; the card of the first lot is free when both its pieces are taken, at 30."""
    found = records(kanban(2, 4))
    assert rows(found, work_center="x") == [("x-1", 30, 40), ("x-1", 90, 100)]


def test_cards_that_hold_no_stock_at_the_start_release_their_lots_then() -> None:
    found = records(kanban(3, 2))
    assert rows(found, work_center="x") == [
        ("x-1", 0, 10),
        ("x-1", 10, 20),
        ("x-1", 30, 40),
        ("x-1", 90, 100),
    ]
    assert rows(found, work_center="y")[0] == ("y-1", 0, 1)


def test_a_scrapped_lot_gives_its_card_back() -> None:
    plant = kanban(1, 0).replace({"routes.s.make.defects": {"share": 1.0}})
    assert rows(records(plant, 35 / 1440), work_center="x")[:3] == [
        ("x-1", 0, 10), ("x-1", 10, 20), ("x-1", 20, 30)
    ]  # fmt: skip


def test_orders_for_what_cards_hold_wait_for_it_first_come_first_served() -> None:
    """One piece in stock; the card makes another in 10 min whenever one is handed out."""
    plant = shop(
        [{"id": "x"}, {"id": "counter"}],
        routes={"sale": [op("hand-out", "counter", takes="0 s", parts={"p": 1})], "s": [op("make", "x")]},
        products={
            "sale": {"route": "sale", "lot": 9},
            "p": {"route": "s", "stock": {"initial": 1, "kanban": 1}},
        },
        orders=[order("A", "sale"), order("B", "sale", release=60), order("C", "sale", release=120)],
    )
    found = records(plant)
    sold = found.lots.filter(pl.col("product") == "sale")
    ends = [x.total_seconds() / 60 for x in sold["completed"] - found.start]
    assert dict(zip(sold["order"], ends, strict=True)) == {"A": 0, "B": 10, "C": 20}


def test_a_lot_of_a_card_belongs_to_no_order() -> None:
    found = records(kanban(2, 4))
    stocked = found.lots.filter(pl.col("product") == "part")
    assert stocked["order"].to_list() == [None, None]
    assert sequence(found, work_center="x") == ["None", "None"]
