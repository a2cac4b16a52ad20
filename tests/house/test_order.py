"""The order of files names files that exist, and a whole run takes the long ones first."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.order import FIRST, longest_first

ROOT = Path(__file__).resolve().parents[2]
FILES = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]


def test_every_name_in_the_order_is_that_of_a_file_or_folder_of_tests() -> None:
    assert [name for name in FIRST if not any(file.startswith(name) for file in FILES)] == []


def test_tests_are_sorted_by_file_and_those_of_a_file_keep_their_order() -> None:
    given = ["tests/plant/a.py::2", "tests/web/b.py::2", "tests/solvers/shop/c.py::1", "tests/web/b.py::1"]
    items: Any = [SimpleNamespace(nodeid=nodeid) for nodeid in given]
    longest_first(items)
    assert [item.nodeid for item in items] == [given[2], given[1], given[3], given[0]]


def test_files_of_the_same_kernels_are_neighbours() -> None:
    shops = ("tests/solvers/shop/", "tests/cli/test_schedule_shops")
    clusters = ("tests/solvers/cluster/", "tests/published/test_cluster_")
    assert (FIRST[:2], FIRST[2:4]) == (shops, clusters)
