"""What a user of `compare(..., uncertainty=n)` relies on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.studies.conftest import CancelInRun
from tests.studies.plants import LINE, line
from zhizao.plant import Plant, parse_plant
from zhizao.plant.uncertainty import Group
from zhizao.quantities import InputError
from zhizao.studies.compare import CompareResult, Verdict, compare, compare_measures

KNOWN = """
uncertainty:
  - {what: work_centers.slow.setup, error: 0.3, observations: 12}
  - {what: orders.every, error: 0.02, observations: 2000}
"""
SETUPS = (
    LINE.replace("- {id: slow, cost", "- {id: slow, setup: {by: product, default: 6 min}, cost")
    .replace("products: {p:", "products: {q: {route: r, lot: 4}, p:")
    .replace("{product: p, every: exponential(10 min)}", "{mix: {p: 1, q: 1}, every: exponential(15 min)}")
)


def changing() -> Plant:
    """The line with two products, set-ups known to 30 %."""
    return parse_plant(SETUPS + KNOWN)


@pytest.fixture(scope="module")
def result() -> CompareResult:
    after = changing().replace({"work_centers.slow.setup.default": "1 min"})
    return compare(changing(), after, days=10, replications=3, uncertainty=10)


def test_the_gain_of_quicker_set_ups_is_uncertain_by_what_they_take_now(result: CompareResult) -> None:
    scenario = result.scenarios[0]
    assert scenario.uncertainty
    change = scenario.changes["lead_time_mean"]
    assert change.difference.relative.high < 0  # Holm asks for more than an interval that excludes 0
    assert change.evidence.p_value < 0.05
    spread = scenario.uncertainty.spreads["lead_time_mean"]
    assert spread.parameters > 0.5
    assert spread.groups[Group.SETUPS] > 0.5 * spread.parameters
    assert spread.interval == change.difference.relative


def test_it_says_what_to_measure_and_how_often(result: CompareResult) -> None:
    said = " ".join(result.notes)
    assert "Measure work_centers.slow.setup better" in said
    assert "known from 12 observations; 36 more would halve its part" in said


def test_the_json_and_the_page_show_the_split(result: CompareResult, tmp_path: Path) -> None:
    split = json.loads(result.to_json())["changes"][0]["uncertainty"]["kpis"]["lead_time_mean"]
    assert split["groups"]["set-up times"] > split["groups"]["arrivals"]
    text = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Where the intervals come from: after" in text


def test_what_is_known_of_one_plant_holds_for_the_other() -> None:
    bare = changing().replace({"uncertainty": ()})
    same = compare(changing(), bare, days=5, replications=2, uncertainty=3)
    for change in same.scenarios[0].changes.values():
        assert change.verdict in (Verdict.SAME, Verdict.UNKNOWN)
        if change.verdict is Verdict.SAME:
            assert (change.difference.absolute.low, change.difference.absolute.high) == (0, 0)


def test_measures_are_compared_on_the_same_draws() -> None:
    ids = ["second-slow-machine", "less-scrap"]
    found = compare_measures(changing(), ids, days=5, replications=2, uncertainty=6)
    assert [s.uncertainty is not None for s in found.scenarios] == [True] * 3
    assert len({s.changes["throughput"].difference.before.mean for s in found.scenarios}) == 1
    assert found.scenarios[1].payback
    assert found.scenarios[1].payback.low < found.scenarios[1].payback.days


def test_plants_of_which_nothing_is_known_are_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match="learn it from a log"):
        compare(line(), line(), uncertainty=20)


def test_a_cancel_keeps_the_pairs_of_plants_drawn_by_then(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(2 + 2 * 1 + 2 * 3)  # pilots, one chunk of pairs, two drawn pairs and a half
    found = compare(changing(), changing(), days=5, replications=2, uncertainty=20)
    assert found.interrupted
    assert found.scenarios[0].uncertainty
    assert found.scenarios[0].uncertainty.plants == 2
    assert "only the 2 drawn plants" in found.notes[0]


# ---------------------------------------------------------------- effects of measures
@pytest.mark.slow
def test_the_range_of_a_measure_is_in_the_interval_of_what_it_gains() -> None:
    quicker = {
        "id": "quicker",
        "cost": 1000,
        "set": {"work_centers.slow.setup.default": "2 min"},
        "uncertain": {"work_centers.slow.setup.default": "uniform(1 min, 5 min)"},
    }
    plant = parse_plant(SETUPS).replace({"measures": [quicker]})
    exact = compare_measures(plant, ["quicker"], days=10, replications=3)
    found = compare_measures(plant, ["quicker"], days=10, replications=3, uncertainty=20)
    spread = found.scenarios[0].uncertainty.spreads["lead_time_mean"]  # type: ignore[union-attr]
    assert spread.groups[Group.EFFECTS] > 0.8 * spread.parameters  # the rest is not linear
    assert spread.parameters > 0.5
    assert spread.largest == "measures.quicker.work_centers.slow.setup.default"
    mean = exact.scenarios[0].changes["lead_time_mean"].difference.relative.mean
    assert mean < spread.interval.mean  # 2 min is better than the mean of the range
    assert spread.interval.low < mean < spread.interval.high


def test_scenarios_in_a_window_found_already_are_judged_by_the_same_numbers() -> None:
    from zhizao.experiments import Scenario
    from zhizao.studies.compare import Terms, compare_scenarios

    after = line().replace({"work_centers.slow.units": 2})
    whole = compare(line(), after, days=10, replications=4)
    quick = compare_scenarios(
        line(), [Scenario("after", after)], whole.window, Terms(replications=4, headline_only=True)
    )
    for name, change in quick.scenarios[0].changes.items():
        assert change.difference == whole.scenarios[0].changes[name].difference
    assert quick.scenarios[0].money == whole.scenarios[0].money
