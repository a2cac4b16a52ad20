"""Published BatchML, used courtesy of MESA International; without it the tests are skipped."""

import lzma
import os
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve()
_SHARED = (os.environ.get("ZHIZAO_SHARED"), _HERE.parents[4] / "shared", _HERE.parents[5] / "shared")


def published(name: str) -> Path:
    """A file or folder of the published data."""
    for folder in _SHARED:
        path = Path(folder or "") / "data" / "process" / "isa88" / name
        if folder and path.exists():
            return path
    pytest.skip(f"data/process/isa88/{name} is not in the shared data")


def unpacked(name: str, folder: Path) -> Path:
    """A published file that is packed by xz, unpacked."""
    path = folder / name.removesuffix(".xz")
    path.write_bytes(lzma.decompress(published(name).read_bytes()))
    return path
