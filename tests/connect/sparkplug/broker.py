"""A mosquitto of our own, on a free port of the loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest


def program(name: str, package: str) -> str:
    """Path of a program; without it the test is skipped, and fails where CI=true."""
    found = shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if found is None:
        lacking(f"needs {name} (Debian: apt install {package})")
    assert found is not None
    return found


def lacking(reason: str) -> None:
    """Skip a test that lacks its peer, except on CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until(condition, timeout_s: float, what: str) -> float:
    """Wait for a condition, and say how long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > timeout_s:
            raise AssertionError(f"{what}: not within {timeout_s} s")
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Process:
    """Something that can be killed and started again."""

    command: list[str]
    log: Path
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def said(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def kill(self) -> None:
        """SIGKILL: no chance to say goodbye."""
        if self.running is not None:
            self.running.kill()
            self.running.wait(10)
            self.running = None


def listening(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def mosquitto(folder: Path, extra: str = "allow_anonymous true\n") -> tuple[Process, int]:
    """Give a broker that is not started yet, and its port."""
    port = free_port()
    file = folder / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\n{extra}", encoding="utf-8")
    command = [program("mosquitto", "mosquitto"), "-c", str(file)]
    return Process(command, folder / "broker.log"), port


def peer(role: str, port: int, folder: Path, rate: int = 0) -> Process:
    """Give an edge or a host (see peers.py) that is not started yet."""
    script = Path(__file__).with_name("peers.py")
    command = [sys.executable, str(script), role, str(port), str(folder), str(rate)]
    return Process(command, folder / f"{role}.log")
