"""The decorator of this folder."""

from zhizao.kernels._jit import kernels_of

kernel = kernels_of(__file__)
