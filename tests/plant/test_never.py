"""What can never run is a fault of the file, with its line; what can run, however seldom, is none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.engine.shops import op, order, shop
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import PlantError

DAY = {"mon-fri": ["06:00-14:00"]}
BREAK = {"mon-fri": ["06:00-10:00", "10:15-14:00"]}
NIGHT = {"sun": ["20:00-24:00"], "mon": ["00:00-05:00"]}  # 9 h over the end of the week
CALENDARS = {"day": DAY, "break": BREAK, "night": NIGHT, "late": {"mon-fri": ["13:00-21:00"]}}


def strict(takes: Any, calendar: str = "day", center: Any = None, **whole: Any) -> Plant:
    """A plant of one machine on which no work begins that cannot end within the shift."""
    machine = {"id": "m", "calendar": calendar, "off_shift": "no-start"} | (center or {})
    route = [op("a", "m", takes=takes, **whole.pop("op", {}))]
    return shop([machine], route, calendars=CALENDARS, **whole)


def faults(make: Any) -> list[str]:
    """Place and text of each fault."""
    with pytest.raises(ValidationError) as caught:
        make()
    return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in caught.value.errors()]


def test_work_that_is_longer_than_any_shift_is_a_fault_with_its_line() -> None:
    text = """\
zhizao: 1
plant: forge
calendars: {c: {mon-sat: [06:00-13:00]}}
work_centers: [{id: press, calendar: c, off_shift: no-start}]
routes:
  r:
    - id: forge
      on: press
      takes: uniform(7.5 h, 9 h)
