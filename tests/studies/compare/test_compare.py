"""What a user of `compare` relies on."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf, isnan, nan
from pathlib import Path

import pytest

from tests.engine.shops import crossing
from tests.studies.conftest import CancelInRun
from tests.studies.plants import few_people, flooded, line, table
from zhizao.experiments import experiment
from zhizao.kpi.analysis import Interval
from zhizao.kpi.money import Measured, gain_per_day
from zhizao.plant import Plant
from zhizao.quantities import InputError, PlantError
from zhizao.studies.compare import CompareResult, Verdict, compare, compare_measures
from zhizao.studies.compare.payback import Appraisal, Costs, Money, payback


@pytest.fixture(scope="module")
def result() -> CompareResult:
    return compare_measures(line(), ["second-slow-machine", "less-scrap"], days=20, replications=5)


@pytest.mark.parametrize("make", [line, few_people, table])
def test_a_plant_compared_with_itself_differs_by_exactly_nothing(make: Callable[[], Plant]) -> None:
    same = compare(make(), make(), days=10, replications=3)
    known = [c for c in same.scenarios[0].changes.values() if c.verdict is not Verdict.UNKNOWN]
    assert known
    for change in known:
        absolute = change.difference.absolute
        assert (absolute.mean, absolute.low, absolute.high) == (0.0, 0.0, 0.0)
        assert change.verdict is Verdict.SAME


def test_each_measure_is_shown_alone_and_all_together(result: CompareResult) -> None:
    assert [s.name for s in result.scenarios] == ["second-slow-machine", "less-scrap", "all together"]
    assert [s.cost for s in result.scenarios] == [1000, 500, 1500]


def test_a_second_slow_machine_shortens_the_lead_time(result: CompareResult) -> None:
    change = result.scenarios[0].changes["lead_time_mean"]
    assert change.verdict is Verdict.BETTER
    assert change.difference.relative.high < -0.2


def test_less_scrap_lowers_the_defect_rate_and_nothing_else_gets_worse(result: CompareResult) -> None:
    changes = result.scenarios[1].changes
    assert changes["defect_rate"].verdict is Verdict.BETTER
    assert changes["throughput"].verdict is Verdict.BETTER
    assert changes["lead_time_mean"].verdict is Verdict.SAME


def test_a_kpi_that_has_no_good_direction_has_only_changed(result: CompareResult) -> None:
    assert result.scenarios[0].changes["energy"].verdict in (Verdict.CHANGED, Verdict.SAME)


def test_the_plant_before_is_the_same_beside_every_change(result: CompareResult) -> None:
    befores = {s.changes["throughput"].difference.before.mean for s in result.scenarios}
    assert len(befores) == 1


def test_less_scrap_pays_back_in_about_the_time_that_a_hand_count_gives(result: CompareResult) -> None:
    scenario = result.scenarios[1]  # 144 lots of 4 pieces a day, 4 % of them saved, each sold for 10
    assert scenario.gain_per_day.mean == pytest.approx(144 * 4 * 0.04 * 10, rel=0.1)
    assert scenario.payback is not None
    assert scenario.payback.days == pytest.approx(500 / scenario.gain_per_day.mean)
    assert scenario.payback.low < scenario.payback.days < scenario.payback.high


def test_the_json_and_the_page_show_the_same_changes(result: CompareResult, tmp_path: Path) -> None:
    found = json.loads(result.to_json())
    assert [change["name"] for change in found["changes"]][-1] == "all together"
    assert found["changes"][0]["kpis"]["lead_time_mean"]["verdict"] == "better"
    text = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "What it costs and what it is worth" in text


def test_a_measure_that_nobody_knows_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(PlantError, match="did you mean 'less-scrap'"):
        compare_measures(line(), ["les-scrap"])


def test_no_measure_at_all_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="second-slow-machine, less-scrap"):
        compare_measures(line(), [])


def test_plants_that_count_in_different_money_are_not_compared() -> None:
    with pytest.raises(InputError, match="EUR before and USD after"):
        compare(line(), line().replace({"currency": "USD"}))


def test_one_pair_is_refused_for_it_has_no_interval() -> None:
    with pytest.raises(InputError, match="at least 2"):
        compare(line(), line(), replications=1)


def test_a_change_that_floods_the_plant_says_so() -> None:
    after: Plant = flooded()
    result = compare(line(), after, days=30, replications=4)
    assert result.keeps_up
    assert not result.scenarios[0].keeps_up
    assert any("cannot keep up" in note for note in result.notes)


def test_a_cancelled_comparison_keeps_whole_pairs(
    cancel_in_run: CancelInRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "batch_size", lambda: 2)
    cancel_in_run(8)  # two pilots, two chunks of two pairs, and half a chunk
    part = compare(line(), line(), days=5, replications=20)
    assert part.interrupted
    assert part.replications == 4
    assert "Interrupted" in part.notes[0]


@pytest.mark.parametrize("number", [1, 4])
def test_a_comparison_that_is_cancelled_at_once_has_nothing_to_give(
    cancel_in_run: CancelInRun, number: int
) -> None:
    cancel_in_run(number)
    with pytest.raises(KeyboardInterrupt):
        compare(line(), line(), days=5)


# ---------------------------------------------------------------- money, by hand
def measured(throughput: float, cost: float, earned: float = nan) -> Measured:
    return Measured({"throughput": throughput, "cost_rate": cost, "unit_cost": cost / throughput}, earned)


def test_with_prices_the_gain_is_earned_less_spent() -> None:
    assert gain_per_day(measured(100, 500, 1000), measured(110, 530, 1100)) == pytest.approx(70)


def test_without_prices_a_piece_more_is_worth_what_it_cost() -> None:
    assert gain_per_day(measured(100, 500), measured(110, 530)) == pytest.approx(20)  # (5 - 4.818) x 110


def test_a_gain_that_may_be_a_loss_may_never_pay_back() -> None:
    paid = payback(Costs(1000.0, 0.0), Interval(10.0, -5.0, 25.0, 5))
    assert paid is not None
    assert (paid.days, paid.low, paid.high) == (100.0, 40.0, inf)


def test_a_measure_that_costs_nothing_has_no_pay_back_time() -> None:
    assert payback(Costs(0.0, 0.0), Interval(10.0, 5.0, 15.0, 5)) is None


def test_a_measure_that_saves_money_at_once_is_worth_what_it_saves_and_gains() -> None:
    assert payback(Costs(-100.0, 0.0), Interval(10.0, 5.0, 15.0, 5)) is None
    worth = Money(Costs(-1000, 0), KNOWN, KNOWN, NOTHING, Appraisal(interest=0.0, years=2)).net_present_value
    assert (worth.mean, worth.low, worth.high) == (1000 + 7300, 1000 + 3650, 1000 + 10950)


def test_the_net_present_value_is_that_of_an_annuity() -> None:
    """3,650 a year less 650 to keep it up, for 3 years at 10 %: 3,000 x 2.48685 less 5,000."""
    worth = Money(Costs(5000, 650), KNOWN, KNOWN, NOTHING, Appraisal(interest=0.1, years=3))
    years = sum(3000 / 1.1**year for year in (1, 2, 3))
    assert worth.net_present_value.mean == pytest.approx(years - 5000)
    assert worth.payback is not None
    assert worth.payback.days == pytest.approx(5000 / (3000 / 365))


KNOWN, NOTHING = Interval(10.0, 5.0, 15.0, 5), Interval(0.0, 0.0, 0.0, 5)


@pytest.mark.parametrize(("interest", "years"), [(-0.1, 5), (1.0, 5), (0.08, 0), (0.08, 101), (nan, 5)])
def test_an_appraisal_that_cannot_be_is_refused(interest: float, years: float) -> None:
    with pytest.raises(InputError):
        Appraisal(interest, years)


# ---------------------------------------------------------------- what inspection changes
def checked(**product: float) -> Plant:
    """A machine makes one piece in ten defective; an inspection finds none, with vision nearly all."""
    return Plant.model_validate(
        {
            "plant": "checked",
            "work_centers": [{"id": "press", "cost": 120}, {"id": "check", "cost": 10}],
            "routes": {
                "r": [
                    {"id": "press", "on": ["press"], "takes": "3 min", "defects": {"share": 0.1, "found": 0}},
                    {"id": "look", "on": ["check"], "takes": "1 min", "defects": {"found": 0}},
                ]
            },
            "products": {"p": {"route": "r", "price": 100, "material": 8, **product}},
            "orders": [{"product": "p", "every": "6 min"}],
            "measures": [
                {"id": "vision", "cost": 40_000, "set": {"routes.r.look.defects.found": 0.98}},
                {"id": "jumpy", "cost": 1, "set": {"routes.r.look.defects.false_alarms": 0.05}},
            ],
        }
    )


def test_finding_defects_never_looks_worse_than_shipping_them() -> None:
    changes = compare_measures(checked(), ["vision"], days=30, replications=5).scenarios[0].changes
    assert changes["escape_rate"].verdict is Verdict.BETTER
    assert [name for name, change in changes.items() if change.verdict is Verdict.WORSE] == []
    for name in ("throughput", "unit_cost", "defect_rate"):
        assert changes[name].verdict is Verdict.SAME


def test_false_alarms_are_pieces_lost() -> None:
    changes = compare_measures(checked(), ["jumpy"], days=30, replications=5).scenarios[0].changes
    throughput = changes["throughput"]
    assert throughput.verdict is Verdict.WORSE
    assert throughput.difference.relative.mean == pytest.approx(-0.05, abs=0.005)


def test_the_money_side_of_escapes_is_not_known_where_nobody_says_what_one_costs() -> None:
    result = compare_measures(checked(), ["vision"], days=30, replications=5)
    scenario = result.scenarios[0]
    assert isnan(scenario.gain_per_day.mean)
    assert scenario.payback is None
    found = json.loads(result.to_json())["changes"][0]
    assert found["gain_per_day"] == {"mean": None, "low": None, "high": None}
    assert found["break_even_escape_cost"] == pytest.approx(100)  # what a piece that is shipped earns today
    assert any("`escape_cost`" in note for note in result.notes)


def test_a_defect_that_is_found_saves_its_escape_cost_and_loses_its_price() -> None:
    """240 pieces a day, 24 of them defective, 98 % of these found: each saves 150 and loses 100."""
    scenario = compare_measures(checked(escape_cost=150), ["vision"], days=60, replications=5).scenarios[0]
    assert scenario.gain_per_day.mean == pytest.approx(240 * 0.1 * 0.98 * (150 - 100), rel=0.03)
    assert scenario.payback is not None
    assert scenario.payback.days == pytest.approx(40_000 / scenario.gain_per_day.mean)
    assert scenario.changes["unit_cost"].verdict is Verdict.BETTER


# ---------------------------------------------------------------- orders beyond the capacity
@pytest.mark.parametrize("release", ["push", {"conwip": 1}])
def test_pay_back_is_the_same_whether_orders_wait_outside_or_inside(release: object) -> None:
    """A second machine makes 96 pieces a day more; each earns 50 less 30 of material: 1,920 a day."""
    plant = Plant.model_validate(
        {
            "plant": "queue",
            "work_centers": [{"id": "m"}],
            "routes": {"r": [{"id": "a", "on": ["m"], "takes": "15 min"}]},
            "products": {"p": {"route": "r", "price": 50, "material": 30}},
            "orders": [{"product": "p", "every": "4 min"}],
            "measures": [{"id": "second", "cost": 9600, "set": {"work_centers.m.units": 2}}],
            "release": release,
        }
    )
    limit = {} if release == "push" else {"release": {"conwip": 2}}
    after = plant.with_measures(["second"]).replace(limit) if limit else plant.with_measures(["second"])
    scenario = compare(plant, after, days=20, replications=3).scenarios[0]
    assert scenario.gain_per_day.mean == pytest.approx(96 * 20, rel=0.01)
    assert payback(Costs(9600, 0), scenario.gain_per_day).days == pytest.approx(5, rel=0.01)  # type: ignore[union-attr]


# ---------------------------------------------------------------- what matters
def test_a_difference_that_is_certain_but_too_small_is_neither_better_nor_worse() -> None:
    plant = checked()
    slower = plant.replace({"routes.r.press.takes": "181 s"})  # 0.4 % of the lead time
    changes = compare(plant, slower, days=10, replications=5).scenarios[0].changes
    assert changes["lead_time_mean"].verdict is Verdict.SMALL
    reported = compare(plant, slower, days=10, replications=5, relevance=0.001).scenarios[0].changes
    assert reported["lead_time_mean"].verdict is Verdict.WORSE


def test_a_relevance_that_is_no_share_is_refused() -> None:
    with pytest.raises(InputError, match="relevance"):
        compare(line(), line(), days=5, relevance=2.0)


def test_every_verdict_comes_with_its_p_value(result: CompareResult) -> None:
    table = result.table()
    assert table["p_value"].is_between(0, 1).all()
    better = table.filter(table["verdict"].is_in(["better", "worse"]))
    assert better.height
    assert (better["p_value"] < 0.05).all()
    assert (better["relative"].abs() >= 0.005).all()


def test_a_deadlock_before_or_after_is_reported() -> None:
    free = crossing(capacity=None)
    found = compare(crossing(), free, days=5, replications=2)
    assert found.notes[0].startswith("2 of 2 runs before stand still, the first of them so: Deadlock since")
    assert len(json.loads(found.to_json())["standstills"]) == 1
    assert compare(free, crossing(), days=5, replications=2).notes[0].startswith("2 of 2 runs after ")
