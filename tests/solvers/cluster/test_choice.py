"""Our own policy: its outlook by hand, its costs against plain lines, its choice by what was simulated."""

from __future__ import annotations

import numpy as np
import pytest

from tests.naive.cluster import machine_of, own_cost, typical_of
from tests.solvers.cluster.test_placement import drawn
from zhizao.solvers.cluster.choice import ROUNDS, choose, chosen
from zhizao.solvers.cluster.kernels.scores import FGD, OWN
from zhizao.solvers.cluster.outlook import outlook_of, prices_of, worth_of
from zhizao.solvers.cluster.placement import Placing, place
from zhizao.solvers.cluster.problem import Cluster, Node, Request, Workload, demand_of, workload_of
from zhizao.solvers.cluster.run import Rule, Weights, run


def shares_of(*sizes: int) -> Workload:
    return workload_of([Request(1_000, size, 1) for size in sizes])


def test_a_rest_is_worth_the_dearest_shares_that_it_holds() -> None:
    cluster = Cluster((Node(8_000, 8_192, 4, "A"),))
    worth = worth_of(cluster, shares_of(800, 200), np.array([9.0, 90.0]))
    assert worth[[199, 200, 400, 799, 1000]] == pytest.approx([0, 200, 400, 600, 1000])


def test_a_rest_for_which_requests_are_lacking_is_worth_nothing() -> None:
    cluster = Cluster((Node(8_000, 8_192, 4, "A"),))
    worth = worth_of(cluster, shares_of(800, 200), np.array([9.0, 1.0]))
    assert worth[[200, 400, 799, 800, 1000]] == pytest.approx([0, 0, 0, 800, 800])


def test_shares_that_complete_each_other_are_worth_a_whole_gpu() -> None:
    cluster = Cluster((Node(8_000, 8_192, 4, "A"),))
    worth = worth_of(cluster, shares_of(650, 350), np.array([9.0, 9.0]))
    assert worth[1000] == pytest.approx(1000)
    assert worth[650] + worth[350] == pytest.approx(1000)


def test_a_kind_costs_the_demand_that_only_it_serves() -> None:
    cluster = Cluster((Node(8_000, 8_192, 1, "A"), Node(8_000, 8_192, 3, "B")))
    jobs = workload_of([Request(1_000, 1000, 1), Request(1_000, 1000, 1, ("A",))])
    assert prices_of(cluster, jobs, np.array([3.0, 0.5])) == pytest.approx([0.5 * 0.75, 0.0])


WEIGHTS = (
    Weights(next=1.0, fill=0.0, worth=0.0, cpu_left=0.0, gpu_left=0.0),
    Weights(next=0.0, fill=1.0, worth=0.0, cpu_left=0.0, gpu_left=0.0),
    Weights(next=1.0, fill=0.5, worth=0.5, price=0.3, cpu_left=0.1, gpu_left=0.05, step=40.0),
)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_job_goes_where_plain_lines_find_least_cost(weights: Weights, seed: int) -> None:
    cluster, jobs, stream = drawn(seed)
    work = workload_of(jobs)
    outlook, typical = outlook_of(cluster, work), typical_of(jobs)
    found = run(cluster, work, stream, Rule(OWN, demand_of(work, cluster.kinds), outlook, weights), seed=seed)
    machines = [machine_of(number, node) for number, node in enumerate(cluster.nodes)]
    prices = dict(zip(cluster.kinds, outlook.price, strict=True))
    for number, node, bits in zip(stream, found.nodes, found.gpus, strict=True):
        one = jobs[number]
        costs = {
            (at.number, tuple(gpus)): own_cost(at, cluster.nodes[at.number], one, gpus, typical)
            for at in machines
            if at.takes(one)
            for gpus in at.options(one)
        }
        if node < 0:
            assert not costs
            continue
        total = {
            place: weights.next * cost.next
            + weights.fill * cost.fill
            + weights.worth * cost.worth_of(list(outlook.worth))
            + weights.price * prices[machines[place[0]].kind] * one.gpu_milli
            + 1000 * (weights.cpu_left * cost.cpu_left + weights.gpu_left * cost.gpu_left)
            for place, cost in costs.items()
        }
        gpus = tuple(at for at in range(8) if int(bits) >> at & 1)
        assert total[int(node), gpus] <= min(total.values()) + weights.step + 1e-6
        machines[node] = machines[node].with_job(one, list(gpus))
    assert (found.nodes < 0).any()


def test_without_candidates_the_choice_is_fgd() -> None:
    cluster, jobs, stream = drawn(3)
    work = workload_of(jobs)
    choice = choose(cluster, work, [])
    assert choice.rule.code == FGD
    same = place(cluster, work, stream, Placing.FGD, seed=5)
    assert run(cluster, work, stream, choice.rule, seed=5).nodes.tolist() == same.nodes.tolist()


def test_the_choice_allocates_most_of_those_that_met_every_stream() -> None:
    cluster, jobs, _ = drawn(3)
    spread = Weights(next=0.0, fill=0.0, worth=0.0, cpu_left=-1.0, gpu_left=-1.0)
    candidates = [spread, Weights(), Weights(fill=1.0)]
    choice = choose(cluster, workload_of(jobs), candidates)
    assert choice.tried.shape == (4, sum(count for count, _ in ROUNDS))
    last = np.flatnonzero(~np.isnan(choice.tried).any(axis=1))
    best = last[choice.tried[last].mean(axis=1).argmax()]
    assert choice.rule.code == (OWN if best else FGD)
    assert best == 0 or choice.rule.weights == candidates[best - 1]
    assert np.nanmean(choice.tried[1]) < np.nanmean(choice.tried[best])


def test_a_choice_is_made_once() -> None:
    cluster, jobs, _ = drawn(1)
    work = workload_of(jobs)
    assert chosen(cluster, work) is chosen(cluster, work)


def test_a_step_must_be_positive() -> None:
    with pytest.raises(ValueError, match="step"):
        Weights(step=0.0)
