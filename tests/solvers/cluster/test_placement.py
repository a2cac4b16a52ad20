"""Placement policies: against plain lines, and by what must hold of every one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.naive.cluster import place_plainly
from zhizao.solvers.cluster.arrivals import allocation_at, inflated, until
from zhizao.solvers.cluster.placement import Placing, place
from zhizao.solvers.cluster.problem import Cluster, Longs, Node, Request, Workload, workload_of


def drawn(seed: int) -> tuple[Cluster, list[Request], Longs]:
    """A small cluster of three kinds, jobs of all sizes, and a stream that overloads it."""
    r = np.random.default_rng(seed)
    nodes = (
        [Node(32_000, 131_072, 4, "A")] * 3
        + [Node(16_000, 65_536, 2, "B")] * 3
        + [Node(64_000, 262_144, 8, "C")]
    )
    nodes += [Node(32_000, 131_072, 0)]
    jobs = []
    for _ in range(60):
        gpus = int(r.choice([0, 1, 1, 1, 2, 4]))
        share = 0 if not gpus else int(r.choice([200, 330, 500, 1000])) if gpus == 1 else 1000
        kinds = (
            tuple(sorted(r.choice(["A", "B", "C"], int(r.integers(1, 3)), replace=False)))
            if r.random() < 0.3
            else ()
        )
        jobs.append(
            Request(int(r.choice([1, 2, 4, 8])) * 1000, share, gpus, kinds, int(r.choice([4, 8])) * 1024)
        )
    cluster = Cluster(tuple(nodes))
    return cluster, jobs, inflated(cluster, workload_of(jobs), 1.3, seed=seed)


@pytest.mark.parametrize("policy", [Placing.BEST_FIT, Placing.DOT_PRODUCT, Placing.FGD])
@pytest.mark.parametrize("seed", range(5))
def test_jobs_go_where_plain_lines_put_them(policy: Placing, seed: int) -> None:
    cluster, jobs, stream = drawn(seed)
    order = np.random.default_rng([seed, 1]).permutation(len(cluster.nodes))
    found = place(cluster, workload_of(jobs), stream, policy, seed=seed)
    assert found.nodes.tolist() == place_plainly(cluster, order.tolist(), jobs, stream.tolist(), policy)
    assert (found.nodes < 0).any()


@pytest.mark.parametrize("policy", Placing)
def test_no_node_holds_more_than_it_has(policy: Placing) -> None:
    cluster, jobs, stream = drawn(11)
    found = place(cluster, workload_of(jobs), stream, policy, seed=2)
    for number, node in enumerate(cluster.nodes):
        here = [(jobs[stream[at]], int(found.gpus[at])) for at in np.flatnonzero(found.nodes == number)]
        assert sum(one.cpu_milli for one, _ in here) <= node.cpu_milli
        assert sum(one.memory_mib for one, _ in here) <= node.memory_mib
        assert all(bits.bit_count() == one.gpus and bits < 1 << node.gpus for one, bits in here)
        assert all(not one.gpus or not one.kinds or node.kind in one.kinds for one, _ in here)
        for gpu in range(node.gpus):
            assert sum(one.share for one, bits in here if bits >> gpu & 1) <= 1000


@pytest.mark.parametrize("policy", Placing)
def test_the_same_seed_gives_the_same_places(policy: Placing) -> None:
    cluster, jobs, stream = drawn(4)
    first, second = (place(cluster, workload_of(jobs), stream, policy, seed=9) for _ in range(2))
    assert first.nodes.tolist() == second.nodes.tolist()


def test_a_job_is_turned_away_only_where_no_node_has_room() -> None:
    cluster = Cluster((Node(8_000, 8_192, 2, "A"),))
    jobs = workload_of([Request(1_000, 600, 1), Request(1_000, 1000, 1), Request(1_000, 400, 1)])
    found = place(cluster, jobs, np.array([0, 1, 0, 2, 2]), Placing.FGD, seed=1)
    assert found.nodes.tolist() == [0, 0, -1, 0, -1]
    assert found.used_milli.tolist() == [600, 1600, 1600, 2000, 2000]


def reached(cluster: Cluster, jobs: Workload, stream: Longs) -> float:
    return float(jobs.gpu_milli[stream].sum() / cluster.gpu_milli)


@pytest.mark.parametrize("load", [0.2, 1.3])
def test_a_stream_reaches_the_load_from_above_and_from_below(load: float) -> None:
    cluster, jobs, _ = drawn(3)
    work = workload_of(jobs)
    assert reached(cluster, work, inflated(cluster, work, load, seed=1)) == pytest.approx(load, abs=0.15)


def test_a_stream_is_cut_at_the_load() -> None:
    cluster, jobs, stream = drawn(3)
    work = workload_of(jobs)
    cut = until(stream, work, cluster, 0.5)
    assert reached(cluster, work, cut[:-1]) < 0.5 <= reached(cluster, work, cut)


def test_all_that_arrives_is_allocated_while_there_is_room() -> None:
    cluster, jobs, stream = drawn(3)
    found = place(cluster, workload_of(jobs), stream, Placing.BEST_FIT, seed=1)
    early = found.arrived_milli < 0.2 * cluster.gpu_milli
    assert early.any()
    assert (found.used_milli == found.arrived_milli)[early].all()
    loads = np.round(100 * found.arrived_milli / cluster.gpu_milli)
    first = found.used_milli[loads == loads[0]]
    assert allocation_at(found, cluster, loads[0] / 100) == first.mean() / cluster.gpu_milli
    assert np.isnan(allocation_at(found, cluster, 5.0))
