"""Messages of business and manufacturing systems (ISA-95.00.05): materials, lots, work wanted and done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class MessageKind(Enum):
    """What a message is about."""

    MATERIAL = "material definition"
    LOT = "material information"
    SCHEDULE = "schedule"
    PERFORMANCE = "performance"
    PERSONNEL = "personnel"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity as written, with its unit."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Item:
    """A material, lot, sublot or person, with what is in it."""

    kind: str
    id: str
    description: str = ""
    status: str = ""
    amounts: tuple[Amount, ...] = ()
    properties: tuple[tuple[str, Amount], ...] = ()
    inside: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class MaterialUse:
    """Material of a segment: how it is used (`Consumed`, `Produced`), of which lot, how much, and where."""

    material: str
    use: str
    lot: str
    sublot: str
    place: str
    amounts: tuple[Amount, ...]
    properties: tuple[tuple[str, Amount], ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """Work that is wanted or was done: parameters, materials, and the segments in it."""

    id: str
    parameters: tuple[tuple[str, Amount], ...] = ()
    materials: tuple[MaterialUse, ...] = ()
    inside: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its verb (`Sync` …), sender and moment, and what it holds."""

    kind: MessageKind
    verb: str
    sender: str
    created: datetime | None
    items: tuple[Item, ...] = ()
    work: tuple[Segment, ...] = ()
