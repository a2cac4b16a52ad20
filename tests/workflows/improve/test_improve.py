"""What a user of `improve` relies on."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from math import isnan
from pathlib import Path

import polars as pl
import pytest

from tests.studies.compare.test_uncertainty import SETUPS
from tests.studies.plants import LINE, TABLE
from tests.studies.validate.plants import log_of
from zhizao.engine import Backend, RunSettings, Twin, computing
from zhizao.experiments import Window
from zhizao.plant import Measure, MeasureKind, Plant, parse_plant
from zhizao.quantities import InputError, PlantError
from zhizao.report import Folds, Scatter, Waterfall
from zhizao.studies.dispatching import dispatching
from zhizao.workflows.improve import Goal, ImproveResult, Worth, improve, study
from zhizao.workflows.improve.plan import PLAN
from zhizao.workflows.improve.studied import found_rule, rule_goal, rule_measure

MEASURES = """
measures:
  - {id: second-slow-machine, title: second machine, cost: 1000, set: {work_centers.slow.units: 2}}
  - {id: less-scrap, cost: 500, installation: 10 d, set: {routes.r.two.defects.share: 1 %}}
  - {id: gold-plating, cost: 90000, set: {work_centers.first.units: 2}}
  - {id: worse-scrap, cost: 0, set: {routes.r.three.takes: exponential(6 min)}}
"""
PAYING = LINE.partition("measures:")[0] + MEASURES


def plant(old: str = "", new: str = "") -> Plant:
    assert old in PAYING
    return parse_plant(PAYING.replace(old, new))


@pytest.fixture
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove by few replications: for tests of which measures are tried, not of what they are worth."""
    few = replace(PLAN, pairs=2 * PLAN.fewest_pairs)
    monkeypatch.setattr(study, "_Work", partial(study._Work, plan=few))


@pytest.fixture(scope="module")
def result() -> ImproveResult:
    """Orders beyond what the slow machine can do: a second one pays, and less scrap."""
    return improve(plant("exponential(10 min)", "exponential(7 min)"), days=10, seconds=30)


def test_it_takes_what_pays_and_leaves_what_does_not(result: ImproveResult) -> None:
    assert result.best is not None
    assert {measure.id for measure in result.best.measures} == {"second-slow-machine", "less-scrap"}
    assert result.best.worth is Worth.PAYS
    assert result.goal.value == "profit"
    assert result.answer.startswith("Take second machine and less-scrap: net present value")
    assert "assumed, not measured: second machine and less-scrap" in result.answer


def test_every_single_measure_is_in_the_list_with_its_worth(result: ImproveResult) -> None:
    worth = {row["measures"]: row["worth"] for row in result.table().iter_rows(named=True)}
    assert worth["gold-plating"] == "does not pay"
    assert worth["second-slow-machine"] == "pays"
    ranks = result.table().filter(~result.table()["chosen"])["net_present_value"].to_list()
    assert ranks == sorted(ranks, reverse=True)


def test_the_gain_is_that_of_a_comparison_of_its_own(result: ImproveResult) -> None:
    from zhizao.studies.compare import compare_measures

    ids = [measure.id for measure in result.best.measures]  # type: ignore[union-attr]
    again = compare_measures(result.plant, ids, days=10, replications=20, seed=7).scenarios[-1]
    own, other = result.best.money.gain_per_day, again.gain_per_day  # type: ignore[union-attr]
    assert own.low < other.high
    assert other.low < own.high


def test_the_ladder_builds_up_to_the_choice(result: ImproveResult) -> None:
    steps = [{measure.id for measure in step} for step in result.ladder]
    assert steps[0] == {"second-slow-machine"}
    assert steps[-1] == {"second-slow-machine", "less-scrap"}
    assert len(result.steps) == 2


