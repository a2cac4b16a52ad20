"""The twin as decoder: a run that goes on from a snapshot is the run from the start, whatever the plant."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.laws.factories import factories
from tests.strategies import plants
from zhizao.plant import DispatchRule, JobOrder, Plant, read_plant
from zhizao.plant.certain import without_randomness
from zhizao.quantities import InputError
from zhizao.solvers.plans import DueDateMoves, Effort
from zhizao.solvers.plans.moves import Neighbourhood, apply, undo
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule import schedule
from zhizao.studies.schedule.judge import PlanSelection, each_rule, goes_by_due_dates
from zhizao.studies.schedule.search.decisions import decoder_for, layout_of, structure_of
from zhizao.studies.schedule.search.decoding import Decoding
from zhizao.studies.schedule.search.plan_search import _Worker
from zhizao.studies.schedule.work import lots_to_plan

pytestmark = pytest.mark.usefixtures("few_trials")
few = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
)
MOVES = 12
_BY_DUE = [DispatchRule.EARLIEST_DUE_DATE, DispatchRule.CRITICAL_RATIO, DispatchRule.ATC]


def with_job_orders(plant: Plant, seed: int, count: int = 12) -> Plant:
    """The plant with some orders for its streams."""
    rng = Random(seed)
    names = [name for name, product in plant.products.items() if product.route is not None]
    orders = [
        JobOrder(
            id=f"J{n}", product=rng.choice(names), pieces=1 + rng.randrange(6),
            release=(at := 3600.0 * rng.randrange(12)), due=at + 1800.0 * rng.randrange(12),
            priority=rng.choice([0.0, 3.0]),
        )
        for n in range(count)
    ] if names else []  # fmt: skip
    return plant.model_copy(update={"orders": tuple(orders)})


def decoding_of(plant: Plant, moves: type[Neighbourhood] = Neighbourhood) -> tuple[Decoding, Neighbourhood]:
    """With an order of the operations; for moves of due dates each work center by its rule instead."""
    certain = without_randomness(plant)
    lots = lots_to_plan(certain)
    decoder = decoder_for(certain, lots, None)
    layout = layout_of(decoder, certain, lots)
    made = Decoding(decoder, layout, (certain, lots), Objective.TARDINESS)
    made.decisions.key[:] = np.arange(len(layout.first)) % 7 if moves is Neighbourhood else np.inf
    made.whole()
    return made, moves(structure_of(decoder, layout, lots), made.decisions, Random(1))


def _a_snapshot_is_the_start(plant: Plant, kind: type[Neighbourhood] = Neighbourhood) -> None:
    made, moves = decoding_of(plant, kind)
    assume(len(made.decisions.key) > 0 and made.timetable.end.max() < 1e10)
    for number in range(MOVES):
        moves.look(made.timetable)
        move = moves.draw()
        if not move:
            continue
        back = undo(made.decisions, move)
        cost = made.decode(apply(made.decisions, move), moves.since_s(move), np.inf)
        partly = made.decoder.planned.copy()
        until = made.decoder._at_s
        made.decoder.restore(made.decoder.start)
        made.decoder.run_to(until)
        assert cost is None or np.array_equal(made.decoder.planned, partly), move
        if number % 2:
            made.write(apply(made.decisions, back[::-1]))
        else:
            made.whole()


@few
@given(factories(), st.integers(0, 9))
def test_decoding_from_a_snapshot_is_decoding_from_the_start(plant: Plant, seed: int) -> None:
    _a_snapshot_is_the_start(with_job_orders(plant, seed))


@few
@given(factories(), st.integers(0, 9), st.sampled_from(_BY_DUE))
def test_decoding_shifted_due_dates_from_a_snapshot_is_decoding_from_the_start(
    plant: Plant, seed: int, rule: DispatchRule
) -> None:
    centers = tuple(center.model_copy(update={"dispatch": rule}) for center in plant.work_centers)
    plant = plant.model_copy(update={"work_centers": centers})
    _a_snapshot_is_the_start(with_job_orders(plant, seed), DueDateMoves)


def test_an_order_goes_on_from_due_dates() -> None:
    """What the search of due dates found, as an order of operations, has the same cost."""
    certain = without_randomness(with_job_orders(read_plant("examples/plants/garment.yaml"), 3, 30))
    selection = PlanSelection(certain, lots_to_plan(certain), Objective.TARDINESS)
    selection.rules()
    plants = {by: plant for by, plant in each_rule(certain) if goes_by_due_dates(plant)}
    ruled, order = _Worker.of(selection, plants["the rule atc"]), _Worker.of(selection)
    ruled.search(Effort(lambda: True, decodes=150), 1, lambda _: None)
    assert ruled.best.not_before.any() or ruled.best.earlier.any()
    other = ruled.beside(order)
    assert other is order
    assert order.decoding.whole() == pytest.approx(ruled.cost, rel=1e-6)
    assert not order.beside(ruled).ruled  # the order is ahead: both go on with it


def _no_rule_is_better(plant: Plant) -> None:
    try:
        certain = without_randomness(plant)
        rules = PlanSelection(certain, lots_to_plan(certain), Objective.TARDINESS)
        rules.rules()
    except InputError:
        assume(False)
    assert rules.best is not None
    plan = schedule(plant, objective="tardiness", seconds=20.0, work=60)
    again = PlanSelection(rules.plant, rules.lots, Objective.TARDINESS)
    again.plan("again", plan.judged.outcome.rows)
    assert again.best is not None
    assert again.best.value_s == plan.judged.value_s
    if plan.judged.exact:
        assert again.best.outcome.ends == plan.judged.outcome.ends
    _, by_rule = rules.starts[0]
    better = rules.merit(by_rule)[:3] < rules.merit(again.best.outcome)[:3]
    assert better == (plan.better_rule is not None)
    if better:  # a rule whose log does not repeat itself: that is said
        assert any("Better than this plan is no plan but" in note for note in plan.notes)


@settings(few, max_examples=4)
@given(factories() | plants(), st.integers(0, 9))
def test_no_rule_is_better_and_the_twin_repeats_the_plan(plant: Plant, seed: int) -> None:
    _no_rule_is_better(with_job_orders(plant, seed))


@pytest.mark.slow
@settings(few, max_examples=2000)
@given(factories() | plants(), st.integers(0, 9))
def test_no_rule_is_better_on_two_thousand_plants(plant: Plant, seed: int) -> None:
    _no_rule_is_better(with_job_orders(plant, seed))
