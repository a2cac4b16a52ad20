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


def campaign(*jobs: dict[str, Any], min_run: int) -> Plant:
    """A set-up for p or q takes 5 min and a lot 30; hot lots make the lot in hand begin again."""
    setup = {"by": "product", "default": "5 min", "min_run": min_run}
    return shop(
        [{"id": "m", "preempt": "restart", "setup": setup}],
        [op("a", "m", takes="30 min")],
        list(jobs),
        products={"p": {"route": "r"}, "q": {"route": "r"}},
    )


def test_a_hot_lot_does_not_interrupt_a_run_of_a_set_up_that_it_would_end() -> None:
    """The lot that it interrupts would wait in the queue, and min_run would let that begin first."""
    found = records(campaign(order("A"), order("H", "q", release=600, hot=True), min_run=4))
    assert rows(found) == [("m-1", 5, 35), ("m-1", 40, 70)]
    assert sequence(found) == ["A", "H"]


def test_a_hot_lot_interrupts_a_run_that_is_long_enough_without_the_lot_in_hand() -> None:
    """At 80 the third lot is in hand after a run of two; at 40 it would have been the second of them."""
    found = records(campaign(*orders(3), order("H", "q", release=80 * 60, hot=True), min_run=2))
    assert sequence(found) == ["O0", "O1", "O2", "H", "O2"]
    assert rows(found)[2:] == [("m-1", 65, 80), ("m-1", 85, 115), ("m-1", 120, 150)]
    early = records(campaign(*orders(3), order("H", "q", release=40 * 60, hot=True), min_run=2))
    assert sequence(early) == ["O0", "O1", "H", "O2"]


def test_a_lot_that_is_interrupted_counts_once_in_the_run_of_its_set_up() -> None:
    """A hot lot of the same family interrupts the first of a run of three; two more follow, not one."""
    late = [order("X", "q", release=900), order("B", release=900), order("C", release=900, pieces=2)]
    found = records(campaign(order("A"), order("H", release=600, hot=True), *late, min_run=3))
    assert sequence(found) == ["A", "H", "A", "B", "X", "C", "C"]


def test_another_unit_is_interrupted_where_one_may_not_change_its_set_up() -> None:
    """m-1 would take longest but is in a run; m-2 has a lot that needs no set-up."""
    setup = {"by": "family", "default": "5 min", "min_run": 3}
    plant = shop(
        [{"id": "m", "units": 2, "preempt": "resume", "setup": setup}],
        routes={
            "f": [op("a", "m", takes="60 min", setup_family="one")],
            "n": [op("b", "m", takes="30 min")],
            "x": [op("c", "m", takes="10 min", setup_family="two")],
        },
        products={"F": {"route": "f"}, "N": {"route": "n"}, "X": {"route": "x"}},
        orders=[order("A", "F"), order("B", "N"), order("H", "X", release=600, hot=True)],
    )  # fmt: skip
    found = records(plant)
    assert rows(found, order="A") == [("m-1", 5, 65)]
    assert rows(found, order="B") == [("m-2", 0, 10), ("m-2", 25, 45)]
    assert rows(found, order="H") == [("m-2", 15, 25)]


def test_a_hot_lot_that_comes_off_shift_interrupts_no_work_that_is_finished_over_time() -> None:
    plant = shop(
        [{"id": "m", "preempt": "restart", "calendar": "day", "off_shift": "finish"}],
        [op("a", "m", takes="2 h")],
        [order("A", release=9 * 3600), order("H", release=10.5 * 3600, hot=True)],
        calendars={"day": {"mon-sun": ["08:00-10:00"]}},
    )
    assert rows(records(plant)) == [("m-1", 540, 660), ("m-1", 1920, 2040)]


def test_a_hot_lot_has_the_people_of_the_lot_that_it_interrupts_before_a_repair_that_waits_for_them() -> None:
    failure = {"clock": "calendar", "between": "5 min", "repair": "30 min", "needs": {"fitter": 1}}
    plant = shop(
        [{"id": "m", "preempt": "restart"}, {"id": "n", "failures": [failure]}],
        [op("a", "m", needs={"fitter": 1})],
        [order("A"), order("H", release=480, hot=True)],
        personnel=[{"id": "fitter", "count": 1}],
    )
    assert rows(records(plant, days=0.1))[:2] == [("m-1", 0, 8), ("m-1", 8, 18)]