def test_the_waterfall_adds_up_to_the_gain_of_the_choice(result: ImproveResult) -> None:
    chart = next(one for one in result.page().sections if isinstance(one, Waterfall))
    best = result.best
    assert best is not None
    assert sum(chart.steps) == pytest.approx(best.money.gain_per_day.mean)
    assert chart.total.low == best.money.gain_per_day.low
    assert chart.names[0] == "second machine (assumed)"
    alone = result.table().filter(pl.col("measures") == "second-slow-machine")["gain_per_day"].item()
    assert chart.steps[0] == pytest.approx(alone)


def test_what_a_measure_changes_and_rests_on_is_one_click_away(result: ImproveResult) -> None:
    folds = next(one for one in result.page().sections if isinstance(one, Folds)).folds
    first = folds[0]
    assert first.summary == "A second machine (assumed)"
    assert first.tables[0].frame.rows() == [("its numbers", "assumed")]
    assert first.tables[1].frame.rows() == [("work_centers.slow.units", "1", "2")]
    assert len(folds) == len(result.keys)
    assert json.loads(result.to_json())["measures"][0]["differs"] == [
        {"path": "work_centers.slow.units", "before": "1", "after": "2"}
    ]
    steps = json.loads(result.to_json())["build_up"]
    assert [one["measures"] for one in steps] == [["second-slow-machine"], ["less-scrap"]]


def test_the_points_to_pick_from_are_the_rows_of_the_table(result: ImproveResult) -> None:
    chart = next(one for one in result.page().sections if isinstance(one, Scatter))
    table = result.table()
    assert [one.x for one in chart.points] == table["cost"].to_list()
    assert [one.y.value for one in chart.points] == table["net_present_value"].to_list()
    assert chart.points[chart.picked].y.value == table.filter(pl.col("chosen"))["net_present_value"].item()
    for one in chart.points:
        beaten = any(other.x <= one.x and (other.y.value or 0) > (one.y.value or 0) for other in chart.points)
        assert one.on_front == (not beaten)


def test_it_says_what_limits_the_plant_before_and_after(result: ImproveResult) -> None:
    before, after = result.busiest
    assert before is not None
    assert after is not None
    assert before.resource == "slow"
    assert before.load > 0.97
    assert after.load < before.load


def test_the_front_gains_more_for_more_money(result: ImproveResult) -> None:
    front = result.front
    assert [one.money.cost for one in front] == sorted(one.money.cost for one in front)
    assert [one.rank_value for one in front] == sorted(one.rank_value for one in front)


def test_the_pareto_front_holds_what_nothing_else_matches(result: ImproveResult) -> None:
    front = result.pareto
    assert front
    for one in result.proposals:
        beaten = [
            other
            for other in result.proposals
            if all(a >= b for a, b in zip(other.merits, one.merits, strict=True))
            and other.merits != one.merits
        ]
        assert (one in front) == (not beaten)
    assert result.table()["pareto"].sum() == len(front)


def test_json_page_and_table_show_the_same(result: ImproveResult, tmp_path: Path) -> None:
    found = json.loads(result.to_json())
    assert found["take"] == ["second-slow-machine", "less-scrap"]
    assert found["proposals"][0]["net_present_value"] == result.table()["net_present_value"][0]
    assert found["measures"][0]["evidence"] == "assumed"
    page = result.report(tmp_path / "improve.html").read_text(encoding="utf-8")
    for said in (
        "Ranked list",
        "How the gain builds up",
        "What more money buys",
        "second machine",
        "assumed",
    ):
        assert said in page


@pytest.mark.usefixtures("few_pairs")
def test_equal_seeds_that_end_by_being_sure_give_equal_lists() -> None:
    one, other = (improve(plant(), days=2, seconds=limit, seed=4) for limit in (60, None))
    assert one.drawn == other.drawn
    assert one.table().equals(other.table())


# ---------------------------------------------------------------- budget, needs, conflicts
@pytest.mark.usefixtures("few_pairs")
def test_a_budget_holds_for_all_together() -> None:
    found = improve(plant("exponential(10 min)", "exponential(7 min)"), days=2, seconds=6, budget=1200)
    for one in found.proposals:
        assert one.money.cost <= 1200
    assert [one.measure.id for one in found.left_out] == ["gold-plating"]
    assert "costs more than the budget (90000)" in " ".join(found.notes)


