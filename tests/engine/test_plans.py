"""A plan in the twin: lots follow it, and what goes wrong is corrected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.engine.shops import START, completions, op, order, orders, rows, sequence, shop
from zhizao import rule
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.lower import lower
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import Records
from zhizao.studies.compare import compare
from zhizao.studies.simulate import simulate


def planned(*jobs: tuple[Any, ...]) -> pl.DataFrame:
    """A plan of (order, operation, unit, minute); a fifth entry names the lot."""
    made = [
        {
            "order": name,
            "lot": lot[0] if lot else name,
            "operation": operation,
            "work_center": unit and unit.rsplit("-", 1)[0],
            "unit": unit,
            "activity": "process",
            "start": START + timedelta(minutes=minute),
        }
        for name, operation, unit, minute, *lot in jobs
    ]
    return pl.DataFrame(made)


def followed(plant: Plant, plan: pl.DataFrame | None, seed: int = 1) -> Records:
    settings = RunSettings(days=30, log=LogLevel.EVENTS, seed=seed)
    return run(plant, settings, plan=plan).records[0]


# ---------------------------------------------------------------- which lot, where
TWO = [op("a", "m"), op("b", "n", takes="20 min")]


def test_lots_are_taken_in_the_order_of_their_planned_starts() -> None:
    plant = shop([{"id": "m"}, {"id": "n"}], TWO, orders(3))
    plan = planned(("O2", "a", "m-1", 0), ("O0", "a", "m-1", 10), ("O1", "a", "m-1", 20),
                   ("O2", "b", "n-1", 10), ("O0", "b", "n-1", 30), ("O1", "b", "n-1", 50))  # fmt: skip
    assert completions(followed(plant, None)) == {"O0": 30, "O1": 50, "O2": 70}
    found = followed(plant, plan)
    assert rows(found, work_center="m") == [("m-1", 0, 10), ("m-1", 10, 20), ("m-1", 20, 30)]
    assert completions(found) == {"O2": 30, "O0": 50, "O1": 70}


def test_a_lot_starts_early_on_its_own_unit_and_waits_for_it_while_it_is_at_work() -> None:
    plant = shop([{"id": "m", "units": 2}], None, orders(3))
    plan = planned(("O0", "a", "m-2", 0), ("O1", "a", "m-2", 15), ("O2", "a", "m-1", 60))
    assert rows(followed(plant, plan)) == [("m-2", 0, 10), ("m-1", 0, 10), ("m-2", 10, 20)]


def test_a_lot_that_is_late_takes_any_unit() -> None:
    """O0 takes 30 min, planned were 10: from 10 min on the other unit is as good."""
    jobs = [order("O0", pieces=3), order("O1")]
    plant = shop(
        [{"id": "m", "units": 2}],
        [op("a", "m", takes={"per_piece": "10 min"})],
        jobs,
        products={"p": {"route": "r", "lot": 9}},
    )
    plan = planned(("O0", "a", "m-1", 0), ("O1", "a", "m-1", 10))
    assert rows(followed(plant, plan)) == [("m-1", 0, 30), ("m-2", 10, 20)]


def test_a_lot_whose_planned_unit_is_down_takes_another() -> None:
    fails = [{"clock": "calendar", "between": "exponential(3 h)", "repair": "5 h"}]
    plant = shop([{"id": "m", "units": 2, "failures": fails}], None, orders(1, release=3600))
    down = {seed: rows(followed(plant, None, seed), "failure") for seed in range(9)}
    seed = next(s for s, f in down.items() if {u for u, start, _ in f if start < 75} == {"m-1"})
    assert rows(followed(plant, planned(("O0", "a", "m-1", 90)), seed)) == [("m-2", 60, 70)]


def test_a_lot_goes_to_the_planned_work_center() -> None:
    plant = shop([{"id": "x"}, {"id": "y"}], [op("a", "x", "y")], orders(2))
    plan = planned(("O0", "a", "y-1", 0), ("O1", "a", "y-1", 10))
    assert rows(followed(plant, plan)) == [("y-1", 0, 10), ("y-1", 10, 20)]


def test_a_lot_that_the_plan_does_not_know_comes_behind_those_that_are_due_and_before_early_ones() -> None:
    jobs = [*orders(2), order("new"), order("urgent", priority=5)]
    plant = shop([{"id": "m", "dispatch": "priority"}], None, jobs)
    plan = planned(("O1", "a", "m-1", 0), ("O0", "a", "m-1", 25))
    assert sequence(followed(plant, plan)) == ["O1", "urgent", "new", "O0"]
    plan = planned(("O1", "a", "m-1", 0), ("O0", "a", "m-1", 20))
    assert sequence(followed(plant, plan)) == ["O1", "urgent", "O0", "new"]


def test_hot_lots_come_before_planned_ones() -> None:
    plant = shop(None, None, [*orders(2), order("hot", hot=True)])
    plan = planned(("O1", "a", "m-1", 0), ("O0", "a", "m-1", 10))
    assert sequence(followed(plant, plan)) == ["hot", "O1", "O0"]


def test_the_lots_of_an_order_follow_the_plan_by_their_number() -> None:
    plant = shop(None, [op("a", "m", takes={"per_piece": "10 min"})], [order("O", pieces=3)])
    plan = planned(("O", "a", "m-1", 0, "O/10"), ("O", "a", "m-1", 10, "O/9"), ("O", "a", "m-1", 20, "O/1"))
    events = followed(plant, plan).events
    assert events is not None
    assert events["lot"].to_list() == ["L000002", "L000001", "L000000"]


def test_a_lot_in_the_plant_is_known_by_its_id() -> None:
    wip = [{"id": name, "product": "p", "pieces": 1, "operation": "a"} for name in ("W1", "W2")]
    plant = shop(None, None, orders(1, release=3600), wip=wip)
    plan = planned((None, "a", "m-1", 0, "W2"), (None, "a", "m-1", 10, "W1"))
    assert sequence(followed(plant, plan)) == ["W2", "W1", "O0"]


def test_a_lot_waits_until_the_moment_before_which_the_plan_lets_nothing_start() -> None:
    plant = shop([{"id": "m"}], None, orders(2))
    plan = planned(("O0", "a", "m-1", 0), ("O1", "a", "m-1", 60))
    assert rows(followed(plant, plan)) == [("m-1", 0, 10), ("m-1", 10, 20)]
    waits = plan.with_columns(not_before=pl.Series([None, START + timedelta(minutes=45)]))
    assert rows(followed(plant, waits)) == [("m-1", 0, 10), ("m-1", 45, 55)]


def test_people_go_first_to_the_lot_that_is_planned_first() -> None:
    """Both wait for the one person, who is free at 10; the work center listed first is planned last."""
    route = {"a": [op("a", "m", needs={"w": 1})], "b": [op("b", "n", needs={"w": 1})]}
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        orders=[order("A"), order("B", product="q"), order("C")],
        routes=route,
        products={"p": {"route": "a"}, "q": {"route": "b"}},
        personnel=[{"id": "w", "count": 1}],
    )
    first = planned(("A", "a", "m-1", 0), ("C", "a", "m-1", 10), ("B", "b", "n-1", 20))
    assert completions(followed(plant, first)) == {"A": 10, "C": 20, "B": 30}
    second = planned(("A", "a", "m-1", 0), ("C", "a", "m-1", 20), ("B", "b", "n-1", 10))
    assert completions(followed(plant, second)) == {"A": 10, "B": 20, "C": 30}


def test_a_lot_that_comes_back_follows_the_next_row_of_its_operation() -> None:
    """A comes back at 20 min and is planned for 45; B, planned for 20, goes first."""
    defects = {"share": 1, "then": "rework a", "at_most": 1, "else": "pass"}
    route = [op("a", "m"), op("b", "n", defects=defects)]
    plant = shop([{"id": "m"}, {"id": "n"}], route, [order("A"), order("B", release=1200)])
    plan = planned(("A", "a", "m-1", 0), ("A", "b", "n-1", 10), ("A", "a", "m-1", 45), ("B", "a", "m-1", 20))
    assert sequence(followed(plant, plan), work_center="m")[:3] == ["A", "B", "A"]


# ---------------------------------------------------------------- laws
@pytest.mark.parametrize("dispatch", ["earliest-due-date", "atc", "priority-critical-ratio"])
def test_the_log_of_a_run_given_as_its_plan_makes_the_same_run_again(dispatch: str) -> None:
    """With random times and failures: the same random numbers, whatever the rule was."""
    fails = [{"between": "exponential(2 h)", "repair": "exponential(20 min)"}]
    centers = [
        {"id": "m", "dispatch": dispatch},
        {"id": "n", "units": 2, "dispatch": dispatch, "failures": fails},
        {"id": "z", "dispatch": dispatch},
    ]
    route = [op("a", "m", "z", takes="exponential(9 min)"), op("b", "n", takes="exponential(15 min)")]
    jobs = [order(f"O{n}", release=300 * n, due=9000 - 200 * n, priority=n % 3) for n in range(20)]
    plant = shop(centers, route, jobs)
    fifo = plant.replace({f"work_centers.{center}.dispatch": "fifo" for center in "mnz"})
    log = followed(plant, None).events
    assert log is not None
    again, by_fifo = followed(fifo, log).events, followed(fifo, None).events
    assert again is not None
    assert by_fifo is not None
    assert log.equals(again)
    assert not log.equals(by_fifo)


# ---------------------------------------------------------------- rules of one's own
@rule
def latest_planned(planned: float) -> float:
    return -planned


@rule
def not_as_planned(planned: float) -> float:
    return -planned


def test_a_set_up_counts_for_the_part_of_a_split_lot_that_is_on_its_unit() -> None:
    """Two parts of a lot of two: one is set up for on m-2 at 10, the other starts on m-1 at 12."""
    center = {"id": "m", "units": 2, "setup": {"by": "product", "default": "5 min"}}
    route = [op("s", "n", takes="1 min", split=1), op("a", "m")]
    plant = shop(
        [{"id": "n"}, center], route, [order("A", pieces=2)], products={"p": {"route": "r", "lot": 2}}
    )
    plan = planned(("A", "s", "n-1", 0), ("A", "a", "m-1", 12), ("A", "a", "m-2", 15))
    set_up = planned(("A", "a", "m-2", 10)).with_columns(activity=pl.lit("setup"))
    table = lower(plant, plan=pl.concat([plan, set_up])).tables.plans
    starts = {int(row["unit"]): row["start"] / 60 for row in table if row["step"] >= 0}
    assert starts == {0: 0, 1: 12, 2: 10}


def test_a_rule_may_take_the_planned_start_and_then_decides_itself() -> None:
    plant = shop([{"id": "m", "dispatch": "tests.engine.test_plans:latest_planned"}], None, orders(3))
    plan = planned(("O0", "a", "m-1", 10), ("O1", "a", "m-1", 20))
    assert sequence(followed(plant, plan)) == ["O2", "O1", "O0"]


def test_a_routing_rule_may_take_where_the_plan_sends_a_lot() -> None:
    route = [op("a", "x", "y", routing="tests.engine.test_plans:not_as_planned")]
    plant = shop([{"id": "x"}, {"id": "y"}], route, orders(1))
    assert rows(followed(plant, planned(("O0", "a", "y-1", 0)))) == [("x-1", 0, 10)]
    assert rows(followed(plant, planned(("O0", "a", "x-1", 0)))) == [("y-1", 0, 10)]


# ---------------------------------------------------------------- faults
@pytest.mark.parametrize(
    ("job", "said"),
    [
        (("O00", "a", "m-1", 0), "row 1: there is no order 'O00' .* did you mean 'O0'.*leave out orders"),
        ((None, "a", "m-1", 0, "L1"), "row 1: lot 'L1' names no order"),
        (("O0", "aa", "m-1", 0), "row 1: its product has no operation 'aa'; did you mean 'a'"),
        (("O0", "a", "m-9", 0), "row 1: there is no unit 'm-9'; did you mean 'm-1'"),
        (("O0", "a", "n-1", 0), "row 1: operation 'a' is not done at work center 'n'.*right is one of m"),
        (("O0", "a", "m-1", 60 * 24 * 365 * 40), "row 1: it starts at .* too far"),
    ],
)
def test_a_plan_that_does_not_fit_the_plant_is_refused_with_its_row(job: tuple[Any, ...], said: str) -> None:
    plant = shop([{"id": "m"}, {"id": "n"}], None, orders(2))
    with pytest.raises(InputError, match=said):
        followed(plant, planned(job))


def test_a_plan_without_starts_or_with_too_many_lots_is_refused() -> None:
    plan = planned(("O0", "a", "m-1", 0, "L1"), ("O0", "a", "m-1", 9, "L2"))
    with pytest.raises(InputError, match="order 'O0': found 2 lots; the twin makes 1 of it"):
        followed(shop(None, None, orders(1)), plan)
    with pytest.raises(InputError, match="row 1: found no start"):
        followed(shop(None, None, orders(1)), plan.with_columns(start=None))


# ---------------------------------------------------------------- studies
def test_a_plan_is_compared_with_the_rules_of_the_plant_on_common_random_numbers() -> None:
    """Long first: lead times of 40 and 50 min; short first: 10 and 50."""
    plant = shop(
        None,
        [op("a", "m", takes={"per_piece": "10 min"})],
        [order("long", pieces=4), order("short")],
        products={"p": {"route": "r", "lot": 9}},
    )
    plan = planned(("short", "a", "m-1", 0), ("long", "a", "m-1", 10))
    change = compare(plant, plan=plan, replications=2).scenarios[0].changes["lead_time_mean"].difference
    assert (change.before.mean, change.after.mean) == (0.75, 0.5)
    assert simulate(plant, plan=plan, replications=2).kpis["lead_time_mean"].mean == 0.5
    with pytest.raises(InputError, match="neither a plant after nor a plan"):
        compare(plant)


# ---------------------------------------------------------------- frozen operations
def frozen(plan: pl.DataFrame, *names: str) -> pl.DataFrame:
    return plan.with_columns(pl.col("order").is_in(names).alias("frozen"))


def test_a_unit_waits_for_the_frozen_operation_whose_turn_it_is() -> None:
    """O2 comes to n last; n takes nothing before it, and by its own rule afterwards."""
    plant = shop([{"id": "m"}, {"id": "n"}], TWO, orders(3))
    plan = planned(("O0", "a", "m-1", 0), ("O1", "a", "m-1", 10), ("O2", "a", "m-1", 20),
                   ("O2", "b", "n-1", 30), ("O0", "b", "n-1", 50), ("O1", "b", "n-1", 70))  # fmt: skip
    assert rows(followed(plant, plan), work_center="n") == [("n-1", 10, 30), ("n-1", 30, 50), ("n-1", 50, 70)]
    turns = plan.with_columns(((pl.col("order") == "O2") & (pl.col("operation") == "b")).alias("frozen"))
    found = followed(plant, turns)
    assert rows(found, work_center="n") == [("n-1", 30, 50), ("n-1", 50, 70), ("n-1", 70, 90)]
    assert completions(found) == {"O2": 50, "O0": 70, "O1": 90}


def test_frozen_operations_keep_their_unit_and_others_go_to_one_that_is_free() -> None:
    plant = shop([{"id": "m", "units": 2}], None, orders(4))
    plan = planned(
        ("O0", "a", "m-1", 0), ("O1", "a", "m-1", 10), ("O2", "a", "m-1", 20), ("O3", "a", None, 30)
    )
    assert rows(followed(plant, frozen(plan, "O0", "O1", "O2"))) == [
        ("m-1", 0, 10), ("m-2", 0, 10), ("m-1", 10, 20), ("m-1", 20, 30)
    ]  # fmt: skip


def test_the_turn_of_a_lot_that_is_lost_goes_to_the_next() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        [op("a", "m", defects={"share": 1.0}), op("b", "n")],
        [order("O0"), order("O1", product="q")],
        products={"p": {"route": "r"}, "q": {"route": "s"}},
        routes={"r": [op("a", "m", defects={"share": 1.0}), op("b", "n")], "s": [op("c", "m"), op("b", "n")]},
    )
    plan = planned(
        ("O0", "a", "m-1", 0), ("O1", "c", "m-1", 10), ("O0", "b", "n-1", 10), ("O1", "b", "n-1", 20)
    )
    found = followed(plant, frozen(plan, "O0", "O1"))
    assert rows(found, work_center="n") == [("n-1", 20, 30)]


def test_a_lot_that_no_plan_knows_waits_behind_what_is_frozen() -> None:
    plant = shop([{"id": "m"}], None, [*orders(2), order("rush", priority=9, release="0 min")])
    plan = planned(("O0", "a", "m-1", 0), ("O1", "a", "m-1", 10))
    assert sequence(followed(plant, frozen(plan, "O0", "O1"))) == ["O0", "O1", "rush"]


def test_an_operation_at_the_start_on_any_unit_takes_no_turn_of_another_lot() -> None:
    """Rows of other lots that are planned for the same moment keep their turn."""
    plant = shop([{"id": "m"}, {"id": "n"}], [op("a", "m", "n"), op("b", "n")], orders(2))
    plan = planned(("O0", "a", None, 0), ("O1", "a", "n-1", 0), ("O0", "b", "n-1", 10))
    found = followed(plant, frozen(plan, "O1"))
    assert rows(found, work_center="n")[0] == ("n-1", 0, 10)
    assert sequence(found, work_center="n")[0] == "O1"
