"""`queue_jobs`: what it answers, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zhizao
from zhizao.quantities import InputError
from zhizao.solvers.cluster.queueing import Queueing
from zhizao.studies.compute.queueing import resampled
from zhizao.studies.compute.timed import read_timed

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "cluster"
NODES, JOBS = FOLDER / "timed-nodes.csv", FOLDER / "timed-jobs.csv"
HEAD = "job,cpu_milli,memory_mib,gpus,submit_s,duration_s,restart_s,pods,stoppable,gpu_milli\n"


def written(folder: Path, jobs: str, nodes: str = "n,8000,8192,2,A,300,50\n") -> tuple[Path, Path]:
    paths = folder / "nodes.csv", folder / "jobs.csv"
    paths[0].write_text("node,cpu_milli,memory_mib,gpus,kind,busy_w,idle_w\n" + nodes, encoding="utf-8")
    paths[1].write_text(HEAD + jobs, encoding="utf-8")
    return paths


def trial(*disciplines: Queueing, add: dict[str, int] | None = None) -> zhizao.QueueTrial:
    return zhizao.QueueTrial(disciplines or (Queueing.FIFO,), replications=3, add=add or {})


def test_disciplines_are_compared_with_the_first() -> None:
    found = zhizao.queue_jobs(NODES, JOBS, trial=trial(Queueing.FIFO, Queueing.SRSF))
    first, second = found.table().to_dicts()
    assert first["difference"] is None
    assert second["difference"] < 0
    assert second["completion_h"] == pytest.approx(first["completion_h"] + second["difference"])
    assert first["bound_h"] <= second["as_listed_h"] < first["as_listed_h"]
    assert found.answer.startswith("srsf completes jobs in")


def test_more_nodes_shorten_the_queue_of_the_same_jobs() -> None:
    found = zhizao.queue_jobs(NODES, JOBS, trial=trial(add={"A100": 3}))
    assert found.with_added()["completion_h"][0] < found.table()["completion_h"][0]
    assert any("24 GPUs more" in note for note in found.notes)


def test_energy_and_utilisation_of_one_job_are_those_by_hand(tmp_path: Path) -> None:
    """One GPU of two is in use for an hour: 300 W and 50 W."""
    found = zhizao.queue_jobs(*written(tmp_path, "j,0,0,1,0,3600,0,,,\n"), trial=trial())
    means = {row["measure"]: row["mean"] for row in found.measures().to_dicts()}
    assert means["energy, kWh"] == pytest.approx(0.35)
    assert means["utilisation, %"] == pytest.approx(50)
    assert means["wait, h"] == 0
    assert found.by_kind()["utilisation"].to_list() == [pytest.approx(0.5)]


def test_energy_is_unknown_without_power(tmp_path: Path) -> None:
    paths = written(tmp_path, "j,0,0,1,0,3600,0,,,\n", nodes="n,8000,8192,2,A,,\n")
    found = zhizao.queue_jobs(*paths, trial=trial())
    means = {row["measure"]: row["mean"] for row in found.measures().to_dicts()}
    assert means["energy, kWh"] is None


def test_a_job_that_fits_nowhere_is_named(tmp_path: Path) -> None:
    paths = written(tmp_path, "small,0,0,1,0,60,0,,,\nhuge,0,0,2,0,60,0,2,,\n")
    found = zhizao.queue_jobs(*paths, trial=trial())
    assert found.misfits == ("huge",)
    assert any("fit nowhere" in note and "huge" in note for note in found.notes)


def test_a_list_of_jobs_that_all_fit_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no job that fits"):
        zhizao.queue_jobs(*written(tmp_path, "huge,0,0,3,0,60,0,,,\n"), trial=trial())


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ("j,0,0,1,0,-3,0,,,\n", "jobs.csv:2: job 'j', duration_s: found -3; write a number from 0 on"),
        ("j,0,0,1,0,an hour,0,,,\n", "jobs.csv:2: job 'j', duration_s: found 'an hour'; write a number"),
        ("j,0,0,1,0,,0,,,\n", "jobs.csv:2: job 'j', duration_s: found nothing; write seconds"),
        ("j,0,0,1,0,0,0,,,\n", "jobs.csv:2: job 'j', duration_s: found 0; write more than 0 s"),
        ("j,0,0,1,,5,0,,,\n", "jobs.csv:2: job 'j', submit_s: found nothing; write seconds"),
        ("j,0,0,1,0,5,0,1.5,,\n", "pods: found 1.5; write a whole number from 1"),
        ("j,0,0,1,0,5,0,,maybe,\n", "stoppable: found 'maybe'; write yes or no"),
        ("j,0,0,1,0,5,0,,,500\n", "gpu_milli: found 500; take whole GPUs (1000) over time"),
    ],
)
def test_faults_of_a_job_list_are_named_with_their_line(tmp_path: Path, jobs: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        zhizao.queue_jobs(*written(tmp_path, jobs), trial=trial())
    assert said in str(caught.value)


def test_a_gpu_that_draws_more_when_idle_is_refused(tmp_path: Path) -> None:
    paths = written(tmp_path, "j,0,0,1,0,5,0,,,\n", nodes="n,8000,8192,2,A,50,300\n")
    with pytest.raises(InputError, match="idle_w: found 300; write at most busy_w, 50"):
        zhizao.queue_jobs(*paths, trial=trial())


def test_what_cannot_be_tried_is_refused() -> None:
    for wrong, said in (
        ({"replications": 1}, "at least 2"),
        ({"disciplines": ()}, "found none"),
        ({"add": {"A100": 0}}, "expected 1 or more"),
    ):
        with pytest.raises(InputError, match=said):
            zhizao.QueueTrial(**wrong)


def test_blocks_keep_the_jobs_and_the_times_between_them() -> None:
    jobs = read_timed(NODES, JOBS).jobs
    drawn = resampled(jobs, np.random.default_rng(1))
    assert len(drawn.submit_s) == len(jobs.submit_s)
    pairs = set(zip(np.diff(jobs.submit_s).tolist(), jobs.work_s[1:].tolist(), strict=True))
    again = list(zip(np.diff(drawn.submit_s).tolist(), drawn.work_s[1:].tolist(), strict=True))
    assert sum(pair in pairs for pair in again) > 0.9 * len(again)
    assert len(set(drawn.work_s.tolist())) < len(set(jobs.work_s.tolist()))


def test_a_difference_that_may_be_none_is_said_to_be_not_shown() -> None:
    found = zhizao.queue_jobs(NODES, JOBS, trial=trial(Queueing.FIFO, Queueing.SRSF))
    assert found.table()["difference_high"][1] > 0
    assert "that this is less than with fifo is not shown (95 %: " in found.answer
