"""Samples that a host has read and its sink has not committed yet, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from zhizao.records.samples import SAMPLES

Position = tuple[int, int]
"""Epoch and sequence."""


@dataclass
class Held:
    """Rows of `records.SAMPLES` to come, and what is to be confirmed once they are committed."""

    source: list[str] = field(default_factory=list)
    epoch: list[int] = field(default_factory=list)
    sequence: list[int] = field(default_factory=list)
    tag: list[str] = field(default_factory=list)
    time_us: list[int] = field(default_factory=list)
    received_us: list[int] = field(default_factory=list)
    number: list[float | None] = field(default_factory=list)
    text: list[str | None] = field(default_factory=list)
    status: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.source)

    def add(
        self,
        key: tuple[str, int, Sequence[int]],
        times: tuple[Sequence[int], Sequence[int]],
        values: Sequence[tuple[str, int, float | None, str | None, int]],
    ) -> None:
        """Take rows of a source: (source, epoch, sequences), (times, received), decoded values."""
        count = len(values)
        self.source += [key[0]] * count
        self.epoch += [key[1]] * count
        self.sequence += key[2]
        self.time_us += times[0]
        self.received_us += times[1]
        self.tag += [row[0] for row in values]
        self.number += [row[2] for row in values]
        self.text += [row[3] for row in values]
        self.status += [row[4] for row in values]

    def sort_last(self, count: int) -> None:
        """Put the last rows, parts of one batch, in the order of their sequence."""
        if count < 2:
            return
        order = sorted(range(len(self) - count, len(self)), key=self.sequence.__getitem__)
        self.sequence[-count:] = [self.sequence[at] for at in order]
        self.tag[-count:] = [self.tag[at] for at in order]
        self.time_us[-count:] = [self.time_us[at] for at in order]
        self.received_us[-count:] = [self.received_us[at] for at in order]
        self.number[-count:] = [self.number[at] for at in order]
        self.text[-count:] = [self.text[at] for at in order]
        self.status[-count:] = [self.status[at] for at in order]

    def frame(self) -> pl.DataFrame:
        """Give the rows as samples."""
        columns = {
            "source": pl.Series(self.source, dtype=pl.String),
            "epoch": np.array(self.epoch, np.int64),
            "sequence": np.array(self.sequence, np.int64),
            "tag": pl.Series(self.tag, dtype=pl.String),
            "time": _times(self.time_us),
            "received": _times(self.received_us),
            "number": pl.Series(self.number, dtype=pl.Float64),
            "text": pl.Series(self.text, dtype=pl.String),
            "status": np.array(self.status, np.uint32),
        }
        return pl.DataFrame(columns, schema=SAMPLES)


def _times(us: list[int]) -> pl.Series:
    return pl.Series(np.array(us, np.int64)).cast(SAMPLES["time"])
