"""Where compiled kernels are kept between runs.

Numba's own cache looks only at the file that holds a function, and so misses an edit in another kernel file.
Here the cache folder is named after the text of all kernel files, the flags and the versions: any edit
gives a new folder. It is not named after the place of the files, as Numba's own is: a second environment or
checkout with the same kernels finds them compiled.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core.caching import UserProvidedCacheLocator

from zhizao.kernels.compiling.options import BOUNDS_ON, FLAGS, JIT_ON, LEAN

_HERE = Path(__file__).parent


def _fingerprint(source: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted({*source.glob("*.py"), *_HERE.glob("*.py")}):
        digest.update(path.name.encode() + path.read_bytes())
    versions = numba.__version__, np.__version__, sys.version_info[:2]
    digest.update(repr((sorted(FLAGS.items()), BOUNDS_ON, LEAN, versions)).encode())
    return digest.hexdigest()


def cache_folder(source: Path) -> Path:
    """Folder of compiled kernels: `ZHIZAO_CACHE`, else the user's cache folder, else a temporary one."""
    name = f"{source.name}-{_fingerprint(source)}"
    given = os.environ.get("ZHIZAO_CACHE") or os.environ.get("XDG_CACHE_HOME")
    local = os.environ.get("LOCALAPPDATA")
    base = Path(given) if given else Path(local) if local else Path.home() / ".cache"
    folder = base / "zhizao" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"zhizao-{name}"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


FOLDER = cache_folder(_HERE.parent) if JIT_ON else None


def is_compiled() -> bool:
    """Whether an earlier run left a compiled main loop for exactly these kernels."""
    return FOLDER is not None and any(FOLDER.rglob("loop.run*.nbi"))


def is_kept(file: Path, module: str) -> bool:
    """Whether kernels of a solver's file (in the folder of `file`) are compiled and on disk."""
    name = module.rsplit(".", 1)[-1]
    return any(cache_folder(file.parent).rglob(f"{name}.*.nbi"))


class ByText(UserProvidedCacheLocator):  # type: ignore[misc]
    """Finds what is compiled of a function in `numba.config.CACHE_DIR`, wherever the function's file lies."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)
        self._cache_path = numba.config.CACHE_DIR


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Keep in a folder what is decorated with `numba.njit(cache=True)` inside."""
    before = numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES
    numba.config.CACHE_DIR = str(folder)
    numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{ByText.__name__}"
    try:
        yield
    finally:
        numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES = before
