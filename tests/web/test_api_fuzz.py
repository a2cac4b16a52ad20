"""The API against its own description: schemathesis asks whatever the description allows, and some that it forbids."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.studies.plants import LINE
from tests.web.conftest import serving, small_log

schemathesis = pytest.importorskip("schemathesis", reason="needs the package schemathesis")

if TYPE_CHECKING:
    import httpx


def described(client: httpx.Client) -> Any:
    return schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")


def test_x(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        for one in described(client).get_all_operations():
            print(one)
