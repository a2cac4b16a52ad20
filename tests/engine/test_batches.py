"""Lots that are worked on together."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.engine.shops import (
    HOUR,
    completions,
    op,
    order,
    orders,
    raw_run,
    records,
    rows,
    seconds,
    sequence,
    shop,
    state_minutes,
)
from zhizao.kernels import tables as k
from zhizao.plant import Plant


def oven(batch: dict[str, Any], jobs: list[dict[str, Any]], takes: Any = "60 min", **center: Any) -> Plant:
    """One oven; products `p` (red) and `q` (blue) take their own route through it."""
    both = {
        "r": [op("a", "m", takes=takes, batch=batch, setup_family="f")],
        "s": [op("b", "m", takes="30 min", batch=batch, setup_family="f")],
    }
    products = {
        "p": {"route": "r", "lot": 9, "attributes": {"colour": "red"}},
        "q": {"route": "s", "lot": 9, "attributes": {"colour": "blue"}},
        "p2": {"route": "r", "lot": 9, "attributes": {"colour": "blue"}},
    }
    return shop([{"id": "m", **center}], routes=both, products=products, orders=jobs)


def at(*minutes: float, product: str = "p", **more: Any) -> list[dict[str, Any]]:
    """Orders A, B, … released at these minutes."""
    return [
        order(name, product, release=m * 60.0, **more) for name, m in zip("ABCDEFGH", minutes, strict=False)
    ]


# ---------------------------------------------------------------- when a batch starts, and with whom
def test_a_batch_starts_when_its_least_size_is_there() -> None:
    found = records(oven({"lots": "3..5"}, at(0, 10, 20, 30)), days=1)
    assert rows(found)[:3] == [("m-1", 20, 80)] * 3
    assert completions(found) == {"A": 80, "B": 80, "C": 80, "D": None}


def test_a_batch_takes_at_most_its_most_in_the_order_of_the_queue() -> None:
    found = records(oven({"lots": "1..2"}, at(0, 1, 2, 3, 4)), days=1)
    assert [start for _, start, _ in rows(found)] == [0, 60, 60, 120, 120]
    found = records(oven({"lots": "1..2"}, at(0, 1, 2, 3), dispatch="priority"), days=1)
    assert sequence(found) == ["A", "B", "C", "D"]
    jobs = at(0, 1, 2, 3)
    jobs[3]["priority"] = 5
    assert sequence(records(oven({"lots": "1..2"}, jobs, dispatch="priority"), days=1)) == list("ADBC")


def test_the_size_of_a_batch_may_be_in_pieces_and_lots_that_do_not_fit_are_passed_over() -> None:
    jobs = [order("A", pieces=5), order("B", pieces=4), order("C", pieces=3), order("D", pieces=2)]
    found = records(oven({"pieces": "9..10"}, jobs), days=1)
    assert completions(found) == {"A": 60, "B": 60, "C": None, "D": None}
    jobs[1]["pieces"] = 6
    found = records(oven({"pieces": "2..10"}, jobs), days=1)
    assert completions(found) == {"A": 60, "B": 120, "C": 60, "D": 60}


def test_a_lot_that_has_waited_long_enough_starts_with_those_that_are_there() -> None:
    found = records(oven({"lots": 4, "wait_at_most": "25 min"}, at(0, 10, 90)), days=1)
    assert rows(found) == [("m-1", 25, 85), ("m-1", 25, 85), ("m-1", 115, 175)]


def test_a_lot_that_has_waited_too_long_while_the_unit_was_busy_starts_when_it_is_free() -> None:
    found = records(oven({"lots": 2, "wait_at_most": "5 min"}, at(0, 1, 2)), days=1)
    assert [start for _, start, _ in rows(found)] == [1, 1, 61]


@pytest.mark.parametrize(
    ("by", "together"), [("operation", "AC"), ("product", "AB"), ("any", "ABC"), ("family", "ABC")]
)
def test_lots_of_a_batch_share_what_it_goes_by(by: str, together: str) -> None:
    """A and B are of one product, C of another with the same route, D comes too late."""
    jobs = [order("A"), order("B"), order("C", "p2"), order("D", release=60)]
    if by != "product":
        jobs[1] = order("B", "q")
    found = records(oven({"lots": "2..3", "by": by}, jobs), days=1)
    begun = [name for name in "ABCD" if rows(found, order=name) and rows(found, order=name)[0][1] == 0]
    assert "".join(begun) == together


def test_lots_of_a_batch_may_share_an_attribute() -> None:
    jobs = [order("A", "q"), order("B", "p"), order("C", "p2"), order("D", "p")]
    found = records(oven({"lots": 2, "by": "colour"}, jobs), days=1)
    assert [rows(found, order=name)[0][1] for name in "ACBD"] == [0, 0, 30, 30]


def test_a_batch_takes_the_time_of_its_first_lot_with_the_pieces_of_all() -> None:
    takes = {"load": "10 min", "per_piece": "1 min", "per_batch": "20 min", "pieces_per_batch": 6}
    jobs = [order("A", pieces=4), order("B", pieces=4)]
    assert rows(records(oven({"lots": 2}, jobs, takes), days=1)) == [("m-1", 0, 10 + 8 + 2 * 20)] * 2
    mixed = [order("A", "q"), order("B")]
    assert rows(records(oven({"lots": 2, "by": "any"}, mixed), days=1)) == [("m-1", 0, 30)] * 2


def test_units_make_batches_of_their_own() -> None:
    found = records(oven({"lots": 2}, at(0, 0, 0, 5), units=2), days=1)
    assert rows(found) == [("m-1", 0, 60)] * 2 + [("m-2", 5, 65)] * 2


# ---------------------------------------------------------------- what becomes of it
def test_lots_of_a_batch_go_on_one_by_one() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        [op("a", "m", takes="60 min", batch={"lots": 3}), op("b", "n", takes="10 min")],
        orders(3),
    )
    assert [start for _, start, _ in rows(records(plant), operation="b")] == [60, 70, 80]


def test_a_unit_is_blocked_until_the_last_lot_of_its_batch_has_left() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n", "buffer": {"capacity": 0}}],
        [op("a", "m", takes="60 min", batch={"lots": 3}), op("b", "n", takes="10 min")],
        orders(6),
    )
    found = records(plant, days=0.1)
    assert [start for _, start, _ in rows(found, operation="a")] == [0] * 3 + [80] * 3
    assert state_minutes(found, "m-1") == {"busy": 120, "blocked": 20 + 4}


def test_a_failure_hits_the_whole_batch() -> None:
    def broken(then: str) -> Plant:
        mode = [{"clock": "busy", "between": "40 min", "repair": "20 min", "then": then}]
        return oven({"lots": 2}, at(0, 0), failures=mode)

    assert rows(records(broken("resume"), days=0.1)) == [("m-1", 0, 80)] * 2
    found = records(broken("scrap"), days=0.1)
    assert found.lots["status"].to_list() == ["scrapped"] * 2
    assert rows(found) == [("m-1", 0, 40)] * 2
    plant = oven(
        {"lots": 2},
        at(0, 0),
        failures=[{"clock": "calendar", "between": "40 min", "repair": "30 min", "then": "restart"}],
        takes="50 min",
    )
    # down 40-70, begun again, down 110-140 after 40 of 50 min, begun again: it is never done
    assert rows(records(plant, days=0.5)) == [("m-1", 0, None)] * 2


def test_a_failure_while_a_batch_is_blocked_names_no_lot_that_has_left() -> None:
    plant = shop(
        [
            {"id": "m", "failures": [{"clock": "calendar", "between": "65 min", "repair": "10 min"}]},
            {"id": "n", "buffer": {"capacity": 0}},
        ],
        [op("a", "m", takes="60 min", batch={"lots": 3}), op("b", "n", takes="30 min")],
        orders(3),
    )
    raw = raw_run(plant, 0.1)
    row = raw.log[raw.log.activity == k.A_FAILURE][0]
    assert (row.start, row.end, row.serial) == (65 * 60, 75 * 60, -1)


def test_a_batch_is_one_cycle_of_its_unit_and_all_its_pieces() -> None:
    def plant(clock: str, every: int) -> Plant:
        plan = [{"clock": clock, "every": every, "for": "5 min"}]
        return oven({"lots": 2}, at(*[0] * 8, pieces=3), takes="10 min", maintenance=plan)

    assert [start for _, start, _ in rows(records(plant("cycles", 2), days=1), "maintenance")] == [20, 45]
    assert [start for _, start, _ in rows(records(plant("pieces", 12), days=1), "maintenance")] == [20, 45]


def test_a_unit_is_set_up_once_for_a_batch() -> None:
    setup = {"by": "product", "default": "15 min"}
    jobs = [order("A"), order("B"), order("C", "p2"), order("D", "p2")]
    found = records(oven({"lots": 2, "by": "product"}, jobs, setup=setup), days=1)
    assert rows(found, "setup") == [("m-1", 0, 15), ("m-1", 75, 90)]
    assert [start for _, start, _ in rows(found)] == [15, 15, 90, 90]


def test_each_lot_of_a_batch_has_its_own_defects_and_rework() -> None:
    """All pieces go wrong; what is found goes back once and is then scrapped."""
    defects = {"share": 1.0, "then": "rework a", "at_most": 1}
    plant = shop(
        [{"id": "m"}],
        [op("a", "m", takes={"per_piece": "10 min"}, batch={"lots": 2}, defects=defects)],
        [order("A", pieces=2), order("B", pieces=4)],
        products={"p": {"route": "r", "lot": 4}},
    )
    found = records(plant)
    assert rows(found) == [("m-1", 0, 60)] * 2 + [("m-1", 60, 120)] * 2
    assert found.lots["pieces_rework"].to_list() == [2, 4]
    assert found.lots["pieces_scrap"].to_list() == [2, 4]


def test_lots_of_a_batch_that_come_back_to_its_full_work_center_are_let_in() -> None:
    """The third lot has the place of the buffer since 0, and goes with the first that comes back at 10."""
    defects = {"share": 1.0, "then": "rework a", "at_most": 1, "else": "pass"}
    plant = shop(
        [{"id": "m", "buffer": {"capacity": 1}}],
        [op("a", "m", takes="10 min", batch={"lots": 2}, defects=defects)],
        orders(3),
    )
    assert completions(records(plant)) == {"O0": 20, "O1": 30, "O2": 30}


def test_one_crew_serves_a_whole_batch_and_is_named_in_the_row_of_its_first_lot() -> None:
    plant = shop(
        [{"id": "m", "units": 2}],
        [op("a", "m", batch={"lots": 2}, needs={"people": 1})],
        orders(4),
        personnel=[{"id": "people", "count": 1}],
    )
    found = records(plant, days=1)
    assert rows(found) == [("m-1", 0, 10)] * 2 + [("m-1", 10, 20)] * 2
    assert found.personnel_s == {"people": 1200}
    assert found.events is not None
    assert found.events["personnel"].to_list() == ["people", None] * 2


def test_a_batch_must_fit_into_the_shift_with_all_its_pieces() -> None:
    """Four pieces of 30 min fit between 06:00 and 08:00, five do not: the second batch waits for a day."""
    plant = shop(
        [{"id": "m", "calendar": "c", "off_shift": "no-start"}],
        [op("a", "m", takes={"per_piece": "30 min"}, batch={"lots": 2})],
        [order("A", pieces=2), order("B", pieces=2), order("C", pieces=3), order("D", pieces=2)],
        calendars={"c": {"mon-sun": ["06:00-08:00"]}},
        products={"p": {"route": "r", "lot": 4}},
    )
    assert completions(records(plant, days=3)) == {"A": 480, "B": 480, "C": None, "D": None}


def shift_oven(batch: dict[str, Any], jobs: list[dict[str, Any]], **more: Any) -> list[Any]:
    """Loads of an oven that takes an hour a piece, and starts nothing that does not end in its shift."""
    plant = shop(
        [{"id": "m", "calendar": "c", "off_shift": "no-start"}],
        [op("a", "m", takes={"per_piece": "1 h"}, batch=batch, **more.pop("step", {}))],
        jobs,
        calendars={"c": {"mon-sun": ["08:00-16:00"]}},
        **more,
    )
    found = records(plant, days=6)
    assert found.events is not None
    loads = found.events.group_by("start", maintain_order=True).agg(pl.col("pieces_in").sum())
    starts = [x / HOUR for x in seconds(loads["start"]) if x is not None]
    return list(zip(starts, loads["pieces_in"].to_list(), strict=True))


def test_a_batch_that_does_not_fit_into_the_shift_is_loaded_smaller() -> None:
    waits = {"lots": "2..10", "wait_at_most": "1 h"}
    assert shift_oven(waits, [order("A", pieces=20)]) == [(8, 8), (32, 8), (56, 4)]
    later = [order("A", pieces=7), order("B", pieces=4, release=34 * HOUR)]
    assert shift_oven({"lots": "2..10"}, later) == [(8, 7), (34, 4)]
    assert shift_oven({"lots": "2..10"}, [later[0], order("B", pieces=9, release=34 * HOUR)]) == [
        (8, 7), (34, 6), (56, 3)
    ]  # fmt: skip


def test_a_batch_is_not_loaded_under_its_least_to_fit_into_the_shift() -> None:
    """At 36 four lots wait and four hours are left, at 37 eight lots and three hours."""
    jobs = [order("A", pieces=4, release=36 * HOUR), order("B", pieces=8, release=37 * HOUR)]
    assert shift_oven({"lots": "4..10", "wait_at_most": "10 min"}, jobs) == [(36, 4), (56, 8)]


def test_a_smaller_load_counts_pieces_where_the_batch_does_and_passes_over_lots_that_do_not_fit() -> None:
    products = {"p": {"route": "r", "lot": 5}}
    jobs = [order("A", pieces=5), order("B", pieces=5), order("C", pieces=3), order("D", pieces=1)]
    assert shift_oven({"pieces": "3..10"}, jobs, products=products) == [(8, 8), (32, 6)]


def test_a_smaller_load_takes_parts_for_its_own_lots_only() -> None:
    products = {"p": {"route": "r"}, "lid": {"route": None, "stock": {"initial": 9}}}
    step = {"parts": {"lid": 1}}
    found = shift_oven({"lots": "1..12"}, [order("A", pieces=12)], products=products, step=step)
    assert found == [(8, 8), (32, 1)]


def test_a_batch_that_can_never_start_or_is_dedicated_is_refused() -> None:
    with pytest.raises(ValueError, match="same_unit_as beside batch"):
        shop([{"id": "m"}], [op("a", "m"), op("b", "m", same_unit_as="a", batch={"lots": 2})])
    small = {"id": "m", "buffer": {"capacity": 1}}
    with pytest.raises(ValueError, match="can hold"):
        shop([small], [op("a", "m", batch={"lots": 3})])
    assert shop([small], [op("a", "m", batch={"lots": 3, "wait_at_most": "1 h"})])


def names(plant: Plant, days: float, activity: str = "process") -> list[str | None]:
    events = records(plant, days).events
    assert events is not None
    events = events.filter(events["activity"].cast(str) == activity).sort("start", "lot")
    return events["batch"].to_list()


def test_rows_of_one_batch_have_one_name_and_others_none() -> None:
    plant = shop(
        [{"id": "m", "setup": {"by": "product", "default": "5 min"}}, {"id": "n"}],
        [op("a", "m", takes="60 min", batch={"lots": 2}), op("b", "n", takes="10 min")],
        orders(6),
    )
    of_a = [name for name in names(plant, 150 / 1440) if name is not None]
    assert of_a == ["B1", "B1", "B2", "B2", "B3", "B3"]  # the third is still at work
    assert names(plant, 1, "setup") == [None]
    assert names(plant, 1).count(None) == 6
