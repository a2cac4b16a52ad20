"""How kernels are compiled here: what the environment and the release of Numba ask for."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numba

TESTED_MINORS = ("0.68",)
"""Releases of Numba whose inner parts the tests have passed with; pyproject.toml allows no other."""
JIT_ON = not numba.config.DISABLE_JIT
BOUNDS_ON = os.environ.get("ZHIZAO_BOUNDS", "0") != "0"  # look at every index: slow, to find faults
# numpy's error model: no check for division by zero in the loop (no kernel divides by what can be zero)
FLAGS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}


def is_lean(version: str, asked: str) -> bool:
    """Whether Numba's inner parts are used; without them the digits are the same, and all takes longer.

    Parameters
    ----------
    version
        Of Numba.
    asked
        What the environment variable ZHIZAO_PUBLIC_NUMBA says; anything but empty and "0" turns them off.
    """
    if asked not in ("", "0"):
        return False
    if ".".join(version.split(".")[:2]) in TESTED_MINORS:
        return True
    warnings.warn(
        f"Numba {version} is not tested with zhizao (tested: {', '.join(TESTED_MINORS)}): kernels are "
        "compiled through its public interface only, which gives the same digits and takes longer",
        stacklevel=2,
    )
    return False


LEAN = JIT_ON and is_lean(numba.__version__, os.environ.get("ZHIZAO_PUBLIC_NUMBA", ""))
