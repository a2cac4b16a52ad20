"""Topics of Sparkplug B: `spBv1.0/group/TYPE/node[/device]` and `spBv1.0/STATE/host` (chapter 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zhizao.quantities.errors import InputError

NAMESPACE = "spBv1.0"


class SparkplugError(InputError):
    """Settings or a message that Sparkplug does not allow."""


class Kind(StrEnum):
    """Type of a message of an edge node."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    NDATA = "NDATA"
    NCMD = "NCMD"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    DDATA = "DDATA"
    DCMD = "DCMD"

    @property
    def of_device(self) -> bool:
        """Whether the topic ends with a device."""
        return self.value.startswith("D")


@dataclass(frozen=True, order=True)
class Node:
    """An edge node by its descriptor: group and node."""

    group: str
    edge: str

    def __str__(self) -> str:
        return f"{self.group}/{self.edge}"

    def topic(self, kind: Kind, device: str | None = None) -> str:
        """Topic of a message of this node, or of one of its devices."""
        base = f"{NAMESPACE}/{self.group}/{kind}/{self.edge}"
        return base if device is None else f"{base}/{device}"


@dataclass(frozen=True)
class Address:
    """What a topic says: kind, node and device."""

    kind: Kind
    node: Node
    device: str | None


def state_topic(host: str) -> str:
    """Topic on which a host says whether it is online."""
    return f"{NAMESPACE}/STATE/{host}"


def parse(topic: str) -> Address:
    """Read a topic of an edge node.

    Raises
    ------
    SparkplugError
        The topic does not have the form of the namespace.
    """
    parts = topic.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE or parts[2] not in Kind.__members__:
        raise SparkplugError(f"topic {topic[:200]!r}: expected {NAMESPACE}/group/TYPE/node[/device]")
    kind = Kind(parts[2])
    device = parts[4] if len(parts) == 5 else None
    if kind.of_device != (device is not None):
        raise SparkplugError(
            f"topic {topic[:200]!r}: {kind} {'needs' if kind.of_device else 'has no'} device"
        )
    return Address(kind, Node(parts[1], parts[3]), device)


def checked(what: str, name: str) -> str:
    """Give an id that may stand in a topic, or say what is wrong with it."""
    wrong = sorted({sign for sign in name if sign in "+/#" or sign == "\0"})
    if not name or wrong:
        found = f"{name!r} with {', '.join(map(repr, wrong))}" if wrong else "an empty text"
        raise SparkplugError(f"{what}: found {found}; it stands in topics, so '+', '/' and '#' are reserved")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise SparkplugError(f"{what}: found {name!r}; it has to be valid UTF-8") from error
    return name
