"""`zhizao compute`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Zhizao

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "cluster"
LISTS = (FOLDER / "nodes.csv", FOLDER / "jobs.csv")


def test_policies_and_added_nodes(zhizao: Zhizao) -> None:
    said = zhizao(
        "compute", *LISTS, "--replications", "2", "--policy", "random", "--policy", "fgd", "--add", "T4=2"
    )
    assert said.code == 0
    assert "fgd allocates" in said.out
    assert "4 GPUs more" in said.out


def test_json_is_alone_on_stdout(zhizao: Zhizao) -> None:
    said = zhizao("compute", *LISTS, "--replications", "2", "--json")
    found = json.loads(said.out)
    assert [row["policy"] for row in found["policies"]] == ["best-fit", "fgd", "own"]
    assert found["jobs_that_fit_nowhere"] == []


def test_a_policy_with_a_typo_is_refused(zhizao: Zhizao) -> None:
    said = zhizao("compute", *LISTS, "--policy", "bestfit")
    assert said.code == 2
    assert "did you mean 'best-fit'?" in said.err


def test_nodes_to_be_added_need_a_count(zhizao: Zhizao) -> None:
    said = zhizao("compute", *LISTS, "--add", "T4")
    assert said.code == 2
    assert "--add: found 'T4'; expected KIND=N" in said.err


SITES = FOLDER.parent / "shifting" / "sites.yaml"


def test_a_site_file_alone_shifts_jobs(zhizao: Zhizao) -> None:
    said = zhizao("compute", SITES, "--replications", "2")
    assert said.code == 0
    assert "Re-planned, the jobs save" in said.out
    assert "Energy by site" in said.out


def test_what_a_site_file_has_no_use_for_is_refused(zhizao: Zhizao) -> None:
    for more in (("--load", "1"), ("--add", "T4=1"), ("--policy", "fgd"), (LISTS[1],)):
        said = zhizao("compute", SITES, *more)
        assert said.code == 2
        assert "beside a site file" in said.err


def test_a_node_list_needs_a_job_list(zhizao: Zhizao) -> None:
    said = zhizao("compute", LISTS[0])
    assert said.code == 2
    assert "JOBS: found none" in said.err


TIMED = (FOLDER / "timed-nodes.csv", FOLDER / "timed-jobs.csv")


def test_disciplines_over_time_and_added_nodes(zhizao: Zhizao) -> None:
    tried = ("--discipline", "fifo", "--discipline", "srsf")
    said = zhizao("compute", *TIMED, *tried, "--replications", "2", "--add", "A100=2")
    assert said.code == 0
    assert "srsf completes jobs in" in said.out
    assert "16 GPUs more" in said.out
    assert "energy, kWh" in said.out


def test_what_disciplines_have_no_use_for_is_refused(zhizao: Zhizao) -> None:
    for more in (("--load", "1"), ("--policy", "fgd")):
        said = zhizao("compute", *TIMED, "--discipline", "fifo", *more)
        assert said.code == 2
        assert "beside --discipline" in said.err


def test_a_discipline_with_a_typo_is_refused(zhizao: Zhizao) -> None:
    said = zhizao("compute", *TIMED, "--discipline", "srft")
    assert said.code == 2
    assert "did you mean 'srtf'?" in said.err
