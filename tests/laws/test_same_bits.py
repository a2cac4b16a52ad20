"""The same plant and seed give the same log to the bit: however the kernels run, and wherever."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.engine.shops import op, shop
from zhizao.engine import Backend, LogLevel, RunSettings, run, run_many
from zhizao.plant import Plant, read_plant
from zhizao.records import Records, TableFile, with_events

ROOT = Path(__file__).resolve().parents[2]
GARMENT = ROOT / "examples" / "plants" / "garment.yaml"
SETTINGS = RunSettings(days=0.6, replications=5, threads=1, log=LogLevel.EVENTS)
PROGRAM = """
import sys
from tests.laws.test_same_bits import garment
print(*garment())
"""
LOOK = """
import numpy as np
from zhizao.kernels.compiling.decorators import entry
from zhizao.kernels.compiling.pointers import BundleType, opener, pointers_to
opened = opener(BundleType("Some", {"lists": (np.dtype("i8"), 1), "tries": (np.dtype("i8"), 2)}, fixed=False))
@entry
def look(words, row, column):
    tables = opened(words)
    return tables.lists[row] + tables.tries[row, column]
lists, tries = np.arange(3), np.arange(6).reshape(3, 2)
words = pointers_to((lists, tries))
print(look(words, 2, 1))
for row, column in ((3, 0), (-1, 0), (0, 2), (0, -1)):
    try:
        look(words, row, column)
    except IndexError as error:
        print(error)
"""
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the extra [cluster] is not here"
)


def digest(records: Records) -> str:
    """One number for the log, the lots and the states (whose seconds are the sums of all that happened)."""
    total = hashlib.blake2b(digest_size=16)
    found = with_events(records)
    for frame in (found.events, found.lots, found.states):
        assert frame is not None
        for column in frame:
            plain = column.cast(pl.String) if column.dtype == pl.Enum else column
            total.update(repr(plain.to_list()).encode())
    total.update(repr(records.personnel_s).encode())
    return total.hexdigest()


@cache
def garment() -> list[str]:
    return [digest(records) for records in run(read_plant(GARMENT), SETTINGS).records]


def elsewhere(**env: str) -> list[str]:
    """What `garment` gives in another process."""
    given = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])} | env
    command = [sys.executable, "-c", PROGRAM]
    found = subprocess.run(
        command, env=given, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert found.returncode == 0, found.stderr[-2000:]
    return found.stdout.split()


def test_replications_are_different_and_a_second_run_is_the_same() -> None:
    assert len(set(garment())) == 5
    assert garment() == [digest(records) for records in run(read_plant(GARMENT), SETTINGS).records]


def test_four_threads_give_the_log_of_one() -> None:
    four = run(read_plant(GARMENT), replace(SETTINGS, threads=4))
    assert [digest(records) for records in four.records] == garment()


@pytest.mark.slow
def test_plain_python_gives_the_log_of_the_compiled_kernels() -> None:
    assert elsewhere(NUMBA_DISABLE_JIT="1") == garment()


@pytest.mark.slow
def test_kernels_compiled_through_numbas_public_interface_give_the_same_log() -> None:
    assert elsewhere(ZHIZAO_PUBLIC_NUMBA="1") == garment()


@pytest.mark.slow
def test_kernels_that_look_at_every_index_give_the_same_log() -> None:
    assert elsewhere(ZHIZAO_BOUNDS="1") == garment()


@pytest.mark.slow
def test_an_index_outside_a_table_is_named_when_bounds_are_looked_at(tmp_path: Path) -> None:
    program = tmp_path / "look.py"
    program.write_text(LOOK, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, str(program)],
        env=os.environ | {"ZHIZAO_BOUNDS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    said = "a kernel asked for a row or column of '{}' that is not there"
    names = ("lists", "lists", "tries", "tries")
    assert found.stdout.splitlines() == ["7", *(said.format(name) for name in names)]


# ---------------------------------------------------------------- Ray
PLANTS = tuple(
    shop(
        [{"id": "m", "failures": [{"between": "exponential(3 h)", "repair": f"exponential({n} min)"}]}],
        [op("a", "m", takes="exponential(8 min)")],
    )
    for n in (20, 40)
)


@pytest.fixture(scope="module")
def stop_one() -> Iterator[Any]:
    """A cluster of a head that only manages, and two nodes of one processor each; gives what stops one."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=cluster.address, logging_level=logging.ERROR, log_to_driver=False)
    try:
        yield lambda: cluster.remove_node(nodes.pop(), allow_graceful=False)
    finally:
        ray.shutdown()
        cluster.shutdown()


SWEEP = RunSettings(days=300, replications=4, log=LogLevel.EVENTS)


def digests(plants: tuple[Plant, ...], settings: RunSettings, **more: Any) -> list[list[str]]:
    return [[digest(r) for r in found.records] for found in run_many(plants, settings, **more)]


@needs_ray
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_run_on_a_cluster_keeps_what_was_done_when_it_is_cancelled(stop_one: Any, tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        if share > 0:
            raise KeyboardInterrupt

    settings = replace(SWEEP, replications=8, log_folder=tmp_path)
    found = run(PLANTS[0], settings, backend=Backend.RAY, progress=cancel)
    assert found.interrupted
    assert 1 <= len(found.records) < 8
    tables = [table for r in found.records for table in (r.event_file, r.lot_table)]
    files = {table.path for table in tables if isinstance(table, TableFile)}
    assert len(files) == 2 * len(found.records)
    assert files == set(tmp_path.iterdir())
    all_of_them = digests(PLANTS[:1], replace(SWEEP, replications=8))[0]
    assert {digest(records) for records in found.records} <= set(all_of_them)


@needs_ray
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_cluster_that_loses_a_node_in_the_middle_gives_the_log_of_threads(stop_one: Any) -> None:
    killed: list[float] = []

    def progress(share: float) -> None:
        if share > 0 and not killed:
            killed.append(share)
            stop_one()

    on_cluster = digests(PLANTS, SWEEP, backend=Backend.RAY, progress=progress)
    assert 0 < killed[0] < 1
    assert on_cluster == digests(PLANTS, SWEEP)
