"""The column map of a log: shown, corrected, saved beside it, and used by studies and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.web.conftest import asked, ended, small_log
from zhizao.connect import read_log
from zhizao.records.intake import ColumnMap
from zhizao.web.folder import Folder
from zhizao.web.jobs.store import Store
from zhizao.web.jobs.work import Task, do
from zhizao.web.material import Material

if TYPE_CHECKING:
    import httpx


def odd_log() -> bytes:
    """The small log, whose columns say nothing."""
    return small_log().replace(b"lot,operation,work_center,start,end", b"a,b,c,d,e", 1)


ODD = {"fields": {"lot": "a", "operation": "b", "work_center": "c", "start": "d", "end": "e"}}


def test_the_page_shows_how_the_columns_of_a_log_are_read(client: httpx.Client) -> None:
    client.put("/api/files/may.csv", content=small_log())
    found = client.get("/api/files/may.csv/columns").json()
    assert found["used"] == {name: name for name in ("lot", "operation", "work_center", "start", "end")}
    assert (found["rows"], found["lots"], found["problem"], found["file"]) == (120, 60, None, None)


def test_a_log_with_odd_names_is_read_once_its_columns_are_named(
    client: httpx.Client, tmp_path: Path
) -> None:
    client.put("/api/files/odd.csv", content=odd_log())
    before = client.get("/api/files/odd.csv/columns").json()
    assert before["columns"] == ["a", "b", "c", "d", "e"], "they can be chosen though nothing was found"
    assert "no column for lot" in before["problem"]
    assert str(tmp_path) not in before["problem"]
    assert client.post("/api/files/odd.csv/columns", json=ODD).json()["lots"] == 60
    assert client.get("/api/files").json()[0]["name"] == "odd.csv", "trying writes nothing"
    assert client.put("/api/files/odd.csv/columns", json=ODD).json()["file"] == "odd.csv.columns.yaml"
    job = ended(client, asked(client, "learn", {"log": "odd.csv"})["id"])
    assert job["status"] == "done", job["message"]
    columns = ColumnMap.load(tmp_path / "odd.csv.columns.yaml")
    assert read_log(tmp_path / "odd.csv", columns=columns).records.lots.height == 60
    assert client.request("DELETE", "/api/files/odd.csv/columns").json()["file"] is None


def test_another_column_map_is_another_result(client: httpx.Client) -> None:
    client.put("/api/files/may.csv", content=small_log().replace(b"cut,saw", b"cut,press"))
    jobs = [ended(client, asked(client, "process_map", {"log": "may.csv"})["id"])]
    turned = {"fields": {"operation": "work_center", "work_center": "operation"}}
    assert client.put("/api/files/may.csv/columns", json=turned).status_code == 200
    jobs.append(ended(client, asked(client, "process_map", {"log": "may.csv"})["id"]))
    assert jobs[0]["key"] != jobs[1]["key"]
    pages = [client.get(f"/api/results/{one['result']}/page").json()["sections"] for one in jobs]
    assert pages[0] != pages[1]


def test_a_wrong_column_map_is_refused_and_nothing_is_written(client: httpx.Client, tmp_path: Path) -> None:
    client.put("/api/files/may.csv", content=small_log())
    cases: list[tuple[dict[str, Any], str]] = [
        ({"fields": {"lott": "lot"}}, "did you mean 'lot'?"),
        ({"fields": {"lot": "case"}}, "no column 'case'"),
        ({"settings": {"time_zone": "Mars"}}, "Asia/Shanghai"),
        ({"settings": {"encoding": "base64"}}, "utf-8"),
    ]
    for columns, right in cases:
        answer = client.put("/api/files/may.csv/columns", json=columns)
        assert answer.status_code == 422
        assert right in answer.json()["detail"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["may.csv"]


def test_a_column_map_of_the_command_line_is_used_and_its_faults_are_said(client: httpx.Client) -> None:
    client.put("/api/files/odd.csv", content=odd_log())
    text = "lot: a\noperation: b\nwork_center: c\nstart: d\nend: e\n"
    uploaded = client.put("/api/files/odd.csv.columns.yaml", content=text.encode())
    assert uploaded.json()["kind"] == "columns"
    assert client.get("/api/files/odd.csv/columns").json()["lots"] == 60
    client.put("/api/files/odd.csv.columns.yaml?replace=true", content=b"encoding: base64\n")
    refused = client.get("/api/files/odd.csv/columns")
    assert refused.status_code == 422
    assert "encoding" in refused.json()["detail"]


def test_a_result_stands_under_no_key_of_other_inputs(tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_bytes(small_log())
    hashes = Material(Folder(tmp_path), {"log": "may.csv"}).hashes(frozenset())
    task = Task("process_map", "0" * 64, tmp_path, {"log": "may.csv"}, {}, allow_code=False, hashes=hashes)
    Store(Folder(tmp_path))
    assert do(task, lambda _: None).kept
    (tmp_path / "may.csv.columns.yaml").write_text("batch: null\n", encoding="utf-8")
    refused = do(task, lambda _: None)
    assert not refused.kept
    assert "an input has changed" in refused.message
