"""Settings for all tests: Hypothesis tries the same everywhere; the order of files; the system's browser."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.order import longest_first

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the other cores are busy with tests: more threads spin

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,  # the first example may compile a kernel
    database=None,
    print_blob=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],  # depends on the machine, not on the plant
)
settings.register_profile("explore", parent=settings.get_profile("ci"), derandomize=False, max_examples=1000)
settings.load_profile("ci")  # `pytest --hypothesis-profile explore` looks for more


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


YOUNG = 50_000
"""Objects made before garbage is collected. Python's 700 cost one CPU second in twenty of the tests."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Collect tests without collecting garbage: modules and tests stay to the end, and are never searched."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, 10, 10)
        gc.enable()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The Chromium of the system, without a window; a test closes the pages that it opens."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("needs the Chromium of the system (Debian: apt install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield one
        one.close()
