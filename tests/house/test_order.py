"""The order of files names files that exist, and a whole run takes the long ones first."""

from __future__ import annotations

from pathlib import Path

from tests.order import FIRST, TOGETHER, scope_of

ROOT = Path(__file__).resolve().parents[2]
FILES = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]


def test_every_name_in_the_order_is_that_of_a_file_or_folder_of_tests() -> None:
    assert [name for name in FIRST if not any(file.startswith(name) for file in FILES)] == []


def test_files_of_the_same_kernels_stay_together_and_any_other_alone() -> None:
    together = [file for file in FILES if scope_of(file) != file]
    assert {scope_of(file) for file in together} == set(TOGETHER)
    assert scope_of("tests/solvers/shop/test_cases.py") == scope_of("tests/cli/test_schedule_shops.py")
    assert scope_of("tests/web/test_jobs.py") == "tests/web/test_jobs.py"
