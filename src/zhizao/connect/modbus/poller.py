"""Poller: registers of a device into an outbox; what cannot be read has a bad status."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhizao.connect.modbus.registers import Block, ModbusError, Register, Table, blocks, meaning
from zhizao.records.endpoint import Endpoint
from zhizao.records.samples import GOOD, STALE, Outbox, Value, values

if TYPE_CHECKING:
    from pymodbus.client import AsyncModbusTcpClient

LOG = logging.getLogger(__name__)

_RETRY_S = (0.1, 2.0)  # first and longest wait between attempts to connect
_ILLEGAL_ADDRESS = 2
_STATUS = {  # exception codes of Modbus as status codes of OPC UA
    1: 0x803D0000,  # illegal function: Bad_NotSupported
    2: 0x80340000,  # illegal address: Bad_NodeIdUnknown
    3: 0x803C0000,  # illegal value: Bad_OutOfRange
    4: 0x808B0000,  # device failure: Bad_DeviceFailure
    6: 0x80040000,  # device busy: Bad_ResourceUnavailable
    10: STALE,  # gateway: no path
    11: STALE,  # gateway: no answer from the device
}
_BAD = 0x80000000
_TIMEOUT = 0x800A0000  # Bad_Timeout

Reading = tuple[float | None, str | None, int]
"""Number, text and status."""


@dataclass(frozen=True)
class PollerSettings:
    """A device and what to read from it."""

    device: Endpoint  # Modbus TCP knows no encryption: plain has to be asked for, except on this machine
    registers: tuple[Register, ...]
    unit: int = 1  # number of the device behind the address
    timeout_s: float = 1.0
    repeat_s: float = 60.0  # a value that does not change is repeated after this time

    def __post_init__(self) -> None:
        if self.device.encrypted:
            raise ModbusError(
                f"{self.device.host}: Modbus TCP is not encrypted; ask for Encryption.PLAIN, in a network "
                "that you trust"
            )
        if not self.registers:
            raise ModbusError(f"{self.device.host}: registers: found none")
        tags = [register.tag for register in self.registers]
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})
        if twice:
            raise ModbusError(f"{self.device.host}: found {', '.join(twice)} more than once")


class Poller:
    """A client of Modbus TCP that appends what changes to an outbox."""

    def __init__(self, settings: PollerSettings, outbox: Outbox) -> None:
        self.settings = settings
        self.outbox = outbox
        self.blocks = blocks(settings.registers)
        self.requests = 0
        self._last: dict[str, tuple[Reading, float]] = {}  # and the monotonic time of the last sample
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    async def run(self) -> None:
        """Connect and poll, and connect again whenever the connection ends, until `stop`."""
        from pymodbus.client import AsyncModbusTcpClient

        device = self.settings.device
        wait = _RETRY_S[0]
        while not self._stop.is_set():
            client = AsyncModbusTcpClient(
                device.host, port=device.port, timeout=self.settings.timeout_s, retries=0, reconnect_delay=0
            )
            try:
                if await client.connect():
                    wait = _RETRY_S[0]
                    await self._poll(client)
            finally:
                client.close()
            if not self._stop.is_set():
                LOG.warning("%s:%s: not connected", device.host, device.port)
                await self._append([(register, (None, None, STALE)) for register in self.settings.registers])
            await self._sleep(wait)
            wait = min(2 * wait, _RETRY_S[1])

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), max(seconds, 0.0))

    async def _poll(self, client: AsyncModbusTcpClient) -> None:
        """Read each block when it is due, until the connection ends."""
        now = time.monotonic()
        due = [(now, at) for at in range(len(self.blocks))]
        while not self._stop.is_set() and client.connected:
            at_s, number = due[0]
            await self._sleep(at_s - time.monotonic())
            block = self.blocks[number]
            found = await self._read(client, block)
            if found is None:  # a block that the device does not have as a whole
                self._split(number)
                return await self._poll(client)
            await self._append(found)
            heapq.heapreplace(due, (max(at_s + block.registers[0].poll_s, time.monotonic()), number))
        return None

    def _split(self, number: int) -> None:
        single = [one for register in self.blocks[number].registers for one in blocks([register])]
        self.blocks[number : number + 1] = single

    async def _read(
        self, client: AsyncModbusTcpClient, block: Block
    ) -> list[tuple[Register, Reading]] | None:
        """Read a block; None if it has to be split, since an address in it does not exist."""
        from pymodbus.exceptions import ModbusException

        read = {
            Table.COIL: client.read_coils,
            Table.DISCRETE: client.read_discrete_inputs,
            Table.HOLDING: client.read_holding_registers,
            Table.INPUT: client.read_input_registers,
        }[block.table]
        self.requests += 1
        try:
            answer = await read(block.address, count=block.count, device_id=self.settings.unit)
        except ModbusException:
            return [(register, (None, None, _TIMEOUT)) for register in block.registers]
        if answer.isError():
            if answer.exception_code == _ILLEGAL_ADDRESS and len(block.registers) > 1:
                return None
            code = _STATUS.get(answer.exception_code, _BAD)
            return [(register, (None, None, code)) for register in block.registers]
        entries = answer.bits if block.table.bits else answer.registers
        return [(register, _reading(register, entries, block)) for register in block.registers]

    async def _append(self, found: list[tuple[Register, Reading]]) -> None:
        """Append what differs from the last sample, or is old enough to be repeated."""
        stamp, now = datetime.now(UTC), time.monotonic()
        rows: list[Value] = []
        for register, reading in found:
            last = self._last.get(register.tag)
            if last is None or last[0] != reading or now - last[1] >= self.settings.repeat_s:
                rows.append((register.tag, stamp, *reading))
                self._last[register.tag] = (reading, now)
        if rows:
            await asyncio.to_thread(self.outbox.append, values(rows))


def _reading(register: Register, entries: Sequence[int], block: Block) -> Reading:
    at = register.address - block.address
    words = [int(one) for one in entries[at : at + register.size]]
    if len(words) < register.size:
        return None, None, _BAD
    return (*meaning(register, words), GOOD)
