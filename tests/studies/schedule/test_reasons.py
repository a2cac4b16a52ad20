"""Why an order is late: without the causes that are named, the twin has it in time."""

from __future__ import annotations

import time
from functools import reduce
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, HOUR, MIN, op, order, orders, shop
from tests.laws.factories import factories
from tests.strategies import plants
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.follow import Followed as Twin
from zhizao.plant import DispatchRule, JobOrder, Plant
from zhizao.plant.certain import without_randomness
from zhizao.plant.model import Push
from zhizao.quantities import InputError
from zhizao.records import EVENTS
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.judge import PlanSelection
from zhizao.studies.schedule.plan import orders_of, outcome_of
from zhizao.studies.schedule.reasons.causes import Case, without
from zhizao.studies.schedule.reasons.late import Examined, Followed, Late, why_late
from zhizao.studies.schedule.reasons.trials import Trials
from zhizao.studies.schedule.result import Plan
from zhizao.studies.schedule.work import lots_to_plan

DAYS_OPEN = {"calendars": {"day": {"mon-fri": ["08:00-16:00"]}}}


def planned(plant: Plant, **options: Any) -> Plan:
    return schedule(plant, seconds=10.0, work=100, **options)


def only(plan: Plan) -> Late:
    (late,) = plan.late
    return late


def kinds(late: Late) -> list[tuple[str, str | None]]:
    return [(cause.kind.value, cause.place) for cause in late.causes]


# ---------------------------------------------------------------- a plant with one known reason of each kind
def test_behind_other_lots() -> None:
    """Two lots of an hour on one machine, both due after one."""
    late = only(planned(shop(None, [op("a", "m", takes="1 h")], orders(2, due=HOUR))))
    assert kinds(late) == [("behind", "m")]
    other = "O0" if late.order == "O1" else "O1"
    assert (
        late.reason == f"1.00 h late; it waits 1.00 h for m (busy with {other}); in time before {other} at m"
    )


def test_only_as_many_orders_as_it_takes_are_named() -> None:
    """Nine lots of ten minutes; the last is due after eighty: one before it is enough to go."""
    jobs = [*orders(8, due=HOUR), order("last", due=80 * MIN)]
    route = [op("a", "m", takes="10 min")]
    plan = planned(shop([{"id": "m", "dispatch": "earliest-due-date"}], route, jobs), objective="tardiness")
    assert all(len(late.causes[0].orders) <= 3 for late in plan.late)
    assert all(late.examined is Examined.FOUND for late in plan.late)


def test_its_own_lots_need_another_unit() -> None:
    late = only(planned(shop(None, [op("a", "m", takes="1 h")], [order("O", pieces=2, due=HOUR)])))
    assert kinds(late) == [("due", None)] or kinds(late) == [("units", "m")]
    assert late.rescue is not None
    assert str(late.rescue) == "one more unit at m"


def test_even_alone() -> None:
    late = only(planned(shop(None, [op("a", "m", takes="2 h")], [order("O", due=HOUR)])))
    assert kinds(late) == [("due", None)]
    assert late.causes[0].due_s == 2 * HOUR
    alone = "even alone in the plant it would be 1.00 h late"
    assert late.reason == f"1.00 h late; {alone}; in time if due 2026-01-05 02:00 or later"


def test_even_alone_and_behind_another() -> None:
    jobs = [order("A", due=HOUR), order("B", due=HOUR, priority=5)]
    plan = planned(shop([{"id": "m", "dispatch": "priority"}], [op("a", "m", takes="2 h")], jobs))
    late = next(late for late in plan.late if late.order == "A")
    assert kinds(late) == [("due", None), ("behind", "m")]
    assert "in time if due 2026-01-05 02:00 or later and before B at m" in late.reason


def test_closed() -> None:
    """There before the machine opens, due before it too; even alone."""
    plant = shop([{"id": "m", "calendar": "day"}], None, [order("O", due=8 * HOUR)], **DAYS_OPEN)
    late = only(planned(plant))
    assert kinds(late) == [("due", None)]
    assert str(late.rescue) == "30.0 min of overtime at m"


def test_batch_partners() -> None:
    jobs = [order("A", due=2 * HOUR), order("B", release=9 * HOUR)]
    late = only(planned(shop(None, [op("a", "m", batch={"lots": "2..2"})], jobs)))
    assert kinds(late) == [("batches", "m")]
    assert late.reason.endswith("for the rest of its batch (B); in time if batches at m have no least size")


def test_people_tools_and_set_ups() -> None:
    centers = [{"id": "m", "units": 2}]
    people = {"personnel": [{"id": "sewers", "count": 1}]}
    late = only(
        planned(shop(centers, [op("a", "m", needs={"sewers": 1})], orders(2, due=10 * MIN), **people))
    )
    assert kinds(late)[0][0] in ("behind", "orders", "people")
    tools = {"tools": [{"id": "jig", "count": 1}]}
    own = [order("O", pieces=2, due=10 * MIN)]
    late = only(planned(shop(centers, [op("a", "m", tools={"jig": 1})], own, **tools)))
    assert kinds(late) == [("tools", "jig")] or kinds(late) == [("due", None)]


def test_material() -> None:
    """Parts for one of two; nothing brings more."""
    products = {"p": {"route": "r"}, "nut": {"route": None, "stock": {"initial": 1}}}
    plan = planned(shop(None, [op("a", "m", parts={"nut": 1})], orders(2, due=DAY), products=products))
    late = only(plan)
    assert late.late_s is None
    assert kinds(late) in ([("material", "nut")], [("orders", None)])
    assert late.reason.startswith("never done; ")
    assert plan.table().filter(order=late.order)["reason"].item() == late.reason


