"""Samples that a host has read and its sink has not committed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.connect.sparkplug.wire.decode import Decoded
from zhizao.records.samples import SAMPLES

Position = tuple[int, int]
"""Epoch and sequence."""

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Samples of one source and epoch, in order."""

    source: str
    epoch: int
    sequence: Integers
    time_us: Integers
    received_us: Integers
    values: Sequence[Decoded]


@dataclass
class Held:
    """Samples to come, block by block."""

    blocks: list[Block] = field(default_factory=list)
    count: int = 0

    def __len__(self) -> int:
        return self.count

    def add(self, block: Block) -> None:
        """Take a block."""
        if block.values:
            self.blocks.append(block)
            self.count += len(block.values)

    def frame(self) -> pl.DataFrame:
        """Give all as `records.SAMPLES`."""
        if not self.blocks:
            return pl.DataFrame(schema=SAMPLES)
        blocks = self.blocks
        counts = [len(block.values) for block in blocks]
        rows = [row for block in blocks for row in block.values]
        tags, _, numbers, texts, codes = zip(*rows, strict=True)
        sources = pl.Series([block.source for block in blocks], dtype=pl.String)
        columns = {
            "source": sources.gather(np.repeat(np.arange(len(blocks)), counts)),
            "epoch": np.repeat(np.array([block.epoch for block in blocks], np.int64), counts),
            "sequence": np.concatenate([block.sequence for block in blocks]),
            "tag": pl.Series(tags, dtype=pl.String),
            "time": _times([block.time_us for block in blocks]),
            "received": _times([block.received_us for block in blocks]),
            "number": pl.Series(numbers, dtype=pl.Float64),
            "text": pl.Series(texts, dtype=pl.String),
            "status": np.array(codes, np.uint32),
        }
        return pl.DataFrame(columns, schema=SAMPLES)


def _times(us: list[Integers]) -> pl.Series:
    return pl.Series(np.concatenate(us)).cast(SAMPLES["time"])
