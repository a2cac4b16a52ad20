"""Queue disciplines over time: by hand, against plain lines, and against the lower bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.queueing import Job, fifo, shortest_first
from zhizao.solvers.cluster.bounds import least_mean_completion
from zhizao.solvers.cluster.problem import Cluster, Node, Request
from zhizao.solvers.cluster.queueing import Queue, Queueing, Ran, misfits, run_queue

Row = tuple[float, float, int]
"""Submitted, work, GPUs."""


def gpus(*counts: int) -> Cluster:
    return Cluster(tuple(Node(64_000, 64_000, count, "A") for count in counts))


def queue(*rows: Row, pods: int = 1, restart: float = 0.0, fixed: tuple[int, ...] = ()) -> Queue:
    submit, work, _ = (np.array(column, float) for column in zip(*rows, strict=True))
    return Queue(
        tuple(Request(0, 1000, row[2]) for row in rows),
        np.full(len(rows), pods),
        submit,
        work,
        np.full(len(rows), restart),
        np.array([row not in fixed for row in range(len(rows))], np.int64),
    )


def ends(cluster: Cluster, jobs: Queue, discipline: Queueing) -> list[float]:
    return [round(float(end), 6) for end in run_queue(cluster, jobs, discipline).end_s]


# ---------------------------------------------------------------- by hand
BLOCKED = queue((0, 10, 1), (1, 10, 2), (2, 8, 1), (3, 9, 1))
"""The second waits for both GPUs; the third ends before it can start, the fourth does not."""


def test_fifo_lets_none_overtake() -> None:
    assert ends(gpus(2), BLOCKED, Queueing.FIFO) == [10, 20, 28, 29]


def test_easy_lets_those_overtake_that_do_not_delay_the_first() -> None:
    assert ends(gpus(2), BLOCKED, Queueing.EASY) == [10, 20, 10, 29]


def test_conservative_delays_none_that_came_before() -> None:
    jobs = queue((0, 10, 3), (1, 10, 2), (2, 10, 2), (3, 12, 1))
    assert ends(gpus(4), jobs, Queueing.EASY) == [10, 20, 25, 15]
    assert ends(gpus(4), jobs, Queueing.CONSERVATIVE) == [10, 20, 20, 32]


def test_defragmentation_moves_a_job_so_that_the_first_has_room() -> None:
    jobs = queue((0, 4, 1), (0, 30, 1), (0, 30, 1), (1, 10, 2), restart=2.0)
    cluster = gpus(2, 2)
    assert ends(cluster, jobs, Queueing.FIFO) == [4, 30, 30, 40]
    moved = run_queue(cluster, jobs, Queueing.DEFRAGMENT)
    assert moved.end_s.tolist() == [4, 32, 30, 14]
    assert moved.stops.tolist() == [0, 1, 0, 0]


def test_a_job_that_may_not_be_stopped_is_neither_moved_nor_preempted() -> None:
    jobs = queue((0, 4, 1), (0, 30, 1), (0, 30, 1), (1, 10, 2), fixed=(1, 2))
    assert ends(gpus(2, 2), jobs, Queueing.DEFRAGMENT) == [4, 30, 30, 40]
    long = queue((0, 10, 1), (1, 2, 1), fixed=(0,))
    assert ends(gpus(1), long, Queueing.SRTF) == [10, 12]


def test_the_shortest_preempts_and_what_it_stopped_restarts() -> None:
    jobs = queue((0, 10, 1), (1, 2, 1), (2, 20, 1), restart=1.0)
    assert ends(gpus(1), jobs, Queueing.SRTF) == [13, 3, 33]


def test_the_shortest_service_counts_gpus() -> None:
    jobs = queue((0, 3, 2), (0, 4, 1), (0, 4, 1))
    assert ends(gpus(2), jobs, Queueing.SRTF) == [3, 7, 7]
    assert ends(gpus(2), jobs, Queueing.SRSF) == [7, 4, 4]


def test_least_attained_service_lets_new_jobs_ahead() -> None:
    assert ends(gpus(1), queue((0, 5_000, 1), (4_000, 100, 1)), Queueing.LAS) == [5_100, 4_100]


@pytest.mark.parametrize("discipline", Queueing)
def test_all_pods_of_a_gang_run_or_none(discipline: Queueing) -> None:
    jobs = queue((0, 10, 2), (1, 5, 2), pods=2)
    assert ends(gpus(2, 2, 1), jobs, discipline) in ([10, 15], [15, 6])


def test_jobs_go_to_nodes_of_their_kind_with_cores_and_memory() -> None:
    cluster = Cluster((Node(8_000, 100, 4, "A"), Node(2_000, 100, 4, "B")))
    wanted = (Request(2_000, 1000, 1, ("B",)), Request(2_000, 1000, 1, ("B",)), Request(5_000, 0, 0))
    jobs = Queue(wanted, np.ones(3, int), np.zeros(3), np.full(3, 10.0), np.zeros(3), np.ones(3, int))
    ran = run_queue(cluster, jobs, Queueing.EASY)
    assert ran.end_s.tolist() == [10, 20, 10]
    assert ran.busy_s.tolist() == [0, 20]


def test_jobs_that_fit_nowhere_are_found() -> None:
    jobs = queue((0, 1, 2), (0, 1, 3), (0, 1, 1), pods=2)
    assert misfits(gpus(2, 2), jobs).tolist() == [1]
    assert misfits(gpus(4), jobs).tolist() == [1]
    assert misfits(gpus(2), jobs).tolist() == [0, 1]


# ---------------------------------------------------------------- against plain lines and the bound
@st.composite
def cases(draw: st.DrawFn) -> tuple[Cluster, Queue]:
    kinds = ("A", "B")
    nodes = draw(
        st.lists(
            st.builds(
                Node, st.sampled_from([4_000, 9_000]), st.just(64), st.integers(1, 4), st.sampled_from(kinds)
            ),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    request = st.builds(
        Request, st.sampled_from([0, 1_000, 3_000]), st.just(1000), st.integers(0, 4),
        st.sampled_from([(), ("A",), ("A", "B")]), st.sampled_from([0, 20]),
    )  # fmt: skip
    row = st.tuples(request, st.integers(1, 3), st.integers(0, 40), st.integers(1, 30), st.booleans())
    rows = draw(st.lists(row, min_size=1, max_size=14))
    wanted, pods, submit, work, stoppable = zip(*rows, strict=True)
    distinct = np.arange(len(rows)) * 0.001  # so that no two are equal, and the order is the same
    every = Queue(
        wanted, np.array(pods), np.array(submit) + distinct, np.array(work) + 0.37 * distinct,
        np.zeros(len(rows)), np.array(stoppable, np.int64),
    )  # fmt: skip
    cluster = Cluster(tuple(nodes))
    kept = np.setdiff1d(np.arange(len(rows)), misfits(cluster, every))
    return cluster, every.rows(kept, every.submit_s[kept])


def plain(jobs: Queue) -> list[Job]:
    rows = zip(jobs.requests, jobs.pods, jobs.submit_s, jobs.work_s, strict=True)
    return [Job(one, int(pods), float(submit), float(work)) for one, pods, submit, work in rows]


@given(cases())
@settings(max_examples=60, deadline=None)
def test_fifo_is_that_of_plain_lines(case: tuple[Cluster, Queue]) -> None:
    cluster, jobs = case
    if jobs.requests:
        assert ends(cluster, jobs, Queueing.FIFO) == pytest.approx(fifo(cluster.nodes, plain(jobs)), abs=1e-5)


@given(cases(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_shortest_first_on_one_node_is_that_of_plain_lines(
    case: tuple[Cluster, Queue], service: bool
) -> None:
    cluster, jobs = case
    one = Cluster(cluster.nodes[:1])
    kept = np.setdiff1d(np.arange(len(jobs.requests)), misfits(one, jobs))
    if not len(kept):
        return
    jobs = jobs.rows(kept, jobs.submit_s[kept])
    free = Queue(
        jobs.requests, jobs.pods, jobs.submit_s, jobs.work_s, jobs.restart_s, np.ones(len(kept), int)
    )
    expected = shortest_first(one.nodes, plain(free), service=service)
    assert ends(one, free, Queueing.SRSF if service else Queueing.SRTF) == pytest.approx(expected, abs=1e-4)


@given(cases(), st.sampled_from(list(Queueing)))
@settings(max_examples=150, deadline=None)
def test_every_job_ends_with_its_work_done_and_not_below_the_bound(
    case: tuple[Cluster, Queue], discipline: Queueing
) -> None:
    cluster, jobs = case
    if not jobs.requests:
        return
    ran: Ran = run_queue(cluster, jobs, discipline)
    assert (ran.end_s >= jobs.submit_s + jobs.work_s - 1e-5).all()
    assert ran.busy_s.sum() == pytest.approx((jobs.work_s * jobs.gpus).sum(), abs=1e-3)
    assert (ran.stops[jobs.stoppable == 0] == 0).all()
    pool = cluster.gpu_milli // 1000
    least = least_mean_completion(jobs.submit_s, jobs.work_s, jobs.gpus, pool)
    assert (ran.end_s - jobs.submit_s).mean() >= least - 1e-5


@given(cases())
@settings(max_examples=60, deadline=None)
def test_conservative_ends_do_not_depend_on_later_jobs(case: tuple[Cluster, Queue]) -> None:
    cluster, jobs = case
    order = np.argsort(jobs.submit_s, kind="stable")
    if len(order) < 2:
        return
    sorted_jobs = jobs.rows(order, jobs.submit_s[order])
    fewer = sorted_jobs.rows(np.arange(len(order) - 1), sorted_jobs.submit_s[:-1])
    whole, part = (ends(cluster, one, Queueing.CONSERVATIVE) for one in (sorted_jobs, fewer))
    assert whole[:-1] == part
