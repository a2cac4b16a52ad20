"""The backbone: EfficientNet-Lite0 cut at strides 8, 16 and 32, run by ONNX Runtime on one core.

Source: M. Tan, Q. Le (2019), EfficientNet: Rethinking model scaling for convolutional neural networks;
weights as in NOTICE beside this file, converted by scripts/backbone.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.studies.inspect.pictures import Pixels
from zhizao.studies.inspect.pictures.reading import MISSING

Floats = NDArray[np.float32]

FILES = {"stride16": "backbone.onnx", "stride32": "backbone_deep.onnx"}
"""File by the coarsest features that it gives; the second continues where the first ends."""
CENTRE, SPREAD = 127.0, 128.0
"""Scaling of pixels that the network was trained with (EfficientNet-Lite, reference implementation)."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features of one picture, (channels, height, width), by stride; `stride32` only of a deep backbone."""

    stride8: Floats
    stride16: Floats
    stride32: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Backbone:
    """Sessions of the network, and the hash that a model file refers to."""

    sessions: tuple[Any, ...]
    sha256: str

    def features(self, pixels: Pixels) -> Features:
        """Features of a picture (height, width, 3), both sides a multiple of 32 pixels."""
        given = (pixels.astype(np.float32) - np.float32(CENTRE)) / np.float32(SPREAD)
        fine, coarse = self.sessions[0].run(None, {"picture": given.transpose(2, 0, 1)[None]})
        if len(self.sessions) == 1:
            return Features(fine[0], coarse[0])
        (deep,) = self.sessions[1].run(None, {"stride16": coarse})
        return Features(fine[0], coarse[0], deep[0])


@lru_cache(maxsize=2)
def load_backbone(*, deep: bool = False) -> Backbone:
    """The network that ships with the package; `deep`: with stride 32.

    Raises
    ------
    InputError
        The extra is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise InputError(MISSING) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one picture is too small to share, and sums stay in one order
    options.log_severity_level = 3  # errors only
    contents = [(Path(__file__).parent / name).read_bytes() for name in list(FILES.values())[: 1 + deep]]
    sessions = tuple(
        onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        for content in contents
    )
    return Backbone(sessions, sha256(b"".join(contents)).hexdigest())
