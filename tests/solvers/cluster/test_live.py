"""A policy beside a cluster that runs: jobs go where the simulation puts them, and leave nothing behind."""

from __future__ import annotations

import numpy as np
import pytest

from tests.solvers.cluster.test_placement import drawn
from zhizao.quantities import InputError
from zhizao.solvers.cluster.live import Live
from zhizao.solvers.cluster.placement import Placing, place
from zhizao.solvers.cluster.problem import Cluster, Node, Request, workload_of


@pytest.mark.parametrize("policy", [Placing.BEST_FIT, Placing.PACKING, Placing.FGD])
def test_one_job_at_a_time_goes_where_the_simulation_puts_it(policy: Placing) -> None:
    cluster, jobs, stream = drawn(3)
    order = np.random.default_rng([3, 1]).permutation(len(cluster.nodes))
    live = Live(Cluster(tuple(cluster.nodes[at] for at in order)), workload_of(jobs), policy)
    requests = workload_of(jobs)
    seats = [live.start(requests.requests[requests.rows[job]]) for job in stream]
    found = [-1 if seat is None else int(order[seat.node]) for seat in seats]
    assert found == place(cluster, requests, stream, policy, seed=3).nodes.tolist()
    assert any(seat is None for seat in seats)


@pytest.mark.parametrize("policy", [Placing.FGD, Placing.OWN])
def test_what_has_ended_leaves_the_cluster_as_it_was(policy: Placing) -> None:
    cluster, jobs, stream = drawn(4)
    live = Live(cluster, workload_of(jobs), policy)
    probes = sorted(set(jobs))
    before = [live.scores(one).tolist() for one in probes]
    seats = [seat for job in stream if (seat := live.start(jobs[job % len(jobs)])) is not None]
    assert len(seats) > 10
    assert [live.scores(one).tolist() for one in probes] != before
    for at in np.random.default_rng(1).permutation(len(seats)):
        live.end(seats[at])
    assert [live.scores(one).tolist() for one in probes] == before


def test_no_gpu_is_taken_twice() -> None:
    live = Live(Cluster((Node(64_000, 65_536, 4, "A"),)), workload_of([Request(1000, 1000, 1)]), Placing.FGD)
    whole = [live.start(Request(1000, 1000, 2)) for _ in range(3)]
    assert whole[2] is None
    assert sorted(gpu for seat in whole[:2] if seat for gpu in seat.gpus) == [0, 1, 2, 3]
    assert whole[0] is not None
    live.end(whole[0])
    with pytest.raises(InputError, match="has ended"):
        live.end(whole[0])
    shared = [live.start(Request(1000, 500, 1)) for _ in range(5)]
    assert [seat is None for seat in shared] == [False] * 4 + [True]


def test_a_given_node_is_taken_if_it_has_room() -> None:
    cluster = Cluster((Node(4000, 8192, 1, "A"), Node(4000, 8192, 1, "B")))
    live = Live(cluster, workload_of([Request(1000, 1000, 1)]), Placing.BEST_FIT)
    only_b = Request(1000, 1000, 1, ("B",))
    assert live.scores(only_b)[0] == -np.inf
    assert live.start(only_b, node=0) is None
    seat = live.start(only_b, node=1)
    assert seat is not None
    assert (seat.node, seat.gpus) == (1, (0,))


def test_a_random_policy_has_no_scores() -> None:
    with pytest.raises(InputError, match="random"):
        Live(Cluster((Node(1000, 1, 1, "A"),)), workload_of([Request(1000, 1000, 1)]), Placing.RANDOM)
