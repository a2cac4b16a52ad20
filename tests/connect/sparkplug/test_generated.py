"""The payload's module is what the compiler makes of our .proto."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import zhizao.connect.sparkplug.wire as wire
from tests.connect.sparkplug.broker import lacking

HERE = Path(wire.__file__).parent
SOURCE = HERE.parents[3]


@pytest.mark.parametrize("name", ["payload_pb2.py", "payload_pb2.pyi"])
def test_the_generated_module_is_up_to_date(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("grpc_tools") is None:
        lacking("needs grpcio-tools 1.78, which makes code for protobuf 6.31 and later")
    proto = "zhizao/connect/sparkplug/wire/payload.proto"
    options = [f"-I{SOURCE}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", proto]
    # in a process of its own: the compiler brings its own copy of protobuf, beside which another may crash
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *options], check=True)
    made = (tmp_path / proto).with_name(name).read_text(encoding="utf-8")
    assert made == (HERE / name).read_text(encoding="utf-8")
