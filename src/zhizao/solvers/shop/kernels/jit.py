"""The decorators of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from zhizao.kernels.compiling.decorators import kernels_of
from zhizao.kernels.compiling.options import JIT_ON

F = TypeVar("F", bound=Callable[..., Any])
kernel = kernels_of(__file__)
literal_free = kernels_of(__file__, literal_free=True)


def inner(function: F) -> F:
    """Compile a kernel that is called from other kernels only: without wrappers, kept with its callers."""
    if not JIT_ON:
        return function
    flags = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: F = numba.njit(**flags)(function)
    return compiled
