"""What comes first when much happens at the same moment."""

from __future__ import annotations

from tests.engine.shops import op, order, records, rows, seconds, shop


def test_a_unit_that_fails_at_the_moment_a_lot_comes_fails_first() -> None:
    failures = [{"clock": "calendar", "between": "60 min", "repair": "20 min"}]
    found = records(shop([{"id": "m", "failures": failures}], orders=[order("A", release=3600)]), days=0.1)
    assert rows(found) == [("m-1", 80, 90)]


def test_a_lot_from_another_unit_comes_before_one_of_a_stream_and_that_before_one_of_the_table() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y"}],
        routes={
            "r": [op("a", "x", takes="8 min"), op("b", "y", takes="5 min")],
            "s": [op("c", "y", takes="5 min")],
        },
        products={"p": {"route": "r"}, "q": {"route": "s"}, "u": {"route": "s"}},
        orders=[
            order("T", "q", release=600),
            {"product": "u", "every": "1000 h", "first": "10 min"},
            order("A", "p"),
        ],
        transport={"default": "2 min"},
    )
    found = records(plant, days=1)
    assert found.events is not None
    at_y = found.events.sort("start").filter(work_center="y")
    assert at_y["product"].to_list() == ["p", "u", "q"]
    assert [start / 60 for start in seconds(at_y["start"]) if start is not None] == [10, 15, 20]


def test_a_unit_that_is_free_at_the_moment_a_lot_comes_may_take_it() -> None:
    found = records(shop(orders=[order("A"), order("B", release=600)]))
    assert rows(found) == [("m-1", 0, 10), ("m-1", 10, 20)]


def test_a_shift_opens_before_a_lot_of_that_moment_comes() -> None:
    calendars = {"c": {"mon-sun": ["00:00-01:00", "02:00-03:00"]}}
    plant = shop([{"id": "m", "calendar": "c"}], orders=[order("A", release=7200)], calendars=calendars)
    assert rows(records(plant)) == [("m-1", 120, 130)]


def test_a_lot_sent_on_without_a_way_is_there_at_once_and_is_seen_by_the_rule_of_that_moment() -> None:
    plant = shop(
        [{"id": "x"}, {"id": "y", "dispatch": "priority"}],
        routes={"r": [op("a", "x"), op("b", "y")], "s": [op("c", "y")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("A", priority=2), order("B", "q"), order("C", "q")],
    )
    found = records(plant)
    assert found.events is not None
    assert found.events.filter(work_center="y").sort("start")["order"].to_list() == ["B", "A", "C"]


def test_time_is_whole_microseconds_in_the_records() -> None:
    found = records(shop([{"id": "m"}], [op("a", "m", takes="exponential(10 min)")]), days=1)
    assert found.events is not None
    assert str(found.events.schema["start"]) == "Datetime(time_unit='us', time_zone=None)"
