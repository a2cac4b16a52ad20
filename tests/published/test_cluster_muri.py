"""Mean completion times and makespans of Muri's simulator (Zhao et al., SIGCOMM 2022): 64 GPUs, 8 traces."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published.cluster_traces import muri_jobs, muri_queue, rows
from zhizao.solvers.cluster.bounds import least_mean_completion
from zhizao.solvers.cluster.preemption import Discipline, run_preempting
from zhizao.solvers.cluster.problem import Cluster, Node
from zhizao.solvers.cluster.queueing import Queueing, run_queue

TRACES = ("trace1", "trace1_pr", "trace2", "trace2_pr", "trace3", "trace3_pr", "trace4", "trace4_pr")
NAMES = {Discipline.SRTF: "SRTF", Discipline.SRSF: "SRSF", Discipline.TIRESIAS: "Tiresias_L"}
QUICK = tuple(trace for trace in TRACES if not trace.startswith("trace2"))


def published(name: str, trace: str) -> float:
    found = {row["metric_policy"]: row for row in rows("muri/simulated_results.csv")}
    return float(found[name][f"v{TRACES.index(trace) + 1}"])


def check(discipline: Discipline, trace: str) -> None:
    jobs = muri_jobs(trace)
    found = run_preempting(jobs, discipline, nodes=8, gpus_per_node=8)
    jct, makespan = (published(f"{NAMES[discipline]}_{what}", trace) for what in ("JCT", "Makespan"))
    assert np.mean(found.end_s - jobs.submit_s) == pytest.approx(jct, rel=2e-4)
    assert found.end_s.max() - jobs.submit_s.min() == pytest.approx(makespan, rel=4e-3)


@pytest.mark.parametrize("discipline", [Discipline.SRTF, Discipline.SRSF])
@pytest.mark.parametrize("trace", QUICK)
def test_shortest_first_as_published(discipline: Discipline, trace: str) -> None:
    check(discipline, trace)


@pytest.mark.parametrize("trace", ["trace3", "trace3_pr"])
def test_tiresias_as_published(trace: str) -> None:
    check(Discipline.TIRESIAS, trace)


@pytest.mark.slow
@pytest.mark.parametrize("discipline", [Discipline.SRTF, Discipline.SRSF])
@pytest.mark.parametrize("trace", ["trace2", "trace2_pr"])
def test_shortest_first_on_5755_jobs_as_published(discipline: Discipline, trace: str) -> None:
    check(discipline, trace)


@pytest.mark.parametrize("trace", QUICK)
def test_without_sharing_gpus_none_is_below_the_bound_and_few_could_be_below_muri_s(trace: str) -> None:
    """Muri-S shares GPUs; on all of these traces but one no discipline that does not can be as fast."""
    jobs = muri_jobs(trace)
    bound = least_mean_completion(jobs.submit_s, jobs.work_s, jobs.gpus, 64)
    assert bound < min(published("SRSF_JCT", trace), published("SRTF_JCT", trace))
    assert (bound > published("Muri_S_JCT", trace)) == (trace != "trace1")


@pytest.mark.parametrize("discipline", [Queueing.SRTF, Queueing.SRSF])
def test_gangs_with_restarts_come_near_the_published_means(discipline: Queueing) -> None:
    """Theirs lose the start cost at every look at the queue, ours when a job resumes or moves."""
    jobs = muri_queue("trace3")
    ran = run_queue(Cluster((Node(0, 0, 8, "V100"),) * 8), jobs, discipline)
    theirs = published(f"{str(discipline).upper()}_JCT", "trace3")
    assert np.mean(ran.end_s - jobs.submit_s) == pytest.approx(theirs, rel=0.015)
