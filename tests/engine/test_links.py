"""Ties between operations of a lot: dedication to a unit, limits of waiting."""

from __future__ import annotations

from typing import Any

from tests.engine.shops import MIN, completions, op, order, orders, records, rows, shop
from zhizao.plant import Plant


# ---------------------------------------------------------------- dedication
def layers(jobs: list[dict[str, Any]], takes: str = "10 min", between: str = "5 min", **center: Any) -> Plant:
    """Expose on one of two scanners, etch, expose on the same scanner again."""
    return shop(
        [{"id": "scanner", "units": 2, **center}, {"id": "etch", "units": 9}],
        [
            op("first", "scanner", takes=takes),
            op("etch", "etch", takes=between),
            op("second", "scanner", takes="10 min", same_unit_as="first"),
        ],
        jobs,
    )


def test_a_lot_comes_back_to_the_unit_of_an_earlier_operation() -> None:
    """A is on unit 1 and B on unit 2; B is back first, when both units are free."""
    plant = layers([order("A"), order("B")]).replace({"routes.r.etch.takes": "20 min"})
    late = plant.replace({"orders.A.release": "60 s"})
    found = records(late)
    assert rows(found, order="B", work_center="scanner") == [("scanner-1", 0, 10), ("scanner-1", 30, 40)]
    assert rows(found, order="A", work_center="scanner") == [("scanner-2", 1, 11), ("scanner-2", 31, 41)]


def test_a_dedicated_lot_waits_for_its_unit_though_another_is_free() -> None:
    jobs = [order("A"), order("B", release=11 * MIN)]
    found = records(layers(jobs, between="1 min"))
    assert rows(found, order="A", work_center="scanner")[1] == ("scanner-1", 11, 21)
    jobs = [order("A"), order("B", release=1 * MIN), order("C", release=2 * MIN)]
    found = records(layers(jobs, between="1 min"))
    # C takes unit 1 at 10; A is back at 11 and waits for unit 1 until 20, though unit 2 is free
    assert rows(found, order="C", work_center="scanner")[0] == ("scanner-1", 10, 20)
    assert rows(found, order="A", work_center="scanner")[1] == ("scanner-1", 20, 30)
    assert rows(found, order="B", work_center="scanner")[1] == ("scanner-2", 12, 22)


def test_a_unit_does_not_keep_its_set_up_for_a_lot_that_must_go_to_another() -> None:
    """From 31 unit 2 is set up for second layers; only C waits for one, on unit 1, which has A's until 40: D
    need not wait."""
    setup = {"by": "operation", "default": "5 min", "min_run": 3}
    jobs = [order("A"), order("B"), order("C", release=2 * MIN), order("D", release=32 * MIN)]
    found = records(layers(jobs, between="1 min", setup=setup))
    assert rows(found, order="A", work_center="scanner")[1] == ("scanner-1", 30, 40)
    assert rows(found, order="B", work_center="scanner")[1] == ("scanner-2", 21, 31)
    assert rows(found, order="D", work_center="scanner")[0] == ("scanner-2", 37, 47)


def test_a_dedicated_lot_waits_while_its_unit_is_down_and_others_overtake_it() -> None:
    down = [
        {"every": "900 h", "first": "2 h", "for": "60 min", "in_turn": True}
    ]  # unit 1 at 60, unit 2 at 120
    jobs = [order("A", release=45 * MIN), order("B", release=61 * MIN)]
    found = records(layers(jobs, maintenance=down))
    assert rows(found, "maintenance")[0] == ("scanner-1", 60, 120)
    assert rows(found, order="A", work_center="scanner") == [("scanner-1", 45, 55), ("scanner-1", 120, 130)]
    assert rows(found, order="B", work_center="scanner")[0] == ("scanner-2", 61, 71)


def test_after_rework_the_unit_is_that_of_the_last_time() -> None:
    """The only piece goes back once from `check`; the other unit, quicker, is free by then."""
    plant = shop(
        [{"id": "m", "units": [{"id": "slow", "speed": 0.5}, {"id": "fast"}]}, {"id": "n"}],
        [
            op("a", "m"),
            op("check", "n", takes="1 min", defects={"share": 1.0, "then": "rework a", "else": "pass"}),
            op("c", "m", same_unit_as="a"),
        ],
        [order("X"), order("A", release=MIN)],
    )
    assert [unit for unit, _, _ in rows(records(plant), order="A", work_center="m")] == [
        "slow",
        "fast",
        "fast",
    ]


