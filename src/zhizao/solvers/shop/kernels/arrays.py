"""Types of the arrays that kernels take; each kernel's docstring or NamedTuple says the shapes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]  # half the memory of the tables that tabu search reads all the time
Doubles = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]  # states of random generators
