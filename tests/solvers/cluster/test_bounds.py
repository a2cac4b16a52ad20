"""The lower bound on the mean completion time, by hand; `test_queueing` holds it against all disciplines."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.solvers.cluster.bounds import least_mean_completion


def least(rows: list[tuple[float, float, int]], pool: int) -> float:
    submit, work, gpus = (np.array(column) for column in zip(*rows, strict=True))
    return least_mean_completion(submit.astype(float), work.astype(float), gpus, pool)


def test_one_gpu_gives_the_optimum() -> None:
    assert least([(0, 10, 1), (1, 2, 1), (2, 20, 1)], 1) == pytest.approx((12 + 2 + 30) / 3)


def test_a_job_alone_takes_its_duration() -> None:
    assert least([(5, 7, 2)], 8) == 7


def test_pace_of_jobs_counts_beside_the_work_of_the_pool() -> None:
    """Four jobs of 10 s on 2 GPUs: 10, 10, 20, 20. The pool alone would say (5 + 10 + 15 + 20) / 4."""
    assert least([(0, 10, 1)] * 4, 2) == pytest.approx(15)


def test_a_job_without_gpus_takes_its_duration() -> None:
    assert least([(3, 4, 0), (3, 6, 0)], 2) == 5


def test_no_pool_and_no_jobs_are_refused() -> None:
    with pytest.raises(ValueError, match="found 0 GPUs and 1 jobs"):
        least([(0, 1, 1)], 0)
