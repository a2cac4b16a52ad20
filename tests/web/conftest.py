"""A server of a folder; its studies run in worker processes as they do for users."""

from __future__ import annotations

import importlib.util
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

if any(importlib.util.find_spec(name) is None for name in ("fastapi", "uvicorn", "httpx")):
    collect_ignore_glob = ["test_*.py"]  # the extra `web` is not installed

WAIT_MS = 180_000
LIMIT_S = WAIT_MS / 1000
"""The first study of a fresh install compiles the kernels."""


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a server of this folder, at a free port of this computer."""
    import httpx
    import uvicorn

    from zhizao.web.api import Settings, make_app

    app = make_app(folder, Settings(**{"workers": 1} | settings))
    line = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]}, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{line.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=60.0, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(tmp_path) as one:
        yield one


def ended(client: httpx.Client, name: str) -> dict[str, Any]:
    """A job once it has ended."""
    began = time.monotonic()
    while time.monotonic() - began < LIMIT_S:
        job: dict[str, Any] = client.get(f"/api/jobs/{name}").json()
        if job["status"] not in ("queued", "running"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"job {name} has not ended in {LIMIT_S:.0f} s")


def asked(client: httpx.Client, study: str, inputs: dict[str, str], **options: object) -> dict[str, Any]:
    """A job that was asked for."""
    answer = client.post("/api/jobs", json={"study": study, "inputs": inputs, "options": options})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def small_log() -> bytes:
    """Sixty lots through two machines, by hand."""
    rows = ["lot,operation,work_center,start,end"]
    for lot in range(60):
        day, minute = 1 + lot // 12, 480 + 40 * (lot % 12)
        for step, (operation, machine) in enumerate((("cut", "saw"), ("drill", "press"))):
            start = minute + 20 * step
            end = start + 10 + (lot * 7 + step * 3) % 9
            rows.append(f"L{lot:02d},{operation},{machine},{_at(day, start)},{_at(day, end)}")
    return ("\n".join(rows) + "\n").encode()


def _at(day: int, minute: int) -> str:
    return f"2026-06-{day:02d} {minute // 60:02d}:{minute % 60:02d}"


@pytest.fixture
def refusals() -> list[int]:
    """Status codes that a test expects: the browser writes each of them to its console."""
    return []


@pytest.fixture
def page(browser: Any, client: httpx.Client, refusals: list[int]) -> Iterator[Any]:
    """A page that says nothing else on its console and asks no other host."""
    own = str(client.base_url).rstrip("/")
    problems: list[str] = []
    one = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    one.set_default_timeout(WAIT_MS)
    one.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
    one.on("pageerror", lambda error: problems.append(str(error)))
    one.on("request", lambda asked: None if asked.url.startswith(own) else problems.append(asked.url))
    one.goto(own)
    yield one
    one.close()
    assert [one for one in problems if not any(f"a status of {code} " in one for code in refusals)] == []
