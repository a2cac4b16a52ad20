"""A PostgreSQL server of our own in a temporary folder, that can be killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg

PASSWORD = "ein-geheimnis"


def binaries() -> Path | None:
    """The newest server that Debian or the path offers, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb")
    return found[-1].parent if found else Path(path).parent if path else None


class Cluster:
    """A server on loopback; it runs as `postgres` where the tests run as root, who must not."""

    def __init__(self, folder: Path, bin_: Path) -> None:
        self.folder, self.bin = folder, bin_
        self.port = _free_port()
        self.databases = 0
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="ascii")
        if os.geteuid() == 0:
            for path in (folder, secret):
                shutil.chown(path, "postgres")
        self._call(
            "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            "zhizao",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-N",
        )

    @property
    def url(self) -> str:
        return f"postgresql://zhizao:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server and wait for it."""
        self._spawn()
        self.wait()

    def _spawn(self) -> None:
        options = (
            "-D",
            f"{self.folder}/data",
            "-p",
            str(self.port),
            "-k",
            str(self.folder),
            "-h",
            "127.0.0.1",
        )
        self.process = subprocess.Popen(
            self._as_user("postgres", *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def wait(self, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
                if self.process is not None and self.process.poll() is not None:
                    self._spawn()  # a backend of the killed server still held its memory; so does systemd
            else:
                return

    def kill(self) -> None:
        """SIGKILL to the server and all its processes."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def fresh(self) -> str:
        """Make an empty database; give its URL."""
        self.databases += 1
        with psycopg.connect(self.url, autocommit=True) as base:
            base.execute(f"CREATE DATABASE plant{self.databases}".encode())
        return self.url.removesuffix("postgres") + f"plant{self.databases}"

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(self._as_user(program, *arguments), check=True, capture_output=True, timeout=60)

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        user = (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        )
        return [*user, str(self.bin / program), *arguments]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
