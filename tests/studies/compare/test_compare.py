"""What a user of `compare` relies on."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf, nan
from pathlib import Path

import pytest

from tests.engine.shops import crossing
from tests.studies.conftest import CancelInRun
from tests.studies.plants import few_people, flooded, line, table
from zhizao.engine import bench
from zhizao.kpi.analysis import Interval
from zhizao.plant import Plant
from zhizao.quantities import InputError, PlantError
from zhizao.studies.compare import CompareResult, Verdict, compare, compare_measures, study
from zhizao.studies.compare.payback import Measured, gain_per_day, payback


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
    assert "What it costs and when it is paid back" in text


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
    monkeypatch.setattr(study, "cpu_count", lambda: 2)
    cancel_in_run(bench, 8)  # two pilots, two chunks of two pairs, and half a chunk
    part = compare(line(), line(), days=5, replications=20)
    assert part.interrupted
    assert part.replications == 4
    assert "Interrupted" in part.notes[0]


@pytest.mark.parametrize("number", [1, 4])
def test_a_comparison_that_is_cancelled_at_once_has_nothing_to_give(
    cancel_in_run: CancelInRun, number: int
) -> None:
    cancel_in_run(bench, number)
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
    paid = payback(1000.0, Interval(10.0, -5.0, 25.0, 5))
    assert paid is not None
    assert (paid.days, paid.low, paid.high) == (100.0, 40.0, inf)


def test_a_measure_that_costs_nothing_has_no_pay_back_time() -> None:
    assert payback(0.0, Interval(10.0, 5.0, 15.0, 5)) is None


def test_a_deadlock_before_or_after_is_told() -> None:
    free = crossing(capacity=None)
    found = compare(crossing(), free, days=5, replications=2)
    assert found.notes[0].startswith("2 of 2 runs before stand still, the first of them so: Deadlock since")
    assert len(json.loads(found.to_json())["standstills"]) == 1
    assert compare(free, crossing(), days=5, replications=2).notes[0].startswith("2 of 2 runs after ")
