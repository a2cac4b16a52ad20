"""`compute`: what it answers, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

import zhizao
from zhizao.quantities import InputError
from zhizao.solvers.cluster.placement import Placing

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "cluster"
NODES, JOBS = FOLDER / "nodes.csv", FOLDER / "jobs.csv"


def written(folder: Path, nodes: str = "", jobs: str = "") -> tuple[Path, Path]:
    heads = "node,cpu_milli,memory_mib,gpus,kind\n", "job,cpu_milli,memory_mib,gpus,gpu_milli,kinds\n"
    paths = folder / "nodes.csv", folder / "jobs.csv"
    for path, head, rows in zip(
        paths, heads, (nodes or "n,8000,8192,2,A\n", jobs or "j,1000,512,1,500,\n"), strict=True
    ):
        path.write_text(head + rows, encoding="utf-8")
    return paths


def test_policies_are_compared_with_the_first() -> None:
    found = zhizao.compute(
        NODES, JOBS, trial=zhizao.Trial((Placing.RANDOM, Placing.BEST_FIT), replications=5)
    )
    first, second = found.table().to_dicts()
    assert first["difference"] is None
    assert second["difference_low"] > 0
    assert second["allocated"] == pytest.approx(first["allocated"] + second["difference"])
    assert found.answer.startswith("best-fit allocates")
    assert "points more than random (95 %: +" in found.answer


def test_a_difference_that_may_be_none_is_said_to_be_not_shown() -> None:
    found = zhizao.compute(NODES, JOBS, trial=zhizao.Trial((Placing.BEST_FIT, Placing.FGD), replications=2))
    assert found.table()["difference_low"][1] < 0 < found.table()["difference"][1]
    assert "that this is more than with best-fit is not shown (95 %: -" in found.answer


def test_the_share_of_kinds_adds_up_to_the_whole() -> None:
    found = zhizao.compute(NODES, JOBS, trial=zhizao.Trial((Placing.FGD,), replications=3))
    gpus = {"A100": 48, "L40": 32, "T4": 20}
    used = sum(gpus[row["kind"]] * row["allocated"] for row in found.by_kind().to_dicts())
    assert used == pytest.approx(100 * found.table()["allocated"][0])


def test_more_nodes_of_a_kind_hold_more_of_the_same_jobs() -> None:
    found = zhizao.compute(NODES, JOBS, trial=zhizao.Trial((Placing.FGD,), replications=3, add={"A100": 3}))
    assert found.with_added()["allocated"][0] > found.table()["allocated"][0]
    assert any("24 GPUs more" in note for note in found.notes)


def test_a_job_that_fits_nowhere_is_named_and_counted(tmp_path: Path) -> None:
    paths = written(tmp_path, jobs="small,1000,512,1,500,\nhuge,9000,512,1,1000,\n")
    found = zhizao.compute(*paths, trial=zhizao.Trial(replications=2))
    assert found.misfits == ("huge",)
    assert any("huge" in note for note in found.notes)
    assert all(row["jobs"] > 0 for row in found.refused().to_dicts())


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ("j,1000,512,1,500,AA\n", "jobs.csv:2: job 'j', kinds: found 'AA'; name a kind of the node list: A"),
        ("j,many,512,1,500,\n", "jobs.csv:2: job 'j', cpu_milli: found 'many'; write a number"),
        ("j,-5,512,1,500,\n", "jobs.csv:2: job 'j', cpu_milli: found -5; write a number from 0 on"),
        ("j,1000,512,2,500,\n", "found 500 of each of 2 GPUs; share one GPU only, or take whole ones"),
        ("j,1000,512,1,1500,\n", "found 1500; write 1 to 1000 for each GPU"),
        ("j,1000,,1,500,\n", "memory_mib: found nothing; write a whole number"),
        ("j,1,1,1,500,\nj,1,1,1,500,\n", "jobs.csv:3: job 'j', job: found 'j' in line 2 too"),
    ],
)
def test_faults_of_a_job_list_are_named_with_their_line(tmp_path: Path, jobs: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        zhizao.compute(*written(tmp_path, jobs=jobs))
    assert said in str(caught.value)


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        zhizao.compute(*written(tmp_path, nodes="n,8000,8192,2x,A\n", jobs="j,-1,512,1,500,\n"))
    assert "the cluster has 2 faults" in str(caught.value)


@pytest.mark.parametrize("text", ["-3", "an hour"])
def test_a_duration_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    nodes, jobs = written(tmp_path)
    jobs.write_text(f"job,cpu_milli,memory_mib,gpus,duration_s\nj,1000,512,1,{text}\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"duration_s: found '?{text}'?; write a number"):
        zhizao.compute(nodes, jobs)


def test_a_misspelt_column_is_not_left_out_in_silence(tmp_path: Path) -> None:
    nodes, jobs = written(tmp_path)
    nodes.write_text("node,cpu_mili,memory_mib,gpus,knd\nn,8000,8192,2,A\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        zhizao.compute(nodes, jobs)
    assert "did you mean 'cpu_mili'?" in str(caught.value)
    assert "knd: found an unknown column; rename it; did you mean 'kind'?" in str(caught.value)


def test_nodes_of_an_unknown_kind_cannot_be_added() -> None:
    with pytest.raises(InputError, match=r"no node of the kind 'A10'.*did you mean 'A100'"):
        zhizao.compute(NODES, JOBS, trial=zhizao.Trial(add={"A10": 1}))
