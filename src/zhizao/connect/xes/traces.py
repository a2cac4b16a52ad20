"""The traces of an XES file, one after another in bounded memory.

Nearly every file writes its attributes flat and alike (`<string key="…" value="…"/>`), which one pattern
takes in a third of the time that a parser needs. A trace with any tag that the pattern did not account for
(nested attributes, entities, comments, other quotes) goes to the parser.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.intake import LINE_LIMIT, pieces

TRACE_LIMIT = 1 << 28  # characters; more in one lot is no trace
_END = "</trace>"
_FLAT = re.compile(r'<(?:string|date|int|float|boolean|id) key="([^"&<]*)" value="([^"&<]*)"\s*/>')
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding=["']([\w-]+)["']""")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Trace:
    """Attributes of a trace and of its events, with the line on which each event begins."""

    attributes: Pairs
    events: list[Pairs]
    lines: list[int]


class Columns(dict[str, tuple[list[int], list[str]]]):
    """Values by key, with the rows they stand in: most keys have a value in most rows, some in few."""

    def add(self, key: str, row: int, value: str) -> None:
        """Put a value into a row."""
        column = self.get(key)
        if column is None:
            column = self[key] = ([], [])
        column[0].append(row)
        column[1].append(value)

    def series(self, key: str, rows: int) -> pl.Series:
        """All rows of a key, null where it has no value."""
        own, values = self[key]
        if len(own) == rows:
            return pl.Series(key, values, dtype=pl.String)
        whole: npt.NDArray[np.object_] = np.full(rows, None, dtype=object)
        whole[own] = values
        return pl.Series(key, whole.tolist(), dtype=pl.String)


def trace_texts(path: Path) -> Iterator[tuple[int, str]]:
    """The text of each trace, with the line on which it begins.

    Raises
    ------
    LogError
        With file and line: not XES, not its encoding, cut short, a stretch of 1 MB without a tag.
    """
    line, buffer, searched, seen = 1, "", 0, False
    for text in _decoded(path):
        buffer += text
        if not seen and len(buffer) > LINE_LIMIT // 2:
            seen = _require_log(path, buffer)
        done = 0
        while (end := buffer.find(_END, max(searched, done))) >= 0:
            seen = seen or _require_log(path, buffer)
            begin, end = buffer.find("<trace", done), end + len(_END)
            line += buffer.count("\n", done, begin)
            yield line, buffer[begin:end]
            line += buffer.count("\n", begin, end)
            done = end
        buffer = buffer[done:]
        searched = max(len(buffer) - len(_END), 0)
        if len(buffer) > TRACE_LIMIT:
            raise LogError(
                f"{path}: line {line}: a trace is longer than {TRACE_LIMIT:,} characters; it has no end"
            )
    if not (seen or _require_log(path, buffer)) or ("</log>" not in buffer and "<log/>" not in buffer):
        at = line + buffer.count("\n")
        raise LogError(
            f"{path}: line {at}: the log does not end with </log>; it was cut short: export it again"
        )


def _require_log(path: Path, text: str) -> bool:
    if "<log" not in text:
        raise LogError(f"{path}: line 1: not XES: found no element <log>")
    return True


def _decoded(path: Path) -> Iterator[str]:
    decoder, line, quiet = None, 1, 0
    for piece in pieces(path):
        if decoder is None:
            declared = _DECLARED.match(piece)
            wide = piece[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
            decoder = _decoder(
                "utf-16" if wide else declared.group(1).decode() if declared else "utf-8-sig", path
            )
        quiet = 0 if b"<" in piece else quiet + len(piece)
        if quiet > LINE_LIMIT:
            raise LogError(
                f"{path}: line {line}: more than {LINE_LIMIT:,} bytes without a tag; the file is damaged"
            )
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise LogError(f"{path}: line {line} or below: not {error.encoding}: {error.reason}") from None
        yield text
        line += text.count("\n")


def _decoder(encoding: str, path: Path) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder("utf-8-sig" if encoding.lower() == "utf-8" else encoding)()
    except LookupError:
        raise LogError(f"{path}: line 1: the encoding {encoding!r} is not known") from None


def read_trace(found: tuple[int, str], path: Path) -> Trace:
    """Attributes of one trace."""
    line, text = found
    own, *events = text.split("<event>")
    attributes = _FLAT.findall(own)
    each = [_FLAT.findall(event) for event in events]
    tags = 2 + 2 * len(events) + len(attributes) + sum(map(len, each))
    if text.count("<") != tags:
        return _parsed(line, text, path)
    if events:  # a trace may have attributes behind its last event
        last, _, behind = events[-1].partition("</event>")
        each[-1], attributes = _FLAT.findall(last), attributes + _FLAT.findall(behind)
    line += own.count("\n")
    lines = []
    for event in events:
        lines.append(line)
        line += event.count("\n")
    return Trace(attributes, each, lines)


def _parsed(line: int, text: str, path: Path) -> Trace:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        at = line + error.position[0] - 1
        raise LogError(f"{path}: line {at}: not XES: {str(error).partition(':')[0]}") from None
    attributes = _pairs(root)
    events = [_pairs(element) for element in root if _name(element) == "event"]
    return Trace(attributes, events, [line] * len(events))


def _pairs(element: ElementTree.Element) -> Pairs:
    found = ((child.get("key"), child.get("value")) for child in element if _name(child) != "event")
    return [(key, value) for key, value in found if key is not None and value is not None]


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
