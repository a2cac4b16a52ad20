"""What a user of `simulate` relies on."""

from __future__ import annotations

import json
import re
from math import isfinite, isnan
from pathlib import Path

import pytest

from tests.engine.shops import DAY, crossing, order, shop
from tests.studies.conftest import CancelInRun
from tests.studies.plants import flooded, line, table
from zhizao.engine import Session
from zhizao.experiments.precision import Target
from zhizao.kpi import HEADLINE
from zhizao.quantities import InputError
from zhizao.report import Lines
from zhizao.studies.simulate import SimulateResult, simulate


@pytest.fixture(scope="module")
def result() -> SimulateResult:
    return simulate(line(), days=30, replications=6, seed=3)


def test_every_known_kpi_has_an_interval_and_never_a_lone_mean(result: SimulateResult) -> None:
    known = [interval for interval in result.kpis.values() if interval.n]
    assert len(known) > 20
    assert all(i.low <= i.mean <= i.high for i in known if i.n > 1)


def test_the_headline_stands_first_in_the_table(result: SimulateResult) -> None:
    assert tuple(result.table()["kpi"][:5]) == HEADLINE


def test_throughput_is_what_the_orders_ask_for(result: SimulateResult) -> None:
    throughput = result.kpis["throughput"]  # 144 lots of 4 pieces a day, 5 % scrapped
    assert throughput.mean == pytest.approx(144 * 4 * 0.95, rel=0.03)


def test_the_busiest_machine_is_named(result: SimulateResult) -> None:
    assert result.loads[0].resource == "slow"
    assert result.loads[0].load.mean == pytest.approx(0.8, abs=0.05)
    assert "slow" in result.hint


def test_the_warm_up_is_found_and_reported(result: SimulateResult) -> None:
    assert result.window.warm_up_days >= 1
    assert "warm-up cut off (MSER-5" in " ".join(result.notes)
    start = result.records[0].start - result.plant.start
    assert start.days == result.window.warm_up_days


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(result: SimulateResult) -> None:
    again, other = (simulate(line(), days=30, replications=6, seed=seed) for seed in (3, 4))
    assert [again.kpis[name] for name in HEADLINE] == [result.kpis[name] for name in HEADLINE]
    assert [other.kpis[name] for name in HEADLINE] != [result.kpis[name] for name in HEADLINE]


def test_the_json_says_all_and_is_json(result: SimulateResult) -> None:
    found = json.loads(result.to_json())
    assert found["replications"] == 6
    assert found["seed"] == 3
    assert found["keeps_up"] is True
    assert found["kpis"]["lead_time_mean"]["low"] < found["kpis"]["lead_time_mean"]["high"]


def test_the_page_stands_alone_and_shows_the_plant(result: SimulateResult, tmp_path: Path) -> None:
    text = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "three machines in line" in text
    assert "Who does what when" in text
    assert "<script src" not in text
    assert "http" not in re.sub("<script>.*?</script>|http-equiv", "", text, flags=re.DOTALL)


def test_a_plant_that_gets_more_orders_than_it_can_do_says_so() -> None:
    result = simulate(flooded(), days=20, replications=5)
    assert result.growth.steady
    assert "cannot keep up" in result.notes[0]
    assert result.growth.per_day.mean == pytest.approx((1 / 7 - 1 / 8) * 1440, rel=0.3)
    assert json.loads(result.to_json())["keeps_up"] is False


def test_a_table_of_orders_is_run_until_it_is_done_with_nothing_cut_off() -> None:
    result = simulate(table(), replications=2)
    assert result.window.ends
    assert (result.window.days, result.window.warm_up_days) == (2.0, 0.0)  # the last lot ends at hour 34
    assert result.kpis["lead_time_mean"].mean == pytest.approx((2 + 4 + 6 + 2 + 4) / 5)


def test_precision_adds_replications_until_the_headline_is_known_well_enough() -> None:
    result = simulate(line(), days=10, replications=3, precision=0.1)
    assert result.replications > 3
    known = [result.kpis[name] for name in HEADLINE if isfinite(result.kpis[name].half_width)]
    assert all(i.relative_half_width <= 0.1 for i in known) or result.replications == 200


def test_precision_may_be_absolute_and_about_one_kpi(target_runs: SimulateResult) -> None:
    lead = target_runs.kpis["lead_time_mean"]
    assert 3 < target_runs.replications < 200
    assert lead.half_width <= 0.05
    assert any("Lead time, mean is known to ±0.0" in note for note in target_runs.notes)
    assert json.loads(target_runs.to_json())["precision"]["of"] == ["lead_time_mean"]


@pytest.fixture(scope="module")
def target_runs() -> SimulateResult:
    return simulate(line(), days=10, replications=3, precision=Target(absolute=0.05, of=("lead_time",)))