def test_release_control() -> None:
    two = [op("a", "m", takes="1 h"), op("b", "n", takes="1 h")]
    plant = shop([{"id": "m"}, {"id": "n"}], two, orders(2, due=3 * HOUR), release={"conwip": 1})
    late = only(planned(plant))
    assert late.examined is Examined.FOUND
    assert kinds(late)[0][0] in ("behind", "orders", "release")


# ---------------------------------------------------------------- budget
def test_without_time_no_cause_is_named_and_the_orders_are_counted() -> None:
    plan = schedule(shop(None, [op("a", "m")], orders(5, due=600.0)), seconds=1e-9)
    assert {late.examined for late in plan.late} == {Examined.NO_TIME}
    assert all("cause not examined" in late.reason and not late.causes for late in plan.late)
    assert any("not examined, for the time was up" in note for note in plan.notes)


# ---------------------------------------------------------------- rescue
def test_a_rescue_names_the_orders_that_it_makes_late() -> None:
    late = only(planned(shop(None, [op("a", "m", takes="1 h")], orders(2, due=HOUR))))
    assert late.rescue is not None
    assert late.rescue.way.value == "unit"  # to move it makes the other one late
    assert late.rescue.made_late == ()


def test_overtime_is_counted_in_hours() -> None:
    """Nine hours of work from 8 to 16, due at 18: one hour more on the first day."""
    plant = shop(
        [{"id": "m", "calendar": "day", "cost": 60.0}],
        [op("a", "m", takes="9 h")],
        [order("O", release=8 * HOUR, due=18 * HOUR)],
        **DAYS_OPEN,
    )
    late = only(planned(plant))
    assert late.rescue is not None
    assert str(late.rescue) == "1.00 h of overtime at m"


# ---------------------------------------------------------------- law
def in_time_without_its_causes(plan: Followed, late: Late) -> bool:
    """Whether a run of the twin, made apart, has an order in time without its causes."""
    case = reduce(without, late.causes, Case(plan.plant, plan.outcome.rows))
    order = next(one for one in plan.orders if one.order == late.order)
    moved = [cause.due_s for cause in late.causes if cause.due_s is not None]
    due = None if order.due_s is None else max([order.due_s, *moved])
    days = 3650.0 if due is None else 1.0 + due / DAY  # as long as the twin follows a plan
    settings = RunSettings(days=days, seed=1, log=LogLevel.EVENTS)
    records = run(case.plant, settings, plan=case.rows).records[0]
    mine = records.lots.filter(order=order.order, product=order.product)
    status, completed = mine["status"].cast(str).to_list(), mine["completed"].to_list()
    if mine.height == order.lots:
        ends = [
            (at - plan.plant.start).total_seconds() if what in ("completed", "stocked") else None
            for what, at in zip(status, completed, strict=True)
        ]
    else:  # lots are split off, or it makes more of its own product
        found = outcome_of(plan.plant, plan.lots, Twin(records, done=False)).ends
        ends = [end for lot, end in zip(plan.lots, found, strict=True) if lot.order == order.order]
    done = [end for end in ends if end is not None]
    return len(done) == len(ends) == order.lots and (due is None or max(done) <= due + 1e-6)


def without_own_rules(plant: Plant) -> Plant:
    """The plant with rules of the package instead of those that a test does not have."""
    centers = tuple(c.model_copy(update={"dispatch": DispatchRule.FIFO}) for c in plant.work_centers)
    routes = {
        name: tuple(o.model_copy(update={"routing": None, "defects": None}) for o in route)
        for name, route in plant.routes.items()
    }
    release = plant.release if plant.release.kind == "conwip" else Push()
    return plant.model_copy(update={"work_centers": centers, "routes": routes, "release": release})


def tight(plant: Plant, due_s: float) -> Plant:
    """The plant with its order table only, all due at one time after their release."""
    jobs = tuple(
        o.model_copy(update={"due": o.release + due_s}) for o in plant.orders if isinstance(o, JobOrder)
    )
    return plant.model_copy(update={"orders": jobs})


def the_law(plant: Plant) -> None:
    """Every cause that is found in a second for a run by the plant's own rules is true."""
    plant = plant.model_copy(update={"orders": tuple(o for o in plant.orders if isinstance(o, JobOrder))})
    if not plant.orders and not plant.wip:
        return
    certain = without_randomness(plant)
    lots = lots_to_plan(certain)
    selection = PlanSelection(certain, lots, Objective.TARDINESS, until=time.perf_counter() + 1.0)
    try:
        selection.plan("its own rules", no_rows())
    except InputError:  # its orders fill it without end
        return
    if selection.best is None:  # one run takes longer than a second
        return
    outcome = selection.best.outcome
    followed = Followed(certain, lots, outcome, orders_of(lots, outcome), selection.hours)
    for late in why_late(followed, Trials(lots, None, time.perf_counter() + 1.0, 100)):
        assert bool(late.causes) == (late.examined is Examined.FOUND)
        assert not late.causes or in_time_without_its_causes(followed, late), late.reason


def no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema=EVENTS)


@settings(max_examples=32, suppress_health_check=list(HealthCheck), deadline=None)
@given(factories(), st.sampled_from([HOUR, 4 * HOUR]))
def test_every_reason_is_true_in_a_factory(plant: Plant, due_s: float) -> None:
    the_law(tight(plant, due_s))


@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
@given(plants().map(without_own_rules))
def test_every_reason_is_true_in_any_plant(plant: Plant) -> None:
    the_law(plant)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(plants().map(without_own_rules) | st.builds(tight, factories(), st.sampled_from([HOUR, 4 * HOUR])))
def test_every_reason_is_true_in_200_plants(plant: Plant) -> None:
    the_law(plant)
