"""Lots that are in the plant at its start."""

from __future__ import annotations

from typing import Any

from tests.engine.shops import MIN, completions, op, order, orders, records, rows, seconds, sequence, shop
from zhizao.plant import Plant


def lot(name: str, operation: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "product": "p", "pieces": 1, "operation": operation, **more}


def plant(*lots: dict[str, Any], jobs: Any = None, **whole: Any) -> Plant:
    """Two machines, 10 min and 20 min a lot."""
    centers = whole.pop("centers", [{"id": "m"}, {"id": "n"}])
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    return shop(centers, route, jobs or [order("X", release=100 * MIN)], wip=list(lots), **whole)


def test_lots_in_the_plant_go_on_from_the_operation_that_they_wait_for() -> None:
    found = records(plant(lot("W1", "b"), lot("W2", "a"), lot("W3", "b")))
    assert rows(found, operation="b")[:3] == [("n-1", 0, 20), ("n-1", 20, 40), ("n-1", 40, 60)]
    assert completions(found) == {"W1": 20, "W3": 40, "W2": 60, "X": 130}


def test_a_lot_in_the_plant_waits_for_what_is_left_of_its_delay() -> None:
    route = [op("a", "m"), op("b", "n", takes="20 min", delay="30 min")]
    lots = [lot("W1", "b", delay="12 min"), lot("W2", "b", delay="0 s"), lot("W3", "b"), lot("W4", "a")]
    there = shop([{"id": "m"}, {"id": "n"}], route, [order("X", release=100 * MIN)], wip=lots)
    # W2 at once, W1 at 12, W3 after a whole delay at 30, W4 at 10 + 30
    assert sequence(records(there), operation="b") == ["W2", "W1", "W3", "W4", "X"]
    assert completions(records(there)) == {"W2": 20, "W1": 40, "W3": 60, "W4": 80, "X": 160}


def test_lots_in_the_plant_come_before_orders_of_the_first_moment_in_the_sequence_of_their_table() -> None:
    found = records(plant(lot("B", "a"), lot("A", "a"), jobs=[order("X")]))
    assert sequence(found, operation="a") == ["B", "A", "X"]


def test_a_lot_in_the_plant_stays_one_lot_and_keeps_its_release_due_date_and_priority() -> None:
    there = lot("W", "b", pieces=7, release="-1 d", due="+30 h", priority=5)
    found = records(plant(there))
    first = found.lots.row(0, named=True)
    assert (first["order"], first["pieces"], first["priority"]) == ("W", 7, 5)
    assert seconds(found.lots["release"])[0] == -86400
    assert seconds(found.lots["due"])[0] == 6 * 3600


def test_lots_in_the_plant_count_for_conwip_but_are_not_kept_out_by_it() -> None:
    found = records(plant(lot("A", "a"), lot("B", "a"), lot("C", "b"), jobs=orders(2), release={"conwip": 2}))
    # C leaves at 20, A at 40, then one lot is inside and the first order comes in
    assert seconds(found.lots["release"]) == [0, 0, 0, 40 * MIN, 60 * MIN]


def test_lots_in_the_plant_before_a_full_buffer_wait_for_room() -> None:
    centers = [{"id": "m"}, {"id": "n", "buffer": {"capacity": 1}}]
    found = records(plant(lot("A", "b"), lot("B", "b"), lot("C", "b"), lot("D", "a"), centers=centers))
    # D is done at 10 and waits on its unit until C, which was there before it, is in and on
    assert completions(found) == {"A": 20, "B": 40, "C": 60, "D": 80, "X": 130}


def test_a_lot_in_the_plant_has_no_unit_that_it_must_come_back_to_and_no_limit_that_runs() -> None:
    found = records(
        shop(
            [{"id": "m", "units": 2}],
            [
                op("a", "m"),
                op(
                    "b",
                    "m",
                    same_unit_as="a",
                    queue_at_most={"from": "a", "at_most": "1 min", "then": "scrap"},
                ),
            ],
            [order("X", release=100 * MIN)],
            wip=[lot("A", "b"), lot("B", "b"), lot("C", "b")],
        )
    )
    assert rows(found)[:3] == [("m-1", 0, 10), ("m-2", 0, 10), ("m-1", 10, 20)]
    assert found.lots["limit_breaks"].to_list() == [0] * 4
