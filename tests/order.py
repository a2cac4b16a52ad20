"""Which files share a worker of pytest-xdist, and which go first: a whole run ends sooner.

Two workers that need the same kernel at the same time both compile it. So the files that need the kernels of
one solver go to one worker, one after the other, while the other worker begins with the twin. Long files come
before short ones: a long file at the end leaves all other workers without work.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

TOGETHER = {
    "kernels of shops": r"tests/(solvers/shop/|cli/test_schedule_shops)",
    "kernels of clusters": r"tests/(solvers/cluster/|published/test_cluster_)",
}
"""Files that need the same kernels, of which most take tens of seconds to compile."""
FIRST = (
    "tests/solvers/shop/",
    "tests/web/test_mcp.py",
    "tests/web/test_api_fuzz.py",
    "tests/examples/test_factories.py",
    "tests/studies/inspect/test_training.py",
    "tests/workflows/improve/test_improve.py",
    "tests/web/",
    "tests/studies/schedule/",
    "tests/published/",
    "tests/examples/",
    "tests/connect/",
)
"""What takes longest, the longest first; everything else follows as it was collected."""


def scope_of(file: str) -> str:
    """Name of what stays on one worker: the file, or all files that need the same kernels."""
    return next((name for name, files in TOGETHER.items() if re.match(files, file)), file)


def by_kernels(config: pytest.Config, log: Any) -> object:
    """Give a scheduler of pytest-xdist like that of `--dist loadfile`, by `scope_of` a file."""
    from xdist.scheduler import LoadFileScheduling

    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = lambda nodeid: scope_of(nodeid.split("::", 1)[0])
    return scheduler


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests in place; those of a file keep their order."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    return next((place for place, name in enumerate(FIRST) if nodeid.startswith(name)), len(FIRST))
