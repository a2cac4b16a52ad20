"""`import zhizao`: quick, light, and every name it offers is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zhizao

HEAVY = ("numba", "highspy", "polars", "ortools", "pydantic", "scipy", "pyarrow", "numpy")


def fresh_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return done.stdout.strip()


def test_importing_zhizao_takes_less_than_three_tenths_of_a_second() -> None:
    code = "import time; t = time.perf_counter(); import zhizao; print(time.perf_counter() - t)"
    assert min(float(fresh_python(code)) for _ in range(5)) < 0.3


def test_importing_zhizao_loads_no_heavy_library() -> None:
    code = f"import sys, zhizao; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    assert fresh_python(code) == ""


@pytest.mark.parametrize("name", zhizao.__all__)
def test_every_public_name_is_found_in_its_room(name: str) -> None:
    assert getattr(zhizao, name) is not None
    assert name in dir(zhizao)


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'factory'"):
        _ = zhizao.factory  # type: ignore[attr-defined]
