"""Units that take the next lot while the last one is still in them."""

from __future__ import annotations

from typing import Any

from tests.engine.shops import completions, op, order, orders, records, rows, shop, state_minutes
from zhizao.plant import Plant


def line(jobs: Any = 3, takes: Any = "30 min", cascade: Any = "10 min", **center: Any) -> Plant:
    """One cascading machine; `q` is of another family."""
    work = {"takes": takes, "cascade": cascade}
    return shop(
        [{"id": "m", **center}],
        routes={
            "r": [op("a", "m", **work, setup_family="red")],
            "s": [op("b", "m", **work, setup_family="blue")],
        },
        products={"p": {"route": "r", "lot": 9}, "q": {"route": "s", "lot": 9}},
        orders=orders(jobs) if isinstance(jobs, int) else jobs,
    )


def test_a_cascading_unit_takes_the_next_lot_after_the_interval() -> None:
    found = records(line(), days=0.1)
    assert rows(found) == [("m-1", 0, 30), ("m-1", 10, 40), ("m-1", 20, 50)]
    assert state_minutes(found, "m-1") == {"busy": 50, "idle": 94}


def test_the_interval_may_depend_on_the_pieces_and_is_never_longer_than_the_work() -> None:
    plant = line(
        [order("A", pieces=2), order("B")], {"load": "20 min", "per_piece": "5 min"}, {"per_piece": "5 min"}
    )
    assert rows(records(plant)) == [("m-1", 0, 30), ("m-1", 10, 35)]
    assert rows(records(line(2, cascade="45 min"))) == [("m-1", 0, 30), ("m-1", 30, 60)]


def test_a_quick_unit_cascades_quicker() -> None:
    plant = line(2, units=[{"id": "u", "speed": 2}])
    assert rows(records(plant)) == [("u", 0, 15), ("u", 5, 20)]


def test_a_shorter_lot_may_leave_a_cascade_before_a_longer_one() -> None:
    plant = line([order("A", pieces=4), order("B")], {"per_piece": "10 min"}, "5 min")
    assert completions(records(plant)) == {"A": 40, "B": 15}


def test_a_change_of_set_up_waits_until_the_cascade_is_empty() -> None:
    jobs = [order("A"), order("B", "q"), order("C")]
    found = records(line(jobs, setup={"by": "family", "default": "7 min"}))
    assert rows(found) == [("m-1", 7, 37), ("m-1", 17, 47), ("m-1", 54, 84)]
    assert completions(found) == {"A": 37, "C": 47, "B": 84}


def test_another_free_unit_takes_a_lot_of_another_set_up_at_once() -> None:
    jobs = [order("A"), order("B", "q"), order("C", release=600)]
    found = records(line(jobs, setup={"by": "family", "default": "7 min"}, units=2))
    assert rows(found) == [("m-1", 7, 37), ("m-2", 7, 37), ("m-1", 17, 47)]


def test_a_cascade_whose_end_is_blocked_takes_no_lot_and_is_blocked_when_all_in_it_are_done() -> None:
    """The second machine takes 40 min a lot and has no buffer: lots leave the first at 30, 70, 110."""
    plant = shop(
        [{"id": "m"}, {"id": "n", "buffer": {"capacity": 0}}],
        [op("a", "m", takes="30 min", cascade="10 min"), op("b", "n", takes="40 min")],
        orders(5),
    )
    found = records(plant, days=0.1)
    # in at 0, 10, 20, 30; from 40 on, when the second is done, there is always one at the end
    assert [start for _, start, _ in rows(found, operation="a")] == [0, 10, 20, 30]
    assert [start for _, start, _ in rows(found, operation="b")] == [30, 70, 110]
    assert state_minutes(found, "m-1") == {"busy": 60, "blocked": 84}


def test_a_unit_whose_cascade_is_no_longer_blocked_takes_lots_again() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n", "buffer": {"capacity": 0}}],
        [op("a", "m", takes="30 min", cascade="10 min"), op("b", "n", takes="25 min")],
        orders(6),
    )
    found = records(plant, days=0.2)
    # four are done at 30, 40, 50, 60 and leave at 30, 55, 80, 105: from 40 to 105 the end is never free
    assert [start for _, start, _ in rows(found, operation="a")] == [0, 10, 20, 30, 105, 115]
    assert [start for _, start, _ in rows(found, operation="b")] == [30, 55, 80, 105, 135, 160]


def test_maintenance_when_idle_waits_until_the_cascade_is_empty() -> None:
    plan = [{"every": "10 h", "first": "5 min", "for": "15 min"}]
    found = records(line(maintenance=plan), days=0.2)
    assert rows(found, "maintenance") == [("m-1", 30, 45)]
    assert rows(found) == [("m-1", 0, 30), ("m-1", 45, 75), ("m-1", 55, 85)]


def test_a_failure_stops_the_lot_at_the_mouth_of_a_cascade_and_those_inside_go_on() -> None:
    mode = [{"clock": "calendar", "between": "14 min", "repair": "30 min", "then": "resume"}]
    plant = line(2, failures=mode)
    assert rows(records(plant, days=0.05)) == [("m-1", 0, 30), ("m-1", 10, 70)]
    scrap = line(2, failures=[mode[0] | {"then": "scrap"}])
    found = records(scrap, days=0.05)
    assert rows(found) == [("m-1", 0, 30), ("m-1", 10, 14)]
    assert found.lots["status"].to_list() == ["completed", "scrapped"]


def test_a_busy_clock_counts_the_intervals_of_a_cascade() -> None:
    found = records(line(9, failures=[{"clock": "busy", "between": "25 min", "repair": "5 min"}]), days=0.1)
    assert rows(found, "failure")[:2] == [("m-1", 25, 30), ("m-1", 55, 60)]


def test_lots_in_a_cascade_pause_off_shift_or_are_finished_over_time() -> None:
    def plant(off_shift: str) -> Plant:
        return shop(
            [{"id": "m", "calendar": "c", "off_shift": off_shift}],
            [op("a", "m", takes="30 min", cascade="10 min")],
            orders(2),
            calendars={"c": {"mon-sun": ["00:00-00:15", "01:00-24:00"]}},
        )

    found = records(plant("pause"), days=0.2)
    assert rows(found) == [("m-1", 0, 75), ("m-1", 10, 85)]
    assert state_minutes(found, "m-1") == {"busy": 15 + 25, "off": 45, "idle": 288 - 85}
    found = records(plant("finish"), days=0.2)
    assert rows(found) == [("m-1", 0, 30), ("m-1", 10, 40)]
    assert state_minutes(found, "m-1") == {"busy": 40, "off": 20, "idle": 288 - 60}


def test_people_of_a_cascade_are_there_for_the_interval() -> None:
    plant = shop(
        [{"id": "m"}],
        [op("a", "m", takes="30 min", cascade="10 min", needs={"people": 1})],
        orders(2),
        personnel=[{"id": "people", "count": 1}],
    )
    found = records(plant, days=1)
    assert rows(found) == [("m-1", 0, 30), ("m-1", 10, 40)]
    assert found.personnel_s == {"people": 1200}


def test_batches_may_cascade() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n", "units": 2}],
        [op("a", "m", takes="30 min", cascade="10 min", batch={"lots": 2}), op("b", "n", takes="10 min")],
        orders(4),
    )
    found = records(plant)
    assert rows(found, operation="a") == [("m-1", 0, 30)] * 2 + [("m-1", 10, 40)] * 2
    assert [start for _, start, _ in rows(found, operation="b")] == [30, 30, 40, 40]
