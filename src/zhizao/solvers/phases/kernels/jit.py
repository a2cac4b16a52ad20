"""The decorator of this folder."""

from __future__ import annotations

from zhizao.kernels.compiling.decorators import kernels_of

kernel = kernels_of(__file__)