def test_a_budget_below_the_cheapest_measure_leaves_the_plant_as_it_is() -> None:
    text = plant().replace({"measures.worse-scrap.cost": 600})
    found = improve(text, days=2, seconds=4, budget=100)
    assert found.best is None
    assert found.answer == "Leave the plant as it is: no measure can be taken."
    assert len(found.left_out) == 4


@pytest.mark.usefixtures("few_pairs")
def test_conflicting_measures_are_never_proposed_together() -> None:
    conflict = plant("exponential(10 min)", "exponential(7 min)").replace(
        {"measures.less-scrap.excludes": ["second-slow-machine"]}
    )
    found = improve(conflict, days=2, seconds=6)
    sets = [{measure.id for measure in one.measures} for one in found.proposals]
    assert sets
    assert not any({"less-scrap", "second-slow-machine"} <= one for one in sets)


@pytest.mark.usefixtures("few_pairs")
def test_a_measure_comes_with_what_it_needs() -> None:
    needing = plant().replace({"measures.less-scrap.needs": ["gold-plating"]})
    found = improve(needing, days=2, seconds=60)
    sets = [{measure.id for measure in one.measures} for one in found.proposals]
    assert {"less-scrap", "gold-plating"} in sets
    assert {"less-scrap"} not in sets


@pytest.mark.usefixtures("few_pairs")
def test_at_most_so_many_are_taken() -> None:
    found = improve(plant("exponential(10 min)", "exponential(7 min)"), days=2, seconds=60, at_most=1)
    assert max(len(one.measures) for one in found.proposals) == 1


# ---------------------------------------------------------------- what is not known
def test_a_measure_of_unknown_cost_is_never_chosen_but_says_what_it_may_cost() -> None:
    unknown = plant("exponential(10 min)", "exponential(7 min)").replace(
        {"measures.second-slow-machine.cost": None}
    )
    found = improve(unknown, days=2, seconds=8)
    (one,) = [one for one in found.proposals if one.priceless]
    assert [measure.id for measure in one.measures] == ["second-slow-machine"]
    assert one.worth is Worth.UP_TO
    assert one.most.mean == pytest.approx(one.money.gain_per_day.mean * found.appraisal.worth_of_a_day())
    assert found.best is not None
    assert "second-slow-machine" not in [measure.id for measure in found.best.measures]
    only = improve(unknown.replace({"measures": unknown.measures[:1]}), days=2, seconds=6)
    assert "no measure of known cost is shown to pay. Of unknown cost: second machine" in only.answer


@pytest.mark.usefixtures("few_pairs")
def test_with_a_budget_a_measure_of_unknown_cost_is_tried_alone() -> None:
    unknown = plant("price: 10, ", "").replace({"measures.less-scrap.cost": None})
    found = improve(unknown, days=2, seconds=60, budget=2000)
    sets = [{measure.id for measure in one.measures} for one in found.proposals]
    assert {"less-scrap"} in sets
    assert not any(len(one) > 1 and "less-scrap" in one for one in sets)


@pytest.mark.usefixtures("few_pairs")
def test_without_prices_it_ranks_by_throughput_or_lead_time_and_money_is_not_known() -> None:
    bare = plant("price: 10, ", "")
    flooded = improve(bare.replace({"orders.p.every": "exponential(6 min)"}), days=20, seconds=5)
    assert flooded.goal.value == "throughput"
    keeps_up = improve(bare.replace({"measures.gold-plating.cost": None}), days=2, seconds=5)
    assert keeps_up.goal.value == "lead-time"
    of = {one.measures[0].id: one for one in keeps_up.proposals if len(one.measures) == 1}
    assert isnan(of["gold-plating"].money.net_present_value.mean)
    assert isnan(of["gold-plating"].probability)


