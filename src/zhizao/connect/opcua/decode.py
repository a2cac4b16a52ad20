"""A publish response in bytes to values; asyncua does it too, and takes ten times as long.

Encodings: OPC 10000-6, 5.2 (built-in types) and 5.2.2.17 (DataValue, whose picoseconds follow their
timestamps; asyncua 2.1 expects them after both); messages: OPC 10000-4, 5.14.5.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_1970 = 116_444_736_000_000_000  # 100 ns since 1601, on 1970-01-01
_LAST_TICK = _TICKS_1970 + 10_000_000 * 253_402_300_800  # the end of the year 9999
_DATA_CHANGE = 811  # i=811: DataChangeNotification, encoded in binary
_STATUS_CHANGE = 820  # i=820: StatusChangeNotification, encoded in binary
_BUILT_IN = {1: "?", 2: "b", 3: "B", 4: "h", 5: "H", 6: "i", 7: "I", 8: "q", 9: "Q", 10: "f", 11: "d"}
_STRING, _DATE_TIME, _STATUS_CODE = 12, 13, 19
_VALUE, _STATUS, _SOURCE, _SERVER, _SOURCE_PS, _SERVER_PS = 1, 2, 4, 8, 16, 32  # bits of a DataValue
_HEAD = Struct("<IBB")  # client handle, bits of the DataValue, encoding of its value
_U32, _I32, _I64 = Struct("<I"), Struct("<i"), Struct("<q")

Raw = object
"""A scalar as it is; an array as a list; whatever else as asyncua reads it."""


class Change(NamedTuple):
    """One value of one monitored item."""

    handle: int
    value: Raw
    status: int
    source: datetime | None
    server: datetime | None


class Message(NamedTuple):
    """What a server answers to a publish request."""

    subscription: int
    sequence: int
    published: datetime
    changes: list[Change]
    ended: int | None
    """Why the subscription ended (a status code), if it did."""
    keep_alive: bool
    more: bool
    """Whether the server has more to send at once."""


def time_of(ticks: int) -> datetime | None:
    """Give the time of an OPC UA DateTime; its least and its greatest value say that there is none."""
    if 0 < ticks < _LAST_TICK:
        return _EPOCH + timedelta(microseconds=(ticks - _TICKS_1970) // 10)
    return None


def message(data: bytes, start: int) -> Message:
    """Read the parameters of a publish response, which begin at `start`."""
    subscription, available = _U32.unpack_from(data, start)[0], _I32.unpack_from(data, start + 4)[0]
    at = start + 8 + 4 * max(available, 0) + 1  # the bit after them: more notifications
    more = data[at - 1] != 0
    sequence, ticks, parts = Struct("<Iqi").unpack_from(data, at)
    at += 16
    changes: list[Change] = []
    ended = None
    for _ in range(max(parts, 0)):
        kind, at, end = _extension(data, at)
        if kind == _DATA_CHANGE:
            changes += read_changes(data, at)
        elif kind == _STATUS_CHANGE:
            ended = _U32.unpack_from(data, at)[0]
        at = end
    published = time_of(ticks) or datetime.now(UTC)
    return Message(subscription, sequence, published, changes, ended, parts <= 0, more)


def _extension(data: bytes, at: int) -> tuple[int, int, int]:
    """Give the type of an extension object, where its body begins and where it ends."""
    from asyncua.common.utils import Buffer
    from asyncua.ua.ua_binary import nodeid_from_binary

    buffer = Buffer(data, at)
    kind = nodeid_from_binary(buffer)
    body = buffer.cur_pos + 5  # after one byte for the form and four for the length
    length = _I32.unpack_from(data, body - 4)[0]
    number = kind.Identifier if kind.NamespaceIndex == 0 and isinstance(kind.Identifier, int) else 0
    return number, body, body + max(length, 0)


def read_changes(data: bytes, at: int) -> list[Change]:
    """Read the monitored items of a DataChangeNotification whose body begins at `at`."""
    count = _I32.unpack_from(data, at)[0]
    at += 4
    changes: list[Change] = []
    add = changes.append
    head = _HEAD.unpack_from
    padded = data + b"\0"  # a last value without content has no encoding byte
    for _ in range(count):
        handle, bits, encoding = head(padded, at)
        read = _quick(bits, encoding)
        if read is not None:
            change, at = read(handle, padded, at + 6)
        else:
            change, at = _slow(handle, bits, padded, at + 5)
        add(change)
    return changes


@lru_cache(maxsize=1024)
def _quick(bits: int, encoding: int) -> Callable[[int, bytes, int], tuple[Change, int]] | None:
    """Give the reader of values of one form, a number with its times in one step; None for others."""
    code = _BUILT_IN.get(encoding)
    if code is None or not bits & _VALUE:
        return None
    layout = Struct("<" + code + _tail(bits))
    size = layout.size
    unpack = layout.unpack_from
    status = 1 if bits & _STATUS else 0
    source = status + 1 if bits & _SOURCE else 0
    server = 1 + bin(bits & (_STATUS | _SOURCE | _SOURCE_PS)).count("1") if bits & _SERVER else 0

    def read(handle: int, data: bytes, at: int) -> tuple[Change, int]:
        parts = unpack(data, at)
        change = Change(
            handle,
            parts[0],
            parts[1] if status else 0,
            time_of(parts[source]) if source else None,
            time_of(parts[server]) if server else None,
        )
        return change, at + size

    return read


def _tail(bits: int) -> str:
    """Give the form of what follows a value."""
    parts = ((_STATUS, "I"), (_SOURCE, "q"), (_SOURCE_PS, "H"), (_SERVER, "q"), (_SERVER_PS, "H"))
    return "".join(code for bit, code in parts if bits & bit)


def _slow(handle: int, bits: int, data: bytes, at: int) -> tuple[Change, int]:
    """Read a value of any form, part by part."""
    value: Raw = None
    if bits & _VALUE:
        value, at = _variant(data, at)
    status, source, server = 0, None, None
    if bits & _STATUS:
        status, at = _U32.unpack_from(data, at)[0], at + 4
    if bits & _SOURCE:
        source, at = time_of(_I64.unpack_from(data, at)[0]), at + 8
    at += 2 if bits & _SOURCE_PS else 0
    if bits & _SERVER:
        server, at = time_of(_I64.unpack_from(data, at)[0]), at + 8
    at += 2 if bits & _SERVER_PS else 0
    return Change(handle, value, status, source, server), at


def _variant(data: bytes, at: int) -> tuple[Raw, int]:
    """Read a variant: texts and times here, arrays and structures by asyncua."""
    encoding = data[at]
    if encoding == _STRING:
        length = _I32.unpack_from(data, at + 1)[0]
        start = at + 5
        if length < 0:
            return None, start
        return data[start : start + length].decode("utf-8", "replace"), start + length
    if encoding == _DATE_TIME:
        return time_of(_I64.unpack_from(data, at + 1)[0]), at + 9
    if encoding == _STATUS_CODE:
        return _U32.unpack_from(data, at + 1)[0], at + 5
    from asyncua.common.utils import Buffer
    from asyncua.ua.ua_binary import variant_from_binary

    buffer = Buffer(data, at)
    return variant_from_binary(buffer).Value, buffer.cur_pos