products: {p: {route: r}}
orders: [{product: p, every: 1 d}]
"""
    with pytest.raises(PlantError) as caught:
        parse_plant(text, file="forge.yaml")
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.where) == ("forge.yaml", 9, "routes.r.forge.takes")
    assert "at least 7.5 h of work at 'press'" in fault.found
    assert "of 7 h at most" in fault.found


SETUP: dict[str, Any] = {"setup": {"by": "product", "default": "2 h"}}
LISTED: dict[str, Any] = {
    "setup": {"by": "product", "default": "2 h", "times": [{"to": "p", "takes": "30 min"}]}
}
SLOW: dict[str, Any] = {"units": [{"id": "m-1", "speed": 0.5}, {"id": "m-2", "speed": 0.8}]}
PIECES: dict[str, Any] = {"products": {"p": {"route": "r", "lot": 20}}}
NINE: dict[str, Any] = {"products": {"p": {"route": "r", "lot": 9}}}
BATCH: dict[str, Any] = {"batch": {"pieces": "30..90"}}
PERSONNEL = [{"id": "crew", "count": 1, "calendar": "late"}]


@pytest.mark.parametrize(
    ("never", "runs"),
    [
        (lambda: strict("9 h"), lambda: strict("8 h")),
        (lambda: strict("4.1 h", "break"), lambda: strict("4 h", "break")),
        (lambda: strict("9.1 h", "night"), lambda: strict("9 h", "night")),
        (lambda: strict("triangular(8.1 h, 9 h, 10 h)"), lambda: strict("triangular(8 h, 9 h, 10 h)")),
        (lambda: strict("discrete(9 h: 1, 10 h: 1)"), lambda: strict("discrete(1 h: 1, 10 h: 1)")),
        (lambda: strict("8.1 h"), lambda: strict("exponential(99 h)")),
        (lambda: strict("7 h", center=SETUP), lambda: strict("6 h", center=SETUP)),
        (lambda: strict("7.6 h", center=LISTED), lambda: strict("7.5 h", center=LISTED)),
        (
            lambda: strict("7 h", center={"start_up": "1.5 h"}),
            lambda: strict("7 h", center={"start_up": "1 h"}),
        ),
        (lambda: strict("7 h", center=SLOW), lambda: strict("6.4 h", center=SLOW)),
        (
            lambda: strict({"per_piece": "30 min"}, **PIECES),
            lambda: strict({"per_piece": "24 min"}, **PIECES),
        ),
        (
            lambda: strict({"per_piece": "20 min"}, op=BATCH),
            lambda: strict({"per_piece": "16 min"}, op=BATCH),
        ),
        (
            lambda: strict({"per_piece": "1 h"}, orders=[order("O", pieces=9)], **NINE),
            lambda: strict({"per_piece": "1 h"}, orders=[order("O", pieces=9)]),
        ),
        (
            lambda: strict("2 h", op={"needs": {"crew": 1}}, personnel=PERSONNEL),
            lambda: strict("1 h", op={"needs": {"crew": 1}}, personnel=PERSONNEL),
        ),
    ],
)  # fmt: skip
def test_work_has_to_fit_into_the_longest_shift(never: Any, runs: Any) -> None:
    (fault,) = faults(never)
    assert "it can never run" in fault
    assert isinstance(runs(), Plant)


def test_work_that_pauses_or_is_finished_over_time_may_be_as_long_as_it_likes() -> None:
    for kind in ("pause", "finish"):
        assert isinstance(strict("40 h", center={"off_shift": kind}), Plant)


def test_one_of_several_work_centers_where_it_never_fits_is_a_fault_too() -> None:
    centers = [{"id": "x"}, {"id": "y", "calendar": "day", "off_shift": "no-start"}]
    (fault,) = faults(lambda: shop(centers, [op("a", "x", "y", takes="9 h")], calendars=CALENDARS))
    assert "at 'y'" in fault


def test_a_day_with_a_longer_shift_lets_it_run_on_that_day() -> None:
    long = {"day": DAY | {"on": {"2026-01-17": ["06:00-18:00"]}}}
    machine = {"id": "m", "calendar": "day", "off_shift": "no-start"}
    assert isinstance(shop([machine], [op("a", "m", takes="12 h")], calendars=long), Plant)
    (fault,) = faults(lambda: shop([machine], [op("a", "m", takes="12.5 h")], calendars=long))
    assert "of 12 h at most" in fault


def test_pieces_that_may_have_been_scrapped_before_do_not_count() -> None:
    route = [op("s", "n", defects={"share": 0.5}), op("a", "m", takes={"per_piece": "1 h"})]
    centers = [{"id": "n"}, {"id": "m", "calendar": "day", "off_shift": "no-start"}]
    products = {"p": {"route": "r", "lot": 9}}
    assert isinstance(shop(centers, route, calendars=CALENDARS, products=products), Plant)


def test_a_set_up_that_another_operation_of_the_family_may_bring_is_no_fault() -> None:
    center = {"id": "m", "calendar": "day", "off_shift": "no-start", "setup": {"default": "2 h"}}
    route = [op("a", "m", takes="1 h", setup_family="f"), op("b", "m", takes="7 h", setup_family="f")]
    assert isinstance(shop([center], route, calendars=CALENDARS), Plant)
    assert len(faults(lambda: shop([center], route[1:], calendars=CALENDARS))) == 1


def test_people_for_a_repair_who_never_meet_are_a_fault() -> None:
    people = [{"id": "a", "count": 1, "calendar": "night"}, {"id": "b", "count": 1, "calendar": "late"}]
    failure = {"between": "9 h", "repair": "1 h", "needs": {"a": 1, "b": 1}}
    whole: dict[str, Any] = {"calendars": CALENDARS, "personnel": people}
    (fault,) = faults(lambda: shop([{"id": "m", "failures": [failure]}], **whole))
    assert "work_centers.0.failures.0.needs" in fault
    assert "at the same time: it can never be done" in fault
    assert shop([{"id": "m", "failures": [failure | {"needs": {"a": 1}}]}], **whole)


def test_maintenance_in_a_window_in_which_its_people_are_never_there_is_a_fault() -> None:
    people = [{"id": "a", "count": 1, "calendar": "late"}]
    plan = {"every": "5 d", "for": "1 h", "needs": {"a": 1}, "window": "night"}
    whole: dict[str, Any] = {"calendars": CALENDARS, "personnel": people}
    (fault,) = faults(lambda: shop([{"id": "m", "maintenance": [plan]}], **whole))
    assert "within 'night'" in fault
    assert shop([{"id": "m", "maintenance": [plan | {"window": "day"}]}], **whole)  # 13:00 to 14:00


def test_batches_of_more_lots_than_conwip_or_cards_allow_are_a_fault() -> None:
    route = [op("a", "m", batch={"lots": "4..6"})]
    (fault,) = faults(lambda: shop(None, route, release={"conwip": 3}))
    assert "4 lots or more, and conwip: 3" in fault
    assert shop(None, route, release={"conwip": 4})
    waits = [op("a", "m", batch={"lots": "4..6", "wait_at_most": "1 h"})]
    assert shop(None, waits, release={"conwip": 3})

    def cards(n: int) -> Plant:
        return shop(
            [{"id": "m"}, {"id": "n"}],
            routes={"r": [op("b", "n", parts={"x": 1})], "s": route},
            products={"p": {"route": "r"}, "x": {"route": "s", "stock": {"kanban": n}}},
        )

    (fault,) = faults(lambda: cards(3))
    assert "4 lots or more, and 3 kanban cards" in fault
    assert cards(4)


def test_batches_of_more_pieces_than_there_is_room_for_are_a_fault() -> None:
    def furnace(places: int) -> Plant:
        center = {"id": "m", "buffer": {"capacity": places}}
        return shop(
            [center], [op("a", "m", batch={"pieces": "30..50"})], products={"p": {"route": "r", "lot": 5}}
        )

    (fault,) = faults(lambda: furnace(4))
    assert "30 pieces or more, and room for 5 lots of at most 5 at 'm'" in fault
    assert furnace(5)


def test_parts_that_wait_for_one_another_are_a_fault() -> None:
    def ring(**stock: Any) -> Plant:
        return shop(
            [{"id": "m"}],
            routes={"r": [op("a", "m", parts={"q": 1})], "s": [op("b", "m", parts={"p": 1})]},
            products={"p": {"route": "r"}, "q": {"route": "s", "stock": stock}},
            orders=[{"product": "p", "every": "1 h"}, {"product": "q", "every": "1 h"}],
        )

    found = faults(ring)
    assert len(found) == 2
    assert all("it can never run" in fault for fault in found)
    assert ring(initial=1)


def made(takes: str = "0 s", makes: dict[str, int] | None = None, **whole: Any) -> Plant:
    routes = {
        "r": [op("a", "m", takes=takes, makes=makes or {"q": 1})],
        "s": [op("b", "m", takes="0 s", makes={"p": 1}, **whole.pop("back", {}))],
    }
    return shop(None, routes=routes, products={"p": {"route": "r"}, "q": {"route": "s"}}, **whole)


def test_a_product_that_makes_itself_in_no_time_is_a_fault() -> None:
    (fault,) = faults(lambda: made(makes={"p": 1}))
    assert "routes.r.0.makes.p: found that a lot of 'p' makes another one of 'p' in no time" in fault
    assert len(faults(made)) == 2  # p by q, q by p


def test_a_product_that_makes_itself_in_some_time_or_not_surely_is_none() -> None:
    assert made("1 s")
    assert made("uniform(0 s, 1 s)")
    assert made(back={"sample": 0.5})
    assert made(back={"delay": "1 min"})