def test_without_prices_what_costs_an_unknown_sum_may_be_the_best() -> None:
    bare = plant("price: 10, ", "")
    free = improve(bare.replace({"measures.second-slow-machine.cost": None}), days=2, seconds=8, at_most=1)
    assert free.best is not None
    assert "cost not known: second machine" in free.answer


def test_a_goal_that_the_plant_does_not_know_is_refused() -> None:
    powerless = plant(", power: {idle: 1 kW, busy: 5 kW}", "")
    with pytest.raises(
        InputError, match="goal: unit energy is not known of the plant as it is; give the plant"
    ):
        improve(powerless, goal="unit-energy", days=2, seconds=5)
    with pytest.raises(InputError, match="did you mean 'unit-energy'"):
        improve(plant(), goal="unit energy", days=2, seconds=5)


def test_nothing_that_pays_is_an_answer_too() -> None:
    found = improve(plant().replace({"measures": plant().measures[2:]}), days=2, seconds=5)
    assert found.best is None
    assert found.answer == "Leave the plant as it is: no combination is shown to improve profit."


def test_a_plant_without_measures_is_left_as_it_is() -> None:
    found = improve(plant().replace({"measures": ()}), days=2, seconds=5, library=False)
    assert found.answer == "Leave the plant as it is: no measure applies."
    assert found.table().height == 0
    assert found.page() is not None
    assert json.loads(found.to_json())["take"] is None


def test_one_order_only() -> None:
    faster = {"id": "faster", "cost": 1, "set": {"routes.r.o.takes": "1 h"}}
    one = parse_plant(TABLE).replace(
        {"orders": [{"id": "a", "product": "p", "pieces": 1}], "measures": [faster]}
    )
    found = improve(one, seconds=5)
    assert found.goal.value == "lead-time"
    assert found.best is not None
    assert found.best.outcome.changes["lead_time_mean"].difference.relative.mean == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"budget": -1.0}, "budget: found -1; right is 0 or more, in EUR"),
        ({"at_most": 0}, "at most: found 0; right is 1 or more"),
        ({"seconds": 0.0}, "seconds: found 0; right is more than 0"),
        ({"days": -3.0}, "days: found -3"),
    ],
)
def test_arguments_that_cannot_be_are_refused(option: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        improve(plant(), **({"seconds": 5.0} | option))  # type: ignore[arg-type]


# ---------------------------------------------------------------- time
def test_the_time_limit_holds() -> None:
    began = time.monotonic()
    found = improve(plant("exponential(10 min)", "exponential(7 min)"), seconds=6)
    assert time.monotonic() - began < 6 * 1.05 + 0.5
    assert found.proposals


def test_too_short_a_time_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match="give more seconds, or fewer days"):
        improve(plant(), days=100_000, seconds=0.6)


def test_a_cancel_gives_the_best_so_far() -> None:
    begun: list[float] = []

    def cancel(share: float) -> None:
        begun.append(share)
        if share > 0.1:
            raise KeyboardInterrupt

    found = improve(plant(), days=2, seconds=30, progress=cancel)
    assert found.interrupted
    assert "Interrupted" in found.notes[0]


# ---------------------------------------------------------------- the library
def test_a_plant_without_measures_gets_those_of_the_library() -> None:
    bare = plant("exponential(10 min)", "exponential(7 min)").replace({"measures": ()})
    found = improve(bare, days=2, seconds=5)
    kinds = {measure.kind.value for one in found.proposals for measure in one.measures if measure.kind}
    assert "extra-unit" in kinds  # its hourly cost is in the plant, so it costs nothing once
    assert found.best is not None
    assert all(measure.assumed for measure in found.all_measures)
    assert "assumed, not measured" in found.answer
    unknown = [one for one in found.proposals if one.priceless]
    assert unknown
    assert all(len(one.measures) == 1 for one in unknown)


