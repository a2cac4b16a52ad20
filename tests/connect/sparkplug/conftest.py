"""Fixtures: a broker for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connect.sparkplug.broker import listening, mosquitto, wait_until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """The port of a mosquitto that runs."""
    process, port = mosquitto(tmp_path)
    process.start()
    wait_until(lambda: listening(port), 5, "broker")
    yield port
    process.kill()
