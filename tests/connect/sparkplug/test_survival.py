"""The edge survives the death of broker, host and itself: every sample arrives once, in order."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.connect.sparkplug.broker import Process, mosquitto, peer, wait_until

RATE = 2_000  # samples per second; two cores carry broker, edge, host and the makers of samples
RECOVERY_S = 5.0  # from the start of the process that was killed to samples that flow again
START_S = 3.0  # a Python process loads its libraries meanwhile; it is not part of the recovery


class Line:
    """Edge, broker and host under load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        broker, port = mosquitto(folder)
        self.processes: dict[str, Process] = {
            "broker": broker,
            "edge": peer("edge", port, folder, RATE),
            "host": peer("host", port, folder),
        }

    def start(self) -> None:
        for process in self.processes.values():
            process.start()
        wait_until(lambda: self.stored() > RATE, 20, "first samples")

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()

    def stored(self) -> int:
        """Highest sequence in the store."""
        return self._one("store.db", "select max(sequence) from samples where source = 'press shop'")

    def waiting(self) -> int:
        return self._one("outbox.db", "select count(*) from samples")

    def numbered(self) -> int:
        return self._one("outbox.db", "select next from numbered")

    def _one(self, name: str, query: str) -> int:
        try:
            with closing(sqlite3.connect(self.folder / name, timeout=5)) as database:
                return int(database.execute(query).fetchone()[0] or 0)
        except sqlite3.OperationalError:  # not created yet
            return 0

    def kill(self, name: str, pause_s: float) -> float:
        """Kill one, start it again after a pause, and say how long until samples flow again."""
        process = self.processes[name]
        process.kill()
        time.sleep(pause_s)
        before = self.stored()
        process.start()
        return wait_until(lambda: self.stored() > before, 30, f"samples after a death of the {name}")

    def drain(self) -> None:
        """Let the edge send what is left, without new samples."""
        self.processes["edge"].kill()
        self.processes["edge"].command[-1] = "0"
        self.processes["edge"].start()
        wait_until(lambda: self.waiting() == 0, 120, "an empty outbox")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    one = Line(tmp_path)
    one.start()
    yield one
    one.stop()


def check_history(line: Line) -> None:
    """Nothing lost, nothing twice, in order of the key, and each value what the edge made."""
    with closing(sqlite3.connect(line.folder / "store.db")) as database:
        query = "select sequence, number, tag from samples where source = 'press shop' order by rowid"
        rows = database.execute(query).fetchall()
    assert [row[0] for row in rows] == list(range(line.numbered()))
    assert all(number == sequence and tag == f"press/{sequence % 50}" for sequence, number, tag in rows)


def survive(line: Line, victims: list[str], seed: int) -> None:
    dice = random.Random(seed)
    late = []
    for victim in victims:
        took = line.kill(victim, dice.uniform(0.0, 0.5))
        late += [(victim, took)] if took > RECOVERY_S + (START_S if victim != "broker" else 0) else []
        time.sleep(dice.uniform(0.1, 0.6))
    line.drain()
    check_history(line)
    assert late == []


def test_three_deaths_lose_nothing(line: Line) -> None:
    survive(line, ["broker", "host", "edge"], seed=1)


@pytest.mark.slow
def test_sixty_deaths_lose_nothing(line: Line) -> None:
    victims = ["broker", "host", "edge"] * 20
    random.Random(2).shuffle(victims)
    survive(line, victims, seed=2)
