"""The network, computed a second way: plain NumPy sums over the weights of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="takes the extra [inspect]")

import zhizao.studies.inspect.features as features_package
from zhizao.studies.inspect.features import load_backbone, view_of

FILES = Path(features_package.__file__).parent


def convolve(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int, group: int) -> np.ndarray:
    """Convolution with zeros around, as many as keep the size (one more behind where the number is odd)."""
    size = kernel.shape[2]
    sides = [-(-length // stride) for length in x.shape[1:]]
    around = [max((n - 1) * stride + size - length, 0) for n, length in zip(sides, x.shape[1:], strict=True)]
    wide = np.pad(x, [(0, 0), *((a // 2, a - a // 2) for a in around)])
    out = np.zeros((kernel.shape[0], *sides))
    for row in range(size):
        for column in range(size):
            seen = wide[
                :, row : row + stride * sides[0] : stride, column : column + stride * sides[1] : stride
            ]
            seen = seen[:, : sides[0], : sides[1]]
            weights = kernel[:, :, row, column]
            out += weights[:, 0, None, None] * seen if group > 1 else np.tensordot(weights, seen, 1)
    return out + bias[:, None, None]


def by_hand(file: Path, name: str, given: np.ndarray) -> dict[str, np.ndarray]:
    """Every value of a graph, node by node."""
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(file).graph
    values = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer} | {name: given}
    for node in graph.node:
        inputs = [values[one] for one in node.input]
        said = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        if node.op_type == "Conv":
            result = convolve(inputs[0], inputs[1], inputs[2], said["strides"][0], said["group"])
        elif node.op_type == "Cast":
            result = inputs[0].astype(np.float64)
        else:
            plain: dict[str, Any] = {"Clip": np.clip, "Add": np.add, "Mul": np.multiply, "Identity": np.copy}
            result = plain[node.op_type](*inputs)
        values[node.output[0]] = result
    return values


def test_the_features_are_those_of_a_second_computation() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    found = load_backbone(deep=True).features(pixels)
    expected = by_hand(FILES / "backbone.onnx", "picture", (pixels.transpose(2, 0, 1) - 127.0) / 128.0)
    deep = by_hand(FILES / "backbone_deep.onnx", "stride16", expected["stride16"])
    assert found.stride32 is not None
    assert np.abs(found.stride8 - expected["stride8"]).max() < 1e-3
    assert np.abs(found.stride16 - expected["stride16"]).max() < 1e-3
    assert np.abs(found.stride32 - deep["stride32"]).max() < 1e-3
    assert expected["stride16"].std() > 1


def test_the_shapes_follow_the_picture() -> None:
    found = load_backbone(deep=True).features(np.zeros((64, 96, 3), np.uint8))
    assert found.stride32 is not None
    assert [f.shape for f in (found.stride8, found.stride16, found.stride32)] == [
        (40, 8, 12),
        (112, 4, 6),
        (320, 2, 3),
    ]
    assert view_of(found).patches.shape == (4, 6, 472)
    assert view_of(found).summary.shape == (2 * 472,)
    assert load_backbone().features(np.zeros((32, 32, 3), np.uint8)).stride32 is None


def test_the_files_are_small_and_their_notice_stands_beside_them() -> None:
    assert sum(file.stat().st_size for file in FILES.glob("*.onnx")) < 4_000_000
    assert "Apache License" in (FILES / "NOTICE").read_text(encoding="utf-8")
