"""Files of the page: what is taken, what is refused, and that nothing outside the folder is seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.studies.plants import LINE, TABLE
from tests.web.conftest import serving, small_log
from zhizao.web.folder import Folder

if TYPE_CHECKING:
    import httpx


def test_an_upload_is_listed_and_comes_back_as_it_was(client: httpx.Client) -> None:
    log = small_log()
    assert client.put("/api/files/may.csv", content=log).status_code == 201
    (file,) = client.get("/api/files").json()
    assert (file["name"], file["kind"], file["size"]) == ("may.csv", "log", len(log))
    answer = client.get("/api/files/may.csv")
    assert answer.content == log
    assert "attachment" in answer.headers["content-disposition"]


def test_a_file_is_replaced_only_where_that_is_asked_for(client: httpx.Client, tmp_path: Path) -> None:
    client.put("/api/files/a.csv", content=b"one")
    assert client.put("/api/files/a.csv", content=b"two").status_code == 409
    assert (tmp_path / "a.csv").read_bytes() == b"one"
    assert client.put("/api/files/a.csv?replace=true", content=b"two").status_code == 201
    assert (tmp_path / "a.csv").read_bytes() == b"two"


@pytest.mark.parametrize(
    "name",
    [
        "..%2Fa.csv",
        "..%5Ca.csv",
        ".a.csv",
        "a.py",
        "a",
        "nul.csv",
        "a%00.csv",
        "%20a.csv",
        "a" * 200 + ".csv",
    ],
)
def test_a_name_that_is_no_plain_name_of_a_plant_or_log_is_refused(
    client: httpx.Client, tmp_path: Path, name: str
) -> None:
    assert client.put(f"/api/files/{name}", content=b"x").status_code in (404, 405, 422)
    assert [path.name for path in tmp_path.iterdir()] == [".zhizao"]
    assert not (tmp_path.parent / "a.csv").exists()


def test_an_upload_beyond_the_limit_or_without_content_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, upload_bytes=1000) as client:
        assert client.put("/api/files/a.csv", content=b"x" * 1001).status_code == 413
        assert client.put("/api/files/a.csv", content=b"").status_code == 422
        assert client.put("/api/files/a.csv", content=b"x" * 1000).status_code == 201
    assert sorted(path.name for path in tmp_path.iterdir()) == [".zhizao", "a.csv"]


@pytest.mark.parametrize(
    "name", ["..%2Fsecret.csv", "%2Fetc%2Fpasswd", ".zhizao%2Fjobs", "link.csv", "..", "."]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("secret", encoding="utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with serving(folder) as client:
        answer = client.get(f"/api/files/{name}")
        assert client.get("/api/files").json() == []
    assert "secret" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("place", ["../secret.csv", "/etc/passwd", "sub/../../secret.csv"])
def test_a_plant_file_reads_no_table_outside_the_folder(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("secret\n", encoding="utf-8")
    text = TABLE.split("orders:")[0] + f"orders: {place}\n"
    with serving(folder) as client:
        client.put("/api/files/plant.yaml", content=text.encode())
        answer = client.get("/api/files/plant.yaml/plant")
    assert answer.status_code == 422
    assert "must be in the folder" in answer.text
    assert "secret'" not in answer.text


def test_what_a_plant_file_holds_is_shown(client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    found = client.get("/api/files/line.yaml/plant").json()
    assert found["name"] == "three machines in line"
    assert found["counts"]["work_centers"] == 3
    assert [one["id"] for one in found["measures"]] == ["second-slow-machine", "less-scrap"]


def test_faults_of_a_plant_file_are_said_with_their_line_and_without_the_servers_path(
    client: httpx.Client, tmp_path: Path
) -> None:
    client.put("/api/files/line.yaml", content=LINE.replace("on: slow", "on: slwo").encode())
    answer = client.get("/api/files/line.yaml/plant")
    assert answer.status_code == 422
    assert "line.yaml:12" in answer.json()["detail"]
    assert "did you mean 'slow'" in answer.json()["detail"]
    assert str(tmp_path) not in answer.text


OWN = LINE.replace("{id: slow,", "{id: slow, dispatch: mine:first,")
BY_MEASURE = LINE + "  - {id: rule, cost: 1, set: {work_centers.slow.dispatch: mine:first}}\n"


@pytest.mark.parametrize("text", [OWN, BY_MEASURE])
def test_a_plant_with_python_rules_of_its_own_is_refused_unless_allowed(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with serving(tmp_path) as client:
        answer = client.get("/api/files/own.yaml/plant")
        assert answer.status_code == 422
        assert "--allow-code" in answer.json()["detail"]
        job = {"study": "simulate", "inputs": {"plant": "own.yaml"}}
        assert client.post("/api/jobs", json=job).status_code == 422
    with serving(tmp_path, allow_code=True) as client:
        assert client.get("/api/files/own.yaml/plant").status_code == 200


def test_the_page_is_served_with_its_types_and_not_sent_twice(client: httpx.Client) -> None:
    page = client.get("/")
    assert (page.headers["content-type"], page.text[:15]) == ("text/html; charset=utf-8", "<!doctype html>")
    script = client.get("/app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    again = client.get("/app.js", headers={"if-none-match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/app.js").headers["content-length"] == str(len(script.content))


@pytest.mark.parametrize(
    "path", ["none.js", "%2e%2e/studies.py", "%2e%2e%2fstudies.py", "/etc/passwd", "a%00b"]
)
def test_nothing_but_the_page_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(f"/{path}").status_code == 404
    assert client.get("/" + path.replace("%2e", ".")).status_code == 404


def test_a_plant_is_read_again_when_it_or_a_table_of_it_changes(client: httpx.Client, tmp_path: Path) -> None:
    orders = "order,product,pieces,release,due\nA,p,1,2026-01-05 06:00,2026-01-09 06:00\n"
    plant = TABLE.split("orders:")[0] + "orders: orders.csv\n"
    client.put("/api/files/orders.csv", content=orders.encode())
    client.put("/api/files/plant.yaml", content=plant.encode())
    assert client.get("/api/files/plant.yaml/plant").json()["counts"]["orders"] == 1
    assert client.get("/api/files/plant.yaml/plant").json()["counts"]["orders"] == 1
    (tmp_path / "orders.csv").write_text(orders + "B,p,1,2026-01-05 06:00,2026-01-09 06:00\n", "utf-8")
    assert client.get("/api/files/plant.yaml/plant").json()["counts"]["orders"] == 2
    client.put("/api/files/plant.yaml?replace=true", content=plant.replace("plant: ", "plant: new ").encode())
    assert client.get("/api/files/plant.yaml/plant").json()["name"].startswith("new ")
    (tmp_path / "orders.csv").unlink()
    assert client.get("/api/files/plant.yaml/plant").status_code == 422


def test_an_index_file_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "cities.yaml").write_text("# cities\nindex: AI\ntable: cities.csv\n", encoding="utf-8")
    (tmp_path / "line.yaml").write_text("zhizao: 1\nplant: line\n# index: none\n", encoding="utf-8")
    (tmp_path / "may.csv.columns.yaml").write_text("index: lot\n", encoding="utf-8")
    kinds = {one.name: one.kind.value for one in Folder(tmp_path).files()}
    assert kinds == {"cities.yaml": "index", "line.yaml": "plant", "may.csv.columns.yaml": "columns"}
