"""What is particular to PostgreSQL: chunks, rows that wait for others, and SQL for other tools."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest

from tests.connect.store.cluster import Cluster
from zhizao.connect.store import Spool, Store, drain, open_store, postgres
from zhizao.records import STALE, Value, values

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ODD = [0.1, -0.0, 1e300, 5e-324, 2.2250738585072014e-308, -1.5, math.inf, -math.inf, 1.7976931348623157e308]


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.fresh()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


def rows(path: Path, made: list[Value]) -> pl.DataFrame:
    spool = Spool(path, source="edge 1")
    spool.append(values(made))
    found = spool.waiting(len(made))
    spool.close()
    return found


def mixed(count: int) -> list[Value]:
    """Two tags across two hours: odd numbers, nulls and codes; texts and none."""
    start = NINE - timedelta(seconds=count)
    made: list[Value] = []
    for k in range(count):
        number = None if k % 7 == 3 else ODD[k % len(ODD)]
        made.append(("press/Force", start + 3 * k * SECOND, number, None, STALE if k % 5 == 4 else 0))
        made.append(("press/State", start + 3 * k * SECOND, None, None if k % 3 else "läuft", 0))
    return made


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as base:
        found = base.execute(f"SELECT count(*) FROM zhizao.{table}".encode()).fetchone()
    assert found is not None
    return int(found[0])


def test_other_tools_read_chunks_and_recent_rows_by_sql(store: Store, url: str, tmp_path: Path) -> None:
    sent = rows(tmp_path / "s", mixed(100))
    store.append(sent[:180])
    store.append(sent[180:])
    assert count(url, "chunk") == 4
    assert count(url, "recent") == 20
    columns = "source, epoch, sequence, tag, time, received, number, text, status"
    since, until = NINE - 100 * SECOND, NINE + 100 * SECOND
    with psycopg.connect(url) as base:
        base.execute("SET search_path = public")
        found = base.execute(f"SELECT {columns} FROM zhizao.samples ORDER BY sequence".encode()).fetchall()
        asked = f"SELECT {columns} FROM zhizao.samples(%s, %s) WHERE tag = 'press/Force' ORDER BY sequence"
        some = base.execute(asked.encode(), (since, until)).fetchall()
        plan = str(base.execute(f"EXPLAIN {asked}".encode(), (since, until)).fetchall())
    assert "Function Scan on samples" not in plan, "conditions must reach the tables"
    assert [repr(row[6]) for row in found] == [repr(x) for x in sent["number"]]
    expected = sent.select(columns.split(", ")).rows()
    assert [row[:6] + row[7:] for row in found] == [row[:6] + row[7:] for row in expected]
    assert some == [row for row in found if row[3] == "press/Force" and since <= row[4] < until]
    assert 0 < len(some) < 100


def test_rows_that_come_one_by_one_become_chunks(
    store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_RECENT", 50)
    sent = rows(tmp_path / "s", mixed(40))
    for k in range(0, 60, 10):
        store.append(sent[k : k + 10])
    assert (count(url, "recent"), count(url, "chunk")) == (10, 4)
    again = open_store(url)
    again.append(sent[60:])
    assert count(url, "recent") == 30
    again.append(sent)
    found = again.query(["press/Force", "press/State"], NINE - timedelta(days=1), NINE + timedelta(days=1))
    again.close()
    right = sent.sort("tag", "time").select("tag", "time", "number", "text", "status")
    assert found.equals(right)


def test_the_newest_of_chunks_and_recent_rows_is_the_last(store: Store, tmp_path: Path) -> None:
    made: list[Value] = [("t", NINE + k * SECOND, float(k), None, 0) for k in range(100)]
    late: list[Value] = [("t", NINE + 50 * SECOND, -1.0, None, 0)]
    new: list[Value] = [("t", NINE + 200 * SECOND, -2.0, None, 0)]
    for name, part, newest in (("a", made, 99.0), ("b", late, 99.0), ("c", new, -2.0)):
        spool = Spool(tmp_path / name, source=name)
        spool.append(values(part))
        drain(spool, store)
        spool.close()
        assert store.last(["t"])["number"].to_list() == [newest]


def test_a_month_has_its_partition_and_a_clock_never_set_goes_to_the_other(
    store: Store, url: str, tmp_path: Path
) -> None:
    made: list[Value] = []
    for start in (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)):
        made += [("t", start + k * SECOND, float(k), None, 0) for k in range(100)]
    store.append(rows(tmp_path / "s", made))
    assert [count(url, f"chunk_{name}") for name in ("2026_01", "2026_02", "other")] == [1, 1, 1]
