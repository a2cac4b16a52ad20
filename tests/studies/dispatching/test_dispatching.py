"""What a user of `dispatching` relies on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from zhizao.cli.app import main
from zhizao.engine import RunSettings, run
from zhizao.engine.trials import Trials
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.solvers.rules import (
    NUMBERS,
    RULE_INPUTS,
    WORDS,
    SearchSpace,
    Variation,
    call,
    inputs_of,
    known_rules,
    program,
    source_of,
)
from zhizao.studies.dispatching import DispatchingResult, dispatching
from zhizao.studies.dispatching.study import with_rule
from zhizao.studies.dispatching.twin_rules import changing, function_of, steady

SHOP = """
zhizao: 1
plant: one machine, short and long work
work_centers: [{id: m, setup: {by: product, default: 0 min}}]
routes:
  a: [{id: o, on: m, takes: exponential(5 min)}]
  b: [{id: o, on: m, takes: exponential(20 min)}]
products: {p: {route: a}, q: {route: b}}
orders:
  - {product: p, every: exponential(12 min), due: +1 h}
  - {product: q, every: exponential(50 min), due: +2 h}
"""


def _shop() -> Plant:
    return parse_plant(SHOP.replace(", setup: {by: product, default: 0 min}", ""))


def _found(plant: Plant, goal: str, work: int = 100, days: float | None = 3) -> DispatchingResult:
    return dispatching(plant, goal, seconds=None, work=work, days=days, replications=6)


@pytest.fixture(scope="module")
def shortest() -> DispatchingResult:
    return _found(_shop(), "lead-time")


def test_on_one_machine_the_shortest_work_first_gives_the_least_lead_time(
    shortest: DispatchingResult,
) -> None:
    # Smith 1956: nothing is better on one machine; the mean work is all that a rule is reported
    assert shortest.best_known.name == "shortest-processing-time"
    found = next(rule for rule in shortest.rules if rule.name == "found rule")
    assert found.kpi.mean == pytest.approx(shortest.best_known.kpi.mean, rel=0.03)


def test_it_is_said_plainly_that_nothing_beats_a_rule_that_is_the_best_there_is(
    shortest: DispatchingResult,
) -> None:
    assert not shortest.better
    assert shortest.answer.startswith(("No rule found is shown", "No new rule is better"))


def test_a_seed_and_a_limit_of_runs_give_the_same_result_again(shortest: DispatchingResult) -> None:
    assert _found(_shop(), "lead-time").to_json() == shortest.to_json()


def test_only_the_earliest_due_date_first_does_all_orders_on_time() -> None:
    plant = parse_plant(
        """
zhizao: 1
plant: four orders
work_centers: [{id: m}]
routes: {a: [{id: o, on: m, takes: 2 h}], b: [{id: o, on: m, takes: 4 h}]}
products: {p: {route: a}, q: {route: b}}
orders:
  - {id: first, product: p, pieces: 1, due: 2 h}
  - {id: last, product: p, pieces: 1, release: 1 h, due: 10 h}
  - {id: long, product: q, pieces: 1, release: 1 h, due: 6 h}
  - {id: short, product: p, pieces: 1, release: 1 h, due: 8 h}
