"""Published problems of facility layout; tests skip where they are absent."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from zhizao.solvers.layout import Department, FloorPlan

_HERE = Path(__file__).resolve()
_SHARED = (os.environ.get("ZHIZAO_SHARED"), _HERE.parents[4] / "shared", _HERE.parents[5] / "shared")
_FOLDERS = [Path(folder) / "data" / "improvement" for folder in _SHARED if folder]
FOLDER = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])


def problems(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"needs {path}, which is not part of the repository")
    return path


def minlplib(name: str) -> FloorPlan:
    text = problems("facility_layout/minlplib_layout.json").read_text(encoding="utf-8")
    one: dict[str, Any] = json.loads(text)[name]
    count = one["n"]
    departments = tuple(
        Department(str(i), each["area"], tuple(each["w"]), tuple(each["h"]))
        for i, each in enumerate(one["departments"])
    )
    flows = {(str(i), str(j)): one["flow"][i][j] for i in range(count) for j in range(i + 1, count)}
    return FloorPlan(one["floor"][0], one["floor"][1], departments, flows)