@pytest.mark.slow
def test_prices_of_kinds_make_measures_of_the_library_choosable(tmp_path: Path) -> None:
    money = tmp_path / "money.yaml"
    money.write_text("kinds: {process-control: {cost: 400, yearly_cost: 100}}\n", encoding="utf-8")
    bare = plant("exponential(10 min)", "exponential(7 min)").replace({"measures": ()})
    found = improve(bare, days=2, seconds=15, money=money)
    costs = {m.kind.value: (m.cost, m.yearly_cost) for m in found.all_measures if m.kind}
    assert costs["process-control"] == (400, 100)
    tried = [m.kind for one in found.proposals if one.priceless for m in one.measures]
    assert MeasureKind.PROCESS_CONTROL not in tried


# ---------------------------------------------------------------- measures that a study makes
def test_a_plant_with_a_table_of_orders_may_follow_a_plan() -> None:
    """Four jobs on two machines in line: their order decides how many are on time."""
    jobs = [("a", 4, 1), ("b", 1, 5), ("c", 3, 2), ("d", 2, 4)]
    shop = Plant.model_validate(
        {
            "plant": "flow shop",
            "work_centers": [{"id": "m"}, {"id": "n"}],
            "routes": {
                name: [
                    {"id": "one", "on": "m", "takes": f"{first} h"},
                    {"id": "two", "on": "n", "takes": f"{second} h"},
                ]
                for name, first, second in jobs
            },
            "products": {name: {"route": name} for name, _, _ in jobs},
            "orders": [{"id": name, "product": name, "pieces": 1, "due": "10 h"} for name, _, _ in jobs],
        },
        context={"file": "shop"},
    )
    found = improve(shop, goal="on-time", seconds=6, library=True)
    (plan,) = [one for one in found.proposals if one.measures[0].kind is MeasureKind.SCHEDULING]
    assert plan.evidence == "schedule seed 1"
    assert plan.name == "AI scheduling"
    assert "AI scheduling" in found.page().to_json()


@pytest.mark.usefixtures("few_pairs")
def test_a_measure_without_changes_is_a_plan_or_a_fault() -> None:
    with pytest.raises(PlantError, match="found no change; set at least one path"):
        plant("cost: 90000, set: {work_centers.first.units: 2}", "cost: 5")
    priced = plant("cost: 90000, set: {work_centers.first.units: 2}", "cost: 5, kind: scheduling")
    found = improve(priced, days=2, seconds=60)  # streams: there is nothing to plan
    assert "gold-plating" not in {m.id for one in found.proposals for m in one.measures}


def test_a_rule_that_is_found_is_a_measure_with_its_file(tmp_path: Path) -> None:
    shop, file, window = parse_plant(SETUPS), tmp_path / "found.py", Window(5.0, 1.0, "")

    def search(path: Path) -> Measure | None:
        return found_rule(shop, "lead_time_mean", window, path, seconds=6, seed=2, progress=lambda _: None)

    with pytest.raises(InputError, match="the file is a Python module"):
        search(tmp_path / "a-b.py")
    made = search(file)
    assert (made is not None) == file.exists()  # a rule that is not shown to be better is no measure
    rule = dispatching(shop, "lead_time_mean", seconds=None, work=60, days=5, replications=2)
    measure = rule_measure(shop, rule, file, seed=2)
    assert file.read_text(encoding="utf-8") == rule.source
    assert measure.evidence is not None
    assert measure.evidence.study == "dispatching"
    after = shop.replace({"measures": [measure]}).with_measures([measure.id])
    assert {center.dispatch for center in after.work_centers} == {"found:next_lot"}
    assert Twin(after).run(RunSettings(2.0)).records


def test_a_rule_is_searched_for_what_it_can_serve() -> None:
    assert rule_goal(Goal.PROFIT, keeps_up=True) is None
    assert rule_goal(Goal.PROFIT, keeps_up=False) == "throughput"
    assert rule_goal(Goal.LEAD_TIME, keeps_up=True) == "lead_time_mean"


