"""Runs that start from a state: with its exact image, or from what a person wrote."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.shops import DAY, HOUR, MIN, START, op, order, orders, rows, shop
from zhizao.engine import LogLevel, RunSettings, Session, run
from zhizao.plant import LotPlace, Plant, PlantState, read_plant
from zhizao.quantities import InputError, StateError
from zhizao.records import Records

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = RunSettings(days=1, replications=3, log=LogLevel.EVENTS)


def state(*lots: dict[str, Any], **more: Any) -> PlantState:
    form = {"plant": "shop", "moment": START + timedelta(hours=10), "lots": list(lots)}
    return PlantState.model_validate(form | more)


def lot(name: str, operation: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": name, "product": "p", "pieces": 1, "operation": operation, **more}


def in_work(name: str, unit: str, left: float | None = None, operation: str = "a") -> dict[str, Any]:
    return lot(name, operation, at="in-work", unit=unit, left=left)


def log(plant: Plant, given: PlantState, **where: str) -> list[tuple[str, float, float | None]]:
    """(unit, start, end) of process in minutes from the moment of the state."""
    found = run(plant, SETTINGS, state=given).records[0]
    ten = 10 * HOUR / MIN
    return [(u, s - ten, None if e is None else e - ten) for u, s, e in rows(found, **where)]


def two(**more: Any) -> Plant:
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    late = [order("late", release=100 * HOUR)]
    return shop([{"id": "m", "units": 2}, {"id": "n"}], route, more.pop("orders", late), **more)


def test_lots_in_work_are_done_after_the_time_left_and_those_that_wait_follow() -> None:
    given = state(in_work("A", "m-2", 4 * MIN), lot("B"), lot("C"), in_work("D", "n-1", 7 * MIN, "b"))
    found = log(two(), given)
    assert found[:3] == [("m-2", 0, 4), ("n-1", 0, 7), ("m-1", 0, 10)]
    assert found[3:7] == [("m-2", 4, 14), ("n-1", 7, 27), ("n-1", 27, 47), ("n-1", 47, 67)]


def test_a_lot_in_work_without_a_time_left_has_all_of_it() -> None:
    assert log(two(), state(in_work("A", "m-2")))[0] == ("m-2", 0, 10)


def test_units_keep_their_set_ups_and_a_set_up_in_hand_goes_on() -> None:
    centers = [{"id": "m", "units": 2, "setup": {"by": "family", "default": "6 min"}}]
    plant = shop(centers, [op("a", "m", setup_family="red")], [order("late", release=100 * HOUR)])
    ready = {"units": [{"id": "m-2", "setup_family": "red"}]}
    assert log(plant, state(lot("A"), **ready)) == [("m-2", 0, 10)]
    setting_up = {"units": [{"id": "m-1", "state": "setup"}]}
    assert log(plant, state(in_work("A", "m-1", 2 * MIN), **setting_up)) == [("m-1", 2, 12)]
    assert log(plant, state(in_work("A", "m-1", 2 * MIN))) == [("m-1", 0, 2)]


def test_a_unit_that_is_down_is_repaired_after_the_time_left_and_its_lot_goes_on() -> None:
    failing = [{"clock": "calendar", "between": "1000 h", "repair": "1 h"}]
    plant = shop([{"id": "m", "failures": failing}], orders=[order("late", release=100 * HOUR)])
    down = {"units": [{"id": "m-1", "state": "down", "repair_left": 25 * MIN}]}
    assert log(plant, state(lot("A"), **down)) == [("m-1", 25, 35)]
    assert log(plant, state(in_work("A", "m-1", 3 * MIN), **down)) == [("m-1", 0, 28)]


def test_lots_that_wait_or_are_in_work_have_had_their_delay_and_others_have_what_is_left() -> None:
    route = [op("a", "m"), op("b", "n", takes="20 min", delay="30 min")]
    plant = shop([{"id": "m"}, {"id": "n"}], route, [order("late", release=100 * HOUR)])
    delayed = lot("C", "b", at="on-the-way", left=40 * MIN)
    given = state(in_work("D", "n-1", 7 * MIN, "b"), lot("B", "b"), delayed)
    assert log(plant, given) == [("n-1", 0, 7), ("n-1", 7, 27), ("n-1", 40, 60)]


def test_a_delay_in_open_hours_goes_on_where_the_state_has_it() -> None:
    office = {"office": {"mon-fri": ["08:00-16:00"]}}
    centers = [{"id": "m"}, {"id": "n", "calendar": "office"}]
    late = op("b", "n", takes="1 h", delay="3 h", delay_clock="open-hours")
    jobs = [order("A", release=110 * HOUR)]  # Friday 14:00
    plant = shop(centers, [op("a", "m", takes="1 h"), late], jobs, calendars=office)
    session = Session(plant)
    session.advance(5.5 * DAY)
    given = session.snapshot(exact=False)
    (there,) = given.lots
    assert (there.at, there.work_center, there.left) == (LotPlace.ON_THE_WAY, "n", 2 * HOUR)
    records = run(plant, RunSettings(days=7, log=LogLevel.EVENTS), state=given).records[0]
    monday = (7 * 24 + 10) * 60
    assert rows(records) == [("n-1", monday, monday + 60)]


def test_a_delay_left_of_an_operation_without_a_delay_is_refused() -> None:
    with pytest.raises(StateError, match="left: found a delay left of an operation without a delay"):
        run(two(), SETTINGS, state=state(lot("A", "b", at="on-the-way", left=60.0)))


def test_a_batch_in_work_is_one_batch() -> None:
    batch = {"batch": {"lots": "2..3"}}
    plant = shop([{"id": "m"}], [op("a", "m", **batch)], [order("late", release=100 * HOUR)])
    given = state(in_work("A", "m-1", 4 * MIN), in_work("B", "m-1", 4 * MIN), lot("C"), lot("D"))
    assert log(plant, given) == [("m-1", 0, 4), ("m-1", 0, 4), ("m-1", 4, 14), ("m-1", 4, 14)]


def test_people_of_lots_in_work_are_with_them_and_missing_ones_are_reported() -> None:
    needs = {"personnel": [{"id": "crew", "count": 1}]}
    plant = shop(
        [{"id": "m", "units": 2}], [op("a", "m", needs={"crew": 1})], [order("x", release=99 * HOUR)], **needs
    )
    assert log(plant, state(in_work("A", "m-1", 4 * MIN), lot("B"))) == [("m-1", 0, 4), ("m-1", 4, 14)]
    with pytest.raises(InputError, match="m-2 needs people or tools that are not there"):
        run(plant, SETTINGS, state=state(in_work("A", "m-1"), in_work("B", "m-2")))


def test_people_in_use_must_be_those_of_the_lots_in_work() -> None:
    needs = {"personnel": [{"id": "crew", "count": 3}]}
    route = [op("a", "m", needs={"crew": 2})]
    plant = shop([{"id": "m", "units": 2}], route, [order("x", release=99 * HOUR)], **needs)
    agreed = state(in_work("A", "m-1", 4 * MIN), personnel={"crew": 2})
    assert log(plant, agreed) == [("m-1", 0, 4)]
    assert agreed.readable().personnel == {}
    for count in (0, 1, 3):
        given = state(in_work("A", "m-1"), personnel={"crew": count})
        with pytest.raises(InputError, match=f"personnel.crew: found {count} in use, and .* take 2"):
            run(plant, SETTINGS, state=given)


def test_stock_and_orders_are_those_of_the_moment() -> None:
    plant = shop(
        [{"id": "m"}],
        [op("a", "m", parts={"bolt": 1})],
        [order("done"), order("next", release=11 * HOUR), order("short", release=12 * HOUR)],
        products={"p": {"route": "r"}, "bolt": {"route": None, "stock": {"initial": 99}}},
    )
    assert log(plant, state(stock={"bolt": 1})) == [("m-1", 60, 70)]


def test_the_next_order_of_a_stream_comes_when_the_state_says() -> None:
    plant = two(orders=[{"product": "p", "every": "2 h"}])
    given = state(next_orders={"S1": START + timedelta(hours=10, minutes=30)})
    assert [start for _, start, _ in log(plant, given, operation="a")][:2] == [30, 150]


def test_a_session_starts_from_what_a_person_wrote() -> None:
    session = Session(two(), state=state(in_work("A", "m-2", 4 * MIN), lot("B")))
    assert session.now == START + timedelta(hours=10)
    session.advance(timedelta(minutes=3))
    found = {one.order: one for one in session.snapshot().lots}
    assert (found["A"].left, found["A"].unit, found["B"].left) == (1 * MIN, "m-2", 7 * MIN)


# ---------------------------------------------------------------- with the image
def different(found: tuple[Records, ...]) -> int:
    return len({str(records.lots["completed"].to_list()) for records in found})


@pytest.mark.parametrize("name", ["garment", "litho-cell", "conveyor-line", "assembly-kanban"])
def test_replications_go_on_from_an_image_with_random_numbers_of_their_own(name: str) -> None:
    plant = read_plant(ROOT / "examples" / "plants" / f"{name}.yaml")
    session = Session(plant)
    session.advance(0.6 * DAY)
    given = session.snapshot()
    found = run(plant, SETTINGS, state=given).records
    inside = {one.id for one in given.lots if one.at is not LotPlace.OUTSIDE}
    for records in found:
        assert (records.start, records.end) == (given.moment, given.moment + timedelta(days=1))
        assert inside <= set(records.lots["lot"])
        assert records.states is not None
        for _, own in records.states.group_by("unit"):
            assert own["seconds"].sum() == pytest.approx(DAY)
    assert different(found) == different(run(plant, SETTINGS).records)
    again = run(plant, SETTINGS, state=given).records
    assert all(a.lots.equals(b.lots) for a, b in zip(found, again, strict=True))


# ---------------------------------------------------------------- refused
@pytest.mark.parametrize(
    ("given", "reported"),
    [
        (lot("A", "b", at="done", unit="m-1"), "found a lot that is done; not honoured yet"),
        (lot("A", "b", at="on-the-way"), "found a lot that is on-the-way; not honoured yet"),
        (lot("A", hot=True), "found a hot lot in the plant; not honoured yet"),
        (lot("A", "c"), "found no operation of p 'c'"),
        (lot("A", pieces=2, at="outside"), "found 2; a lot of it has at most 1"),
    ],
)
def test_what_a_plant_cannot_start_with_is_refused_by_name(given: dict[str, Any], reported: str) -> None:
    with pytest.raises(StateError, match=f"lots.A.*{reported}"):
        run(two(), SETTINGS, state=state(given))


def test_a_repair_of_a_unit_that_never_fails_is_refused() -> None:
    down = state(units=[{"id": "m-1", "state": "down", "repair_left": 60.0}])
    with pytest.raises(StateError, match="m has no failures in the plant"):
        run(two(), SETTINGS, state=down)


def test_an_image_of_another_plant_is_refused_and_its_readable_part_is_not() -> None:
    plant = two(orders=orders(5))
    session = Session(plant)
    session.advance(15 * MIN)
    other = plant.replace({"work_centers.m.units": 3})
    with pytest.raises(InputError, match=r"the plant, its rules .* state\.readable\(\)"):
        run(other, SETTINGS, state=session.snapshot())
    found = run(other, SETTINGS, state=session.snapshot().readable()).records[0]
    assert found.lots["completed"].is_not_null().sum() == 5
