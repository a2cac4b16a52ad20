"""The page under load: 100 users while 20 studies run or wait, and the first frame in Chromium.

    python benchmarks/web_load.py --write

The server is `zhizao serve` in a process of its own, with two workers; the users are coroutines of this
process on the same computer, so that they take processor time from the server too. A page view is the page
with all scripts and styles that it loads, the files, the studies and the jobs, over six connections as a
browser does.
Between views a user asks for the jobs every 0.7 s, as the page does, and reads a result.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urljoin

import httpx
import numpy as np

from benchmarks.surroundings import ROOT, commit_of, processor, with_section
from tests.studies.plants import LINE

USERS, JOBS, WORKERS = 100, 20, 2
POLL_S, VIEW_S = 0.7, 8.0
CONNECTIONS = 6
BAR_MS, FRAME_MS, FRAME_KB = 200, 500, 700
PAGE = ROOT / "benchmarks" / "results" / "web.md"
LONG = {"days": 30_000, "replications": 1000}
LINK = re.compile(r"""(?:src|href)="([^":#]+)"|from "(\./[^"]+)"|import "(\./[^"]+)\"""")
RUN = "import sys; from zhizao.cli import main; sys.exit(main())"
Times = dict[str, list[float]]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    """Address and process of a server of the folder."""
    command = [sys.executable, "-c", RUN, "serve", str(folder), "--port", "0", "--workers", str(WORKERS)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr is not None
        found = re.search(r"http://[\d.]+:\d+", process.stderr.readline())
        assert found is not None
        try:
            yield found.group(), process.pid
        finally:
            process.terminate()
            process.wait(30)


def cpu_seconds(process: int) -> float:
    """Processor time that a process has taken so far; its children do not count."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def begin_jobs(address: str) -> str:
    """Finish a short study and begin the long ones; gives the key of the short one's result."""
    with httpx.Client(base_url=address, timeout=300, trust_env=False) as client:
        client.put("/api/files/line.yaml", content=LINE.encode()).raise_for_status()
        name = ask(client, days=20, replications=20, seed=1)["id"]
        while (job := client.get(f"/api/jobs/{name}").json())["status"] in ("queued", "running"):
            time.sleep(0.1)
        for seed in range(2, JOBS + 2):
            ask(client, **LONG, seed=seed)
    return str(job["result"])


def ask(client: httpx.Client, **options: object) -> Any:
    job = {"study": "simulate", "inputs": {"plant": "line.yaml"}, "options": options}
    answer = client.post("/api/jobs", json=job)
    answer.raise_for_status()
    return answer.json()


# ---------------------------------------------------------------- users
def loaded_files(address: str) -> list[str]:
    """Everything that the page loads, followed through its imports."""
    found, todo = ["/"], ["/"]
    with httpx.Client(base_url=address, trust_env=False) as client:
        while todo:
            one = todo.pop()
            for names in LINK.findall(client.get(one).text):
                path = urljoin(one, next(filter(None, names)))
                if path not in found:
                    found.append(path)
                    todo += [path] if path.endswith(".js") else []
    return found


class Browser:
    """Six connections that are kept. httpx takes more processor time for a request than the server does."""

    def __init__(self, address: str, times: Times) -> None:
        self.host, _, port = address.removeprefix("http://").partition(":")
        self.port, self.times = int(port), times
        self.free: asyncio.Queue[Connection | None] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self.free.put_nowait(None)

    async def get(self, path: str, name: str) -> None:
        began = time.perf_counter()
        line = await self.free.get() or await asyncio.open_connection(self.host, self.port)
        reader, writer = line
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), (path, head)
        size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert size is not None, (path, head)
        await reader.readexactly(int(size.group(1)))
        self.free.put_nowait(line)
        self.times[name].append(time.perf_counter() - began)

    async def close(self) -> None:
        while not self.free.empty():
            if (line := self.free.get_nowait()) is not None:
                line[1].close()


