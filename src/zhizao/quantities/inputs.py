"""What a result was made from, so that it can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a result was made from: what it is (`plant`, `log` …), its name, and its SHA-256."""

    kind: str
    name: str
    sha256: str


def hashed(kind: str, name: str, content: bytes) -> Input:
    """An input with the hash of its content."""
    return Input(kind, name, sha256(content).hexdigest())
