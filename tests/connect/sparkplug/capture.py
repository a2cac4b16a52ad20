"""Messages of an edge node without a network, and a broker's clients for tests of the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from tests.connect.sparkplug.peers import frame
from zhizao.connect.sparkplug import HostSettings
from zhizao.connect.sparkplug.edge.messages import Messages
from zhizao.connect.sparkplug.host.nodes import Nodes
from zhizao.connect.sparkplug.wire.payload_pb2 import Payload
from zhizao.connect.sparkplug.wire.topics import Node
from zhizao.records.endpoint import Endpoint
from zhizao.records.samples import SAMPLES

NODE = Node("works", "edge 1")
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
BORN_MS = int(START.timestamp() * 1000)


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def samples(rows, *, epoch: int = 7, first: int = 0, source: str = "press shop") -> pl.DataFrame:
    """Samples of an outbox from (tag, seconds after START, value, status)."""
    content = []
    for at, (tag, after_s, value, status) in enumerate(rows):
        moment = int((START + timedelta(seconds=after_s)).timestamp() * 1e6)
        text = value if isinstance(value, str) else None
        number = None if value is None or text is not None else float(value)
        content.append((source, epoch, first + at, tag, moment, moment + 1500, number, text, status))
    return frame(content)


def messages(*, devices: tuple[str, ...] = (), bdseq: int = 0, confirmed: bool = True) -> Messages:
    return Messages(NODE, "press shop", devices, bdseq, confirmed, lambda: BORN_MS)


def learned(batch: pl.DataFrame, one: Messages) -> Messages:
    for tag, text in one.unknown(batch).items():
        one.learn(tag, text=text)
    return one


def host(clock: Clock | None = None) -> Nodes:
    return Nodes(HostSettings(Endpoint("127.0.0.1", 1883), "main"), clock or Clock())


def hear(nodes: Nodes, sent) -> None:
    for topic, payload in sent:
        nodes.receive(topic, payload)


def taken(nodes: Nodes, source: str | None = "press shop") -> pl.DataFrame:
    """What the host would commit now, of one source or of all."""
    found = nodes.take()[0].frame()
    return found if source is None else found.filter(pl.col("source") == source)


def read(payload: bytes) -> Payload:
    return Payload.FromString(payload)


def foreign(kind: str, payload: Payload, device: str | None = None) -> tuple[str, bytes]:
    topic = f"spBv1.0/works/{kind}/plc" + (f"/{device}" if device else "")
    return topic, payload.SerializeToString()


def foreign_birth(bdseq: int = 0, **values: float) -> tuple[str, bytes]:
    """NBIRTH of somebody else's node with doubles."""
    payload = Payload(timestamp=BORN_MS, seq=0)
    payload.metrics.add(name="bdSeq", datatype=4, long_value=bdseq)
    for alias, (name, value) in enumerate(values.items(), 1):
        payload.metrics.add(name=name, alias=alias, datatype=10, timestamp=BORN_MS, double_value=value)
    return foreign("NBIRTH", payload)


def foreign_data(seq: int, alias: int, value: float) -> tuple[str, bytes]:
    payload = Payload(timestamp=BORN_MS + seq, seq=seq)
    payload.metrics.add(alias=alias, timestamp=BORN_MS + seq, double_value=value)
    return foreign("NDATA", payload)


__all__ = ["BORN_MS", "NODE", "SAMPLES", "START", "Clock"]
