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
