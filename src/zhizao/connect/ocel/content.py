"""What an OCEL 2.0 file holds, from any of its three formats (specification of 16 October 2023)."""

from __future__ import annotations

import codecs
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree

from zhizao.quantities.errors import LogError
from zhizao.records.intake import LINE_LIMIT, first_bytes, pieces

Row = dict[str, Any]
Parser: TypeAlias = "ElementTree.XMLPullParser[Any]"


@dataclass(slots=True)
class Content:
    """Events and objects as rows of their attributes, and which event concerns which object."""

    events: list[Row] = field(default_factory=list)  # id, type, time, attributes
    objects: list[Row] = field(default_factory=list)  # id, type, attributes
    links: list[tuple[str, str]] = field(default_factory=list)  # event, object

    def add_event(self, own: Row, attributes: Iterable[tuple[str, Any]], objects: Iterable[str]) -> None:
        """Take in an event; an attribute never replaces its id, type or time."""
        self.events.append({**dict(attributes), **own})
        self.links += [(own["id"], other) for other in objects]

    def add_object(self, own: Row, attributes: Iterable[tuple[str, Any]]) -> None:
        """Take in an object with the first value of each attribute."""
        first: Row = {}
        for name, value in attributes:
            first.setdefault(name, value)
        self.objects.append({**first, **own})


def read_content(path: Path) -> Content:
    """Read an OCEL 2.0 file.

    Raises
    ------
    LogError
        With file and, where there are lines, the line: not OCEL 2.0, cut short.
    """
    start = first_bytes(path, 16)
    if start.startswith(b"SQLite format 3\x00"):
        return _guarded(path, _from_sqlite)
    plain = start.removeprefix(codecs.BOM_UTF8).lstrip()
    return _guarded(path, _from_xml if plain.startswith(b"<") else _from_json)


def _guarded(path: Path, read: Callable[[Path], Content]) -> Content:
    try:
        return read(path)
    except json.JSONDecodeError as error:
        raise LogError(
            f"{path}: line {error.lineno}: not JSON: {error.msg}; was the file cut short? export it again"
        ) from None
    except ElementTree.ParseError as error:
        raise LogError(
            f"{path}: line {error.position[0]}: not XML: {error}; was the file cut short? export it again"
        ) from None
    except sqlite3.Error as error:
        raise LogError(f"{path}: not an OCEL 2.0 database: {error}") from None
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise LogError(f"{path}: not OCEL 2.0: {type(error).__name__} {error}") from None


# ---------------------------------------------------------------- JSON
def _from_json(path: Path) -> Content:
    found = json.loads(b"".join(pieces(path)).decode("utf-8-sig"))
    if isinstance(found, dict) and "ocel:events" in found:
        raise LogError(f"{path}: this is OCEL 1.0; export the log as OCEL 2.0")
    if not isinstance(found, dict) or "events" not in found or "objects" not in found:
        raise LogError(f"{path}: not OCEL 2.0: found no lists 'events' and 'objects'")
    content = Content()
    for event in found["events"]:
        own = {"id": event["id"], "type": event["type"], "time": event["time"]}
        linked = (link["objectId"] for link in event.get("relationships") or ())
        content.add_event(own, _named(event), linked)
    for thing in found["objects"]:
        content.add_object({"id": thing["id"], "type": thing["type"]}, _named(thing))
    return content


def _named(thing: Row) -> Iterator[tuple[str, Any]]:
    return ((a["name"], a["value"]) for a in thing.get("attributes") or ())


# ---------------------------------------------------------------- XML
def _from_xml(path: Path) -> Content:
    content, quiet = Content(), 0
    parser: Parser = ElementTree.XMLPullParser(events=("end",))
    for piece in pieces(path):
        quiet = 0 if b"<" in piece else quiet + len(piece)
        if quiet > LINE_LIMIT:
            raise LogError(f"{path}: more than {LINE_LIMIT:,} bytes without a tag; the file is damaged")
        parser.feed(piece)
        _take(parser, content)
    parser.close()
    _take(parser, content)
    return content


def _take(parser: Parser, content: Content) -> None:
    """Take in events and objects as they end."""
    for event in parser.read_events():
        element = event[-1]
        assert isinstance(element, ElementTree.Element)  # that is what an "end" gives
        if element.tag == "event":
            own = {"id": element.attrib["id"], "type": element.attrib["type"], "time": element.attrib["time"]}
            content.add_event(
                own, _values(element), (link.attrib["object-id"] for link in element.iter("relationship"))
            )
        elif element.tag == "object" and "id" in element.attrib:
            content.add_object({"id": element.attrib["id"], "type": element.attrib["type"]}, _values(element))
        else:
            continue
        element.clear()


def _values(element: ElementTree.Element) -> Iterator[tuple[str, str | None]]:
    return ((a.attrib["name"], a.text) for a in element.iterfind("attributes/attribute"))


# ---------------------------------------------------------------- SQLite
def _from_sqlite(path: Path) -> Content:
    content = Content()
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
        base.row_factory = sqlite3.Row
        linked: dict[str, list[str]] = {}
        for event, thing in base.execute("SELECT ocel_event_id, ocel_object_id FROM event_object"):
            linked.setdefault(event, []).append(thing)
        for kind, row in _rows_by_type(base, "event"):
            own = {"id": row["ocel_id"], "type": kind, "time": row["ocel_time"]}
            content.add_event(own, _columns(row), linked.get(row["ocel_id"], ()))
        seen: dict[tuple[str, str], Row] = {}
        for kind, row in _rows_by_type(base, "object"):
            known = seen.setdefault((row["ocel_id"], kind), {})
            for name, value in _columns(row):
                known.setdefault(name, value)
        for (thing, kind), values in seen.items():
            content.add_object({"id": thing, "type": kind}, values.items())
    return content


def _rows_by_type(base: sqlite3.Connection, what: str) -> Iterator[tuple[str, sqlite3.Row]]:
    for kind, table in base.execute(f"SELECT ocel_type, ocel_type_map FROM {what}_map_type").fetchall():
        name = f"{what}_{table}".replace('"', '""')
        for row in base.execute(f'SELECT * FROM "{name}"'):
            yield kind, row


def _columns(row: sqlite3.Row) -> Iterator[tuple[str, Any]]:
    cells = zip(row.keys(), row, strict=True)
    return ((name, value) for name, value in cells if not name.startswith("ocel_") and value is not None)