# ---------------------------------------------------------------- queue limits
def limited(limit: Any, jobs: list[dict[str, Any]], **route: Any) -> Plant:
    """Clean, then a furnace that must be reached in time."""
    return shop(
        [{"id": "bath", "units": 9}, {"id": "oven"}],
        [
            op("clean", "bath", takes="5 min"),
            op("rinse", "bath", takes="10 min"),
            op("oxide", "oven", takes="30 min", queue_at_most=limit),
        ],
        jobs,
        **route,
    )


def breaks(found: Any) -> list[int]:
    return [int(n) for n in found.lots["limit_breaks"]]


def test_a_lot_that_waits_longer_than_its_limit_is_counted() -> None:
    found = records(limited("30 min", orders(3)))
    assert [start for _, start, _ in rows(found, operation="oxide")] == [15, 45, 75]
    assert breaks(found) == [0, 0, 1]  # the second has waited exactly 30 min


def test_the_time_may_begin_at_the_end_of_an_earlier_operation() -> None:
    found = records(limited({"from": "clean", "at_most": "30 min"}, orders(3)))
    assert breaks(found) == [0, 1, 1]  # from minute 5 to 15, 45, 75


def test_a_lot_that_waits_too_long_may_be_scrapped_when_it_could_start() -> None:
    found = records(limited({"at_most": "20 min", "then": "scrap"}, orders(3)))
    assert completions(found) == {"O0": 45, "O1": 45, "O2": 45}
    assert found.lots["status"].to_list() == ["completed", "scrapped", "scrapped"]
    assert found.lots["pieces_scrap"].to_list() == [0, 1, 1]
    assert breaks(found) == [0, 1, 1]


def test_a_lot_that_waits_too_long_may_go_back() -> None:
    found = records(limited({"from": "clean", "at_most": "30 min", "then": "rework clean"}, orders(2)))
    # at 45 the second has waited 40 min: cleaned again 45-50, rinsed 50-60, and in time
    assert rows(found, operation="clean")[-1][1:] == (45, 50)
    assert rows(found, operation="oxide") == [("oven-1", 15, 45), ("oven-1", 60, 90)]
    assert breaks(found) == [0, 1]


def test_a_lot_that_goes_back_before_a_full_buffer_waits_without_a_place() -> None:
    plant = shop(
        [{"id": "bath", "buffer": {"capacity": 0}}, {"id": "oven"}],
        [
            op("clean", "bath", takes="20 min"),
            op("oxide", "oven", takes="50 min", queue_at_most={"at_most": "5 min", "then": "rework clean"}),
        ],
        orders(3),
    )
    found = records(plant, days=1)
    # at 70 O1 has waited 30 min and O2 10 min; O1 takes the only place in the bath, O2 waits for it
    assert rows(found, operation="clean")[3:] == [
        ("bath-1", 70, 90),
        ("bath-1", 90, 110),
        ("bath-1", 140, 160),
    ]
    assert rows(found, operation="oxide") == [("oven-1", 20, 70), ("oven-1", 90, 140), ("oven-1", 160, 210)]
    assert breaks(found) == [0, 1, 2]


def test_lots_of_a_batch_keep_their_limits() -> None:
    def plant(then: str) -> Plant:
        jobs = [order("A"), order("B", release=50 * MIN)]
        limit = {"at_most": "20 min", "then": then}
        return shop(route=[op("a", "m", batch={"lots": 2}, queue_at_most=limit)], orders=jobs)

    assert breaks(records(plant("count"))) == [1, 0]
    found = records(plant("scrap"))
    assert found.lots["status"].to_list() == ["scrapped", "in-process"]
    jobs = [order("A", priority=1, release=50 * MIN), order("B")]
    late = plant("count").replace({"work_centers.m.dispatch": "priority"})
    found = records(late.model_copy(update={"orders": shop(orders=jobs).orders}))
    assert dict(zip(found.lots["order"], breaks(found), strict=True)) == {"A": 0, "B": 1}
