"""Messages of an edge node: births, data and deaths as bytes, with sequence numbers and aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.connect.sparkplug.wire.commands import (
    BDSEQ,
    COMMITTED_EPOCH,
    COMMITTED_SEQUENCE,
    REBIRTH,
    Message,
)
from zhizao.connect.sparkplug.wire.datatypes import QUALITY, STATUS, DataType, quality
from zhizao.connect.sparkplug.wire.keys import FORM, Keys, pack
from zhizao.connect.sparkplug.wire.topics import Kind, Node

if TYPE_CHECKING:
    from zhizao.connect.sparkplug.wire.payload_pb2 import Metric, Payload

Row = tuple[str, int, float | None, str | None, int]
"""Tag, time in us, number, text, status."""


@dataclass
class Tag:
    """A tag as the births announce it."""

    alias: int
    device: str | None
    name: str  # of the metric
    text: bool
    last: Row | None = None


@dataclass
class Messages:
    """The messages of one connection of an edge node, in order."""

    node: Node
    source: str
    devices: tuple[str, ...]
    bdseq: int
    confirmed: bool  # whether the consumer confirms
    clock_ms: Callable[[], int]
    seq: int = -1
    born_ms: int = 0
    tags: dict[str, Tag] = field(default_factory=dict)

    @property
    def born(self) -> bool:
        """Whether a birth has been written on this connection."""
        return self.seq >= 0

    def learn(self, name: str, *, text: bool) -> None:
        """Announce a tag from the next birth on."""
        head, slash, rest = name.partition("/")
        device = head if slash and rest and head in self.devices else None
        self.tags[name] = Tag(len(self.tags) + 1, device, rest if device else name, text)

    def unknown(self, batch: pl.DataFrame) -> dict[str, bool]:
        """Tags of a batch that no birth has announced, and whether they hold text."""
        kinds = batch.group_by("tag", maintain_order=True).agg(text=pl.col("text").is_not_null().any())
        return {tag: text for tag, text in kinds.iter_rows() if tag not in self.tags}

    def birth(self) -> list[Message]:
        """NBIRTH and a DBIRTH per device, with all tags and their current values."""
        self.seq, self.born_ms = -1, self.clock_ms()
        node = self._payload()
        node.uuid, node.body = FORM, self.source.encode()
        node.metrics.add(name=BDSEQ, datatype=DataType.INT64, timestamp=self.born_ms, long_value=self.bdseq)
        node.metrics.add(name=REBIRTH, datatype=DataType.BOOLEAN, timestamp=self.born_ms, boolean_value=False)
        for name in (COMMITTED_EPOCH, COMMITTED_SEQUENCE) if self.confirmed else ():
            node.metrics.add(name=name, datatype=DataType.INT64, timestamp=self.born_ms, is_null=True)
        self._announce(node, None)
        sent = [(self.node.topic(Kind.NBIRTH), node.SerializeToString())]
        for device in self.devices:
            born = self._payload()
            self._announce(born, device)
            sent.append((self.node.topic(Kind.DBIRTH, device), born.SerializeToString()))
        return sent

    def _announce(self, payload: Payload, device: str | None) -> None:
        for tag in self.tags.values():
            if tag.device == device:
                kind = DataType.STRING if tag.text else DataType.DOUBLE
                metric = payload.metrics.add(name=tag.name, alias=tag.alias, datatype=kind)
                if tag.last is None:
                    metric.timestamp, metric.is_null = self.born_ms, True
                else:
                    fill(metric, tag.last, text=tag.text)

    def data(self, batch: pl.DataFrame) -> Iterator[Message]:
        """NDATA for the node and DDATA for each device that has samples in the batch (of one epoch)."""
        columns = ("tag", pl.col("time").cast(pl.Int64), "number", "text", "status")
        rows: list[Row] = batch.select(*columns).rows()
        parts: dict[str | None, list[int]] = {}
        for at, row in enumerate(rows):
            parts.setdefault(self.tags[row[0]].device, []).append(at)
        sequence = batch["sequence"].to_numpy()
        received = batch["received"].cast(pl.Int64).to_numpy()
        fraction = batch["time"].cast(pl.Int64).to_numpy() % 1000
        count = int(sequence[-1] - sequence[0]) + 1
        for part, (device, places) in enumerate(parts.items()):
            payload = self._payload()
            rank = np.array(places)
            first = int(sequence[0]), count, part, len(parts)
            keys = Keys(int(batch["epoch"][0]), *first, sequence[rank], fraction[rank], received[rank])
            payload.uuid, payload.body = FORM, pack(keys)
            self._add(payload, [rows[place] for place in places])
            kind = Kind.NDATA if device is None else Kind.DDATA
            yield self.node.topic(kind, device), payload.SerializeToString()

    def _add(self, payload: Payload, rows: list[Row]) -> None:
        born_us, add = self.born_ms * 1000, payload.metrics.add
        for row in rows:
            tag = self.tags[row[0]]
            tag.last = row
            metric = add(alias=tag.alias)
            fill(metric, row, text=tag.text)
            if row[1] < born_us:
                metric.is_historical = True

    def _payload(self) -> Payload:
        from zhizao.connect.sparkplug.wire.payload_pb2 import Payload

        self.seq = (self.seq + 1) % 256
        return Payload(timestamp=self.clock_ms(), seq=self.seq)

    def death(self) -> Message:
        """NDEATH: nothing but bdSeq, so that it can be matched with its birth."""
        from zhizao.connect.sparkplug.wire.payload_pb2 import Payload

        payload = Payload(timestamp=self.clock_ms())
        payload.metrics.add(
            name=BDSEQ, datatype=DataType.INT64, timestamp=payload.timestamp, long_value=self.bdseq
        )
        return self.node.topic(Kind.NDEATH), payload.SerializeToString()


def fill(metric: Metric, row: Row, *, text: bool) -> None:
    """Write time, value and status of a sample; a value of the other kind than announced names its type."""
    _, time_us, number, word, code = row
    metric.timestamp = max(time_us // 1000, 0)
    if number is not None:
        metric.double_value = number
        if text:
            metric.datatype = DataType.DOUBLE
    elif word is not None:
        metric.string_value = word
        if not text:
            metric.datatype = DataType.STRING
    else:
        metric.is_null = True
    if code:
        keys = metric.properties
        keys.keys.extend((QUALITY, STATUS))
        keys.values.add(type=DataType.INT32, int_value=quality(code))
        keys.values.add(type=DataType.UINT32, int_value=code)
