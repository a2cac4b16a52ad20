"""Whatever is killed under load, what a spool accepted is in the store, once and right."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.connect.store.cluster import Cluster
from tests.connect.store.load import START, TAGS, load
from zhizao.connect.store import Spool, open_store

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 60.0  # for any one thing to happen; on an idle machine it takes a second


@dataclass
class Line:
    """A writer and a consumer as processes of their own, and the history of what was accepted."""

    folder: Path
    url: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        spool = str(self.folder / "spool")
        rest = {
            "write": [spool, str(self.history)],
            "consume": [spool, self.url, str(self.folder / "archive")],
        }
        command = [sys.executable, "-m", "tests.connect.store.load", name, *rest[name]]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, cwd=ROOT, env=os.environ.copy(), stderr=log)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        assert process.poll() is None, (self.folder / f"{name}.log").read_text(encoding="utf-8")[-2000:]
        process.kill()
        process.wait()

    @property
    def history(self) -> Path:
        return self.folder / "history"

    def batches(self, word: str) -> list[range]:
        if not self.history.exists():
            return []
        whole = self.history.read_text(encoding="ascii").split("\n")[:-1]
        found = [line.split() for line in whole if line.startswith(word)]
        return [range(int(first), int(first) + int(count)) for _, first, count in found]

    def waits(self) -> int:
        """The first sequence that the consumer has not committed."""
        spool = Spool(self.folder / "spool", source="edge 1")
        try:
            waiting = spool.waiting(1)["sequence"]
            return int(waiting.item()) if len(waiting) else sys.maxsize
        finally:
            spool.close()

    def progress(self) -> float:
        """Wait until both processes have done something more; give the seconds that it took."""
        began, done, first = time.monotonic(), len(self.batches("done")), self.waits()
        while len(self.batches("done")) == done or self.waits() == first:
            assert time.monotonic() - began < LIMIT_S, self.logs()
            time.sleep(0.01)
        return time.monotonic() - began

    def logs(self) -> str:
        return "".join(path.read_text(encoding="utf-8")[-1000:] for path in self.folder.glob("*.log"))

    def finish(self) -> None:
        """Stop the writer, let the consumer catch up, stop it."""
        self.kill("write")
        began = time.monotonic()
        while self.waits() != sys.maxsize:
            assert time.monotonic() - began < LIMIT_S, self.logs()
            time.sleep(0.02)
        self.kill("consume")

    def check(self) -> int:
        """Compare what was accepted with what the store holds; give the number of samples."""
        store = open_store(self.url)
        tags = [f"unit {k}" for k in range(TAGS)]
        found = store.query(tags, START, START + timedelta(days=3650)).sort("number")
        assert store.gaps().is_empty()
        store.close()
        kept = found["number"].cast(int).to_list()
        assert len(set(kept)) == len(kept), "samples are kept twice"
        accepted, begun = self.batches("done"), self.batches("begin")
        lost = {k for batch in accepted for k in batch} - set(kept)
        assert not lost, f"{len(lost)} samples are lost, first {min(lost)}"
        for batch in begun:
            assert len(set(kept).intersection(batch)) in (0, len(batch)), f"{batch} is kept in part"
        assert set(kept) <= {k for batch in begun for k in batch}
        right = load(0, max(kept) + 1)[kept]
        assert found.select(right.columns).equals(right.sort("number")), "values differ"
        return len(kept)


@pytest.fixture
def line(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Line]:
    folder = tmp_path / "line"
    folder.mkdir()
    made = Line(folder, request.param)
    if request.param == "postgresql":
        made.url = request.getfixturevalue("cluster").fresh()
    else:
        made.url = f"duckdb:///{folder}/plant.duckdb"
    yield made
    for process in made.processes.values():
        process.kill()
        process.wait()


def survive(line: Line, victims: list[str], cluster: Cluster | None = None) -> None:
    moments = random.Random(7)
    for name in ("write", "consume"):
        line.start(name)
    slowest = 0.0
    line.progress()
    for victim in victims:
        time.sleep(moments.uniform(0, 0.2))
        if victim == "database":
            assert cluster is not None
            cluster.kill()
            cluster.start()
        else:
            line.kill(victim)
            line.start(victim)
        slowest = max(slowest, line.progress())
    line.finish()
    count = line.check()
    print(f"{len(victims)} kills, {count} samples, none lost, none twice; {slowest:.1f} s at most to go on")


@pytest.mark.parametrize("line", ["duckdb"], indirect=True)
def test_writer_and_consumer_are_killed_and_no_sample_is_lost_or_kept_twice(line: Line) -> None:
    survive(line, ["consume", "write", "consume"])


@pytest.mark.parametrize("line", ["postgresql"], indirect=True)
def test_the_database_is_killed_and_no_sample_is_lost_or_kept_twice(line: Line, cluster: Cluster) -> None:
    survive(line, ["database", "consume", "database"], cluster)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["write", "consume"])
@pytest.mark.parametrize("line", ["duckdb", "postgresql"], indirect=True)
def test_twenty_kills_of_a_process_lose_nothing(line: Line, victim: str) -> None:
    survive(line, [victim] * 20)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["postgresql"], indirect=True)
def test_twenty_kills_of_the_database_lose_nothing(line: Line, cluster: Cluster) -> None:
    survive(line, ["database"] * 20, cluster)
