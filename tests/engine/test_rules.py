"""Rules of the user's own: their inputs, what they decide, what is said when they fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError as PydanticError

from tests.engine import rules_of_mine as mine
from tests.engine.shops import completions, digest, op, order, orders, raw_run, records, rows, sequence, shop
from tests.engine.test_dispatch import choice, served
from zhizao import rule
from zhizao.engine.lower import lower
from zhizao.engine.rules import load_rules
from zhizao.kernels import tables as k
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.plant import Plant, WorkCenter, parse_plant, plant_text
from zhizao.quantities import PlantError, RuleError

MINE = "tests.engine.rules_of_mine"
ONLY_COMPILED = pytest.mark.skipif(not JIT_ON, reason="plain Python calls any function")
THREE = [order("A", pieces=2), order("B", pieces=5), order("C", pieces=3)]


# ---------------------------------------------------------------- dispatch
def test_a_rule_of_ones_own_picks_the_lot_with_the_lowest_number() -> None:
    assert served(f"{MINE}:largest_lot", THREE) == ["B", "C", "A"]


def test_a_rule_takes_the_inputs_that_it_names_in_any_order() -> None:
    assert served(f"{MINE}:mixed", [order("A", due=900), order("B", due=600)]) == ["B", "A"]


def test_a_rule_whose_answer_cannot_change_is_asked_once_for_each_lot() -> None:
    """With `now` in it the same rule is asked for all that wait, whenever a unit is free."""
    jobs = [order(f"O{n}", pieces=1 + (5 * n) % 7, release=60.0 * n) for n in range(12)]
    found = [records(choice(f"{MINE}:{name}", jobs)) for name in ("smallest_lot", "smallest_lot_now")]
    assert sequence(found[0]) == sequence(found[1])
    lowered = lower(choice(f"{MINE}:smallest_lot", jobs), k.LOG_NONE)
    rules = load_rules(lowered.names.rules)
    assert rules.within(lowered.tables).centers.order[0] == k.USER_RULE
    assert lowered.tables.centers.order[0] == k.FIFO


def test_each_work_center_may_have_a_rule_of_its_own() -> None:
    rules = {
        "largest_lot": "BCA", "smallest_lot": "ACB", "latest": "ABC", "nearest_to_three": "CAB",
        "mixed": "ABC",
    }  # fmt: skip
    plant = shop(
        [{"id": name, "dispatch": f"{MINE}:{name}"} for name in rules],
        routes={name: [op("a", name, takes={"per_piece": "1 min"})] for name in rules},
        products={name: {"route": name, "lot": 9} for name in rules},
        orders=[{**job, "product": name, "id": f"{job['id']}-{name}"} for name in rules for job in THREE],
    )
    found = records(plant)
    for name in rules:
        assert "".join(job[0] for job in sequence(found, work_center=name)) == rules[name]


def test_a_rule_may_take_attributes_of_products_that_are_numbers() -> None:
    plant = shop(
        [{"id": "m", "dispatch": f"{MINE}:thickest"}],
        products={
            name: {"route": "r", "attributes": {"thickness": str(t), "fill-weight": str(w), "color": "red"}}
            for name, t, w in (("x", 2, 3), ("y", 1.5, 5), ("z", 4, 1))
        },
        orders=[order(name, product=name) for name in "zxy"],
    )
    assert sequence(records(plant)) == ["y", "x", "z"]


# ---------------------------------------------------------------- routing
def two_ways(routing: str, **first: Any) -> Plant:
    """A machine with a buffer and a set-up, and two that are slower."""
    on = [{"work_center": "x"}, {"work_center": "y", "takes": {"per_piece": "15 min"}}]
    route = [op("a", takes={"per_piece": "10 min"}, on=on, routing=f"{MINE}:{routing}", setup_family="red"),
             op("b", "end", takes="2 min")]  # fmt: skip
    x = {"id": "x", "buffer": {"capacity": 3}, "setup": {"default": "5 min"}}
    centers = [{**x, **first}, {"id": "y", "units": 2}, {"id": "end"}]
    jobs = orders(3, pieces=2, release=60, due=7200, priority=3)
    return shop(centers, route, jobs, products={"p": {"route": "r", "lot": 2}})


def test_a_routing_rule_is_called_with_each_alternative_and_the_lowest_number_is_taken() -> None:
    plant = two_ways("all_of_routing")
    first = records(plant.replace({"orders": plant.orders[:1]}))
    assert [unit for unit, _, _ in rows(first, operation="a")] == ["y-1"]
    found = records(two_ways("emptiest"))  # at 1 min, one after the other: 0 or 0.1, 1 or 0.1, 1 or 1.1
    assert rows(found, operation="a") == [("y-1", 1, 31), ("x-1", 6, 26), ("x-1", 26, 46)]


def test_a_routing_rule_may_send_a_lot_where_it_has_to_wait_for_room() -> None:
    plant = two_ways("first_listed", buffer={"capacity": 0})
    assert rows(records(plant), operation="a") == [("x-1", 6, 26), ("x-1", 26, 46), ("x-1", 46, 66)]


def test_a_routing_rule_takes_the_transport_time() -> None:
    on = [{"work_center": "x"}, {"work_center": "y"}]
    route = [op("a", "m"), op("b", takes="10 min", on=on, routing=f"{MINE}:nearest")]
    moves = {"default": "9 min", "times": [{"from": "m", "to": "y", "takes": "8 min"}]}
    plant = shop([{"id": "m"}, {"id": "x"}, {"id": "y"}], route, orders(1), transport=moves)
    assert rows(records(plant), operation="b") == [("y-1", 18, 28)]


def test_a_routing_rule_without_a_choice_is_refused() -> None:
    with pytest.raises(PydanticError, match="one work center to choose from"):
        shop([{"id": "m"}], [op("a", "m", routing=f"{MINE}:nearest")])


# ---------------------------------------------------------------- release
def test_a_release_rule_can_do_what_conwip_does() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        [op("a", "m", takes="exponential(9 min)"), op("b", "n", takes="exponential(8 min)")],
    )
    own = plant.replace({"release": {"rule": f"{MINE}:three_in_plant", "every": "1000 s"}})
    assert digest(raw_run(own, 0.5)) == digest(raw_run(plant.replace({"release": {"conwip": 3}}), 0.5))
    assert digest(raw_run(own, 0.5)) != digest(raw_run(plant, 0.5))


def test_a_release_rule_is_asked_even_when_nothing_happens_in_the_plant() -> None:
    jobs = [order("late", due=10 * 3600), order("soon", due=2 * 3600 + 300)]
    plant = shop(None, None, jobs, release={"rule": f"{MINE}:an_hour_before_due", "every": "10 min"})
    assert completions(records(plant)) == {
        "late": 550,
        "soon": 80,
    }  # asked at 70 min: 55 min before it is due


def test_a_release_rule_is_asked_of_bought_parts_which_have_no_work_ahead_and_no_queue() -> None:
    """Lids have no route: they come in, and the lots that have work ahead never do."""
    plant = shop(
        route=[op("a", "m", parts={"lid": 1})],
        orders=[*orders(2), order("L", "lid", pieces=3)],
        products={"p": {"route": "r"}, "lid": {"route": None, "lot": 3}},
        release={"rule": f"{MINE}:nothing_to_do"},
    )
    found = records(plant, 1)
    assert found.lots["order"].to_list() == ["L"]
    assert found.lots["status"].cast(str).to_list() == ["stocked"]


def test_a_release_rule_takes_the_queues_in_the_plant() -> None:
    """The second comes in when the first has left the first machine, the third when both queues are short."""
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        [op("a", "m", takes="10 min"), op("b", "n", takes="25 min")],
        orders(4),
        release={"rule": f"{MINE}:short_queue"},
    )
    assert [start for _, start, _ in rows(records(plant), operation="a")] == [0, 10, 20, 60]


# ---------------------------------------------------------------- quality
def scrapped(rule: str, n: int = 6, **more: Any) -> list[int]:
    """Pieces scrapped of each order of two pieces that take 10 min."""
    operation = op(
        "a", "m", takes={"per_piece": "5 min"}, defects={"rule": f"{MINE}:{rule}"}, setup_family="red"
    )
    center = {"id": "m", **more}
    attributes = {"thickness": "0.5"}
    products = {"p": {"route": "r", "lot": 2, "attributes": attributes}}
    found = records(shop([center], [operation], orders(n, pieces=2), products=products))
    pieces = dict(zip(found.lots["order"], found.lots["pieces_scrap"], strict=True))
    return [pieces[f"O{number}"] for number in range(n)]


def test_a_quality_rule_takes_the_work_since_the_last_maintenance() -> None:
    plan = [{"clock": "busy", "every": "90 min", "for": "5 min"}]
    assert scrapped("worn", 12, maintenance=plan) == [0] * 5 + [2] * 4 + [0] * 3


def test_a_quality_rule_takes_the_time_since_the_set_up_and_of_the_work() -> None:
    assert scrapped("bad_start", 4, setup={"default": "7 min"}) == [2, 0, 0, 0]


def test_a_quality_rule_takes_the_time_since_the_last_downtime() -> None:
    failures = [{"clock": "cycles", "between": "3", "repair": "2 min"}]
    assert scrapped("after_a_stop", 4, failures=failures) == [0, 0, 0, 2]


def test_a_quality_rule_may_take_the_product_and_the_unit() -> None:
    """A piece 0.5 thick goes wrong for certain on a unit of speed 2, and never again in its second round."""
    operation = op(
        "a", "m", takes="10 min", defects={"rule": f"{MINE}:by_thickness", "then": "rework a", "at_most": 3}
    )
    products = {"p": {"route": "r", "attributes": {"thickness": "0.5"}}}
    plant = shop([{"id": "m", "units": [{"id": "m", "speed": 2}]}], [operation], orders(2), products=products)
    assert completions(records(plant)) == {"O0": 15, "O1": 20}


# ---------------------------------------------------------------- in Python
def test_a_function_may_be_given_as_it_is() -> None:
    center = WorkCenter(id="m", dispatch=mine.largest_lot)
    assert center.dispatch == f"{MINE}:largest_lot"
    plant = choice("fifo", THREE).replace({"work_centers.m.dispatch": mine.largest_lot})
    assert sequence(records(plant), work_center="m") == ["B", "C", "A"]
    assert parse_plant(plant_text(plant)) == plant
    held = plant.replace({"release": mine.three_in_plant, "routes.s.b.defects": {"rule": mine.worn}})
    assert parse_plant(plant_text(held)) == held


def by_pieces(sign: float) -> Callable[[float], float]:
    @rule
    def ordered(pieces: float) -> float:
        return sign * pieces

    return ordered


def test_a_rule_made_in_a_function_or_a_notebook_works_in_its_process_and_is_refused_from_a_file() -> None:
    plant = choice("fifo", THREE)
    small = plant.replace({"work_centers.m.dispatch": by_pieces(1)})
    large = plant.replace({"work_centers.m.dispatch": by_pieces(-1)})
    assert sequence(records(small), work_center="m") == ["A", "C", "B"]
    assert sequence(records(large), work_center="m") == ["B", "C", "A"]
    with pytest.raises(PlantError, match="known to one process only"):
        parse_plant(plant_text(large))
    with pytest.raises(PlantError, match="known to one process only"):
        plant.replace({"measures": [{"id": "m", "set": {"work_centers.m.dispatch": by_pieces(1)}}]})
    with pytest.raises(RuleError, match="put it into a module"):
        records(choice("__main__:nowhere", THREE))


def test_a_constant_of_the_module_that_has_changed_is_seen_by_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(RuleError):
        served(f"{MINE}:raising", THREE)
    monkeypatch.setattr(mine, "LIMIT", 9)
    assert served(f"{MINE}:raising", THREE) == ["A", "C", "B"]


def test_a_function_without_its_mark_is_no_rule() -> None:
    with pytest.raises(PlantError, match=r"mark it with @rule.*above def latest"):
        choice("fifo", THREE).replace({"work_centers.m.dispatch": mine.latest})


def no_defaults(pieces: float, weight: float = 2.0) -> float:
    return weight * pieces


@pytest.mark.parametrize("wrong", [no_defaults, print, WorkCenter, "rules:mine"])
def test_only_plain_functions_with_plain_arguments_can_be_rules(wrong: Any) -> None:
    with pytest.raises(RuleError, match="plain"):
        rule(wrong)


# ---------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("raising", r"rules_of_mine\.py, line \d+\) failed in line \d+: ValueError: no idea; .* pieces=5$"),
        ("dividing", "ZeroDivisionError: .*; it was called with pieces=3, now=0"),
        ("no_number", "gave nan; right is a number, the lowest goes first; it was called with pieces="),
        ("endless", "gave -inf; right is a number"),
        ("nothing", "gave None; right is a number|gives none in some branch"),
        ("text", "gave 'first'|gives .* in some branch"),
        pytest.param("calling", "_plain.*numba.njit", marks=ONLY_COMPILED),
        ("unknown", r"takes 'dew'; its inputs are now, due, .*did you mean 'due'\?"),
        ("largest_lots", "largest_lot"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named_with_what_is_wrong(name: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        served(f"{MINE}:{name}", THREE)


def test_a_rule_whose_module_is_not_there_is_named() -> None:
    with pytest.raises(RuleError, match="no module 'no_such_module'"):
        served("no_such_module:rule", THREE)


def test_what_a_rule_raised_is_there_for_a_debugger() -> None:
    with pytest.raises(RuleError) as caught:
        served(f"{MINE}:raising", THREE)
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_routing_a_release_and_a_quality_rule_fail_as_clearly() -> None:
    with pytest.raises(RuleError, match=r"routing rule .*:raising.* failed in line \d+: ValueError: no idea"):
        records(shop([{"id": "x"}, {"id": "y"}], [op("a", "x", "y", routing=f"{MINE}:raising")],
                     orders(1, pieces=5), products={"p": {"route": "r", "lot": 5}}))  # fmt: skip
    with pytest.raises(RuleError, match=r"release rule .*:never_sure.* gave nan; right is a number, above 0"):
        records(shop(None, None, orders(1), release={"rule": f"{MINE}:never_sure", "every": "1 h"}))
    with pytest.raises(
        RuleError, match=r"quality rule .*:too_much.* gave 2\.0; right is a share from 0 to 1"
    ):
        scrapped("too_much", 1)
