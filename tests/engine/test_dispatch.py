"""Which lot a unit takes next."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.engine.shops import completions, op, order, orders, records, rows, seconds, sequence, shop
from zhizao.plant import Plant


def choice(dispatch: str, jobs: list[dict[str, Any]], **center: Any) -> Plant:
    """One machine; product `p` takes 10 min a piece, `q` 4 min a piece with 100 min of work after it."""
    return shop(
        [{"id": "m", "dispatch": dispatch, **center}, {"id": "later", "units": 9}],
        routes={
            "r": [op("a", "m", takes={"per_piece": "10 min"}, setup_family="red")],
            "s": [
                op("b", "m", takes={"per_piece": "4 min"}, setup_family="blue"),
                op("c", "later", takes="100 min"),
            ],
        },
        products={"p": {"route": "r", "lot": 9}, "q": {"route": "s", "lot": 9}},
        orders=jobs,
    )


def served(dispatch: str, jobs: list[dict[str, Any]], **center: Any) -> list[str]:
    return sequence(records(choice(dispatch, jobs, **center)), work_center="m")


def test_first_come_is_first_served() -> None:
    jobs = [order("B", release=120), order("A"), order("C", release=60)]
    assert served("fifo", jobs) == ["A", "C", "B"]


def test_the_highest_priority_goes_first() -> None:
    jobs = [order("A", priority=1), order("B", priority=3), order("C", priority=2)]
    assert served("priority", jobs) == ["B", "C", "A"]


def test_the_earliest_due_date_goes_first_and_lots_without_one_go_last() -> None:
    jobs = [order("A"), order("B", due=9000), order("C", due=3000)]
    assert served("earliest-due-date", jobs) == ["C", "B", "A"]


def test_the_shortest_mean_work_goes_first() -> None:
    jobs = [order("A"), order("B", "q", pieces=3), order("C", "q")]
    assert served("shortest-processing-time", jobs) == ["C", "A", "B"]


def test_the_critical_ratio_is_the_time_to_the_due_date_over_the_mean_work_left() -> None:
    jobs = [order("A", due=60 * 60), order("B", "q", due=200 * 60)]  # 60 / 10 against 200 / 104
    assert served("critical-ratio", jobs) == ["B", "A"]


def test_apparent_tardiness_cost_weighs_slack_against_work() -> None:
    """Vepsalainen & Morton (1987): w / p exp(-slack / (2 mean p)), the mean over the queue."""
    late = [order("A", due=5 * 60, priority=1), order("B", due=5 * 60, priority=2)]
    assert served("atc", late) == ["B", "A"]
    # mean p = 9; A: slack 10, exp(-10 / 18) / 10 = 0.057; B: slack 90, exp(-5) 8 / 10 = 0.005
    slack = [order("A", due=20 * 60, priority=1), order("B", due=100 * 60, priority=8), order("C", pieces=1)]
    assert served("atc", slack) == ["A", "B", "C"]


def test_the_least_set_up_goes_first_and_ties_go_to_the_first_to_come() -> None:
    jobs = [order("A"), order("B", "q"), order("C"), order("D", "q"), order("E")]
    setup = {"by": "family", "default": "7 min"}
    assert served("least-setup", jobs, setup=setup) == ["A", "C", "E", "B", "D"]


def test_among_lots_of_the_highest_priority_the_least_set_up_goes_first() -> None:
    jobs = [order("A"), order("B", "q"), order("C"), order("D", "q", priority=1), order("E", "q")]
    setup = {"by": "family", "default": "7 min"}
    assert served("priority-least-setup", jobs, setup=setup) == ["D", "B", "E", "A", "C"]


def test_among_lots_of_the_highest_priority_the_least_critical_ratio_goes_first() -> None:
    """Time to the due date over mean work left: A 90 / 10, B 50 / 10, C 90 / 10, D 104 / 104."""
    due = {"A": 90, "B": 50, "C": 90, "D": 104}
    jobs = [order(name, "q" if name == "D" else "p", due=60 * due[name]) for name in "ABCD"]
    assert served("priority-critical-ratio", jobs) == ["D", "B", "A", "C"]
    jobs[2]["priority"] = 1
    assert served("priority-critical-ratio", jobs) == ["C", "D", "B", "A"]


def test_priority_comes_before_set_up_and_set_up_before_the_critical_ratio() -> None:
    due = {"A": 90, "B": 50, "C": 300, "D": 200, "E": 80}
    jobs = [order(name, "q" if name in "CD" else "p", due=60 * due[name]) for name in "ABCDE"]
    jobs[2]["priority"] = 1
    setup = {"by": "family", "default": "7 min"}
    rule = "priority-least-setup-critical-ratio"
    assert served(rule, jobs, setup=setup) == ["C", "D", "B", "E", "A"]


def test_a_queue_in_the_order_of_its_rule_takes_late_comers_at_their_place() -> None:
    jobs = [order(name, release=60.0 * i) for i, name in enumerate("ABCDE")]
    ranked = [job | {"priority": p} for job, p in zip(jobs, [0, 1, 3, 2, 3], strict=True)]
    assert served("priority", ranked) == ["A", "C", "E", "D", "B"]
    jobs = [job | {"due": 60 * d} for job, d in zip(jobs, [99, 50, 20, 30], strict=False)]
    assert served("earliest-due-date", jobs) == ["A", "C", "D", "B"]


def test_ties_of_a_rule_go_to_the_lot_that_came_first() -> None:
    jobs = [order(name, priority=1, release=60 * i) for i, name in enumerate("ABCD")]
    assert served("priority", jobs) == ["A", "B", "C", "D"]


def test_a_rule_sees_all_lots_that_come_at_the_same_moment() -> None:
    jobs = [order("A", priority=1), order("B", priority=2)]
    assert served("priority", jobs) == ["B", "A"]


def test_the_earliest_due_date_gives_the_least_maximum_lateness() -> None:
    """Jackson (1955); here against all 120 sequences."""
    work = {"A": 3, "B": 1, "C": 4, "D": 2, "E": 5}
    due = {"A": 9, "B": 12, "C": 5, "D": 8, "E": 14}
    jobs = [order(name, pieces=n, due=due[name] * 600) for name, n in work.items()]
    ends = completions(records(choice("earliest-due-date", jobs)))
    lateness = max((ends[name] or 0) / 10 - due[name] for name in work)

    def worst(sequence: tuple[str, ...]) -> int:
        done = [sum(work[name] for name in sequence[: i + 1]) for i in range(5)]
        return max(end - due[name] for end, name in zip(done, sequence, strict=True))

    assert lateness == pytest.approx(min(worst(sequence) for sequence in permutations(work)))


def test_the_shortest_processing_time_gives_the_least_total_flow_time() -> None:
    """Smith (1956, doi 10.1002/nav.3800030106): 1 + 3 + 6 + 10 + 15 pieces of 10 min."""
    jobs = [order(name, pieces=n) for name, n in {"A": 3, "B": 1, "C": 4, "D": 2, "E": 5}.items()]
    found = records(choice("shortest-processing-time", jobs))
    assert sum(end or 0 for end in completions(found).values()) == 350


# ---------------------------------------------------------------- units
def test_the_fastest_free_unit_is_taken_first() -> None:
    units = [{"id": "slow", "speed": 0.5}, {"id": "fast", "speed": 1.25}]
    found = records(shop([{"id": "m", "units": units}], orders=orders(2)))
    assert rows(found) == [("fast", 0, 8), ("slow", 0, 20)]


def test_the_free_unit_with_the_least_set_up_takes_the_lot() -> None:
    jobs = [order("A", release=0), order("B", "q", release=0), order("C", release=6000)]
    setup = {"by": "family", "default": "5 min"}
    found = records(choice("fifo", jobs, units=2, setup=setup))
    assert [unit for unit, _, _ in rows(found, order="C")] == ["m-1"]
    jobs[2]["product"] = "q"
    found = records(choice("fifo", jobs, units=2, setup=setup))
    assert [unit for unit, _, _ in rows(found, work_center="m", order="C")] == ["m-2"]


# ---------------------------------------------------------------- alternatives
def alternatives(jobs: list[dict[str, Any]], **second: Any) -> Plant:
    on = [{"work_center": "x"}, {"work_center": "y", "takes": "15 min"}]
    route = [{"id": "a", "on": on, "takes": "10 min"}]
    return shop([{"id": "x"}, {"id": "y", **second}], route, jobs)


def test_a_lot_goes_to_an_alternative_with_a_free_unit_before_a_faster_one_with_a_queue() -> None:
    found = records(alternatives([order("A"), order("B", release=1), order("C", release=2)]))
    assert [unit for unit, _, _ in rows(found)] == ["x-1", "y-1", "x-1"]


def test_a_lot_goes_to_the_alternative_with_the_least_load_when_no_unit_is_free() -> None:
    """Mean time times rounds: C 10 · 2 against 15 · 2; D 10 · 3 against 15 · 2, a tie; E 40 against 30."""
    found = records(alternatives([order(name, release=i) for i, name in enumerate("ABCDE")]))
    assert [rows(found, order=name)[0][0] for name in "ABCDE"] == ["x-1", "y-1", "x-1", "x-1", "y-1"]


def test_a_lot_goes_to_an_alternative_with_room_first() -> None:
    on = ["x", "y"]
    route = [op("a", *on, takes="10 min")]
    centers = [{"id": "x", "buffer": {"capacity": 0}}, {"id": "y", "calendar": "c"}]
    calendars = {"c": {"mon-sun": ["12:00-24:00"], "off": ["2026-01-06"]}}
    found = records(shop(centers, route, orders(3), calendars=calendars))
    assert [unit for unit, _, _ in rows(found)] == ["x-1", "y-1", "y-1"]


def test_lots_that_came_at_the_same_moment_keep_the_sequence_of_the_table() -> None:
    found = records(choice("fifo", [order(name) for name in "CAB"]))
    assert sequence(found) == ["C", "A", "B"]
    assert seconds(found.lots["release"]) == [0, 0, 0]
