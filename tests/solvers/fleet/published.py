"""The problems and published solutions of the League of Robot Runners; tests skip where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve()
_SHARED = (os.environ.get("ZHIZAO_SHARED"), _HERE.parents[4] / "shared", _HERE.parents[5] / "shared")
_FOLDERS = [Path(folder) / "data" / "logistics" / "lorr" for folder in _SHARED if folder]
FOLDER = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])


def lorr(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"needs the problems of the League of Robot Runners: {path}")
    return path
