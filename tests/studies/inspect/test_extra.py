"""Without the extra, a study of pictures says what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from zhizao import InputError
from zhizao.studies.inspect.features import load_backbone
from zhizao.studies.inspect.pictures import read_picture


@pytest.mark.parametrize("missing", ["onnxruntime", "PIL"])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    load_backbone.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'zhizao\[inspect\]'"):
        load_backbone() if missing == "onnxruntime" else read_picture(tmp_path / "a.png", 32)
