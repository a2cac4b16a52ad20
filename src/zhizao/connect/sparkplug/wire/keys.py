"""Keys of samples in the body of a payload: what Sparkplug's metrics cannot say.

Sparkplug has a free body, and a uuid that names its form. A birth carries the source there; each message of
data the epoch and, per metric, the sequence, the microseconds of its time and when it was numbered. Whoever
does not know the form reads the metrics, as ever.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FORM = "6f0c6b54-3d5b-4d0e-9c5a-0d1f0a7f3b11"
"""Uuid of a payload whose body is written here."""

_HEADER = struct.Struct("<BqqIHH")  # version, epoch, first sequence, samples of the batch, part, parts
_VERSION = 1
_PER_SAMPLE = 4 + 2 + 8  # bytes


@dataclass(frozen=True)
class Keys:
    """Keys of the metrics of one message, which is one part of a batch (one part per device)."""

    epoch: int
    first: int  # sequence of the batch
    count: int  # samples of the batch
    part: int
    parts: int
    sequence: NDArray[np.int64]
    fraction_us: NDArray[np.int64]  # 0..999, of the time of each metric
    received_us: NDArray[np.int64]

    @property
    def last(self) -> int:
        """Last sequence of the batch."""
        return self.first + self.count - 1


def pack(keys: Keys) -> bytes:
    """Write keys as the body of a payload."""
    head = _HEADER.pack(_VERSION, keys.epoch, keys.first, keys.count, keys.part, keys.parts)
    offset = (keys.sequence - keys.first).astype("<u4")
    columns = (offset, keys.fraction_us.astype("<u2"), keys.received_us.astype("<i8"))
    return head + b"".join(column.tobytes() for column in columns)


def unpack(body: bytes) -> Keys:
    """Read the body of a payload.

    Raises
    ------
    ValueError
        The body has another form.
    """
    if len(body) < _HEADER.size:
        raise ValueError("keys: the body is too short")
    version, epoch, first, count, part, parts = _HEADER.unpack_from(body)
    n, rest = divmod(len(body) - _HEADER.size, _PER_SAMPLE)
    sound = version == _VERSION and rest == 0 and n <= count and part < parts and min(epoch, first) >= 0
    if not sound or first + count >= 1 << 62:
        raise ValueError("keys: the body does not have the form that its uuid names")
    at = _HEADER.size
    offset = np.frombuffer(body, "<u4", n, at).astype(np.int64)
    fraction = np.frombuffer(body, "<u2", n, at + 4 * n).astype(np.int64)
    received = np.frombuffer(body, "<i8", n, at + 6 * n).astype(np.int64)
    if n and (int(offset.max()) >= count or int(fraction.max()) > 999):
        raise ValueError("keys: a sequence or a time is out of range")
    return Keys(epoch, first, count, part, parts, first + offset, fraction, received)
