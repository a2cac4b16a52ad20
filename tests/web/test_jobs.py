"""Studies as jobs: from a log to results, cancelled, refused, and after a restart."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.studies.plants import LINE, TABLE
from tests.web.conftest import LIMIT_S, asked, ended, serving, small_log
from zhizao.plant import parse_plant
from zhizao.studies.simulate import simulate
from zhizao.web.folder import Folder
from zhizao.web.jobs.pool import WORKER
from zhizao.web.jobs.store import Store
from zhizao.web.jobs.work import COMPILING
from zhizao.web.studies import STUDIES

if TYPE_CHECKING:
    import httpx

SHORT = {"days": 5, "replications": 2}
LONG = {"days": 30_000, "replications": 1000}


def test_from_a_log_to_results_that_a_restarted_server_still_has(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        client.put("/api/files/may.csv", content=small_log())
        learned = ended(client, asked(client, "learn", {"log": "may.csv"})["id"])
        assert learned["status"] == "done", learned
        assert learned["outputs"][0] == "may-plant.yaml"
        files = {file["name"] for file in client.get("/api/files").json()}
        assert files == {"may.csv", *learned["outputs"]}, "with the table of past lots, where it has one"
        inputs = {"plant": "may-plant.yaml"}
        simulated = ended(client, asked(client, "simulate", inputs, **SHORT)["id"])
        assert (simulated["status"], simulated["progress"]) == ("done", 1.0), simulated
        result = client.get(f"/api/results/{simulated['result']}").json()
        assert (result["study"], result["seed"], result["interrupted"]) == ("simulate", 1, False)
        page = client.get(f"/api/results/{simulated['result']}/page").json()
        assert page["sections"][0]["kind"] == "headline"
        assert 'class="card' in page["sections"][0]["html"]
        assert "Throughput" in page["sections"][0]["html"]
        chinese = {"language": "zh"}
        page = client.get(f"/api/results/{simulated['result']}/page", params=chinese).json()
        assert "产量" in page["sections"][0]["html"]
        report = client.get(f"/api/results/{simulated['result']}/report.html", params=chinese).text
        assert '<html lang="zh">' in report
        assert client.get(f"/api/results/{simulated['result']}/report.html").text.startswith(
            "<!doctype html>"
        )
        checked = ended(client, asked(client, "validate", inputs | {"log": "may.csv"}, replications=2)["id"])
        assert checked["status"] == "done", checked
    with serving(tmp_path) as client:
        jobs = {job["id"]: job for job in client.get("/api/jobs").json()}
        assert jobs[simulated["id"]] == simulated
        assert client.get(f"/api/results/{simulated['result']}").json() == result
        again = asked(client, "simulate", inputs, **SHORT)
        assert (again["status"], again["result"]) == ("done", simulated["result"]), "same inputs, same result"
        other = asked(client, "simulate", inputs, **SHORT, seed=2)
        assert other["key"] != simulated["result"]
        assert client.delete(f"/api/jobs/{other['id']}").status_code == 202
        ended(client, other["id"])


def test_a_plant_that_changes_has_another_key(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order,product,pieces\na,p,3\n", encoding="utf-8")
    text = TABLE.split("orders:")[0] + "orders: orders.csv\n"
    client.put("/api/files/plant.yaml", content=text.encode())
    with_long = asked(client, "simulate", {"plant": "plant.yaml"}, replications=2)
    (tmp_path / "orders.csv").write_text("order,product,pieces\na,p,4\n", encoding="utf-8")
    assert asked(client, "simulate", {"plant": "plant.yaml"}, replications=2)["key"] != with_long["key"]


def test_measures_are_compared_and_a_plan_is_written(client: httpx.Client, tmp_path: Path) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    compared = asked(client, "compare", {"plant": "line.yaml"}, measures=["second-slow-machine"], **SHORT)
    client.put("/api/files/table.yaml", content=TABLE.encode())
    planned = asked(client, "schedule", {"plant": "table.yaml"}, seconds=1)
    improved = asked(client, "improve", {"plant": "line.yaml"}, seconds=20, days=5)
    assert ended(client, compared["id"])["status"] == "done"
    plan = ended(client, planned["id"])
    assert (plan["status"], plan["outputs"]) == ("done", ["table-plan.csv"]), plan
    assert (tmp_path / "table-plan.csv").read_text(encoding="utf-8").count("\n") > 2
    best = ended(client, improved["id"])
    assert best["status"] == "done", best
    assert client.get(f"/api/results/{best['result']}").json()["study"] == "improve"


def test_a_running_job_and_a_waiting_job_are_cancelled(client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    running = asked(client, "simulate", {"plant": "line.yaml"}, **LONG)
    waiting = asked(client, "simulate", {"plant": "line.yaml"}, **LONG, seed=2)
    twin = asked(client, "simulate", {"plant": "line.yaml"}, **LONG, seed=2)
    assert twin["id"] == waiting["id"], "the same job is not queued twice"
    while client.get(f"/api/jobs/{running['id']}").json()["progress"] == 0:
        time.sleep(0.05)
    assert client.delete(f"/api/jobs/{waiting['id']}").json()["status"] == "cancelled"
    client.delete(f"/api/jobs/{running['id']}")
    assert ended(client, running["id"])["status"] == "cancelled"
    short = asked(client, "simulate", {"plant": "line.yaml"}, **SHORT)
    assert ended(client, short["id"])["status"] == "done", "the worker goes on"


def test_a_worker_that_dies_fails_its_job_and_no_other(client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    lost = asked(client, "simulate", {"plant": "line.yaml"}, **LONG)
    while client.get(f"/api/jobs/{lost['id']}").json()["progress"] == 0:
        time.sleep(0.05)
    (worker,) = [one for one in multiprocessing.active_children() if one.name.startswith(WORKER)]
    worker.kill()
    job = ended(client, lost["id"])
    assert job["status"] == "failed"
    assert "worker process ended" in job["message"]
    short = asked(client, "simulate", {"plant": "line.yaml"}, **SHORT)
    assert ended(client, short["id"])["status"] == "done"


def test_a_server_that_ended_says_which_jobs_it_interrupted(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        client.put("/api/files/line.yaml", content=LINE.encode())
        job = asked(client, "simulate", {"plant": "line.yaml"}, **LONG)
    with serving(tmp_path) as client:
        found = client.get(f"/api/jobs/{job['id']}").json()
    assert found["status"] == "interrupted"
    assert "start it again" in found["message"]


def test_a_killed_server_says_so_too(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1) as client:
        client.put("/api/files/line.yaml", content=LINE.encode())
        done = ended(client, asked(client, "simulate", {"plant": "line.yaml"}, **SHORT)["id"])
    path = tmp_path / ".zhizao" / "jobs" / f"{done['id']}.json"
    killed = json.loads(path.read_text(encoding="utf-8")) | {
        "id": "killed",
        "status": "running",
        "result": None,
    }
    path.with_name("killed.json").write_text(json.dumps(killed), encoding="utf-8")
    path.with_name("broken.json").write_text("{", encoding="utf-8")
    with serving(tmp_path) as client:
        jobs = {job["id"]: job["status"] for job in client.get("/api/jobs").json()}
    assert jobs == {done["id"]: "done", "killed": "interrupted"}


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"study": "simulat", "inputs": {}}, "did you mean 'simulate'"),
        ({"study": "simulate", "inputs": {}}, "found no plant"),
        ({"study": "simulate", "inputs": {"plant": "none.yaml"}}, "found no file 'none.yaml'"),
        ({"study": "simulate", "inputs": {"plant": "../a.yaml"}}, "found no file"),
        ({"study": "simulate", "inputs": {"plant": "line.yaml", "log": "a.csv"}}, "found the input 'log'"),
        ({"study": "simulate", "inputs": {"plant": "line.yaml"}, "options": {"dais": 3}}, "dais"),
        ({"study": "simulate", "inputs": {"plant": "line.yaml"}, "options": {"days": -1}}, "days"),
        ({"study": "simulate", "inputs": {"plant": "line.yaml"}, "option": {}}, "option"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(
    client: httpx.Client, request_: dict[str, object], said: str
) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    answer = client.post("/api/jobs", json=request_)
    assert answer.status_code in (404, 422)
    assert said in answer.text
    assert client.get("/api/jobs").json() == []


def test_a_log_that_is_none_ends_its_job_with_the_reason(client: httpx.Client, tmp_path: Path) -> None:
    client.put("/api/files/bad.csv", content=b"a,b\n1,2\n")
    job = ended(client, asked(client, "learn", {"log": "bad.csv"})["id"])
    assert job["status"] == "failed"
    assert job["message"].startswith("bad.csv")
    assert str(tmp_path) not in job["message"]


@pytest.mark.parametrize("key", ["a" * 64, "..", "..%2F..%2Fline.yaml", "A" * 64])
def test_a_result_that_is_not_there_is_not_found(client: httpx.Client, key: str) -> None:
    assert client.get(f"/api/results/{key}").status_code == 404


def test_the_description_names_every_route_study_and_field(client: httpx.Client) -> None:
    api = client.get("/openapi.json").json()
    operations = [one for path in api["paths"].values() for one in path.values()]
    assert all("summary" in one for one in operations)
    fields = [
        (name, field, what)
        for name, schema in api["components"]["schemas"].items()
        if "ValidationError" not in name
        for field, what in schema.get("properties", {}).items()
    ]
    assert [(name, field) for name, field, what in fields if "description" not in what] == []
    studies = client.get("/api/studies").json()
    assert [one["name"] for one in studies] == list(STUDIES)
    for one in studies:
        assert all("description" in field for field in one["options"]["properties"].values()), one["name"]


def test_a_worker_that_compiles_says_so(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIZAO_CACHE", str(tmp_path.parent / f"{tmp_path.name}-cache"))  # an empty one
    client.put("/api/files/line.yaml", content=LINE.encode())
    job = asked(client, "simulate", {"plant": "line.yaml"}, **SHORT)
    began = time.monotonic()
    while not (said := client.get(f"/api/jobs/{job['id']}").json())["message"]:
        assert time.monotonic() - began < LIMIT_S
        time.sleep(0.05)
    assert (said["status"], said["message"]) == ("running", COMPILING)


def test_the_oldest_results_go_first_and_their_jobs_with_them(tmp_path: Path) -> None:
    store = Store(Folder(tmp_path))
    result = simulate(parse_plant(LINE), days=5, replications=2)
    keys = [letter * 64 for letter in "abc"]
    for age, key in enumerate(reversed(keys)):
        store.keep(key, result, [])
        os.utime(tmp_path / ".zhizao" / "results" / key, (age + 1, age + 1))
    store.prune(most=2)
    assert [store.has(key) for key in keys] == [True, True, False]
    store.prune(most_bytes=1)
    assert [store.has(key) for key in keys] == [True, False, False], "the newest stays, whatever its size"
    with serving(tmp_path) as client:
        client.put("/api/files/line.yaml", content=LINE.encode())
        job = ended(client, asked(client, "simulate", {"plant": "line.yaml"}, **SHORT)["id"])
    shutil.rmtree(tmp_path / ".zhizao" / "results" / job["result"])
    with serving(tmp_path) as client:
        assert client.get("/api/jobs").json() == []
