"""The decorator of this folder; for type checkers its functions take and give anything."""

from collections.abc import Callable
from typing import Any

from zhizao.kernels._jit import kernels_of

kernel: Callable[[Callable[..., Any]], Callable[..., Any]] = kernels_of(__file__)
