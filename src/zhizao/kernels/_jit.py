"""The one decorator of this room, and where compiled kernels are kept between runs.

Numba's own cache looks only at the file that holds a function, and so misses an edit in another kernel file.
Here the cache folder is named after the text of all kernel files, the flags and the versions: any edit
gives a new folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

# numpy's error model: no check for division by zero in the loop (no kernel divides by what can be zero)
_FLAGS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
JIT_ON = not numba.config.DISABLE_JIT


def _fingerprint() -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    versions = numba.__version__, np.__version__, sys.version_info[:2]
    digest.update(repr((sorted(_FLAGS.items()), versions)).encode())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Folder of compiled kernels: `ZHIZAO_CACHE`, else the user's cache folder, else a temporary one."""
    given = os.environ.get("ZHIZAO_CACHE") or os.environ.get("XDG_CACHE_HOME")
    local = os.environ.get("LOCALAPPDATA")
    base = Path(given) if given else Path(local) if local else Path.home() / ".cache"
    folder = base / "zhizao" / f"kernels-{_fingerprint()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"zhizao-kernels-{_fingerprint()}"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


FOLDER = cache_folder() if JIT_ON else None


def is_compiled() -> bool:
    """Whether an earlier run left a compiled main loop for exactly these kernels."""
    return FOLDER is not None and any(FOLDER.rglob("loop.run*.nbi"))


@contextmanager
def compiling() -> Iterator[None]:
    """Compile at LLVM's level 1: as fast a loop as at level 3 (measured), a third less time to compile."""
    if not JIT_ON:
        yield
        return
    from numba.core.config import _OptLevel

    before = numba.config.OPT
    numba.config.OPT = _OptLevel(1)
    try:
        with warnings.catch_warnings():  # Numba calls rules that are passed by address experimental
            warnings.simplefilter("ignore", numba.NumbaExperimentalFeatureWarning)
            yield
    finally:
        numba.config.OPT = before


def kernel(function: F) -> F:
    """Compile a kernel that is called from other kernels only (no wrappers: half the compile time)."""
    if not JIT_ON:
        return function
    compiled: F = numba.njit(**_FLAGS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled


def small(function: F) -> F:
    """Compile a kernel of a few lines straight into its callers (a call costs more than its work)."""
    if not JIT_ON:
        return function
    flags = _FLAGS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
    compiled: F = numba.njit(**flags)(function)
    return compiled


def entry(function: F) -> F:
    """Compile a kernel that Python calls; kept on disk between runs."""
    if not JIT_ON:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(FOLDER)
    try:
        compiled: F = numba.njit(**_FLAGS, cache=True)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled
