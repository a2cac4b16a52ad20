"""A plan is a run of the twin: what the twin has, the plan has, and no rule is better."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.shops import START, op, order, orders, shop
from tests.laws.factories import factories
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import DispatchRule, JobOrder, Plant, read_plant, with_order_table
from zhizao.plant.certain import without_randomness
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.judge import PlanSelection
from zhizao.studies.schedule.result import Plan
from zhizao.studies.schedule.work import lots_to_plan
from zhizao.studies.simulate import simulate

EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "examples" / "plants").glob("*.yaml"))
FLOW, SPAN, TARDY = Objective.FLOW_TIME, Objective.MAKESPAN, Objective.TARDINESS


def planned(plant: Plant, objective: Objective | None = None) -> Plan:
    return schedule(plant, objective=objective, seconds=10.0, work=200)


def minutes(plan: Plan, activity: str = "process") -> list[tuple[str, float, float]]:
    """(Lot, start, end) of the rows of a plan."""
    rows = plan.events.filter(pl.col("activity").cast(pl.String) == activity)
    return [
        (lot, (a - START).total_seconds() / 60, (b - START).total_seconds() / 60)
        for lot, a, b in rows.select("lot", "start", "end").iter_rows()
    ]


# ---------------------------------------------------------------- what the twin has (by hand)
def test_no_lot_of_a_batch_starts_before_its_release() -> None:
    """A batch of up to three: each alone at its release is best, 4 x 30 min."""
    jobs = [order(f"O{n}", release=1800.0 * n) for n in range(4)]
    plan = planned(shop(None, [op("a", "m", takes="30 min", batch={"lots": "1..3"})], jobs), FLOW)
    assert minutes(plan) == [("O0", 0, 30), ("O1", 30, 60), ("O2", 60, 90), ("O3", 90, 120)]
    assert plan.value_s == 7200
    assert plan.proved


def test_a_unit_is_set_up_for_its_first_lot() -> None:
    plan = planned(shop([{"id": "m", "setup": {"by": "product", "default": "25 min"}}], None, orders(1)))
    assert minutes(plan, "setup") == [("O0", 0, 25)]
    assert (plan.value_s, plan.proved) == (2100, True)


def test_no_set_up_begins_before_the_lot_is_there() -> None:
    center = {"id": "m", "setup": {"by": "product", "default": "25 min"}}
    jobs = [order("O0"), order("O1", "q", release=7200.0)]
    plan = planned(shop([center], None, jobs, products={n: {"route": "r"} for n in "pqsu"}), FLOW)
    assert minutes(plan, "setup") == [("O0", 0, 25), ("O1", 120, 145)]
    assert plan.value_s == 2 * 35 * 60


def test_an_operation_without_a_family_leaves_the_set_up_that_there_was() -> None:
    """Three lots of one family, one of none between: one set-up, 40, 50, 60 min."""
    routes = {"r": [op("a", "m", setup_family="X")], "s": [op("a", "m")]}
    jobs = [order("A"), order("B", "q", release=60.0), order("C", release=1800.0)]
    plant = shop(
        [{"id": "m", "setup": {"by": "family", "default": "30 min"}}],
        None, jobs, routes=routes, products={"p": {"route": "r"}, "q": {"route": "s"}},
    )  # fmt: skip
    plan = planned(plant, SPAN)
    assert len(minutes(plan, "setup")) == 1
    assert plan.value_s == 3600


def test_times_below_a_second_are_kept() -> None:
    plan = planned(shop(None, [op("a", "m", takes="0.3 s")], orders(50)))
    assert plan.value_s == pytest.approx(15.0, abs=1e-4)
    assert plan.proved


def test_a_batch_is_opened_for_one_lot_and_kept_shut_below_its_least() -> None:
    jobs = [order("A", due=3600.0), order("B", release=7200.0, due=9000.0)]
    plan = planned(shop(None, [op("a", "m", takes="30 min", batch={"lots": "1..2"})], jobs))
    assert plan.value_s == 0
    never = planned(shop(None, [op("a", "m", batch={"lots": "2..2"})], orders(3)), SPAN)
    assert never.value_s is None
    assert [o.order for o in never.orders if o.end_s is None] == ["O2"]
    assert any("1 of 3 orders never done" in note and "stands before a" in note for note in never.notes)
    assert json.loads(never.to_json())["value_s"] is None


def test_start_up_conwip_splits_and_standby_are_those_of_the_twin() -> None:
    calendar = {"calendars": {"day": {"mon-fri": ["08:00-12:00"]}}}
    center = {"id": "m", "calendar": "day", "start_up": "30 min", "shut_down": "30 min"}
    # 8:30 to 11:30 is open: 2 h, then 1 h and 1 h the next day
    late = planned(shop([center], [op("a", "m", takes="2 h")], orders(2), **calendar), SPAN)
    assert late.value_s == (24 + 9.5) * 3600
    two = [op("a", "m"), op("b", "n")]
    centers = [{"id": "m"}, {"id": "n"}]
    assert planned(shop(centers, two, orders(3), release={"conwip": 1}), SPAN).value_s == 3600
    standby = [{"id": "m"}, {"id": "n", "standby": {"after": "1 min", "wake": "5 min"}}]
    assert planned(shop(standby, two, orders(1)), SPAN).value_s == 25 * 60
    halves = [op("a", "m", split=3), op("b", "n", takes={"per_piece": "5 min"})]
    pieces = {"products": {"p": {"route": "r", "lot": 6}}}
    split = planned(shop([{"id": "m"}, {"id": "n", "units": 2}], halves, [order("O", pieces=6)], **pieces))
    assert split.value_s == 25 * 60
    assert [row[0] for row in minutes(split)] == ["O", "O", "O"]


def test_every_feature_that_is_left_out_is_named_in_one_sentence() -> None:
    route = [op("a", "m", takes="exponential(5 min)", defects={"share": 0.1}, next={"b": 1, "end": 3}),
             op("b", "m", takes="10 h")]  # fmt: skip
    notes = planned(shop(None, route, orders(2))).notes
    said = next(note for note in notes if note.startswith("Not in the plan, but in the twin: "))
    assert all(word in said for word in ("spread of times", "scrap and rework", "branches"))
    assert not any(note.startswith("Not in the plan") for note in planned(shop(None, None, orders(2))).notes)


@pytest.mark.usefixtures("few_trials")
def test_a_plan_with_batches_is_as_good_as_the_rules() -> None:
    """The oven takes up to six lots and may wait for them for 5 h: to fill it makes lots late."""
    route = [op("a", "m", takes="12 min"),
             op("b", "oven", takes="2 h", batch={"lots": "3..6", "wait_at_most": "5 h"})]  # fmt: skip
    jobs = [order(f"O{n}", release=900.0 * (n // 2), due=900.0 * (n // 2) + 7.5 * 3600) for n in range(40)]
    plant = shop([{"id": "m"}, {"id": "oven"}], route, jobs)
    by_rule = min(tardiness(ruled(plant, rule), jobs) for rule in DispatchRule)
    plan = planned(plant)
    assert plan.value_s is not None
    assert plan.value_s <= by_rule + 1e-6


# ---------------------------------------------------------------- laws
def ruled(plant: Plant, rule: DispatchRule) -> Plant:
    return plant.replace({f"work_centers.{center.id}.dispatch": rule for center in plant.work_centers})


def tardiness(plant: Plant, jobs: list[dict[str, Any]]) -> float:
    due = {job["id"]: job["due"] for job in jobs}
    lots = run(plant, RunSettings(days=60, log=LogLevel.LOTS)).records[0].lots
    done = {
        name: (end - START).total_seconds() for name, end in lots.select("order", "completed").iter_rows()
    }
    return sum(max(0.0, done[name] - due[name]) for name in due)


def moves(events: pl.DataFrame, mine: set[str]) -> list[tuple[Any, ...]]:
    columns = ("order", "operation", "unit", "activity", "start", "end")
    rows = events.filter(pl.col("order").is_in(sorted(mine)), pl.col("end").is_not_null())
    return sorted(rows.select(pl.col(c).cast(pl.String) for c in columns).iter_rows())


def repeats_itself(plant: Plant, plan: Plan) -> None:
    """Given to the twin as `zhizao simulate --plan` gives it, a plan has its value, and if exact its rows.

    With any seed, but for the places in racks, which are drawn as seed 1 draws them.
    """
    days = max((end - plant.start).total_seconds() for end in plan.events["end"]) / 86400 + 2
    settings = RunSettings(days=days, log=LogLevel.EVENTS, seed=1 if plant.transport.cranes else 7)
    found = run(without_randomness(plant), settings, plan=plan.events).records[0]
    mine = {order.order for order in plan.orders}
    assert plan.value_s == pytest.approx(value(plant, plan, found.lots), abs=1e-3)
    if plan.judged.exact:
        assert found.events is not None
        assert moves(found.events, mine) == moves(plan.events, mine)


def value(plant: Plant, plan: Plan, lots: pl.DataFrame) -> float:
    """The objective from the lots that a run made of the orders, in s."""
    release = {lot.order: lot.release_s for lot in plan.lots}
    total, last = 0.0, 0.0
    for row in lots.filter(pl.col("order").is_in(sorted(release))).iter_rows(named=True):
        weight = 1 + max(0, round(row["priority"]))
        end, due = ((row[c] - plant.start).total_seconds() if row[c] else 1e18 for c in ("completed", "due"))
        late = max(0.0, end - due)
        total += weight * (late if plan.objective is TARDY else end - release[row["order"]])
        last = max(last, end)
    return last if plan.objective is SPAN else total


@pytest.mark.usefixtures("few_trials")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_plan_of_an_example_followed_in_the_twin_repeats_itself(path: Path) -> None:
    """Examples bring their orders by streams: a dozen orders of each product stand for them."""
    plant = with_a_table(read_plant(path))
    plan = planned(plant)
    assert plan.complete
    assert plan.judged.exact or path.stem == "litho-cell"  # where lots that waited too long are cleaned again
    assert plan.bound_s <= plan.judged.value_s + 1e-3
    repeats_itself(plant, plan)


def with_a_table(plant: Plant) -> Plant:
    streams = [o for o in plant.orders if not isinstance(o, JobOrder)]
    products = dict.fromkeys(name for s in streams for name in ([s.product] if s.product else s.mix))
    made = [
        {"id": f"{name}-{n}", "product": name, "pieces": plant.products[name].lot, "due": "1 d"}
        for name in products
        for n in range(12)
    ]
    table = [
        o.model_copy(update={"pieces": min(o.pieces, 60)}) for o in plant.orders if isinstance(o, JobOrder)
    ]
    return plant.replace({"orders": made or table})


@pytest.mark.usefixtures("few_trials")
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(factories(), st.sampled_from(Objective))
def test_the_plan_of_any_plant_followed_in_the_twin_repeats_itself(plant: Plant, goal: Objective) -> None:
    jobs = tuple(o for o in plant.orders if isinstance(o, JobOrder))
    if not jobs and not plant.wip:
        return
    plant = plant.model_copy(update={"orders": jobs})
    plan = planned(plant, goal)
    assert plan.judged.exact
    if plan.complete:
        assert plan.bound_s <= plan.judged.value_s + 1e-3
        repeats_itself(plant, plan)


def test_lots_that_are_split_repeat_their_rows_with_set_ups() -> None:
    """Each part takes a row of its own, and the set-up of its own unit."""
    centers = [{"id": "m"}, {"id": "n", "units": 3, "setup": {"by": "product", "default": "25 min"}}]
    route = [op("a", "m", takes={"per_piece": "3 min"}, split=2), op("b", "n", takes={"per_piece": "7 min"}),
             op("c", "n", takes={"per_piece": "11 min"})]  # fmt: skip
    jobs = [
        order(f"{name}{n}", name, pieces=6, due=3600.0, release=900.0 * n) for n in range(12) for name in "pq"
    ]
    plant = shop(centers, route, jobs, products={n: {"route": "r", "lot": 6} for n in "pqsu"})
    for rule in DispatchRule:
        selection = PlanSelection(without_randomness(ruled(plant, rule)), lots_to_plan(plant), TARDY)
        selection.rules()
        assert selection.best is not None
        assert selection.best.exact
        assert selection.merit(selection.best.outcome) == selection.merit(selection.starts[0][1])


def test_the_value_of_a_plan_is_that_of_simulate_with_the_plan() -> None:
    """Mean lead time of the twin that follows it, times the lots, is the flow time."""
    centers = [{"id": "m", "setup": {"by": "product", "default": "9 min"}}, {"id": "n", "units": 2}]
    jobs = [order(f"O{n}", "pq"[n % 2], release=300.0 * n) for n in range(12)]
    plant = shop(
        centers,
        [op("a", "m"), op("b", "n", takes="25 min")],
        jobs,
        products={n: {"route": "r"} for n in "pq"},
    )
    plan = planned(plant, FLOW)
    assert plan.value_s is not None
    mean_h = simulate(plant, plan=plan.events, replications=1).kpis["lead_time_mean"].mean
    assert mean_h * 12 == pytest.approx(plan.value_s / 3600, abs=1e-6)


# ---------------------------------------------------------------- reasons
def test_a_wait_for_the_rest_of_a_batch_is_reported_as_such_and_as_long_as_it_was() -> None:
    """A is there at once, B 9 h later, and no batch is less than two."""
    jobs = [order("A", due=7200.0), order("B", release=32400.0)]
    plan = planned(shop(None, [op("a", "m", batch={"lots": "2..2"})], jobs))
    (late,) = plan.late
    assert [(w.cause, w.seconds, w.lots) for w in late.waits] == [("batch", 32400.0, ("B",))]
    assert "9.00 h at m for the rest of its batch (B)" in late.reason


def test_the_waits_reported_are_all_the_time_that_is_lost() -> None:
    """Release to end is waits, and 10 min of work at each of two centers, one of them shut till 8."""
    centers = [{"id": "m"}, {"id": "n", "calendar": "day"}]
    jobs = [order(f"O{n}", due=1000.0) for n in range(9)]
    plan = planned(shop(centers, [op("a", "m"), op("b", "n")], jobs,
                        calendars={"day": {"mon-fri": ["08:00-16:00"]}}))  # fmt: skip
    ends = {o.order: o.end_s or 0.0 for o in plan.orders}
    for late in plan.late:
        assert sum(wait.seconds for wait in late.waits) == pytest.approx(ends[late.order] - 1200, abs=1e-3)
    assert {w.cause for late in plan.late for w in late.waits} == {"closed", "busy"}


def test_tardiness_says_that_it_is_summed_over_lots() -> None:
    plan = planned(shop(None, None, [order("O", pieces=3, due=900.0)]))
    assert plan.value_s == 300 + 900  # lots end at 10, 20 and 30 min
    assert "summed over lots" in plan.notes[0]
    assert "1 of 1 orders with a due date are late" in plan.notes[1]
    assert plan.orders[0].late_s == 900


def test_a_clock_that_runs_out_gives_the_best_rule_and_says_so() -> None:
    plan = schedule(shop(None, [op("a", "m"), op("b", "m")], orders(5, due=600.0)), seconds=1e-9)
    assert plan.complete
    assert any("the search took no part" in note for note in plan.notes)
    assert plan.events["start"].min() == START


def test_orders_wait_for_the_parts_that_other_orders_make() -> None:
    """A table needs two legs; those are orders of their own, done when they are in stock."""
    routes = {"leg": [op("saw", "m", takes="1 h")], "top": [op("glue", "n", takes="1 h", parts={"leg": 2})]}
    products = {name: {"route": name} for name in routes}
    jobs = [order("T", "top", due=4 * 3600.0), order("L1", "leg", due=3600.0), order("L2", "leg")]
    plan = planned(shop([{"id": "m"}, {"id": "n"}], orders=jobs, routes=routes, products=products))
    assert plan.complete
    assert {o.order: o.end_s for o in plan.orders} == {"T": 3 * 3600.0, "L1": 3600.0, "L2": 2 * 3600.0}
    assert plan.value_s == 0


def test_a_released_backlog_is_planned_by_its_weights(tmp_path: Path) -> None:
    """Both are overdue and were to be released before the start; the one of more weight goes first."""
    table = tmp_path / "orders.csv"
    table.write_text(
        "order,product,pieces,release,due,priority\n"
        "light,p,1,2026-01-04,2026-01-04 22:00,\n"
        "heavy,p,1,2025-12-30,2026-01-04 23:00,2\n",
        encoding="utf-8",
    )
    plan = planned(with_order_table(shop(), table))
    assert plan.events["lot"].to_list() == ["heavy", "light"]
    assert plan.value_s == 3 * (3600 + 600) + 7200 + 1200
    assert {late.order: late.late_s for late in plan.late} == {"heavy": 4200, "light": 8400}


def test_an_overdue_order_is_planned_and_reported_as_such() -> None:
    plan = planned(shop(None, None, [order("O", due=-3600.0)]))
    assert plan.value_s == 3600 + 600
    assert "due before its release" in plan.late[0].reason
