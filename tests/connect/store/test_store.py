"""A store keeps every sample once, and answers by tag and time."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect.store import How, Spool, Store, drain, open_store
from zhizao.connect.store.duck import DuckBase
from zhizao.quantities.errors import ConnectError
from zhizao.records import STALE, Value, values

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["duckdb", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "duckdb":
        url = f"duckdb:///{tmp_path}/plant.duckdb"
    else:
        url = request.getfixturevalue("cluster").fresh()
    opened = open_store(url)
    yield opened
    opened.close()


def spooled(path: Path, rows: list[Value]) -> Spool:
    spool = Spool(path, source="edge 1")
    spool.append(values(rows))
    return spool


def press(count: int, start: datetime = NINE) -> list[Value]:
    return [("press/Force", start + k * SECOND, float(k), None, 0) for k in range(count)]


def test_what_waits_in_a_spool_is_kept_once_and_leaves_the_spool(store: Store, tmp_path: Path) -> None:
    spool = spooled(tmp_path / "s", press(10))
    again = spool.waiting(100)
    assert drain(spool, store) == 10
    assert spool.depth() == 0
    assert store.append(again) == 0
    assert store.query(["press/Force"], NINE, NINE + 60 * SECOND)["number"].to_list() == list(range(10))


def test_samples_come_in_any_order_and_overlap_and_each_is_kept_once(store: Store, tmp_path: Path) -> None:
    rows = spooled(tmp_path / "s", press(100)).waiting(100)
    assert store.append(rows[50:70]) == 20
    assert (
        store.append(
            pl.concat([rows[80:90], rows[60:85], rows[60:85]]).sample(fraction=1, shuffle=True, seed=1)
        )
        == 20
    )
    assert store.append(rows[10:20]) == 10
    assert store.gaps().select("first", "last").rows() == [(0, 9), (20, 49)]
    assert store.committed().is_empty()
    assert store.append(rows) == 50
    assert store.gaps().is_empty()
    assert store.committed()["sequence"].to_list() == [99]
    assert store.query(["press/Force"], NINE, NINE + 99 * SECOND).height == 99


def test_values_come_back_as_they_were_sent(store: Store, tmp_path: Path) -> None:
    odd = ["", " ", "a,b", 'say "hi"', "two\nlines", "长春", "\\N", "null"]
    numbers = [0.1, -0.0, 1e300, 5e-324, float("inf"), float("-inf")]
    rows: list[Value] = [("t", NINE + k * SECOND, None, text, 0) for k, text in enumerate(odd)]
    rows += [("n", NINE + k * SECOND, number, None, 0x40000000) for k, number in enumerate(numbers)]
    rows += [("s", NINE, None, None, STALE), ("old", datetime(1601, 1, 1, tzinfo=UTC), 1.0, None, 0)]
    drain(spooled(tmp_path / "s", rows), store)
    end = NINE + 60 * SECOND
    assert store.query(["t"], NINE, end)["text"].to_list() == odd
    assert store.query(["n"], NINE, end)["number"].to_list() == numbers
    assert store.query(["s"], NINE, end)["status"].to_list() == [STALE]
    assert store.query(["old"], datetime(1601, 1, 1, tzinfo=UTC), end)["number"].to_list() == [1.0]


def test_means_of_a_minute_leave_bad_values_out(store: Store, tmp_path: Path) -> None:
    rows = [*press(120), ("press/Force", NINE + SECOND / 2, 1e9, None, 0x80000000)]
    drain(spooled(tmp_path / "s", rows), store)
    found = store.query(
        ["press/Force", "no tag"], NINE, NINE + timedelta(hours=1), every=timedelta(minutes=1)
    )
    assert found["time"].to_list() == [NINE, NINE + timedelta(minutes=1)]
    assert found["number"].to_list() == [29.5, 89.5]


@pytest.mark.parametrize(
    ("how", "expected"), [("min", 0), ("max", 59), ("sum", 1770), ("count", 60), ("last", 59)]
)
def test_a_bucket_has_one_value(store: Store, tmp_path: Path, how: str, expected: float) -> None:
    drain(spooled(tmp_path / "s", press(60)), store)
    found = store.query(["press/Force"], NINE, NINE + 60 * SECOND, every=timedelta(minutes=1), how=How(how))
    assert found["number"].to_list() == [expected]


def test_the_last_value_of_a_tag_is_the_newest_by_its_own_time(store: Store, tmp_path: Path) -> None:
    drain(spooled(tmp_path / "s", [*reversed(press(5)), ("state", NINE, None, "Running", 0)]), store)
    found = store.last(["press/Force", "state", "no tag"])
    assert found.select("tag", "number", "text").rows() == [
        ("press/Force", 4.0, None),
        ("state", None, "Running"),
    ]


def test_archived_and_live_samples_are_one(store: Store, tmp_path: Path) -> None:
    rows = press(300, NINE.replace(hour=23, minute=58))
    drain(spooled(tmp_path / "s", rows), store)
    asked = (["press/Force"], NINE, NINE + timedelta(days=1))
    every, minutes = store.query(*asked), store.query(*asked, every=timedelta(minutes=2))
    assert store.archive(tmp_path / "a", NINE.replace(hour=23, minute=59)) == 60
    assert store.archive(tmp_path / "a", NINE + timedelta(hours=15, minutes=1)) == 120
    assert sorted(f.name for f in (tmp_path / "a").rglob("*.parquet")) == [
        "2026-03-01.2.parquet",
        "2026-03-02.1.parquet",
    ]
    assert store.query(*asked).equals(every)
    assert store.query(*asked, every=timedelta(minutes=2)).equals(minutes)
    assert store.append(Spool(tmp_path / "s", source="edge 1").waiting(1000)) == 0
    assert store.archive(tmp_path / "a", NINE + timedelta(days=2), keep=timedelta(hours=33)) == 120
    assert store.last(["press/Force"])["number"].to_list() == [299.0]
    assert store.query(*asked)["number"].to_list() == list(range(120, 300))
    (tmp_path / "a" / "2026-03" / "2026-03-02.2.parquet").unlink()
    with pytest.raises(ConnectError, match="bring it back"):
        store.query(*asked)


def test_an_archiving_that_is_cut_off_before_its_commit_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = f"duckdb:///{tmp_path}/plant.duckdb", (["press/Force"], NINE, NINE + timedelta(days=1))
    store = open_store(url)
    drain(spooled(tmp_path / "s", press(100)), store)
    before = store.query(*asked)
    with monkeypatch.context() as cut:
        cut.setattr(DuckBase, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.archive(tmp_path / "a", NINE + 50 * SECOND)
    store.close()
    store = open_store(url)
    assert len(list((tmp_path / "a").rglob("*.parquet"))) == 1
    assert store.query(*asked).equals(before)
    assert store.archive(tmp_path / "a", NINE + 50 * SECOND) == 50
    assert len(list((tmp_path / "a").rglob("*.parquet"))) == 1
    assert store.query(*asked).equals(before)


def interrupted(base: DuckBase, statement: str) -> None:
    raise KeyboardInterrupt(statement)


def test_a_store_that_is_opened_again_goes_on(tmp_path: Path) -> None:
    url, spool = f"duckdb:///{tmp_path}/plant.duckdb", spooled(tmp_path / "s", press(10))
    rows = spool.waiting(100)
    for new in (10, 0):
        store = open_store(url)
        assert store.append(rows) == new
        store.close()


@pytest.mark.parametrize(
    "url",
    [
        "duckbd:///x",
        "plant.duckdb",
        "postgresql://user:geheim@127.0.0.1:1/x",
        "postgresql://u:geheim@h:99999999/x%",
    ],
)
def test_a_url_that_is_none_is_refused_and_shows_no_password(url: str) -> None:
    with pytest.raises(ConnectError) as caught:
        open_store(url)
    assert "geheim" not in "".join(traceback.format_exception(caught.value))


def test_a_null_key_is_refused(store: Store, tmp_path: Path) -> None:
    rows = spooled(tmp_path / "s", press(2)).waiting(9)
    with pytest.raises(ConnectError, match="null in column tag"):
        store.append(rows.with_columns(tag=pl.lit(None, pl.String)))
