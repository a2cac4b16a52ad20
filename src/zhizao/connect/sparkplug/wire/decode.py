"""Values of a payload: names by alias, types by birth, times and statuses; what cannot be read is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhizao.connect.sparkplug.wire.datatypes import LATEST_MS, DataType, elements, scalar, status

if TYPE_CHECKING:
    from zhizao.connect.sparkplug.wire.payload_pb2 import Metric, Payload

CONTROL = ("bdSeq", "Node Control/", "Device Control/", "zhizao/committed/")
"""Names of metrics that steer a node and hold no samples."""

Decoded = tuple[str, int, float | None, str | None, int]
"""Tag, time in ms, number, text and status."""


@dataclass(frozen=True)
class Definition:
    """What a birth says about a metric."""

    tag: str
    datatype: int


Names = dict[int | str, Definition]
"""Definitions by alias and by name of the metric."""


def definitions(payload: Payload, prefix: str) -> Names:
    """Read what a birth announces; tags are the names of metrics after the prefix."""
    names: Names = {}
    for metric in payload.metrics:
        if _text(metric.name) and not metric.name.startswith(CONTROL):
            definition = Definition(prefix + metric.name, metric.datatype)
            names[metric.name] = definition
            if metric.HasField("alias"):
                names[metric.alias] = definition
    return names


def decode(payload: Payload, names: Names, now_ms: int, faults: Counter[str]) -> list[Decoded]:
    """Read the values of a payload.

    A metric that no birth announced, or whose value a sample cannot hold, is counted in `faults` by reason.
    """
    rows: list[Decoded] = []
    sent = payload.timestamp if payload.HasField("timestamp") else now_ms
    for metric in payload.metrics:
        name = metric.name
        known = names.get(name or metric.alias)
        if known is None:
            if not _text(name).startswith(CONTROL):
                faults["metric that no birth announced"] += 1
            continue
        time_ms = metric.timestamp or sent
        if time_ms > LATEST_MS:
            faults["time after the year 9999"] += 1
        elif metric.WhichOneof("value") == "double_value" and not metric.HasField("properties"):
            rows.append((known.tag, time_ms, metric.double_value, None, 0))  # the hot path
        else:
            rows += _rows(metric, known, time_ms, faults)
    return rows


def _rows(metric: Metric, known: Definition, time_ms: int, faults: Counter[str]) -> list[Decoded]:
    code = status(metric.properties) if metric.HasField("properties") else 0
    kind = metric.WhichOneof("value")
    if metric.is_null or kind is None:
        return [(known.tag, time_ms, None, None, code)]
    datatype = metric.datatype or known.datatype
    try:
        value = scalar(metric, kind, datatype)
        many = elements(metric.bytes_value, datatype) if kind == "bytes_value" else None
    except ValueError as error:
        faults[f"value: {error}"[:80]] += 1
        return []
    if value is not None:
        return [(known.tag, time_ms, *value, code)]
    if many is None:
        faults[f"{_named(datatype)} is left out: a sample is a number or a text"] += 1
        return []
    return [(f"{known.tag}[{at}]", time_ms, *one, code) for at, one in enumerate(many)]


def _text(found: str | bytes) -> str:
    """Give a text; what is not UTF-8 comes out of a payload as bytes."""
    if isinstance(found, bytes):
        raise ValueError("text is not UTF-8")
    return found


def _named(datatype: int) -> str:
    return DataType(datatype).name if datatype in DataType._value2member_map_ else f"data type {datatype}"
