"""The exact image of a run at a moment: every number of its state, packed into text."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhizao.engine.checkpoint import hash_of, program
from zhizao.engine.lower import Lowered
from zhizao.engine.state import empty_state
from zhizao.kernels import tables as k
from zhizao.quantities import InputError

_VERSION = 1
_WRITTEN = ("log", "exits")  # stored as the rows that were written, not as tables with room for more
_TYPES: dict[str, Any] = {name: dtype for name, (dtype, _) in k.STATE_FIELDS.items()}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a run goes by; an image goes on only where all of it is the same."""

    program: str
    plant: str
    seed: int
    replication: int


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A run at a moment. Times in s from the plant's start."""

    origin: Origin
    now: float
    event: float  # the last one
    state: k.State
    log: Any  # rows so far
    exits: Any
    before: tuple[Any, ...]  # sums at the start of its records
    orders: tuple[tuple[int, float, str], ...] = ()  # that came from outside: row, moment, the order as JSON


def origin_of(lowered: Lowered, seed: int, replication: int) -> Origin:
    """What a run of these tables goes by."""
    return Origin(program(), hash_of(lowered), seed, replication)


def pack_image(image: Image) -> str:
    """Pack an image: compressed, as base64."""
    parts: list[tuple[str, Any]] = [
        (name, table) for name, table in image.state._asdict().items() if name not in _WRITTEN
    ]
    parts += [("log", image.log), ("exits", image.exits)]
    parts += [(f"before{number}", table) for number, table in enumerate(image.before)]
    origin = image.origin
    about = {
        "version": _VERSION,
        "program": origin.program,
        "plant": origin.plant,
        "seed": origin.seed,
        "replication": origin.replication,
        "now": image.now,
        "event": image.event,
        "orders": image.orders,
        "shapes": {name: table.shape for name, table in parts},
    }
    head = json.dumps(about).encode()
    body = b"".join(np.ascontiguousarray(table).tobytes() for _, table in parts)
    return base64.b64encode(zlib.compress(len(head).to_bytes(8, "little") + head + body)).decode()


def unpack_image(text: str, lowered: Lowered, expected: Origin) -> Image:
    """Unpack an image for a run that goes by the same as the one that it was made of.

    Raises
    ------
    InputError
        The image is damaged, or of another program, plant, plan, seed or replication.
    """
    image = open_image(text, lowered)
    if image.origin.seed != expected.seed:
        raise _refused(f"the run had seed {image.origin.seed}, this one has {expected.seed}")
    if image.origin.replication != expected.replication:
        found = f"it is of replication {image.origin.replication}"
        raise _refused(f"{found}, this one is {expected.replication}")
    return image


def open_image(text: str, lowered: Lowered) -> Image:
    """Unpack an image for runs of the plant that it was made of, with whatever random numbers.

    Raises
    ------
    InputError
        The image is damaged, or of another program, plant or plan.
    """
    about, body = _opened(text)
    found = Origin(*(about[name] for name in ("program", "plant", "seed", "replication")))
    if found.plant != hash_of(lowered):
        raise _refused("the plant, its rules or the plan are not those of the run")
    if found.program != program():
        raise _refused("another version of the program made it")
    tables: dict[str, Any] = {}
    at = 0
    for name, shape in about["shapes"].items():
        dtype = _TYPES.get(name, np.dtype("f8"))
        size = int(np.prod(shape)) * dtype.itemsize
        table = np.frombuffer(body[at : at + size], dtype).reshape(shape).copy()
        tables[name] = table.view(np.recarray) if dtype.names is not None else table
        at += size
    before = tuple(tables.pop(name) for name in sorted(n for n in tables if n.startswith("before")))
    log, exits = tables.pop("log"), tables.pop("exits")
    empty = empty_state(lowered.tables)
    state = k.State(**tables, log=empty.log, exits=empty.exits)
    state.clock[0].log_n = state.clock[0].exits_n = 0
    orders = tuple((row, moment, order) for row, moment, order in about["orders"])
    return Image(found, about["now"], about["event"], state, log, exits, before, orders)


def _opened(text: str) -> tuple[dict[str, Any], bytes]:
    try:
        plain = zlib.decompress(base64.b64decode("".join(text.split()), validate=True))
        size = int.from_bytes(plain[:8], "little")
        about = json.loads(plain[8 : 8 + size])
        version = about["version"]
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"exact: the image of the run is damaged ({error}); "
            "to start from its readable part, delete `exact` in the file, or give state.readable()"
        ) from None
    if version != _VERSION:
        raise _refused(f"it has the format {version}, this version reads {_VERSION}")
    return about, plain[8 + size :]


def _refused(reason: str) -> InputError:
    return InputError(
        f"exact: the run cannot go on from this state: {reason}; "
        "to start from its readable part, delete `exact` in the file, or give state.readable()"
    )