"""
    )
    found = _found(plant, "tardiness", days=None)
    mean = {rule.name: rule.kpi.mean for rule in found.rules}
    assert mean["found rule"] == mean["earliest-due-date"] == 0.0
    assert mean["fifo"] == pytest.approx((2 + 2) / 4)  # long is done at 8 h, short at 10 h
    assert mean["shortest-processing-time"] == pytest.approx(4 / 4)  # long is done at 10 h


def test_where_a_change_over_costs_hours_lots_of_a_kind_go_together() -> None:
    text = SHOP.replace("default: 0 min", "default: 30 min").replace(
        "every: exponential(12", "every: exponential(15"
    )
    found = _found(parse_plant(text.replace("exponential(50 min)", "exponential(60 min)")), "lead-time")
    mean = {rule.name: rule.kpi.mean for rule in found.rules}
    assert mean["found rule"] < 0.7 * mean["as it is"]


def test_a_program_and_the_file_give_the_same_digits() -> None:
    rng = np.random.default_rng(3)
    space = SearchSpace(frozenset(RULE_INPUTS), 600.0)
    variation = Variation(space, rng)
    rules = list(known_rules(space).values())
    for _ in range(40):
        rules.append(variation.child(rules[rng.integers(len(rules))], rules[rng.integers(len(rules))]))
    for tree in rules:
        inputs = {name: float(rng.uniform(0.0, 5000.0)) for name in RULE_INPUTS}
        by_program = changing(**inputs, **program(tree))
        by_file = function_of(source_of(tree, "A rule."))(*(inputs[name] for name in inputs_of(tree)))
        assert by_program == by_file


@pytest.mark.parametrize(
    ("tree", "rule", "built_in"),
    [
        ("work", steady, "shortest-processing-time"),
        (call("/", call("-", "due", "now"), "rest"), changing, "critical-ratio"),
    ],
)
def test_a_program_runs_the_plant_as_the_built_in_rule_does(tree, rule, built_in) -> None:
    plant = _shop()
    zeros = dict.fromkeys((*WORDS, *NUMBERS), "0")
    products = {n: p.model_copy(update={"attributes": zeros}) for n, p in plant.products.items()}
    empty = plant.model_copy(update={"products": products})
    trials = Trials(with_rule(empty, ["m"], rule), RunSettings(3.0))
    (mine,) = trials.records([(program(tree), 1)])
    (right,) = run(with_rule(plant, ["m"], built_in), RunSettings(3.0, first_replication=1)).records
    assert mine.lots.equals(right.lots)


def test_the_file_works_in_a_plant_file_and_as_a_plain_function(
    shortest: DispatchingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shortest.save_rule(tmp_path / "rule_of_the_shop.py")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    plant = with_rule(_shop(), ["m"], "rule_of_the_shop:next_lot")
    (named,) = run(plant, RunSettings(3.0)).records
    (direct,) = run(with_rule(_shop(), ["m"], function_of(shortest.source)), RunSettings(3.0)).records
    assert named.lots.equals(direct.lots)


def test_a_cancel_keeps_the_best_rule_found_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Trials.records, []

    def records(self, trials):
        calls.append(1)
        if len(calls) > 6:
            raise KeyboardInterrupt
        return real(self, trials)

    monkeypatch.setattr(Trials, "records", records)
    found = _found(_shop(), "lead-time")
    assert found.interrupted
    assert found.notes[0].startswith("Interrupted")
    assert "def next_lot(" in found.source


def test_the_table_the_json_and_the_page_say_the_same(shortest: DispatchingResult, tmp_path: Path) -> None:
    said = json.loads(shortest.to_json())
    assert (said["study"], said["goal"], said["better"]) == ("dispatching", "lead_time_mean", False)
    assert said["rules"] == shortest.table().to_dicts()
    text = shortest.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "def next_lot(" in text
    assert "The lot with the lowest number goes first" in shortest._repr_html_()


def test_one_work_center_may_be_named_by_a_plain_string() -> None:
    plant = parse_plant(SHOP.replace("id: m,", "id: mill,").replace("on: m,", "on: mill,"))
    assert dispatching(plant, "lead-time", at="mill", seconds=None, work=1, days=1, replications=2).at == (
        "mill",
    )


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: dispatching(_shop(), "tardines"), "did you mean"),
        (lambda: dispatching(_shop(), ""), "found no KPI ''"),
        (lambda: dispatching(_shop(), "energy"), "no good direction"),
        (lambda: dispatching(_shop(), "lead_time", at=["n"]), "no work center 'n'"),
        (lambda: dispatching(_shop(), "lead-time", seconds=None), "no limit"),
        (lambda: dispatching(_shop(), "lead-time", work=0), "1 run or more"),
        (lambda: dispatching(_shop(), "lead-time", replications=1), "at least 2"),
        (lambda: dispatching(_shop(), "lead-time", seconds=0), "more than 0"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_runs(ask, match) -> None:
    with pytest.raises(InputError, match=match):
        ask()


def test_the_command_writes_the_rule_and_says_the_same_as_json(tmp_path: Path, capsys) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    rule = tmp_path / "rule.py"
    ask = ["dispatching", str(tmp_path / "shop.yaml"), "--goal", "lead-time", "--work", "60", "--days", "2"]
    assert main([*ask, "--replications", "2", "-o", str(rule), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert rule.read_text(encoding="utf-8") == said["source"]
    assert said["at"] == ["m"]


@pytest.mark.slow
def test_the_example_of_the_page_runs(capsys) -> None:
    page = (Path(__file__).parents[3] / "docs" / "dispatching.md").read_text(encoding="utf-8")
    block = (
        page.split("```python\n")[1]
        .split("```")[0]
        .replace("examples/", f"{Path(__file__).parents[3]}/examples/")
    )
    exec(compile(block, "dispatching.md", "exec"), {"__name__": "page"})
    assert "def next_lot(" in capsys.readouterr().out
