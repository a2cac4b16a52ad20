"""Hot lots come before all others, and interrupt them where the plant says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import completions, op, order, orders, records, rows, sequence, shop, state_minutes
from zhizao.plant import Plant


def queue(rule: str = "fifo", **center: Any) -> Plant:
    """Two lots, and at 15 a hot one of least priority that is due last, and takes longest."""
    late: dict[str, Any] = {"release": 15 * 60, "hot": True, "priority": -9, "due": 1e6, "pieces": 9}
    return shop(
        [{"id": "m", "dispatch": rule} | center],
        [op("a", "m", takes={"per_lot": "10 min", "load": "0 min", "per_piece": "1 s"}, setup_family="f")],
        [*orders(4, due=1e5, priority=5), order("H", **late)],
        products={"p": {"route": "r", "lot": 9}},
    )


@pytest.mark.parametrize(
    "rule",
    [
        "fifo",
        "priority",
        "earliest-due-date",
        "shortest-processing-time",
        "critical-ratio",
        "atc",
        "least-setup",
    ],
)
def test_a_hot_lot_comes_before_all_others_whatever_the_rule(rule: str) -> None:
    setup = {"by": "operation", "default": "1 s"}
    assert sequence(records(queue(rule, setup=setup))) == ["O0", "O1", "H", "O2", "O3"]


def test_hot_lots_among_themselves_are_first_come_first_served() -> None:
    plant = shop(orders=[*orders(2), order("G", release=60, hot=True), order("H", release=120, hot=True)])
    assert sequence(records(plant)) == ["O0", "G", "H", "O1"]


def test_a_hot_lot_is_let_into_a_full_buffer_and_into_the_plant_first() -> None:
    hot = order("H", release=60, hot=True)
    full = shop([{"id": "m", "buffer": {"capacity": 0}}], orders=[*orders(3), hot])
    assert sequence(records(full)) == ["O0", "H", "O1", "O2"]
    assert sequence(records(shop(orders=[*orders(3), hot], release={"conwip": 1}))) == ["O0", "H", "O1", "O2"]


def test_a_stream_may_be_of_hot_lots() -> None:
    stream = {"product": "p", "every": "1 d", "first": "5 min", "hot": True}
    assert sequence(records(shop(orders=[*orders(3), stream]), 0.5)) == ["O0", "S1-1", "O1", "O2"]


# ---------------------------------------------------------------- interruption
def rush(preempt: str, **more: Any) -> Plant:
    """A lot of 10 min at 0, another behind it, and at 4 a hot one."""
    center = {"id": "m", "preempt": preempt} | more.pop("center", {})
    return shop([center], [op("a", "m", **more)], [*orders(2), order("H", release=240, hot=True)])


def test_a_hot_lot_interrupts_the_work_in_hand_which_then_goes_on() -> None:
    found = records(rush("resume"))
    assert rows(found) == [("m-1", 0, 4), ("m-1", 4, 14), ("m-1", 14, 20), ("m-1", 20, 30)]
    assert sequence(found) == ["O0", "H", "O0", "O1"]
    assert state_minutes(found, "m-1")["busy"] == 30


def test_a_hot_lot_may_make_the_work_in_hand_begin_again() -> None:
    found = records(rush("restart"))
    assert rows(found) == [("m-1", 0, 4), ("m-1", 4, 14), ("m-1", 14, 24), ("m-1", 24, 34)]


def test_a_hot_lot_that_interrupts_nobody_waits_for_a_unit() -> None:
    assert completions(records(rush("never"))) == {"O0": 10, "H": 20, "O1": 30}


def test_the_pieces_of_an_interrupted_lot_come_out_once() -> None:
    events = records(rush("resume")).events
    assert events is not None
    assert events["pieces_good"].to_list() == [0, 1, 1, 1]
    assert events["pieces_in"].to_list() == [0, 1, 1, 1]


def test_a_hot_lot_does_not_interrupt_another_one() -> None:
    plant = shop(
        [{"id": "m", "preempt": "resume"}], orders=[order("G", hot=True), order("H", release=240, hot=True)]
    )
    assert rows(records(plant)) == [("m-1", 0, 10), ("m-1", 10, 20)]


def test_the_unit_with_most_work_left_is_interrupted_and_only_if_none_is_free() -> None:
    plant = shop(
        [{"id": "m", "units": 2, "preempt": "resume"}],
        orders=[order("A"), order("B", release=60), order("H", release=120, hot=True)],
    )
    assert rows(records(plant), order="H") == [("m-2", 2, 12)]
    free = shop(
        [{"id": "m", "units": 2, "preempt": "resume"}], orders=[order("A"), order("H", release=120, hot=True)]
    )
    assert rows(records(free)) == [("m-1", 0, 10), ("m-2", 2, 12)]


def test_a_set_up_that_is_interrupted_is_lost_and_so_is_that_of_another_family() -> None:
    """O0 is being set up at 4; the hot lot sets up for its own product, then O0 for its product again."""
    plant = shop(
        [{"id": "m", "preempt": "resume", "setup": {"by": "product", "default": "6 min"}}],
        orders=[order("O"), order("H", "q", release=240, hot=True)],
        products={"p": {"route": "r"}, "q": {"route": "r"}},
    )
    found = records(plant)
    assert rows(found, "setup") == [("m-1", 0, 4), ("m-1", 4, 10), ("m-1", 20, 26)]
    assert rows(found) == [("m-1", 10, 20), ("m-1", 26, 36)]


def test_an_interrupted_lot_gives_its_people_to_the_hot_one_and_keeps_its_parts() -> None:
    plant = shop(
        [{"id": "m", "preempt": "resume"}],
        routes={
            "r": [op("build", "m", needs={"fitter": 1}, parts={"part": 1})],
            "s": [op("make", "m", needs={"fitter": 1})],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}, "part": {"route": None, "stock": {"initial": 1}}},
        personnel=[{"id": "fitter", "count": 1}],
        orders=[order("O"), order("H", "q", release=240, hot=True)],
    )
    found = records(plant)
    assert rows(found) == [("m-1", 0, 4), ("m-1", 4, 14), ("m-1", 14, 20)]
    assert found.personnel_s == {"fitter": 20 * 60}


def test_a_hot_lot_that_could_not_start_interrupts_nobody() -> None:
    plant = shop(
        [{"id": "m", "preempt": "resume"}, {"id": "n"}],
        routes={
            "r": [op("a", "m")],
            "s": [op("b", "m", needs={"fitter": 1})],
            "t": [op("c", "n", needs={"fitter": 1})],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}, "u": {"route": "t"}},
        personnel=[{"id": "fitter", "count": 1}],
        orders=[order("O"), order("U", "u"), order("H", "q", release=240, hot=True)],
    )
    assert rows(records(plant), order="O") == [("m-1", 0, 10)]
