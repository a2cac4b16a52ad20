"""Plans under randomness: judged on common random numbers, recommended only where they are better."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.engine.shops import op, order, shop
from zhizao.engine import RunSettings, run
from zhizao.engine.decoder import Decoder
from zhizao.engine.forecast import forecast_plant, take_over
from zhizao.plant import DispatchRule, Plant
from zhizao.plant.certain import without_randomness
from zhizao.quantities import InputError
from zhizao.solvers.plans import Decisions
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.robust.following import Follower, Replanning, Way
from zhizao.studies.schedule.search.decisions import plan_frame
from zhizao.studies.schedule.work import lots_to_plan

pytestmark = pytest.mark.usefixtures("few_trials")

HOUR = 3600.0


def two_machines(**center: Any) -> Plant:
    """Twelve jobs of three products over two machines with set-ups; the first may fail."""
    centers = [
        {"id": "m", "setup": {"by": "product", "default": "20 min"}, **center},
        {"id": "n", "units": 2},
    ]
    times = {"p": "gamma(30 min, cv 0.3)", "q": "gamma(15 min, cv 0.3)", "u": "gamma(45 min, cv 0.3)"}
    routes = {
        name: [op("a", "m", takes=takes), op("b", "n", takes="40 min")] for name, takes in times.items()
    }
    jobs = [
        order(f"{name}{n}", name, release=HOUR * n, due=HOUR * (n + 3 + 2 * row))
        for n in range(4)
        for row, name in enumerate(times)
    ]
    return shop(centers, None, jobs, routes=routes, products={name: {"route": name} for name in times})


FAILING = {"failures": [{"between": "exponential(5 h)", "repair": "exponential(40 min)"}]}


def judged(plant: Plant, **options: Any) -> Any:
    return schedule(plant, seconds=20.0, work=200, replications=6, **options).robustness


def test_plan_and_rule_are_judged_on_the_same_replications() -> None:
    found = judged(two_machines(**FAILING), replan="1 h")
    assert found.replications == 6
    assert [policy.unfinished for policy in found.policies] == [0.0, 0.0, 0.0]
    rule, _, replanned = found.policies
    assert rule.name == found.rule
    assert found.difference.mean == pytest.approx(replanned.mean.mean - rule.mean.mean)
    assert found.plans > 3
    assert found.recommended in (found.rule, replanned.name)


def test_without_a_shown_gain_the_rule_is_recommended() -> None:
    """One machine, one product, all due at once: no order of lots is better than another."""
    jobs = [order(f"O{n}", due=HOUR) for n in range(6)]
    plant = shop([{"id": "m", **FAILING}], [op("a", "m", takes="exponential(20 min)")], jobs)
    found = judged(plant)
    assert found.recommended == found.rule
    assert found.difference.high >= 0.0


def test_the_rule_of_a_follower_is_the_twin_with_that_rule() -> None:
    """Undecided operations are taken by the rule of their work center, as without a plan."""
    plant = two_machines(**FAILING)
    lots = lots_to_plan(plant)
    follower = Follower([plant], plant, lots, Objective.TARDINESS, seed=1)
    for number in (0, 3):
        records = run(plant, RunSettings(days=20, first_replication=number)).records[0]
        late = (records.lots["completed"] - records.lots["due"]).dt.total_microseconds() / 1e6
        assert follower.rule(number).value_s == pytest.approx(float(late.clip(0).sum()), abs=1e-3)


def test_a_forecast_from_the_start_is_the_run_without_randomness() -> None:
    plant = two_machines(**FAILING)
    frame = plan_frame(plant, lots_to_plan(plant))
    certain = Decoder(plant, frame)
    run = Decoder(plant, frame, replication=(1, 0))
    forecast = Decoder(forecast_plant(plant), frame, replication=(1, 0))
    run.run_to(0.0)
    take_over(forecast, run)
    for decoder in (certain, forecast):
        decoder.run_to(30 * 24 * HOUR)
    left = forecast.planned["left"], certain.planned["left"]
    assert np.allclose(*left, atol=HOUR)  # of work in hand the time is drawn
    assert forecast.done


def test_a_forecast_knows_no_failure_ahead() -> None:
    """In the middle of a run: from there on the forecast ends as fast as without failures."""
    plant = two_machines(**FAILING)
    frame = plan_frame(plant, lots_to_plan(plant))
    run = Decoder(plant, frame, replication=(1, 2))
    forecast = Decoder(forecast_plant(plant), frame, replication=(1, 2))
    run.run_to(3 * HOUR)
    take_over(forecast, run)
    before = run.planned["start"].copy()
    forecast.run_to(60 * 24 * HOUR)
    assert forecast.done
    begun = before >= 0.0
    assert np.array_equal(forecast.planned["start"][begun], before[begun])


def test_a_due_date_put_forward_counts_for_the_rule_alone() -> None:
    """Three lots wait for one machine; the last of them, with its due date put forward, goes first."""
    jobs = [order(f"O{n}", due=HOUR * (n + 1)) for n in range(3)]
    center = {"id": "m", "dispatch": "earliest-due-date"}
    plant = shop([center], [op("a", "m", takes="1 h")], jobs)
    lots = lots_to_plan(plant)
    follower = Follower([plant], plant, lots, Objective.TARDINESS, seed=1)
    decisions = Decisions.blank(3)
    decisions.key[:] = np.inf
    assert follower.plan(0, decisions).value_s == pytest.approx(0.0, abs=1e-3)
    decisions.earlier[2] = 3 * HOUR
    # it is done at 1 h in place of 3 h; the first, due at 1 h, ends at 2 h, the second, due at 2 h, at 3 h
    assert follower.plan(0, decisions).value_s == pytest.approx(2 * HOUR, abs=1e-3)


@pytest.mark.parametrize("way", Way)
def test_plans_made_on_the_way_repeat_themselves(way: Way) -> None:
    plant = two_machines(**FAILING)
    plant = plant.model_copy(
        update={
            "work_centers": tuple(
                center.model_copy(update={"dispatch": DispatchRule.ATC}) for center in plant.work_centers
            )
        }
    )
    lots = lots_to_plan(plant)
    certain = without_randomness(plant)
    terms = Replanning(HOUR, 0.1, decodes=30, way=way)
    found = []
    for _ in range(2):
        follower = Follower([plant], certain, lots, Objective.TARDINESS, seed=3)
        assert follower.ways == tuple(Way)
        start = Decisions.blank(len(follower.layout.first))
        found.append([follower.replanned(number, start, terms, lambda: True) for number in range(3)])
    assert [one and one.value_s for one in found[0]] == [one and one.value_s for one in found[1]]
    assert all(one is not None and one.unfinished == 0 and one.plans > 0 for one in found[0])


def test_without_rules_that_look_at_due_dates_only_the_order_is_planned() -> None:
    plant = two_machines()
    follower = Follower([plant], plant, lots_to_plan(plant), Objective.TARDINESS, seed=1)
    assert follower.ways == (Way.ORDER,)


def test_json_and_text_say_what_is_assumed_and_recommended() -> None:
    plan = schedule(two_machines(), seconds=20.0, work=100, replications=3, replan="2 h")
    under = json.loads(plan.to_json())["under_randomness"]
    assert under["replan_every_s"] == 7200.0
    assert under["replanned_are"] in set(Way)
    assert "failures ahead are not known" in under["assumed"]
    assert any("Recommended:" in note for note in plan.notes)


WRONG = [({"replications": 1}, "right is 2 or more"), ({"replications": 4, "replan": "0 h"}, "more than 0")]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        schedule(two_machines(), seconds=5.0, work=20, **options)


def test_equal_numbers_of_decodes_give_equal_plans_on_the_way() -> None:
    plant = two_machines(**FAILING)
    lots = lots_to_plan(plant)
    terms = Replanning(HOUR, 0.0, decodes=20)
    found = []
    for _ in range(2):
        follower = Follower([plant], plant, lots, Objective.TARDINESS, seed=1)
        plan = follower._undecided
        found.append(follower.replanned(4, plan, terms, lambda: True))
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].value_s == found[1].value_s


@pytest.mark.slow
def test_a_cancel_keeps_the_plan_and_the_replications_that_are_done() -> None:
    def cancel_half_way(share: float) -> None:
        if share >= 0.5:  # of the replications: the search takes seconds of its 100
            raise KeyboardInterrupt

    options: dict[str, Any] = {"seconds": 100.0, "work": 50, "replications": 8}
    plant = two_machines(**FAILING)
    whole = schedule(plant, **options)
    cut = schedule(plant, progress=cancel_half_way, **options)
    assert (whole.interrupted, cut.interrupted) == (False, True)
    assert cut.value_s == whole.value_s
    assert cut.robustness is not None
    assert 2 <= cut.robustness.replications < 8


def test_no_share_is_said_of_nothing() -> None:
    """Where rule and plan are never late there is no relative difference."""
    plant = shop(None, [op("a", "m")], [order("O", due=24 * HOUR)])
    plan = schedule(plant, seconds=5, work=50, replications=3)
    assert not any("nan" in note for note in plan.notes)
    assert any("0 h, 95 % interval 0 h to 0 h" in note for note in plan.notes)
