"""Settings for all tests: Hypothesis tries the same everywhere; the order of files; the system's browser."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.order import longest_first

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


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # modules and tests stay to the end: no collection of garbage looks through them again


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
