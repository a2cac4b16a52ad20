"""Commands to an edge node (NCMD): rebirth, and the confirmation of samples by their consumer."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.connect.sparkplug.wire.datatypes import DataType
from zhizao.connect.sparkplug.wire.topics import Kind, Node

REBIRTH = "Node Control/Rebirth"
BDSEQ = "bdSeq"
COMMITTED_EPOCH = "zhizao/committed/epoch"
COMMITTED_SEQUENCE = "zhizao/committed/sequence"

Message = tuple[str, bytes]
"""Topic and payload."""


def command(node: Node, metrics: dict[str, int | bool], now_ms: int) -> Message:
    """NCMD that sets metrics of a node: whole numbers and switches."""
    from zhizao.connect.sparkplug.wire.payload_pb2 import Payload

    payload = Payload(timestamp=now_ms)
    for name, value in metrics.items():
        if isinstance(value, bool):
            payload.metrics.add(name=name, datatype=DataType.BOOLEAN, timestamp=now_ms, boolean_value=value)
        else:
            payload.metrics.add(name=name, datatype=DataType.INT64, timestamp=now_ms, long_value=value)
    return node.topic(Kind.NCMD), payload.SerializeToString()


@dataclass(frozen=True)
class Orders:
    """What an NCMD asks of a node."""

    rebirth: bool
    committed: tuple[int, int] | None  # epoch, sequence


def orders(payload: bytes) -> Orders | None:
    """Read an NCMD; None if it is malformed."""
    from google.protobuf.message import DecodeError

    from zhizao.connect.sparkplug.wire.payload_pb2 import Payload

    try:
        metrics = {metric.name: metric for metric in Payload.FromString(payload).metrics}
    except DecodeError:
        return None
    epoch, sequence = metrics.get(COMMITTED_EPOCH), metrics.get(COMMITTED_SEQUENCE)
    both = None if epoch is None or sequence is None else (epoch.long_value, sequence.long_value)
    return Orders(REBIRTH in metrics and metrics[REBIRTH].boolean_value, both)
