"""Durations, set-ups, defects, rework, sampling."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.engine.shops import MIN, completions, op, order, orders, records, rows, shop
from zhizao.plant import Plant
from zhizao.records import Records

LOT = {"p": {"route": "r", "lot": 1000}}


def work(takes: Any, pieces: int = 1, **center: Any) -> Records:
    products = {"p": {"route": "r", "lot": 100}}
    return records(
        shop(
            [{"id": "m", **center}],
            [op("a", "m", takes=takes)],
            [order("A", pieces=pieces)],
            products=products,
        )
    )


def test_a_lot_takes_load_and_its_own_time_and_each_piece_and_each_run() -> None:
    takes = {
        "load": "3 min",
        "per_lot": "10 min",
        "per_piece": "2 min",
        "per_batch": "7 min",
        "pieces_per_batch": 4,
    }
    assert rows(work(takes, pieces=9)) == [("m-1", 0, 3 + 10 + 18 + 21)]


def test_each_piece_has_a_draw_of_its_own() -> None:
    assert (
        len(
            {
                end
                for pieces in (1, 2)
                for _, _, end in rows(work({"per_piece": "uniform(1 min, 9 min)"}, pieces))
            }
        )
        == 2
    )
    (_, _, end) = rows(work({"per_piece": "uniform(1 min, 9 min)"}, 100))[0]
    assert end == pytest.approx(500, abs=100)


def test_a_quick_unit_does_all_parts_of_the_work_quicker() -> None:
    takes = {"load": "5 min", "per_piece": "20 min"}
    assert rows(work(takes, units=[{"id": "u", "speed": 1.25}])) == [("u", 0, 20)]


# ---------------------------------------------------------------- set-up
def changes(by: str, sequence: str, **setup: Any) -> list[tuple[float, float | None]]:
    """Set-ups of a machine that does products p (red), q (blue) and s (red) in a sequence."""
    plant = shop(
        [{"id": "m", "setup": {"by": by, "default": "5 min", **setup}}],
        routes={
            "r": [op("a", "m", setup_family="red")],
            "t": [op("b", "m", setup_family="blue")],
            "u": [op("c", "m", setup_family="red")],
        },
        products={
            "p": {"route": "r", "attributes": {"fabric": "nylon"}},
            "q": {"route": "t", "attributes": {"fabric": "nylon"}},
            "s": {"route": "u", "attributes": {"fabric": "wool"}},
        },
        orders=[order(f"O{i}", product) for i, product in enumerate(sequence)],
    )
    return [(start, end) for _, start, end in rows(records(plant), "setup")]


@pytest.mark.parametrize(
    ("by", "starts"),
    [("family", [0, 25]), ("product", [0, 15, 30]), ("operation", [0, 15, 30]), ("fabric", [0, 15])],
)
def test_a_unit_is_set_up_when_the_family_changes_and_for_its_first_lot(by: str, starts: list[float]) -> None:
    sequence = {"family": "psq", "product": "psq", "operation": "psq", "fabric": "ps"}[by]
    assert [start for start, _ in changes(by, sequence)] == starts


def test_a_set_up_may_depend_on_both_families() -> None:
    """5 + 10 | 8 + 10 | 5 + 10: only red to blue is listed."""
    times = [{"from": "red", "to": "blue", "takes": "8 min"}]
    assert changes("family", "pqp", times=times) == [(0, 5), (15, 23), (33, 38)]


def test_a_set_up_matrix_is_added_up_by_hand() -> None:
    times = [
        {"from": "red", "to": "blue", "takes": "8 min"},
        {"from": "blue", "to": "red", "takes": "2 min"},
    ]
    spent = [(end or 0) - start for start, end in changes("family", "pqpsqp", times=times)]
    assert spent == [5, 8, 2, 8, 2]


def test_the_speed_of_a_unit_does_not_shorten_its_set_up() -> None:
    setup = {"by": "product", "default": "5 min"}
    found = work("10 min", units=[{"id": "u", "speed": 2}], setup=setup)
    assert rows(found, "setup") + rows(found) == [("u", 0, 5), ("u", 5, 10)]


def test_an_operation_without_a_family_leaves_the_unit_as_it_is() -> None:
    plant = shop(
        [{"id": "m", "setup": {"by": "family", "default": "5 min"}}],
        routes={"r": [op("a", "m", setup_family="red")], "s": [op("b", "m")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B", "q"), order("C")],
    )
    assert rows(records(plant), "setup") == [("m-1", 0, 5)]


def test_an_operation_without_a_family_may_leave_the_unit_without_a_set_up() -> None:
    plant = shop(
        [{"id": "m", "setup": {"by": "family", "default": "5 min", "without_family": "clear"}}],
        routes={"r": [op("a", "m", setup_family="red")], "s": [op("b", "m")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A"), order("B", "q"), order("C")],
    )
    assert rows(records(plant), "setup") == [("m-1", 0, 5), ("m-1", 25, 30)]


def test_a_change_may_be_listed_from_any_family_and_one_that_names_both_comes_first() -> None:
    times = [{"from": "red", "to": "blue", "takes": "8 min"}, {"to": "blue", "takes": "3 min"}]
    spent = [(end or 0) - start for start, end in changes("family", "qpqp", times=times)]
    assert spent == [3, 5, 8, 5]


def min_run(lots: int, sequence: str, *, units: int = 1, **operation: Any) -> list[tuple[str, float]]:
    """Minutes at which set-ups begin, by unit; p is red and q is blue, each lot takes 10 min."""
    plant = shop(
        [{"id": "m", "units": units, "setup": {"by": "family", "default": "5 min", "min_run": lots}}],
        routes={
            "r": [op("a", "m", setup_family="red", **operation)],
            "s": [op("b", "m", setup_family="blue", **operation)],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order(f"O{i}", product) for i, product in enumerate(sequence)],
    )
    return [(unit, start) for unit, start, _ in rows(records(plant), "setup")]


def test_a_unit_keeps_its_set_up_for_so_many_lots_where_such_lots_wait() -> None:
    """First come, first served would change five times; a run of two: pp qq pp qq, then q, then p."""
    assert min_run(1, "pqpqpq") == [("m-1", m) for m in (0, 15, 30, 45, 60, 75)]
    assert min_run(2, "pqpqpq") == [("m-1", m) for m in (0, 25, 50, 65)]
    assert min_run(9, "pqpqpq") == [("m-1", m) for m in (0, 35)]


def test_a_unit_changes_before_its_run_is_over_where_no_lot_of_its_family_waits() -> None:
    assert min_run(5, "pqq") == [("m-1", 0), ("m-1", 15)]


def test_the_run_of_a_unit_counts_the_lots_of_a_batch() -> None:
    assert min_run(2, "ppqqpp", batch={"lots": 2}) == [("m-1", 0), ("m-1", 15), ("m-1", 30)]


# ---------------------------------------------------------------- defects
def checked(first: dict[str, Any] | None, last: dict[str, Any], pieces: int = 1000) -> Plant:
    """Make (1 min a piece), then check (no time)."""
    make = op("make", "m", takes={"per_piece": "1 min"}, **({"defects": first} if first else {}))
    return shop(
        [{"id": "m"}, {"id": "n"}],
        [make, op("check", "n", takes="1 min", defects=last)],
        [order("A", pieces=pieces)],
        products=LOT,
    )


def only(found: Records) -> dict[str, Any]:
    return found.lots.row(0, named=True)


def test_pieces_found_are_scrapped_and_the_rest_goes_on() -> None:
    lot = only(records(checked(None, {"share": 0.1})))
    assert lot["pieces_scrap"] + lot["pieces_good"] == 1000
    assert lot["pieces_scrap"] == pytest.approx(100, abs=4 * 9.5)
    assert lot["pieces_escaped"] == 0


def test_a_lot_without_a_good_piece_is_scrapped() -> None:
    lot = only(records(checked({"share": 1}, {"share": 0})))
    assert (lot["status"], lot["pieces_good"], lot["pieces_scrap"]) == ("scrapped", 0, 1000)
    assert (lot["completed"] - lot["release"]).total_seconds() / MIN == 1000


def test_defects_that_are_not_found_travel_on_and_are_found_later() -> None:
    lot = only(records(checked({"share": 0.2, "found": 0}, {"found": 0.75})))
    assert lot["pieces_scrap"] == pytest.approx(150, abs=4 * 11.3)
    assert lot["pieces_escaped"] == pytest.approx(50, abs=4 * 6.9)
    assert lot["pieces_good"] == 1000 - lot["pieces_scrap"]


def test_sound_pieces_are_rejected_at_the_rate_of_false_alarms() -> None:
    """Of 1,000 pieces 100 are defective: 80 of them and 45 of the 900 sound ones are rejected."""
    lot = only(records(checked(None, {"share": 0.1, "found": 0.8, "false_alarms": 0.05})))
    assert lot["pieces_scrap"] == pytest.approx(80 + 45, abs=4 * 10.5)
    assert lot["pieces_escaped"] == pytest.approx(20, abs=4 * 4.4)
    assert lot["pieces_good"] == 1000 - lot["pieces_scrap"]


def test_a_false_alarm_costs_rework_or_nothing_where_rejects_are_passed() -> None:
    last = {"false_alarms": 0.2, "then": "rework make", "at_most": 1, "else": "pass"}
    lot = only(records(checked(None, last)))
    assert lot["pieces_rework"] == pytest.approx(200, abs=4 * 12.7)
    assert (lot["pieces_good"], lot["pieces_scrap"], lot["pieces_escaped"]) == (1000, 0, 0)


def test_whole_lots_may_be_rejected_for_nothing() -> None:
    plant = shop(
        route=[op("a", "m", takes="1 min", defects={"per": "lot", "false_alarms": 0.25})],
        orders=[{"id": f"O{n}", "product": "p", "pieces": 4} for n in range(400)],
        products={"p": {"route": "r", "lot": 4}},
    )
    lots = records(plant).lots
    assert set(lots["pieces_scrap"]) == {0, 4}
    assert (lots["pieces_scrap"] == 4).sum() == pytest.approx(100, abs=4 * 8.7)
    assert lots["pieces_escaped"].sum() == 0


def test_only_the_pieces_found_go_back_and_the_rest_of_the_lot_waits_for_them() -> None:
    found = records(checked({"share": 0.1, "found": 0}, {"then": "rework make"}))
    events = found.events
    assert events is not None
    back = events["pieces_rework"].max()
    assert events["pieces_in"].to_list() == [1000, 1000, back, back]
    assert back == pytest.approx(100, abs=4 * 9.5)


def test_a_lot_goes_back_at_most_so_often_and_then_its_pieces_are_scrapped_or_passed() -> None:
    always = {"share": 1, "then": "rework make", "at_most": 3}
    lot = only(records(checked(None, {**always, "else": "scrap"}, 10)))
    assert (lot["pieces_rework"], lot["pieces_scrap"], lot["status"]) == (30, 10, "scrapped")
    lot = only(records(checked(None, {**always, "else": "pass"}, 10)))
    assert (lot["pieces_rework"], lot["pieces_good"], lot["pieces_escaped"]) == (30, 10, 10)


def test_rework_may_be_done_at_the_operation_itself() -> None:
    plant = shop(
        route=[op("a", "m", defects={"share": 1, "then": "rework a", "at_most": 2})], orders=orders(1)
    )
    assert [end for _, _, end in rows(records(plant))] == [10, 20, 30]


def test_pieces_passed_on_may_be_found_later() -> None:
    route = [
        op("a", "m", defects={"share": 1, "then": "rework a", "at_most": 1, "else": "pass"}),
        op("b", "m", defects={"found": 1}),
    ]
    assert only(records(shop(route=route, orders=orders(1))))["pieces_scrap"] == 1


REWORKED = "a check during rework draws only from the defects made there, not from those made on the way back"


def test_defects_made_again_during_rework_are_found_again() -> None:
    """Each round makes every piece defective, the check finds all: two rounds, then scrap."""
    last = {"found": 1, "then": "rework make", "at_most": 2}
    plant = checked({"share": 0.5, "found": 0}, last, 1000)
    lot = only(records(plant))
    assert lot["pieces_escaped"] == 0
    assert lot["pieces_rework"] == pytest.approx(500 + 250, abs=4 * 20)
    assert lot["pieces_scrap"] == pytest.approx(125, abs=4 * 11)


def test_a_lot_does_nothing_where_no_piece_of_it_is_left_to_work_on() -> None:
    route = [
        op("a", "m", takes="1 min"),
        op("b", "m", takes="1 min", defects={"share": 0.5, "then": "rework a", "at_most": 1}),
        op("c", "m", takes="1 min"),
        op("d", "m", takes="1 min", defects={"share": 0.5, "then": "rework a", "at_most": 1}),
    ]
    jobs = [order(f"O{i}", pieces=2) for i in range(200)]
    found = records(shop(route=route, orders=jobs, products={"p": {"route": "r", "lot": 2}}))
    assert found.events is not None
    assert found.events["pieces_in"].min() == 1


def test_no_piece_leaves_out_an_operation_because_others_went_back_twice() -> None:
    """Of a lot, every piece that is not scrapped passes `c` after the last time it was at `b`."""
    route = [
        op("a", "m", takes="1 min"),
        op("b", "m", takes="1 min", defects={"share": 0.5, "then": "rework a", "at_most": 30}),
        op("c", "m", takes="1 min", defects={"share": 0.5, "then": "rework a", "at_most": 1, "else": "pass"}),
    ]
    found = records(shop(route=route, orders=[order("A", pieces=1000)], products=LOT), seed=3)
    events = found.events
    assert events is not None
    again = events.filter(pl.col("operation") == "c")
    between = events.filter((pl.col("end") > again["end"][0]) & (pl.col("end") < again["end"][1]))
    assert again["pieces_in"][1] == again["pieces_rework"][0] - between["pieces_scrap"].sum()
    assert between["pieces_rework"].sum() > 0


# ---------------------------------------------------------------- sampling
def test_a_share_of_the_lots_does_a_sampled_operation() -> None:
    route = [op("a", "m", takes="1 min"), op("b", "m", takes="1 min", sample=0.25)]
    found = records(shop(route=route, orders=orders(2000)))
    assert len(rows(found, operation="b")) == pytest.approx(500, abs=4 * 19.4)
    assert len(rows(found, operation="a")) == 2000


@pytest.mark.parametrize(("sample", "end"), [(0, 10), (1, 20)])
def test_none_or_all_of_the_lots_do_an_operation(sample: float, end: float) -> None:
    assert completions(
        records(shop(route=[op("a", "m"), op("b", "m", sample=sample)], orders=orders(1)))
    ) == {"O0": end}


def test_a_lot_that_does_no_operation_leaves_as_it_comes() -> None:
    assert completions(records(shop(route=[op("a", "m", sample=0)], orders=orders(1)))) == {"O0": 0}


# ---------------------------------------------------------------- whole lots
def test_all_pieces_of_a_lot_may_go_wrong_together() -> None:
    plant = shop(
        route=[op("a", "m", takes="1 min", defects={"per": "lot", "share": 0.3, "found": 1.0})],
        orders=[{"id": f"O{n}", "product": "p", "pieces": 4} for n in range(200)],
        products={"p": {"route": "r", "lot": 4}},
    )
    scrap = records(plant).lots["pieces_scrap"]
    assert set(scrap) == {0, 4}
    assert 40 < (scrap == 4).sum() < 80  # 60, give or take three standard deviations


def test_an_inspection_of_whole_lots_finds_all_defective_pieces_of_a_lot_or_none() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        [
            op("a", "m", takes="1 min", defects={"share": 0.5, "found": 0.0}),
            op("b", "n", takes="1 min", defects={"per": "lot", "found": 0.5}),
        ],
        [{"id": f"O{n}", "product": "p", "pieces": 40} for n in range(100)],
        products={"p": {"route": "r", "lot": 40}},
    )
    lots = records(plant).lots
    found = lots.filter(lots["pieces_scrap"] > 0)
    passed = lots.filter(lots["pieces_scrap"] == 0)
    assert 30 < found.height < 70
    assert found["pieces_escaped"].sum() == 0
    assert min(passed["pieces_escaped"].to_list()) > 5
