"""Changes of monitored items to values of tags, with what becomes of a tag while nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from zhizao.connect.opcua.decode import Change, Message
from zhizao.records.samples import STALE, Value

_STEP = timedelta(microseconds=1)
_BAD = 0x8000_0000
"""This bit of a status code says that the value is not to be used (OPC 10000-4, 7.38)."""
_OVERFLOW = 0x0480
"""These bits say that the queue of the server overflowed: values before this one are lost."""


class Readings:
    """Values of tags in the order in which the server sent them; a tag's handle is its number.

    After an outage, a tag whose value is older than the outage gets the time of the server, from which on the
    value is known again: samples of a tag stay in the order of their times.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = tuple(tags)
        self._last: dict[int, list[Value]] = {}
        self._stale: dict[int, datetime] = {}
        self._published: datetime | None = None
        self.left_out: dict[str, str] = {}
        """Tags without values, and why: structures are not read."""
        self.overflows = 0
        """How often a server said that its queue for a node overflowed."""

    def values(self, message: Message) -> list[Value]:
        """Give the values of a message."""
        self._published = message.published
        found: list[Value] = []
        for change in message.changes:
            time = change.source or change.server or message.published
            if self._stale and change.handle in self._stale:
                since = self._stale.pop(change.handle)
                if time <= since:
                    time = max(change.server or message.published, since + _STEP)
            if change.status & _OVERFLOW == _OVERFLOW:
                self.overflows += 1
            rows = self._rows(change, time)
            if rows:
                self._last[change.handle] = rows
                found += rows
        return found

    def restored(self) -> list[Value]:
        """Give the values that held through an outage: those of tags that the server had nothing new of."""
        found: list[Value] = []
        for handle, since in self._stale.items():
            time = max(self._published or since, since + _STEP)
            rows = [(row[0], time, *row[2:]) for row in self._last.get(handle, [])]
            self._last[handle] = rows
            found += rows
        self._stale.clear()
        return found

    def stale(self, now: datetime) -> list[Value]:
        """Give a `STALE` value for each tag that has none yet, from the last sign of life on."""
        found: list[Value] = []
        for handle, tag in enumerate(self._tags):
            if handle in self._stale or tag in self.left_out:
                continue
            known = self._last.get(handle)
            time = self._published or now
            if known:
                time = max(time, known[0][1] + _STEP)
            self._stale[handle] = time
            names = [row[0] for row in known] if known else [tag]
            found += [(name, time, None, None, STALE) for name in names]
        return found

    def _rows(self, change: Change, time: datetime) -> list[Value]:
        """Give the rows of one change: one, or one per element of an array; none for a structure."""
        tag, value, status = self._tags[change.handle], change.value, change.status
        if status & _BAD:
            return [(name, time, None, None, status) for name in self._names(change.handle)]
        if isinstance(value, list):
            pairs = [(f"{tag}{place}", element) for place, element in elements(value)]
        else:
            pairs = [(tag, value)]
        rows: list[Value] = []
        for name, element in pairs:
            plain = number_or_text(element)
            if plain is None:
                self.left_out[tag] = f"holds a structure ({type(element).__name__}); name its elements"
                return []
            rows.append((name, time, *plain, status))
        return rows

    def _names(self, handle: int) -> list[str]:
        known = self._last.get(handle)
        return [row[0] for row in known] if known else [self._tags[handle]]


def elements(array: list[object]) -> list[tuple[str, object]]:
    """Give the elements of an array with their places: `[0]`, or `[1][0]` of a matrix."""
    found: list[tuple[str, object]] = []
    for place, element in enumerate(array):
        if isinstance(element, list):
            found += [(f"[{place}]{inner}", value) for inner, value in elements(element)]
        else:
            found.append((f"[{place}]", element))
    return found


def number_or_text(value: object) -> tuple[float | None, str | None] | None:
    """Give number and text of a scalar, of which one is None; None for a structure."""
    if isinstance(value, int | float):  # a bool is an int
        return float(value), None
    if value is None or isinstance(value, str):
        return None, value
    if isinstance(value, datetime):
        return None, value.isoformat()
    if isinstance(value, bytes):
        return None, value.hex()
    return _named(value)


def _named(value: object) -> tuple[float | None, str | None] | None:
    """Give the text of the other built-in types of OPC UA; None for a structure."""
    from uuid import UUID

    from asyncua import ua

    if isinstance(value, UUID):
        return None, str(value)
    if isinstance(value, ua.LocalizedText):
        return None, value.Text
    if isinstance(value, ua.QualifiedName):
        return None, value.Name
    if isinstance(value, ua.NodeId):
        return None, value.to_string()
    if isinstance(value, ua.StatusCode):
        return float(value.value), None
    return None
