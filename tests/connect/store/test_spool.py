"""A spool keeps what it accepted, in order, until the consumer has committed it."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect.store import Spool, SpoolFullError
from zhizao.quantities.errors import ConnectError
from zhizao.records import SAMPLES, Outbox, values

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def some(count: int, start: int = 0) -> pl.DataFrame:
    return values(
        [("press/Force", NINE + timedelta(seconds=k), float(k), None, 0) for k in range(start, start + count)]
    )


def numbers(spool: Outbox, limit: int = 10**6) -> list[float]:
    return spool.waiting(limit)["number"].to_list()


def test_samples_wait_in_order_until_they_are_committed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", source="edge 1")
    spool.append(some(3))
    spool.append(some(2, 3))
    found = spool.waiting(4)
    assert found.schema == pl.Schema(SAMPLES)
    assert found["sequence"].to_list() == [0, 1, 2, 3]
    assert spool.waiting(9, after=(spool.epoch, 2))["sequence"].to_list() == [3, 4]
    spool.committed(spool.epoch, 1)
    assert numbers(spool) == [2, 3, 4]
    assert spool.depth() == 3
    spool.committed(spool.epoch, 99)
    spool.append(some(1, 5))
    assert numbers(spool) == [5]


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    for k in range(3):
        spool = Spool(tmp_path / "s", source="edge 1")
        spool.append(some(2, 2 * k))
        spool.committed(spool.epoch, 2 * k)
        spool.close()
    spool = Spool(tmp_path / "s", source="edge 1")
    assert spool.waiting(9).select("sequence", "number").rows() == [(5, 5.0)]
    assert spool.oldest() == spool.waiting(9)["received"].item()


def test_a_lost_file_begins_a_later_epoch_though_the_clock_went_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Spool(tmp_path / "s", source="edge 1")
    first.close()
    for path in tmp_path.glob("s*"):
        if path.suffix != ".epoch":
            path.unlink()
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000)
    second = Spool(tmp_path / "s", source="edge 1")
    assert second.epoch == first.epoch + 1
    second.committed(first.epoch, 99)
    second.append(some(1))
    assert second.waiting(9, after=(first.epoch, 5))["sequence"].to_list() == [0]


def test_at_its_limit_a_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", source="edge 1", limit=20_000)
    accepted = fill(spool)
    assert numbers(spool) == list(range(accepted))
    spool.committed(spool.epoch, accepted - 1)
    spool.append(some(100, accepted))
    assert spool.depth() == 100


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_on_a_full_disk_nothing_is_kept_in_part_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with mounted(tmp_path, "8m"):
        spool = Spool(tmp_path / "s", source="edge 1")
        accepted = fill(spool, 5_000)
        assert numbers(spool) == list(range(accepted))
        assert spool.depth() == accepted > 0
        while spool.depth():
            spool.committed(spool.epoch, spool.waiting(5_000)["sequence"].to_list()[-1])
        spool.append(some(5_000, accepted))
        assert spool.waiting(1)["sequence"].item() == accepted
        spool.close()


def test_a_file_at_the_size_that_the_system_allows_is_a_full_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", source="edge 1")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        accepted = fill(spool, 5_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert numbers(spool) == list(range(accepted))
    spool.append(some(10, accepted))
    assert spool.depth() == accepted + 10


def test_a_spool_belongs_to_one_source(tmp_path: Path) -> None:
    Spool(tmp_path / "s", source="edge 1").close()
    with pytest.raises(ConnectError, match="'edge 1'; 'edge 2' needs another file"):
        Spool(tmp_path / "s", source="edge 2")


def test_a_file_that_is_no_spool_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("time,tag\n" * 1000, encoding="utf-8")
    with pytest.raises(ConnectError, match="a spool is a SQLite file"):
        Spool(tmp_path / "s", source="edge 1")


def test_values_without_a_tag_are_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", source="edge 1")
    with pytest.raises(ConnectError, match="no column tag"):
        spool.append(some(1).drop("tag"))
    with pytest.raises(ConnectError, match="null in column time"):
        spool.append(some(1).with_columns(time=pl.lit(None, SAMPLES["time"])))
    assert spool.depth() == 0


def fill(spool: Spool, rows: int = 100) -> int:
    """Append until it refuses; give how many values were accepted."""
    for k in range(10_000):
        try:
            spool.append(some(rows, k * rows))
        except SpoolFullError:
            return k * rows
    raise AssertionError("never full")


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
