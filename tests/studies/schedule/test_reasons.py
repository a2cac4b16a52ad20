"""Why an order is late: without the causes that are named, the twin has it in time."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, HOUR, MIN, START, op, order, orders, shop
from tests.laws.factories import factories
from tests.strategies import plants
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.follow import Followed as Twin
from zhizao.plant import DispatchRule, JobOrder, Operation, Plant, PlantState
from zhizao.plant.certain import without_randomness
from zhizao.plant.model import Push
from zhizao.plant.query import routes_of
from zhizao.quantities import InputError
from zhizao.records import EVENTS
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.judge import PlanSelection
from zhizao.studies.schedule.plan import orders_of, outcome_of
from zhizao.studies.schedule.reasons.causes import Case, Cause, CauseKind, without
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
    assert kinds(late) == [("hours", "m")]
    assert late.reason.endswith("in time if m never closes")
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


TWO = [{"id": "m"}, {"id": "n"}]
LATE_LOST = {"from": "a", "at_most": "1 h", "then": "scrap"}
NIGHT = {"id": "m", "calendar": "day"}
BY_HAND: list[tuple[str, str | None, Plant]] = [
    ("hold", "a", shop(TWO, [op("a", "m", hold={"for": "5 h"}), op("b", "n")], [order("O", due=HOUR)])),
    ("delay", "b", shop(TWO, [op("a", "m"), op("b", "n", delay="5 h")], [order("O", due=HOUR)])),
    ("transport", None, shop(TWO, [op("a", "m"), op("b", "n")], [order("O", due=HOUR)],
                             transport={"default": "5 h"})),
    ("setups", "m", shop([{"id": "m", "setup": {"by": "product", "default": "5 h"}}], None,
                         [order("O", due=HOUR)])),
    ("standby", "m", shop([{"id": "m", "standby": {"after": "1 min", "wake": "5 h"},
                            "power": {"off": "1 kW", "idle": "1 kW"}}], None,
                          [order("O", release=HOUR, due=2 * HOUR)])),
    ("maintenance", "m", shop([{"id": "m", "maintenance": [{"every": "1 h", "for": "5 h", "when": "now"}]}],
                              [op("a", "m", takes="2 h")], [order("O", due=3 * HOUR)])),
    ("people-hours", "sewers", shop(None, [op("a", "m", needs={"sewers": 1})], [order("O", due=HOUR)],
                                    personnel=[{"id": "sewers", "count": 1, "calendar": "day"}],
                                    **DAYS_OPEN)),
    ("utilities", "steam", shop(
        [{"id": "m", "uses": {"steam": 1.0}}, {"id": "n", "uses": {"steam": 1.0}}],
        routes={"r": [op("a", "m", takes="1 h")], "s": [op("b", "n", takes="1 h")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[order("P", due=HOUR), order("Q", "q", due=HOUR)],
        utilities=[{"id": "steam", "limit": 1.0}])),
    ("tools", "jig", shop([{"id": "m", "units": 2}], [op("a", "m", tools={"jig": 1})],
                          [order("O", pieces=2, due=10 * MIN)], tools=[{"id": "jig", "count": 1}])),
    # never done: two hours lie between a and c
    ("queue-limit", "c", shop(TWO, [op("a", "m"), op("b", "n", takes="2 h"),
                                    op("c", "m", queue_at_most=LATE_LOST)],
                              [order("O", due=DAY)])),
    ("batches", "m", shop(None, [op("a", "m", batch={"lots": "2..2"})], [order("O", due=DAY)])),
    ("work", "p", shop(None, [op("a", "m", takes="7300 d")], [order("O")])),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "place", "plant"), BY_HAND, ids=[kind for kind, _, _ in BY_HAND])
def test_the_one_thing_that_makes_an_order_late_is_named(kind: str, place: str | None, plant: Plant) -> None:
    late = only(planned(plant))
    assert kinds(late) == [(kind, place)]


def test_a_place_that_is_kept_for_a_lot_may_block_the_machine_before_it() -> None:
    """The second lot stays on m until n is free, and Q with ten minutes of work on m waits for hours."""
    plant = shop(
        [{"id": "m", "dispatch": "fifo"}, {"id": "n", "buffer": {"capacity": 0}}],
        routes={"r": [op("a", "m"), op("b", "n", takes="5 h")], "s": [op("c", "m")]},
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        orders=[*orders(2), order("Q", "q", due=HOUR)],
    )
    certain = without_randomness(plant)
    followed = by_its_own_rules(certain, None)
    assert followed is not None
    (late,) = why_late(followed, Trials(followed.lots, None, float("inf"), 100))
    assert late.late_s == pytest.approx(4 * HOUR + 20 * MIN)
    assert in_time_without_its_causes(followed, late)
    assert in_time_without_its_causes(followed, replace(late, causes=(Cause(CauseKind.BUFFER, "n"),)))


# ---------------------------------------------------------------- from a state
def test_lots_in_hand_are_what_a_late_order_waits_for() -> None:
    """A has two hours left on the machine, B waits; the order is due an hour after its release."""
    plant = shop(None, [op("a", "m", takes="1 h")], [order("O", release=0.0, due=HOUR)])
    lots = [
        {"id": "A", "product": "p", "pieces": 1, "operation": "a", "at": "in-work", "unit": "m-1",
         "left": 2 * HOUR},
        {"id": "B", "product": "p", "pieces": 1, "operation": "a"},
    ]  # fmt: skip
    begin = PlantState.model_validate({"plant": "shop", "moment": START, "lots": lots})
    plan = planned(plant, state=begin, objective="tardiness")
    (late,) = (one for one in plan.late if one.order == "O")
    assert late.examined is Examined.FOUND
    assert late.causes[-1].kind in (CauseKind.ORDERS, CauseKind.UNITS)
    assert "A" in late.reason


# ---------------------------------------------------------------- budget
def test_without_time_no_cause_is_named_and_the_orders_are_counted() -> None:
    plan = schedule(shop(None, [op("a", "m")], orders(5, due=600.0)), seconds=1e-9)
    assert {late.examined for late in plan.late} == {Examined.NO_TIME}
    assert all("cause not examined" in late.reason and not late.causes for late in plan.late)
    assert any("not examined, for the time was up" in note for note in plan.notes)


def test_what_one_run_shows_is_named_where_there_is_no_time_for_more() -> None:
    certain = without_randomness(shop(None, [op("a", "m", takes="1 h")], orders(3, due=HOUR)))
    followed = by_its_own_rules(certain, None)
    assert followed is not None
    first, second = why_late(followed, Trials(followed.lots, None, float("inf"), 1))
    assert (first.examined, kinds(first)) == (Examined.IN_PART, [("orders", None)])
    assert first.reason == (
        "2.00 h late; it waits 2.00 h for m (busy with O0, O1); in time without O1, O0; "
        "perhaps less is enough, for the time was up"
    )
    assert (second.examined, second.causes) == (Examined.NO_TIME, ())


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
        name: tuple(
            o.model_copy(update={"routing": None, "defects": None, "makes": others_only(plant, name, o)})
            for o in route
        )
        for name, route in plant.routes.items()
    }
    release = plant.release if plant.release.kind == "conwip" else Push()
    return plant.model_copy(update={"work_centers": centers, "routes": routes, "release": release})


def others_only(plant: Plant, route: str, operation: Operation) -> dict[str, int]:
    """What an operation makes besides the product itself, of which there would never be an end."""
    return {name: n for name, n in operation.makes.items() if route not in routes_of(plant.products[name])}


def tight(plant: Plant, due_s: float) -> Plant:
    """The plant with its order table only, all due at one time after their release."""
    jobs = tuple(
        o.model_copy(update={"due": o.release + due_s}) for o in plant.orders if isinstance(o, JobOrder)
    )
    return plant.model_copy(update={"orders": jobs})


@dataclass(eq=False)
class Tally:
    """What became of the late orders of the plants that were tried."""

    plants: int = 0
    with_late: int = 0
    examined: Counter[Examined] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)

    def share(self, *which: Examined) -> float:
        return sum(self.examined[each] for each in which) / max(1, self.examined.total())


_MOST_TRIALS = 2000
# Measured: of 118 late orders of 60 of any plants none not examined, none without a cause; in the second ten
# of the test below 2 of 18 without one, which are still to be explained. Those after it are not yet measured.
_MOST_NOT_EXAMINED = 0.1  # the machine may be busy
_MOST_NOT_FOUND = 0.12


def the_law(plant: Plant, tally: Tally, seconds: float) -> None:
    """Every cause that is found in so many seconds for a run by the plant's own rules is true."""
    tally.plants += 1
    plant = plant.model_copy(update={"orders": tuple(o for o in plant.orders if isinstance(o, JobOrder))})
    if not plant.orders and not plant.wip:
        return
    followed = by_its_own_rules(without_randomness(plant), time.perf_counter() + 1.0)
    if followed is None:
        return
    late = why_late(followed, Trials(followed.lots, None, time.perf_counter() + seconds, _MOST_TRIALS))
    tally.with_late += bool(late)
    for one in late:
        tally.examined[one.examined] += 1
        assert bool(one.causes) == (one.examined in (Examined.FOUND, Examined.IN_PART))
        if one.causes and not in_time_without_its_causes(followed, one):
            tally.false.append(f"plant {tally.plants}, order {one.order}: {one.reason}")


