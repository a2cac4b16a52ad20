"""Where the machine shop's log is, if it is here."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def shop() -> Callable[[], Path]:
    def path() -> Path:
        shared = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).parents[3] / ".." / "shared"))
        log = shared / "data" / "production" / "train.csv"
        if not log.is_file():
            pytest.skip(f"the machine shop's log is not at {log}; set ZHIZAO_SHARED")
        return log

    return path
