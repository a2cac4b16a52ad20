"""The decorator of this folder, and the types of its arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.kernels.compiling.decorators import kernels_of

kernel = kernels_of(__file__)

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
