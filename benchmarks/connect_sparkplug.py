"""How many metrics per second a host of Sparkplug decodes and writes to disk, one core.

`python benchmarks/connect_sparkplug.py [METRICS]`: messages of 100, 250 and 500 doubles with keys, from an
edge node; decoded by the host and appended to Arrow files, each with fsync. Peer in the same run: the plain
protobuf library, which parses and reads the same messages into tuples and writes nothing.
Rates are per second of processor time of the whole process, so that other work on the machine does not count.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from zhizao.connect.sparkplug import HostSettings
from zhizao.connect.sparkplug.edge.messages import Messages
from zhizao.connect.sparkplug.host.nodes import Nodes
from zhizao.connect.sparkplug.wire.payload_pb2 import Payload
from zhizao.connect.sparkplug.wire.topics import Node
from zhizao.records.endpoint import Endpoint
from zhizao.records.samples import SAMPLES

COMMIT = 20_000  # metrics per append and fsync
TAGS = 1_000


def batches(metrics: int, size: int) -> list[pl.DataFrame]:
    start = 1_790_000_000_000_000
    frame = pl.DataFrame({"sequence": pl.int_range(metrics, eager=True)}).with_columns(
        source=pl.lit("press shop"),
        epoch=pl.lit(1, pl.Int64),
        tag=pl.format("hall 3/unit {}/Value", pl.col("sequence") % TAGS),
        time=(start + pl.col("sequence") * 5).cast(SAMPLES["time"]),
        received=(start + pl.col("sequence") * 5 + 900).cast(SAMPLES["time"]),
        number=pl.col("sequence") * 0.1,
        text=pl.lit(None, pl.String),
        status=pl.lit(0, pl.UInt32),
    )
    return list(frame.select(list(SAMPLES)).iter_slices(size))


class Disk:
    """Arrow files, durable on return."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files, self.rows = folder, 0, 0

    def append(self, samples: pl.DataFrame) -> None:
        self.files += 1
        self.rows += len(samples)
        with (self.folder / f"{self.files}.arrow").open("wb") as out:
            samples.write_ipc(out)
            out.flush()
            os.fsync(out.fileno())


def ours(sent: list[tuple[str, bytes]], nodes: Nodes, sink: Disk) -> float:
    began = time.process_time()
    for topic, payload in sent:
        nodes.receive(topic, payload)
        if len(nodes) >= COMMIT:
            sink.append(nodes.take()[0].frame())
    sink.append(nodes.take()[0].frame())
    return time.process_time() - began


def plain(sent: list[tuple[str, bytes]]) -> float:
    began = time.process_time()
    for _, payload in sent:
        [(m.alias, m.timestamp, m.double_value) for m in Payload.FromString(payload).metrics]
    return time.process_time() - began


def main(metrics: int) -> None:
    for size in (100, 250, 500):
        parts = batches(metrics, size)
        edge = Messages(Node("works", "edge"), "press shop", (), 0, True, lambda: 1_790_000_000_000)
        for tag in (f"hall 3/unit {n}/Value" for n in range(TAGS)):
            edge.learn(tag, text=False)
        nodes = Nodes(HostSettings(Endpoint("127.0.0.1", 1883), "main"))
        for topic, payload in edge.birth():
            nodes.receive(topic, payload)
        began = time.process_time()
        sent = [message for part in parts for message in edge.data(part)]
        encoded_s = time.process_time() - began
        with tempfile.TemporaryDirectory() as folder:
            sink = Disk(Path(folder))
            took_s = ours(sent, nodes, sink)
        assert sink.rows == metrics, (sink.rows, nodes.faults)
        plain_s = plain(sent)
        print(
            f"{size} per message: encode {metrics / encoded_s:,.0f}/s; "
            f"decode and write {metrics / took_s:,.0f}/s; "
            f"plain protobuf, decode alone {metrics / plain_s:,.0f}/s"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
