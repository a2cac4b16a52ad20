"""Which files go first, so that a whole run on two workers of pytest-xdist ends sooner.

Run it with `--dist worksteal`: the first worker begins with the first test and the second in the middle, each
goes on from file to file, and whoever is done takes half of what is left to the other. Of `--dist loadfile`
a worker that crashes stops the whole run: its test is given to the next worker, and so on.

Files that need the kernels of one solver are neighbours, so that one worker compiles them and the other loads
them. Long files come before short ones: a long file at the end leaves the other worker without work.
"""

from __future__ import annotations

import pytest

FIRST = (
    "tests/solvers/shop/",
    "tests/cli/test_schedule_shops",  # the kernels of shops
    "tests/solvers/cluster/",
    "tests/published/test_cluster_",  # the kernels of clusters
    "tests/web/test_mcp.py",
    "tests/web/test_api_fuzz.py",
    "tests/examples/test_factories.py",
    "tests/studies/inspect/test_training.py",
    "tests/workflows/improve/test_improve.py",
    "tests/web/",
    "tests/report/test_chinese.py",
    "tests/studies/test_contract.py",  # reads the results that the file before it made
    "tests/studies/schedule/",
    "tests/published/",
    "tests/examples/",
    "tests/connect/",
)
"""What takes longest, the longest first; everything else follows as it was collected."""


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests in place; those of a file keep their order."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    return next((place for place, name in enumerate(FIRST) if nodeid.startswith(name)), len(FIRST))