def test_a_cancelled_sequential_run_keeps_the_best_so_far(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(3)  # the pilot, three replications, and then the cancel
    result = simulate(line(), days=5, replications=3, precision=Target(relative=0.01, of=("lead_time",)))
    assert (result.interrupted, result.replications) == (True, 3)
    assert any("less precisely than asked" in note for note in result.notes)


def test_the_warm_up_can_be_judged_by_eye(result: SimulateResult, tmp_path: Path) -> None:
    welch = json.loads(result.to_json())["welch"]
    assert welch["warm_up_days"] == result.window.warm_up_days
    assert len(welch["days"]) == len(welch["smoothed_h"]) > 100
    text = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "How the plant warms up (Welch)" in text


def test_one_replication_of_few_lots_gives_no_interval_and_the_result_says_so() -> None:
    result = simulate(table(), replications=1)
    assert result.table()["low"].null_count() == result.table().height
    assert any("no interval" in note for note in result.notes)


def test_one_long_replication_has_an_interval_of_the_lead_time_from_itself() -> None:
    result = simulate(line(), days=28, replications=1)
    lead = result.kpis["lead_time_mean"]
    assert lead.low < lead.mean < lead.high
    assert isnan(result.kpis["throughput"].low)
    assert any("regeneration" in note for note in result.notes)
    assert json.loads(result.to_json())["steady_lead_time"]["method"] == "regeneration"


def test_a_cancelled_run_keeps_the_replications_done_by_then(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(3)  # the pilot, eight replications, and then the cancel
    result = simulate(line(), days=5, replications=20)
    assert result.interrupted
    assert result.replications == 8
    assert "Interrupted" in result.notes[0]


@pytest.mark.parametrize("begun", [1, 2], ids=["pilot", "first replications"])
def test_a_run_that_is_cancelled_at_once_has_nothing_to_give(cancel_in_run: CancelInRun, begun: int) -> None:
    cancel_in_run(1)
    with pytest.raises(KeyboardInterrupt):
        simulate(line(), days=5)


@pytest.mark.parametrize(
    ("days", "replications", "precision", "said"),
    [(-1, 2, None, "days"), (5, 0, None, "replications"), (5, 2, 1.5, "precision")],
)
def test_an_argument_that_makes_no_sense_is_refused(
    days: float, replications: int, precision: float | None, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        simulate(line(), days=days, replications=replications, precision=precision)


def test_a_plant_without_any_order_in_the_window_is_simulated_all_the_same() -> None:
    late = line().replace({"orders": (line().orders[0].model_copy(update={"first": 1e8}),)})
    result = simulate(late, days=2, replications=2)
    assert result.kpis["lead_time_mean"].n == 0
    assert "lead_time_mean" not in json.loads(result.to_json())["kpis"]


def test_a_deadlock_is_reported_first_and_no_busiest_resource_is_named() -> None:
    found = simulate(crossing(), days=10, replications=2)
    said = (
        "2 of 2 runs stand still, the first of them so: Deadlock since 2026-01-05 00:16:00: L000000 (p) holds"
    )
    assert found.notes[0].startswith(said)
    assert found.hint == "A plant that stands still has no busiest resource."
    (reported,) = json.loads(found.to_json())["standstills"]
    assert (reported["ring"], reported["since"]) == (True, "2026-01-05T00:16:00")
    assert [(hold["holds"], hold["waits_for"]) for hold in reported["holds"]] == [
        ("holds a-1", "room at b"), ("holds b-1", "room at a")
    ]  # fmt: skip


def test_a_plant_that_goes_on_tells_of_no_standstill() -> None:
    assert json.loads(simulate(shop(), days=2, replications=2).to_json())["standstills"] == []


def test_no_resource_without_work_is_called_the_busiest() -> None:
    found = simulate(shop(orders=[order("A")]), days=30, replications=2)
    assert found.hint == "No resource works 0.1% of the time that it has, so none is the busiest."


# ---------------------------------------------------------------- from a state
def test_a_table_of_orders_beside_lots_in_the_plant_is_worked_off() -> None:
    there = [{"id": "W", "product": "p", "pieces": 1, "operation": "a"}]
    found = simulate(shop(orders=[order("A")], wip=there), replications=2)
    assert found.window.ends
    assert found.window.days == 1


def test_from_a_state_the_window_begins_at_its_moment_without_a_warm_up() -> None:
    session = Session(line())
    session.advance(3 * DAY)
    state = session.snapshot()
    for given in (state, state.readable()):
        found = simulate(line(), days=5, replications=3, state=given)
        assert found.window.warm_up_days == 0
        assert [records.start for records in found.records] == 3 * [state.moment]
        assert any("from the state of 2026-01-08" in note for note in found.notes)


def test_from_a_state_how_far_to_look_ahead_must_be_said() -> None:
    state = Session(line()).snapshot()
    with pytest.raises(InputError, match="days: found a state and no days"):
        simulate(line(), state=state)


def test_a_state_and_drawn_plants_do_not_go_together() -> None:
    state = Session(line()).snapshot()
    with pytest.raises(InputError, match="state: found uncertainty too"):
        simulate(line(), days=5, state=state, uncertainty=20)


def test_power_over_the_day_makes_the_energy_of_the_day() -> None:
    found = simulate(line(), days=10, replications=3)
    table = found.power_table()
    assert table["hour"].to_list() == list(range(24))
    assert table["kw"].sum() == pytest.approx(found.kpis["energy"].mean)
    assert table["price"].to_list() == pytest.approx([0.2] * 24)
    chart = next(one for one in found.page().sections if isinstance(one, Lines) and one.right)
    assert chart.series["power of all units"][:24] == table["kw"].to_list()
    assert json.loads(found.to_json())["power_by_hour"][5]["kw"] == table["kw"][5]
