"""Keys of random streams: by id, so that neither the order of a file nor what it has besides moves them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from hashlib import blake2b

import numpy as np

from zhizao.kernels.loop import seed_key

_STEP_BITS = 61  # so that a step and the times that a lot has come back to it are one positive number


class Kind(IntEnum):
    """What has a key."""

    FAILURE = 1
    MAINTENANCE = 2
    STREAM = 3
    ORDER = 4
    LOT_THERE = 5  # in the plant at t = 0
    PRODUCT = 6
    CHARGE = 7


def key_of(kind: Kind, *ids: str, count: int = 0) -> np.uint64:
    """Key of a thing by the ids that name it, and its number among those that these do not tell apart."""
    return seed_key(kind, *map(id_number, ids), count)


def id_number(name: str) -> int:
    """An id as a number of 64 bits, the same on every computer: its hash by BLAKE2b (RFC 7693)."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def step_number(name: str) -> int:
    """What stands for a step in the streams of a lot."""
    return id_number(name) >> (64 - _STEP_BITS)


def numbered(names: Iterable[str]) -> list[int]:
    """The number of each name among its equals."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append(seen[name])
        seen[name] += 1
    return found