async def user(browser: Browser, random: Random, files: list[str], key: str, until: float) -> None:
    await asyncio.sleep(random.uniform(0, VIEW_S))
    while time.monotonic() < until:
        began = time.perf_counter()
        await browser.get("/", "index")
        await asyncio.gather(*(browser.get(one, "file of the page") for one in files[1:]))
        data = ("/api/files", "/api/studies", "/api/jobs")
        await asyncio.gather(*(browser.get(one, one) for one in data))
        browser.times["page view"].append(time.perf_counter() - began)
        await browser.get(f"/api/results/{key}/page", "result")
        leave = time.monotonic() + random.uniform(0.5, 1.5) * VIEW_S
        while time.monotonic() < min(leave, until):
            await asyncio.sleep(POLL_S)
            await browser.get("/api/jobs", "/api/jobs")


async def load(address: str, key: str, seconds: float) -> Times:
    files, times = loaded_files(address), defaultdict(list)
    until = time.monotonic() + seconds
    browsers = [Browser(address, times) for _ in range(USERS)]
    await asyncio.gather(*(user(one, Random(n), files, key, until) for n, one in enumerate(browsers)))
    for one in browsers:
        await one.close()
    return times


# ---------------------------------------------------------------- first frame
def first_frames(address: str, loads: int) -> list[tuple[float, float]]:
    """Milliseconds to the first contentful paint and bytes, of loads with an empty browser cache."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(loads):
            page = browser.new_context().new_page()
            page.goto(address, wait_until="networkidle")
            found.append(tuple(page.evaluate(_PAINT)))
            page.context.close()
        browser.close()
    return found


_PAINT = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [paint, parts.reduce((sum, one) => sum + one.transferSize, 0)];
}"""


# ---------------------------------------------------------------- report
def load_table(times: Times) -> str:
    rows = ["| request | count | median (ms) | 95 % (ms) | longest (ms) |", "|---|---|---|---|---|"]
    for name, values in times.items():
        low, high, top = (1e3 * np.quantile(values, share) for share in (0.5, 0.95, 1.0))
        rows.append(f"| {name} | {len(values):,} | {low:.0f} | {high:.0f} | {top:.0f} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the load")
    parser.add_argument("--write", action="store_true", help=f"write to {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, process):
        key = begin_jobs(address)
        began, taken = time.perf_counter(), cpu_seconds(process)
        times = asyncio.run(load(address, key, given.seconds))
        lasted, taken = time.perf_counter() - began, cpu_seconds(process) - taken
        answers = sum(map(len, times.values())) - len(times["page view"])
        with httpx.Client(base_url=address, trust_env=False) as client:
            jobs = client.get("/api/jobs").json()
            for job in jobs:
                client.delete(f"/api/jobs/{job['id']}")
            while any(job["status"] in ("queued", "running") for job in client.get("/api/jobs").json()):
                time.sleep(0.2)
        frames = first_frames(address, 10)
    busy = sum(job["status"] in ("queued", "running") for job in jobs)
    paint, size = np.median([one[0] for one in frames]), max(one[1] for one in frames) / 1e3
    said = f"`python benchmarks/web_load.py`; commit {commit_of()}, {processor()}, 2 cores for all."
    view = 1e3 * np.quantile(times["page view"], 0.95)
    users = (
        f"{said} {USERS} users, {busy} of {JOBS} studies running or waiting until the end, "
        f"{WORKERS} workers, {given.seconds:g} s. A page view: 95 % within "
        f"{view:.0f} ms (bar {BAR_MS} ms). {answers / lasted:.0f} answers a second, "
        f"{1e3 * taken / answers:.2f} ms of the server's processor time each; load of the computer before "
        f"{before:.1f}.\n\n"
        f"{load_table(times)}"
    )
    frame = (
        f"{said} Ten loads with an empty browser cache, warm server, no study: first contentful paint "
        f"after {paint:.0f} ms (median; longest {max(one[0] for one in frames):.0f} ms; bar {FRAME_MS} ms), "
        f"{size:.0f} kB transferred (bar {FRAME_KB} kB)."
    )
    print(users, frame, sep="\n\n")
    if given.write:
        page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# The page, measured in the browser\n"
        page = with_section(page, "Users while studies run", users)
        PAGE.write_text(with_section(page, "First frame", frame), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
