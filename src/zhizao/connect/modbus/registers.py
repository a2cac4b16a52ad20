"""Registers of a device: where they are, what their words mean, and which are read together."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from zhizao.quantities.errors import InputError

_MOST = {"words": 125, "bits": 2000}  # per request, by the protocol
_GAP = 8  # words that are read in vain rather than by a request of their own


class ModbusError(InputError):
    """A register that cannot exist."""


class Table(Enum):
    """The four tables of a device."""

    COIL = "coil"
    DISCRETE = "discrete input"
    HOLDING = "holding register"
    INPUT = "input register"

    @property
    def bits(self) -> bool:
        """Whether its entries are bits."""
        return self in (Table.COIL, Table.DISCRETE)


class Form(Enum):
    """What the words of a register mean: a format of `struct`, big-endian."""

    BIT = "?"
    INT16 = ">h"
    UINT16 = ">H"
    INT32 = ">i"
    UINT32 = ">I"
    INT64 = ">q"
    UINT64 = ">Q"
    FLOAT32 = ">f"
    FLOAT64 = ">d"
    TEXT = "s"


class WordOrder(Enum):
    """Which word of a value comes first; the bytes within a word are big-endian by the protocol."""

    HIGH_FIRST = "high first"
    LOW_FIRST = "low first"


@dataclass(frozen=True)
class Register:
    """A value of a device.

    Parameters
    ----------
    tag : name of the tag.
    table, address : where it begins; addresses count from 0, as on the wire.
    form : meaning of the words; `words` only for text.
    word_order : of values with several words.
    scale, offset : the tag's number is `raw * scale + offset`.
    poll_s : time between readings.
    """

    tag: str
    table: Table
    address: int
    form: Form = Form.UINT16
    words: int = 0
    word_order: WordOrder = WordOrder.HIGH_FIRST
    scale: float = 1.0
    offset: float = 0.0
    poll_s: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.address <= self.address + self.size - 1 <= 0xFFFF:
            raise ModbusError(f"{self.tag}: address {self.address}: expected 0 to 65535, with all its words")
        if self.table.bits != (self.form is Form.BIT):
            right = "BIT" if self.table.bits else "another form than BIT"
            raise ModbusError(f"{self.tag}: found {self.form.name} in a {self.table.value}; expected {right}")
        if (self.words > 0) != (self.form is Form.TEXT) or self.words > _MOST["words"]:
            raise ModbusError(f"{self.tag}: words: found {self.words}; expected 1 to 125 for text, else none")
        if not self.poll_s > 0:
            raise ModbusError(f"{self.tag}: poll_s: found {self.poll_s}; expected a positive time")

    @property
    def size(self) -> int:
        """Entries of the table that it takes."""
        if self.form in (Form.BIT, Form.TEXT):
            return self.words or 1
        return struct.calcsize(self.form.value) // 2


@dataclass(frozen=True)
class Block:
    """Registers that one request reads."""

    table: Table
    address: int
    count: int
    registers: tuple[Register, ...]


def blocks(registers: Sequence[Register]) -> list[Block]:
    """Merge registers of a table and an interval into as few requests as the protocol allows."""
    order = sorted(registers, key=lambda one: (one.table.value, one.poll_s, one.address))
    groups: list[list[Register]] = []
    for register in order:
        if groups and _fits(groups[-1], register):
            groups[-1].append(register)
        else:
            groups.append([register])
    return [_block(group) for group in groups]


def _block(group: list[Register]) -> Block:
    end = max(one.address + one.size for one in group)
    return Block(group[0].table, group[0].address, end - group[0].address, tuple(group))


def _fits(group: list[Register], register: Register) -> bool:
    block, head = _block(group), group[0]
    if (head.table, head.poll_s) != (register.table, register.poll_s):
        return False
    most = _MOST["bits" if head.table.bits else "words"]
    near = register.address <= block.address + block.count + _GAP
    return near and register.address + register.size - block.address <= most


def meaning(register: Register, words: Sequence[int]) -> tuple[float | None, str | None]:
    """Read number or text of a register from its words (or its bit)."""
    if register.form is Form.BIT:
        return float(words[0]) * register.scale + register.offset, None
    high_first = register.word_order is WordOrder.HIGH_FIRST
    ordered = words if high_first or register.form is Form.TEXT else words[::-1]
    raw = struct.pack(f">{len(ordered)}H", *ordered)
    if register.form is Form.TEXT:
        return None, raw.split(b"\0")[0].decode("utf-8", "replace")
    (value,) = struct.unpack(register.form.value, raw)
    return float(value) * register.scale + register.offset, None
