"""How soon a consumer that was killed keeps samples again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.connect.store.cluster import Cluster
from tests.connect.store.load import load
from zhizao.connect.store import Spool, drain, open_store

START = """
import sys, time
from zhizao.connect.store import Spool, drain, open_store
spool, store = Spool(sys.argv[1], source="edge 1"), open_store(sys.argv[2])
assert drain(spool, store, limit=700, most=700) == 700
heavy = ("numpy", "pyarrow", "scipy", "pandas", "numba")
print(time.process_time(), *(name for name in heavy if name in sys.modules))
"""
HANG = """
import sys
from zhizao.connect.store.postgres import PostgresBase
base = PostgresBase(sys.argv[1])
with base.transaction(write=True):
    print("locked", flush=True)
    base.run("SELECT pg_sleep(120)")
"""


def run(code: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.split()


def test_the_first_commit_of_a_process_takes_little_more_than_its_libraries(
    cluster: Cluster, tmp_path: Path
) -> None:
    """CPU time from the start of Python, beside polars and psycopg alone; the best of three of each."""
    spool = Spool(tmp_path / "spool", source="edge 1")
    spool.append(load(0, 10_000))
    spool.close()
    url = cluster.fresh()
    own, plain = [], []
    for _ in range(3):
        took, *loaded = run(START, f"{tmp_path}/spool", url)
        assert loaded == [], "libraries that the first commit does not need"
        own.append(float(took))
        plain.append(float(run("import polars, psycopg, time; print(time.process_time())")[0]))
    assert min(own) < 2.0 * min(plain)


def test_a_writer_that_was_killed_in_a_long_statement_soon_lets_the_next_one_in(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.fresh()
    writer = subprocess.Popen([sys.executable, "-c", HANG, url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "locked\n"
    writer.kill()
    writer.communicate()
    spool = Spool(tmp_path / "spool", source="edge 1")
    spool.append(load(0, 10))
    began = time.monotonic()
    store = open_store(url)
    assert drain(spool, store) == 10
    store.close()
    spool.close()
    assert time.monotonic() - began < 60.0, "the statement of the killed writer runs for 120 s"