@pytest.mark.slow
def test_what_was_run_is_kept_in_a_folder_and_not_run_again(tmp_path: Path) -> None:
    with computing(Backend.THREADS, tmp_path):
        one = improve(plant(), days=2, seconds=60, seed=4)
        kept = len(list(tmp_path.iterdir()))
        other = improve(plant(), days=2, seconds=60, seed=4)
    assert kept > 0
    assert len(list(tmp_path.iterdir())) == kept
    assert one.table().equals(other.table())
    assert other.seconds < one.seconds


def test_the_best_so_far_after_a_cancel_comes_soon_and_with_its_interval() -> None:
    cancelled: list[float] = []

    def cancel(share: float) -> None:
        if share > 0.2 and not cancelled:
            cancelled.append(time.monotonic())
            raise KeyboardInterrupt

    found = improve(plant("exponential(10 min)", "exponential(7 min)"), days=2, seconds=90, progress=cancel)
    assert time.monotonic() - cancelled[0] < PLAN.after_cancel_s + 3
    assert found.interrupted
    assert found.proposals[0].chosen
    assert found.proposals[0].money.gain_per_day.low < found.proposals[0].money.gain_per_day.mean


def test_a_measure_that_pays_only_after_another_is_named() -> None:
    """Two slow machines in line: a second one of either is worth nothing without one of the other."""
    text = LINE.partition("measures:")[0].replace(
        "on: last, takes: exponential(4 min)", "on: last, takes: exponential(8 min)"
    )
    both = parse_plant(
        text.replace("exponential(10 min)", "exponential(6 min)")
        + """
measures:
  - {id: second-slow, cost: 60000, set: {work_centers.slow.units: 2}}
  - {id: second-last, cost: 60000, set: {work_centers.last.units: 2}}
"""
    )
    found = improve(both, days=20, seconds=25)
    assert found.best is not None
    assert {measure.id for measure in found.best.measures} == {"second-slow", "second-last"}
    assert any("alone: " in note and "it pays after" in note for note in found.notes)


@pytest.mark.slow
def test_lead_times_of_a_learned_plant_do_not_lead() -> None:
    found = improve(log_of(parse_plant(LINE), days=8), goal="lead-time", days=2, seconds=25)
    assert found.best is None
    worth = set(found.table()["worth"])
    assert Worth.BETTER.value not in worth
    if Worth.NOT_VALIDATED.value in worth:
        assert "are not validated; validate it on later lots first" in found.answer
    assert not json.loads(found.to_json())["lead_time_validated"]


def test_a_window_in_which_next_to_nothing_is_completed_is_made_longer_or_refused() -> None:
    """A lot takes three weeks: in the shortest window none would be done, and anything would look good."""
    slow = plant("exponential(8 min)", "10 d").replace(
        {"orders.p.every": "12 d", "routes.r.one.takes": "8 d"}
    )
    found = improve(slow, seconds=8)
    assert found.window.days >= 12 * PLAN.fewest_lots * 0.9
    with pytest.raises(InputError, match=r"in 7 days .* lots are completed on average"):
        improve(slow, days=7, seconds=8)


@pytest.mark.slow
def test_what_is_uncertain_of_a_measure_is_in_its_interval_and_in_no_other() -> None:
    uncertain = plant().replace(
        {
            "measures": [
                {"id": "sure", "cost": 10, "set": {"work_centers.slow.units": 2}},
                {
                    "id": "unsure",
                    "cost": 10,
                    "set": {"routes.r.two.defects.share": 0.02},
                    "uncertain": {"routes.r.two.defects.share": "uniform(0.01, 0.04)"},
                },
            ]
        }
    )
    found = improve(uncertain, days=2, seconds=30)
    of = {one.measures[0].id: one for one in found.proposals if len(one.measures) == 1}
    sure = of["sure"].outcome.uncertainty
    assert sure is not None
    assert sure.spreads["throughput"].parameters < 0.3
    assert of["unsure"].outcome.uncertainty.spreads["defect_rate"].parameters > 0.5  # type: ignore[union-attr]
