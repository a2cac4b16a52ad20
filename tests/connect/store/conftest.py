from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connect.store.cluster import Cluster, binaries


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server; without one a test is skipped, except in CI."""
    bin_ = binaries()
    if bin_ is None:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL server: install postgresql")
        pytest.skip("no PostgreSQL server: install postgresql")
    with tempfile.TemporaryDirectory(prefix="zhizao-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        running = Cluster(Path(folder) / "cluster", bin_)
        running.start()
        yield running
        running.stop()
