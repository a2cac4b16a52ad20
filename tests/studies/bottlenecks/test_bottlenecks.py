"""What a user of `bottlenecks` relies on."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.engine.shops import crossing
from tests.studies.conftest import CancelInRun
from tests.studies.plants import few_people, line
from zhizao.kpi.verdicts import holm
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.records import EVENTS, LOTS, Records, conform
from zhizao.report import Bars
from zhizao.studies.bottlenecks import BottleneckResult, bottlenecks
from zhizao.studies.bottlenecks.active import active_periods
from zhizao.studies.bottlenecks.study import one_more_each
from zhizao.studies.bottlenecks.waits import waits


@pytest.fixture(scope="module")
def result() -> BottleneckResult:
    return bottlenecks(line(), days=20, replications=5)


def test_the_slow_machine_of_a_line_is_found_by_all_the_evidence(result: BottleneckResult) -> None:
    slow, *others = result.resources
    assert slow.name == "slow"
    assert all(slow.load.mean > other.load.mean for other in others)
    assert all(slow.moment_share.mean > other.moment_share.mean for other in others)
    assert all(slow.wait_h.mean > other.wait_h.mean for other in others)


def test_one_more_of_it_is_proved_to_shorten_the_lead_time(result: BottleneckResult) -> None:
    gain = result.resources[0].gain
    assert gain is not None
    assert gain.shorter > 0.2
    assert gain.lead_time.absolute.high < 0


def test_the_answer_is_a_plain_sentence(result: BottleneckResult) -> None:
    assert result.answer.startswith("Orders limit throughput")
    assert "For the lead time, slow comes first (lots wait longest before slow, " in result.answer
    assert "one more unit shortens the mean lead time by" in result.answer


def test_a_resource_that_holds_back_throughput_is_named_first_with_what_one_more_makes() -> None:
    """Orders for 240 lots a day meet a machine that makes 96 and one that makes 144: the first limits."""
    plant = parse_plant(
        "{zhizao: 1, plant: p, work_centers: [{id: quick}, {id: slow}], routes: {r: ["
        "{id: x, on: quick, takes: exponential(10 min)}, {id: y, on: slow, takes: exponential(15 min)}]}, "
        "products: {q: {route: r}}, orders: [{product: q, every: 6 min}]}"
    )
    result = bottlenecks(plant, days=120, replications=5)
    assert (result.limits, result.keeps_up) == ("slow", False)
    assert result.answer.startswith("slow limits throughput: one more unit ")
    assert result.resources[0].name == "slow"
    assert result.resources[0].more == pytest.approx(0.5, abs=0.03)  # then the quick one limits, at 144
    assert json.loads(result.to_json())["limits_throughput"] == "slow"


def test_no_resource_is_named_that_brings_neither_throughput_nor_lead_time() -> None:
    """One lot an hour meets a machine that takes a constant 10 minutes: nothing waits, nothing limits."""
    plant = parse_plant(
        "{zhizao: 1, plant: p, work_centers: [{id: m}], routes: {r: [{id: x, on: m, takes: 10 min}]}, "
        "products: {q: {route: r}}, orders: [{product: q, every: 1 h}]}"
    )
    result = bottlenecks(plant, days=10, replications=3)
    assert (result.limits, result.delays) == (None, None)
    assert result.answer.startswith("Orders limit throughput")
    assert "one more of no resource tried shows a gain" in result.answer
    assert json.loads(result.to_json())["limits_throughput"] == "orders"


def test_where_lots_wait_longest_comes_first_for_the_lead_time_though_another_machine_gains_more() -> None:
    """Lots wait for a batch of four in the oven; an oven more helps less than a second saw."""
    plant = parse_plant(
        "{zhizao: 1, plant: p, work_centers: [{id: saw}, {id: oven}], routes: {r: ["
        "{id: x, on: saw, takes: exponential(24 min)}, "
        "{id: y, on: oven, takes: {per_lot: 60 min}, batch: {lots: 4..6}}]}, "
        "products: {q: {route: r}}, orders: [{product: q, every: exponential(30 min)}]}"
    )
    result = bottlenecks(plant, days=60, replications=5)
    waits_h = {r.name: r.lost_h.mean for r in result.resources}
    assert result.delays == max(waits_h, key=lambda name: waits_h[name])


def test_the_gains_of_many_resources_are_one_family_of_tests(result: BottleneckResult) -> None:
    gains = [r.gain for r in result.resources if r.gain is not None]
    lead = [g.lead_time_evidence.p_value for g in gains]
    shown = [g.lead_time_evidence.significant for g in gains]
    assert shown == holm(lead)


def test_json_page_and_table_rank_alike(result: BottleneckResult, tmp_path: Path) -> None:
    ranked = [r.name for r in result.resources]
    assert [row["resource"] for row in json.loads(result.to_json())["resources"]] == ranked
    assert result.table()["resource"].to_list() == ranked
    assert "What limits the plant" in result.report(tmp_path / "b.html").read_text(encoding="utf-8")


def test_the_chart_shows_who_holds_up_the_plant_in_the_numbers_of_the_study(result: BottleneckResult) -> None:
    chart = next(one for one in result.page().sections if isinstance(one, Bars))
    assert chart.names[0] == "slow (1)"
    slow = result.resources[0]
    assert chart.values["momentary bottleneck"][0].value == pytest.approx(100 * slow.moment_share.mean)
    assert chart.values["load"][0].high == pytest.approx(100 * slow.load.high)
    shares = [one.value or 0.0 for one in chart.values["momentary bottleneck"]]
    assert shares == sorted(shares, reverse=True)


def test_people_who_are_short_are_found_and_not_their_machines() -> None:
    result = bottlenecks(few_people(), days=20, replications=5)
    by_name = {r.name: r for r in result.resources}
    assert by_name["crew"].load.mean == pytest.approx(30 / 36, abs=0.05)
    assert by_name["m"].load.mean == pytest.approx(30 / 72, abs=0.04)
    assert result.resources[0].name in ("crew", "m + crew")
    machine = by_name["m"].gain
    assert machine is not None
    assert machine.shorter < 0.05


def test_what_was_not_tried_is_reported_so(result: BottleneckResult) -> None:
    none = bottlenecks(line(), days=5, replications=2, tried=0)
    assert all(r.gain is None for r in none.resources)
    assert "was not tried" in none.resources[0].sentence
    assert "one more of no resource tried shows a gain" in none.answer
    assert none.limits is None


def test_a_machine_is_tried_together_with_its_people() -> None:
    plants = one_more_each(few_people(), ["crew", "m"])
    assert list(plants) == ["crew", "m", "m + crew"]
    both = plants["m + crew"]
    assert (len(both.work_centers[0].units), both.personnel[0].count) == (5, 3)


def test_a_cancel_during_the_experiments_keeps_the_evidence(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(4)  # the pilot, the plant as it is, one experiment, and then the cancel
    result = bottlenecks(line(), days=5, replications=3)
    assert result.interrupted
    assert [r.gain is not None for r in sorted(result.resources, key=lambda r: -r.load.mean)][:2] == [
        True,
        False,
    ]


def test_one_pair_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2"):
        bottlenecks(line(), replications=1)


# ---------------------------------------------------------------- evidence, by hand
DAY = datetime(2026, 1, 5)


def two_machines() -> Plant:
    return parse_plant(
        "{zhizao: 1, plant: p, work_centers: [{id: a}, {id: b}], routes: {r: [{id: x, on: a, takes: 1 h}]}, "
        "products: {q: {route: r}}, orders: [{product: q, every: 1 h}]}"
    )


def records(rows: list[tuple[str, str, float, float]], releases: dict[str, float]) -> Records:
    at = [DAY + timedelta(hours=low) for _, _, low, _ in rows]
    until = [DAY + timedelta(hours=high) for _, _, _, high in rows]
    events = pl.DataFrame(
        {
            "lot": [lot for lot, *_ in rows],
            "work_center": [center for _, center, *_ in rows],
            "unit": [f"{center}-1" for _, center, *_ in rows],
            "activity": ["process"] * len(rows),
            "start": at,
            "end": until,
        }
    )
    lots = pl.DataFrame(
        {"lot": list(releases), "release": [DAY + timedelta(hours=h) for h in releases.values()]}
    )
    return Records(DAY, DAY + timedelta(hours=10), conform(lots, LOTS), conform(events, EVENTS))


def test_the_longest_active_period_is_the_bottleneck_of_the_moment() -> None:
    # a works 0-4 and 5-6; b works 3-9 without a break: b holds 3-9 (6 h), a holds 0-3 (3 h)
    found = active_periods(
        records([("l1", "a", 0, 4), ("l2", "a", 5, 6), ("l1", "b", 3, 7), ("l2", "b", 7, 9)], {}),
        two_machines(),
    )
    assert found["a"].moment_share == pytest.approx(3 / 9)
    assert found["b"].moment_share == pytest.approx(6 / 9)
    assert found["a"].period_h == pytest.approx(2.5)
    assert found["b"].period_h == pytest.approx(6.0)


def test_a_wait_runs_from_the_release_or_the_step_before() -> None:
    log = records([("l1", "a", 1, 2), ("l1", "b", 5, 6), ("l2", "a", 2, 3)], {"l1": 0.5, "l2": 0.0})
    assert waits(log) == {
        "a": pytest.approx(((0.5 + 2.0) / 2, 2.5 / 2)),
        "b": pytest.approx((3.0, 3.0 / 2)),  # one of two lots was there
    }


def test_a_lot_released_before_the_window_does_not_count_its_first_wait() -> None:
    log = records([("l1", "a", 1, 2), ("l2", "a", 2, 3)], {"l1": -5.0, "l2": 0.0})
    assert waits(log) == {"a": pytest.approx((2.0, 2.0))}


def test_a_plant_that_stands_still_has_no_bottleneck() -> None:
    found = bottlenecks(crossing(), days=5, replications=2)
    assert found.notes[0].startswith("2 of 2 runs stand still, the first of them so: Deadlock since")
    assert found.answer == "No resource limits a plant that stands still."
    assert json.loads(found.to_json())["standstills"][0]["ring"] is True
