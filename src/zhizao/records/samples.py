"""Samples of tags: what a connector hands on, what a spool keeps, what a store holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import polars as pl

_TIME = pl.Datetime("us", "UTC")

SAMPLES: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,  # who numbered the sample: an edge node, a client of a server
    "epoch": pl.Int64,  # us since 1970 at which the source began to number anew
    "sequence": pl.Int64,  # counts up by one within the epoch
    "tag": pl.String,  # a path: work center/unit/State
    "time": _TIME,  # of the value, by the clock of the device
    "received": _TIME,  # by the clock of whoever numbered it
    "number": pl.Float64,  # numbers; true and false are 1 and 0
    "text": pl.String,  # everything else; null beside a number
    "status": pl.UInt32,  # OPC UA status code; 0: good
}
"""One row per value of a tag; (source, epoch, sequence) is its key, however often it is sent."""

GOOD = 0
"""Status of a value that can be used as it is."""

STALE = 0x80310000
"""Status of a tag whose source is not connected (`Bad_NoCommunication`); number and text are null."""


class Outbox(Protocol):
    """A queue on disk between a source and whoever commits its samples.

    A sample leaves it only when the consumer has said that the sample is committed; the acknowledgement of
    a broker is not enough.
    """

    @property
    def source(self) -> str:
        """Who numbers the samples."""

    def append(self, values: pl.DataFrame) -> None:
        """Number values (`tag`, `time`, `number`, `text`, `status`) and keep them; durable on return."""

    def waiting(self, limit: int, *, after: tuple[int, int] | None = None) -> pl.DataFrame:
        """Give the oldest samples that are not committed, at most so many, after an (epoch, sequence)."""

    def committed(self, epoch: int, sequence: int) -> None:
        """Forget all samples up to and with this one."""


Value = tuple[str, datetime, float | None, str | None, int]
"""Tag, time, number, text and status of one value."""


def values(rows: Sequence[Value]) -> pl.DataFrame:
    """Give values as a frame for `Outbox.append`; times without a zone are UTC."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
    names = ("tag", "time", "number", "text", "status")
    schema = {name: SAMPLES[name] for name in names}
    utc = [t if t.tzinfo else t.replace(tzinfo=UTC) for t in columns[1]]
    return pl.DataFrame([columns[0], utc, *columns[2:]], schema=schema, orient="col")
