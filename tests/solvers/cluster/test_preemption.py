"""Queue disciplines that preempt, on schedules that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.solvers.cluster.preemption import Discipline, TimedJobs, run_preempting


def jobs(*rows: tuple[float, float, int], cost: float = 0.0) -> TimedJobs:
    """Jobs as (submitted, work, GPUs)."""
    submit, work, gpus = (np.array(column) for column in zip(*rows, strict=True))
    return TimedJobs(submit.astype(float), work.astype(float), gpus, np.full(len(rows), cost))


def ends(work: TimedJobs, discipline: Discipline, nodes: int = 1, per_node: int = 1) -> list[float]:
    return [
        round(end, 6) for end in run_preempting(work, discipline, nodes=nodes, gpus_per_node=per_node).end_s
    ]


def test_the_first_that_came_runs_first() -> None:
    assert ends(jobs((0, 10, 1), (1, 2, 1), (2, 1, 1)), Discipline.FIFO) == [10, 12, 13]


def test_the_shortest_remaining_time_preempts() -> None:
    assert ends(jobs((0, 10, 1), (1, 2, 1), (2, 20, 1)), Discipline.SRTF) == [12, 3, 32]


def test_the_shortest_remaining_service_counts_gpus() -> None:
    work = jobs((0, 3, 2), (0, 4, 1), (0, 4, 1))
    assert ends(work, Discipline.SRTF, per_node=2) == [3, 7, 7]
    assert ends(work, Discipline.SRSF, per_node=2) == [7, 4, 4]


def test_a_job_that_is_larger_than_a_node_takes_whole_nodes() -> None:
    work = jobs((0, 5, 3), (0, 9, 1), (0, 9, 2))
    assert ends(work, Discipline.SRTF, nodes=2, per_node=2) == [5, 9, 14]


def test_each_look_at_the_queue_costs_what_a_start_costs() -> None:
    assert ends(jobs((0, 10, 1), (4, 100, 1), cost=1.0), Discipline.FIFO) == [11, 111]


def test_least_attained_service_lets_new_jobs_ahead() -> None:
    found = ends(jobs((0, 5_000, 1), (4_000, 100, 1)), Discipline.TIRESIAS)
    assert found == [5_100, 4_100]


@pytest.mark.parametrize("discipline", Discipline)
def test_a_job_that_is_larger_than_the_cluster_has_no_end(discipline: Discipline) -> None:
    found = run_preempting(jobs((0, 5, 9), (0, 5, 1)), discipline, nodes=2, gpus_per_node=2)
    assert np.isnan(found.end_s[0])
    assert found.end_s[1] == 5
