"""The decorators of kernels. Without a compiler (`NUMBA_DISABLE_JIT=1`) they give the function itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from zhizao.kernels.compiling.cache import FOLDER, cache_folder, kept_in
from zhizao.kernels.compiling.options import FLAGS, JIT_ON, LEAN

F = TypeVar("F", bound=Callable[..., Any])

if LEAN:
    from zhizao.kernels.compiling.calls import KernelCompiler, keep_apart
    from zhizao.kernels.compiling.patches import EntryCompiler, LiteralFreeCompiler

    # What is not said is inherited from whatever is being compiled: forced inlining must be refused aloud.
    _INNER: dict[str, Any] = {
        "forceinline": False,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "pipeline_class": KernelCompiler,
    }
    _ENTRY: dict[str, Any] = {"pipeline_class": EntryCompiler}
    _LITERAL_FREE: dict[str, Any] = {"pipeline_class": LiteralFreeCompiler}
    _INLINE: dict[str, Any] = _INNER | {"forceinline": True}
else:
    _INNER, _INLINE, _ENTRY, _LITERAL_FREE = {}, {}, {}, {}


def kernel(function: F) -> F:
    """Compile a kernel that is called from other kernels only (no wrappers: half the compile time)."""
    if not JIT_ON:
        return function
    compiled: F = numba.njit(**FLAGS, **_INNER)(function)
    return compiled


def inline(function: F) -> F:
    """Compile a kernel of a few lines straight into its callers (a call costs more than its work)."""
    if not JIT_ON:
        return function
    compiled: F = numba.njit(**FLAGS, **_INLINE)(function)
    return compiled


def cold(function: F) -> F:
    """Compile a kernel that most events never reach; it costs its callers nothing but the call."""
    if LEAN:
        keep_apart(function)
    return kernel(function)


def entry(function: F) -> F:
    """Compile a kernel that Python calls; kept on disk between runs."""
    if FOLDER is None:
        return function
    with kept_in(FOLDER):
        compiled: F = numba.njit(**FLAGS, **_ENTRY, cache=True)(function)
    return compiled


def kernels_of(file: str, *, literal_free: bool = False) -> Callable[[F], F]:
    """Give the decorator for the kernels of a solver: `kernel = kernels_of(__file__)`.

    Each is compiled when it is first called and kept on disk until any file of the solver's folder changes.

    Parameters
    ----------
    file
        A file in the folder of the solver's kernels.
    literal_free
        Compile no inner kernel once more for a literal number, and optimise a little less.
    """
    if not JIT_ON:
        return lambda function: function
    folder = cache_folder(Path(file).parent)
    more = _LITERAL_FREE if literal_free else {}

    def kernel(function: F) -> F:
        with kept_in(folder):
            compiled: F = numba.njit(**FLAGS, **more, cache=True)(function)
        return compiled

    return kernel
