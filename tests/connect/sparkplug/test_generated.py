"""The payload's module is what the compiler makes of our .proto."""

from __future__ import annotations

from pathlib import Path

import pytest

import zhizao.connect.sparkplug.wire as wire
from tests.connect.sparkplug.broker import lacking

HERE = Path(wire.__file__).parent
SOURCE = HERE.parents[3]


@pytest.mark.parametrize("name", ["payload_pb2.py", "payload_pb2.pyi"])
def test_the_generated_module_is_up_to_date(name: str, tmp_path: Path) -> None:
    try:
        from grpc_tools import protoc
    except ImportError:
        lacking("needs grpcio-tools 1.78, which makes code for protobuf 6.31 and later")
    proto = "zhizao/connect/sparkplug/wire/payload.proto"
    options = ["protoc", f"-I{SOURCE}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", proto]
    assert protoc.main(options) == 0
    made = (tmp_path / proto).with_name(name).read_text(encoding="utf-8")
    assert made == (HERE / name).read_text(encoding="utf-8")
