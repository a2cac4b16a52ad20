"""Checks of matrices that are given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.quantities import InputError


def checked_matrix(given: npt.ArrayLike, count: int, name: str) -> npt.NDArray[np.float64]:
    """A matrix [count, count] of finite numbers, none negative.

    Raises
    ------
    InputError
        The shape or an entry is another.
    """
    matrix = np.array(given, float)
    if matrix.shape != (count, count):
        raise InputError(f"{name}: found a shape of {matrix.shape}; expected ({count}, {count})")
    wrong = np.argwhere(~(np.isfinite(matrix) & (matrix >= 0)))
    if len(wrong):
        i, j = wrong[0]
        raise InputError(f"{name}: found {matrix[i, j]:g} in row {i}, column {j}; expected 0 or more")
    return matrix
