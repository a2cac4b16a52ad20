"""A log of what really happened gives the state from which the plan goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.engine.shops import HOUR, MIN, START, op, order, orders, shop
from zhizao.engine import LogLevel, RunSettings, Session, run
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import EVENTS
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.actuals import state_of

pytestmark = pytest.mark.usefixtures("few_trials")


def log(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows of (lot, operation, unit, activity, start, end), times in min from START; end None: in hand."""
    made = [
        {
            "lot": lot, "order": lot, "product": None if lot is None else "p", "operation": operation,
            "unit": unit, "activity": activity, "start": START + timedelta(minutes=start),
            "end": None if end is None else START + timedelta(minutes=end),
        }
        for lot, operation, unit, activity, start, end in rows
    ]  # fmt: skip
    return pl.DataFrame([row | dict.fromkeys(set(EVENTS) - set(row)) for row in made], schema=EVENTS)


def line(**more: Any) -> Plant:
    route = [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")]
    return shop([{"id": "m", **more}, {"id": "n"}], route, orders(4))


def test_lots_are_done_in_work_or_wait() -> None:
    found = state_of(
        line(),
        log(
            ("O0", "a", "m-1", "process", 0, 12),
            ("O1", "a", "m-1", "process", 12, 25),
            ("O0", "b", "n-1", "process", 12, 33),
            ("O2", "a", "m-1", "process", 25, 34),
            ("O1", "b", "n-1", "process", 33, None),
            ("O3", "a", "m-1", "process", 34, 38),
        ),
    )
    assert found.done == ("O0",)
    assert found.state.moment == START + timedelta(minutes=38)
    assert [(lot.id, lot.at.value, lot.operation, lot.left) for lot in found.state.lots] == [
        ("O1", "in-work", "b", 15 * MIN), ("O2", "waiting", "b", None), ("O3", "waiting", "b", None),
    ]  # fmt: skip
    assert str(found) == "state of 2026-01-05 00:38:00: 1 lots done, 1 in work, 2 waiting"
    plan = schedule(line(), state=found.state, seconds=5, work=100, objective="makespan")
    assert plan.value_s == (15 + 20 + 20) * MIN


def test_a_plan_and_its_actuals_give_the_next_plan() -> None:
    plant = line()
    plan = schedule(plant, seconds=5, work=100, objective="makespan")
    late = log(("O0", "a", "m-1", "process", 0, 15), ("O1", "a", "m-1", "process", 15, None))
    found = state_of(plant, late)
    again = schedule(
        plant, state=found.state, previous=plan.events, seconds=5, work=100, objective="makespan"
    )
    moves = again.moved()
    assert moves is not None
    assert moves.is_empty()  # all but the first two starts shift, by 5 min


def test_set_ups_repairs_and_time_off_count() -> None:
    plant = shop(
        [
            {"id": "m", "setup": {"by": "product", "default": "6 min"}, "calendar": "day",
             "failures": [{"clock": "calendar", "between": "90 d", "repair": "40 min"}]},
            {"id": "n"},
        ],
        [op("a", "m", takes="10 min"), op("b", "n", takes="20 min")],
        orders(4),
        calendars={"day": {"mon-sun": ["00:00-00:20", "01:00-24:00"]}},
    )  # fmt: skip
    found = state_of(
        plant,
        log(
            ("O0", "a", "m-1", "setup", 0, 6),
            ("O0", "a", "m-1", "process", 6, 17),
            ("O1", "a", "m-1", "process", 17, None),
            (None, None, "m-1", "failure", 61, None),
            ("O0", "b", "n-1", "process", 17, 63),
        ),
    )
    (unit,) = found.state.units
    assert (unit.id, unit.state.value, unit.setup_family, unit.repair_left) == ("m-1", "down", "p", 38 * MIN)
    assert {lot.id: lot.left for lot in found.state.lots}["O1"] == 4 * MIN  # 3 min before the break, 3 after


def test_parts_made_and_not_yet_built_in_are_in_stock() -> None:
    routes = {"leg": [op("saw", "m", takes="1 h")], "top": [op("glue", "n", takes="1 h", parts={"leg": 2})]}
    products = {name: {"route": name} for name in routes}
    jobs = [order("T", "top"), *(order(f"L{n}", "leg") for n in range(4))]
    plant = shop([{"id": "m"}, {"id": "n"}], orders=jobs, routes=routes, products=products)
    rows = log(*((f"L{n}", "saw", "m-1", "process", 60 * n, 60 * n + 60) for n in range(3)),
               ("T", "glue", "n-1", "process", 120, None))  # fmt: skip
    found = state_of(plant, rows)
    assert found.state.stock == {"leg": 1}
    plan = schedule(plant, state=found.state, seconds=5, work=100, objective="makespan")
    assert plan.complete
    assert plan.value_s == HOUR


def test_the_state_is_that_of_the_twin_that_made_the_log() -> None:
    plant = shop([{"id": "m", "units": 2}, {"id": "n"}], list(line().routes["r"]), orders(9))
    seconds = 47 * MIN
    session = Session(plant)
    session.advance(seconds)
    events = run(plant, RunSettings(days=seconds / 86400, log=LogLevel.EVENTS)).records[0].events
    assert events is not None
    found = {lot.order: lot for lot in state_of(plant, events).state.lots}
    for lot in session.snapshot().lots:
        other = found[lot.order]
        assert (lot.at, lot.operation, lot.unit) == (other.at, other.operation, other.unit)
        if lot.left is not None and other.left is not None:  # the log ends at its last event
            assert other.left >= lot.left - 1e-6


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("X", "a", "m-1", "process", 0, 1)], r"no row of the lots to be planned \(O0, O1, O2"),
        ([("O0", "z", "m-1", "process", 0, 1)], "lot 'O0': found operation 'z'; right is one of a, b"),
        ([("O0", "a", "q", "process", 0, None)], "found unit 'q', which the plant does not have"),
        ([("O0", "a", "m-1", "process", -9, -1)], "before the plant's start"),
        ([("O0", "a", "m-1", "process", 0, 1), (None, None, "m-1", "failure", 2, None)],
         "'m' has no failures in the plant"),
    ],
)  # fmt: skip
def test_a_log_that_does_not_fit_is_refused(rows: list[tuple[Any, ...]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        state_of(line(), log(*rows))
