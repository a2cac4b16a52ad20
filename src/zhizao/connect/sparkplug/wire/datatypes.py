"""Data types of Sparkplug (chapter 6) and what a value on the wire means by them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from zhizao.records.samples import GOOD, STALE

if TYPE_CHECKING:
    from zhizao.connect.sparkplug.wire.payload_pb2 import Metric, PropertySet

LATEST_MS = 253_402_300_799_999
"""Last millisecond of the year 9999; a later time is none."""

BAD = 0x80000000
"""OPC UA status for a value whose source says no more than that it is bad."""

QUALITY = "Quality"
"""Property with 0 (bad), 192 (good) or 500 (stale)."""

STATUS = "zhizao/status"
"""Property with the OPC UA status, which says more than the quality."""

Scalar = tuple[float | None, str | None]
"""Number or text of a value."""


class DataType(IntEnum):
    """Types of metrics, numbered as published."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    INT8_ARRAY = 22
    INT16_ARRAY = 23
    INT32_ARRAY = 24
    INT64_ARRAY = 25
    UINT8_ARRAY = 26
    UINT16_ARRAY = 27
    UINT32_ARRAY = 28
    UINT64_ARRAY = 29
    FLOAT_ARRAY = 30
    DOUBLE_ARRAY = 31
    BOOLEAN_ARRAY = 32
    STRING_ARRAY = 33
    DATETIME_ARRAY = 34


_SIGNED = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_PACKED = {
    DataType.INT8_ARRAY: "i1",
    DataType.INT16_ARRAY: "<i2",
    DataType.INT32_ARRAY: "<i4",
    DataType.INT64_ARRAY: "<i8",
    DataType.UINT8_ARRAY: "u1",
    DataType.UINT16_ARRAY: "<u2",
    DataType.UINT32_ARRAY: "<u4",
    DataType.UINT64_ARRAY: "<u8",
    DataType.FLOAT_ARRAY: "<f4",
    DataType.DOUBLE_ARRAY: "<f8",
}


def scalar(metric: Metric, kind: str, datatype: int) -> Scalar | None:
    """Read a single value; None if a sample cannot hold it (data set, template, bytes, array)."""
    if kind in ("double_value", "float_value"):
        return float(getattr(metric, kind)), None
    if kind in ("int_value", "long_value"):
        return _whole(int(getattr(metric, kind)), datatype)
    if kind == "boolean_value":
        return float(metric.boolean_value), None
    if kind == "string_value" and isinstance(metric.string_value, bytes):
        raise ValueError("text is not UTF-8")
    return (None, metric.string_value) if kind == "string_value" else None


def _whole(value: int, datatype: int) -> Scalar:
    """Whole numbers are unsigned on the wire; negative ones are two's complements of their type."""
    if datatype == DataType.DATETIME:
        return None, moment(value)
    if datatype == DataType.BOOLEAN:
        return float(value != 0), None
    bits = _SIGNED.get(DataType(datatype)) if datatype in _SIGNED else None
    if bits is not None:
        value &= (1 << bits) - 1
        value -= (value >> (bits - 1)) << bits
    return float(value), None


def moment(ms: int) -> str:
    """Write milliseconds since 1970 as text.

    Raises
    ------
    ValueError
        It is after the year 9999.
    """
    if not 0 <= ms <= LATEST_MS:
        raise ValueError(f"time: found {ms} ms; expected 0 to {LATEST_MS}")
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat()


def elements(raw: bytes, datatype: int) -> list[Scalar] | None:
    """Read an array; None if the type is no array.

    Raises
    ------
    ValueError
        The bytes do not have the form of the array.
    """
    if datatype in _PACKED:
        return [(float(x), None) for x in np.frombuffer(raw, _PACKED[DataType(datatype)]).tolist()]
    if datatype == DataType.DATETIME_ARRAY:
        return [(None, moment(int(x))) for x in np.frombuffer(raw, "<i8").tolist()]
    if datatype == DataType.STRING_ARRAY:
        return [(None, text.decode()) for text in raw.split(b"\0")[:-1]]
    return _booleans(raw) if datatype == DataType.BOOLEAN_ARRAY else None


def _booleans(raw: bytes) -> list[Scalar]:
    """Read the number of values in four bytes, then one bit each, the first one highest."""
    if len(raw) < 4 or struct.unpack_from("<I", raw)[0] > 8 * (len(raw) - 4):
        raise ValueError("array of booleans: shorter than the count that it begins with")
    count = struct.unpack_from("<I", raw)[0]
    bits = np.unpackbits(np.frombuffer(raw, np.uint8, -1, 4), count=count)
    return [(float(bit), None) for bit in bits.tolist()]


def status(properties: PropertySet) -> int:
    """Read the status of a value from its properties: ours, else the quality of Sparkplug; none is good."""
    found = dict(zip(properties.keys, properties.values, strict=False))
    if STATUS in found:
        return int(found[STATUS].int_value)
    if QUALITY not in found:
        return GOOD
    quality = found[QUALITY]
    value = quality.long_value or quality.int_value
    return {192: GOOD, 500: STALE}.get(value, BAD)


def quality(code: int) -> int:
    """Quality of Sparkplug for an OPC UA status."""
    if code == STALE:
        return 500
    return 192 if code >> 30 == 0 else 0
