"""Who may ask: pages of this server, and where there is a token, only who has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import serving
from zhizao.quantities import InputError
from zhizao.web.api import Settings
from zhizao.web.serve import check_token

if TYPE_CHECKING:
    import httpx

TOKEN = "a-long-secret"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_origin_changes_nothing(
    client: httpx.Client, tmp_path: Path, headers: dict[str, str]
) -> None:
    assert client.put("/api/files/a.csv", content=b"x", headers=headers).status_code == 403
    assert client.post("/api/jobs", json={}, headers=headers).status_code == 403
    assert client.delete("/api/jobs/a", headers=headers).status_code == 403
    assert not (tmp_path / "a.csv").exists()


def test_the_own_page_and_programs_may_change(client: httpx.Client) -> None:
    own = {"origin": str(client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    assert client.put("/api/files/a.csv", content=b"x", headers=own).status_code == 201
    assert client.put("/api/files/b.csv", content=b"x").status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_pointed_here_is_refused(client: httpx.Client, host: str) -> None:
    assert client.get("/api/files", headers={"host": host}).status_code == 403


def test_an_answer_lets_no_other_host_in(client: httpx.Client) -> None:
    headers = client.get("/api/files").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_with_a_token_nobody_else_is_let_in(tmp_path: Path) -> None:
    with serving(tmp_path, token=TOKEN, hosts=()) as client:
        for path in ("/", "/api/files", "/openapi.json", "/report.css", "/?token=wrong-secret"):
            assert client.get(path).status_code == 401, path
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert client.get("/api/files", headers=bearer).status_code == 200
        assert client.get("/api/files", headers={"authorization": "Bearer wrong"}).status_code == 401
        answer = client.get(f"/?token={TOKEN}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
        assert client.get("/api/files").status_code == 200, "the cookie lets the page in"


def test_a_server_for_others_needs_a_token() -> None:
    with pytest.raises(InputError, match="token"):
        Settings(hosts=())
    for token in ("short", "with space!", ""):
        with pytest.raises(InputError, match="--token"):
            check_token(token)
    check_token(TOKEN)


def test_a_body_without_end_is_refused_before_it_fills_the_memory(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"study": "'
        for _ in range(64):
            yield b"a" * 2**16

    for body in (b" " * (2**20 + 1), endless()):
        answer = client.post("/api/jobs", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["detail"]) == (413, "the body is larger than 1 MB")