def by_its_own_rules(certain: Plant, until: float | None) -> Followed | None:
    """A run by the rules of a plant; None: its orders fill it without end, or it takes too long."""
    lots = lots_to_plan(certain)
    selection = PlanSelection(certain, lots, Objective.TARDINESS, until=until or float("inf"))
    try:
        selection.plan("its own rules", no_rows())
    except InputError:
        return None
    if selection.best is None:
        return None
    outcome = selection.best.outcome
    return Followed(certain, lots, outcome, orders_of(lots, outcome), selection.hours)


def no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema=EVENTS)


any_plant = plants().map(without_own_rules)
tight_factory = st.builds(tight, factories(), st.sampled_from([HOUR, 4 * HOUR]))


def tallied(
    plants: st.SearchStrategy[Plant], examples: int, seconds: float, *, wanted: int = 1_000, number: int = 1
) -> Tally:
    """Try the law in so many plants, all different, or until `wanted` of them had late orders."""
    tally, known = Tally(), set[str]()

    @seed(number)
    @settings(
        max_examples=examples, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(plants)
    def law(plant: Plant) -> None:
        text = plant.model_dump_json()
        if text in known or tally.with_late >= wanted:
            return
        known.add(text)
        the_law(plant, tally, seconds)

    law()
    return tally


@pytest.mark.slow
def test_every_reason_is_true_in_a_factory() -> None:
    tally = tallied(tight_factory, 20, 2.0)
    assert not tally.false
    assert tally.with_late > 5


def test_every_reason_is_true_in_any_plant() -> None:
    tally = tallied(any_plant, 8, 2.0)
    assert not tally.false


@pytest.mark.slow
@pytest.mark.parametrize("number", range(10))
def test_every_reason_is_true_in_200_plants_with_late_orders(number: int) -> None:
    """Ten times ten factories and ten of any plants, each with late orders or orders never done."""
    for plants_of in (tight_factory, any_plant):
        tally = tallied(plants_of, 100, 60.0, wanted=10, number=number)
        assert not tally.false
        assert tally.with_late == 10
        assert tally.share(Examined.NO_TIME, Examined.IN_PART) <= _MOST_NOT_EXAMINED
        assert tally.share(Examined.NOT_FOUND) <= _MOST_NOT_FOUND
