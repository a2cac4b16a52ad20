"""Registers of a device, with pymodbus's own server as the device."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager

import polars as pl
import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.connect.sparkplug.broker import free_port
from zhizao.connect.modbus import (
    Form,
    ModbusError,
    Poller,
    PollerSettings,
    Register,
    Table,
    WordOrder,
)
from zhizao.connect.modbus.registers import blocks, meaning
from zhizao.records.endpoint import Encryption, Endpoint
from zhizao.records.samples import STALE


class Rows:
    """An outbox in memory."""

    source = "plc"

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = []

    def append(self, values: pl.DataFrame) -> None:
        self.frames.append(values)

    def waiting(self, limit: int, *, after: tuple[int, int] | None = None) -> pl.DataFrame:
        raise NotImplementedError

    def committed(self, epoch: int, sequence: int) -> None:
        raise NotImplementedError

    def of(self, tag: str) -> list[tuple[float | None, str | None, int]]:
        if not self.frames:
            return []
        found = pl.concat(self.frames).filter(pl.col("tag") == tag)
        return found.select("number", "text", "status").rows()


def words(form: str, value: float) -> list[int]:
    raw = struct.pack(form, value)
    return list(struct.unpack(f">{len(raw) // 2}H", raw))


HOLDING = [
    SimData(0, values=[*words(">h", -7), *words(">f", 2.5), *words(">d", 1e-9)], datatype=DataType.REGISTERS),
    SimData(20, values=[*words(">i", -70000)[::-1], 0x4F4B, 0], datatype=DataType.REGISTERS),
]
BITS = [SimData(0, values=[True, False, True], datatype=DataType.BITS)]
REGISTERS = (
    Register("press/Count", Table.HOLDING, 0, Form.INT16, poll_s=0.05),
    Register("press/Force", Table.HOLDING, 1, Form.FLOAT32, scale=10, offset=1, poll_s=0.05),
    Register("press/Leak", Table.HOLDING, 3, Form.FLOAT64, poll_s=0.05),
    Register("press/Total", Table.HOLDING, 20, Form.INT32, word_order=WordOrder.LOW_FIRST, poll_s=0.05),
    Register("press/Mode", Table.HOLDING, 22, Form.TEXT, words=2, poll_s=0.05),
    Register("press/Door", Table.COIL, 2, Form.BIT, poll_s=0.05),
)


@asynccontextmanager
async def device(port: int):
    tables = (BITS, BITS, HOLDING, HOLDING)
    server = ModbusTcpServer(SimDevice(1, tables), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()


@asynccontextmanager
async def polling(port: int, registers=REGISTERS):
    rows = Rows()
    poller = Poller(PollerSettings(Endpoint("127.0.0.1", port), tuple(registers)), rows)
    task = asyncio.create_task(poller.run())
    yield poller, rows
    poller.stop()
    await asyncio.wait_for(task, 10)


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def test_each_register_is_read_as_what_it_means() -> None:
    async def test() -> None:
        port = free_port()
        async with device(port), polling(port) as (_, rows):
            await until(lambda: all(rows.of(one.tag) for one in REGISTERS))
        assert [rows.of(one.tag)[0] for one in REGISTERS] == [
            (-7.0, None, 0),
            (26.0, None, 0),
            (1e-9, None, 0),
            (-70000.0, None, 0),
            (None, "OK", 0),
            (1.0, None, 0),
        ]

    asyncio.run(test())


def test_a_register_that_the_device_lacks_has_a_bad_status_and_spoils_no_other() -> None:
    lacking = Register("press/None", Table.HOLDING, 12, Form.UINT16, poll_s=0.05)

    async def test() -> None:
        port = free_port()
        async with device(port), polling(port, (*REGISTERS, lacking)) as (_, rows):
            await until(lambda: rows.of("press/None") and rows.of("press/Total"))
        assert rows.of("press/None")[0] == (None, None, 0x80340000)
        assert rows.of("press/Leak")[0] == (1e-9, None, 0)

    asyncio.run(test())


def test_a_device_that_goes_away_is_stale_and_comes_back() -> None:
    async def test() -> None:
        port = free_port()
        async with polling(port) as (_, rows):
            async with device(port):
                await until(lambda: (-7.0, None, 0) in rows.of("press/Count"))
            await until(lambda: rows.of("press/Count")[-1] == (None, None, STALE))
            async with device(port):
                await until(lambda: rows.of("press/Count")[-1] == (-7.0, None, 0))

    asyncio.run(test())


def test_a_value_that_does_not_change_is_one_sample() -> None:
    async def test() -> None:
        port = free_port()
        async with device(port), polling(port) as (poller, rows):
            await until(lambda: poller.requests > 12)
        assert len(rows.of("press/Count")) == 1

    asyncio.run(test())


def test_near_registers_are_read_together_within_the_limit_of_the_protocol() -> None:
    near = [Register(str(at), Table.HOLDING, at) for at in (0, 1, 9, 200, 201)]
    many = [Register(str(at), Table.INPUT, at) for at in range(300)]
    assert [(one.address, one.count) for one in blocks(near)] == [(0, 10), (200, 2)]
    assert [one.count for one in blocks(many)] == [125, 125, 50]


@pytest.mark.parametrize("form", [Form.INT16, Form.UINT32, Form.INT64, Form.FLOAT32, Form.FLOAT64])
@pytest.mark.parametrize("order", WordOrder)
def test_words_and_their_order_mean_the_number(form: Form, order: WordOrder) -> None:
    found = words(form.value, 12345)
    low_first = found[::-1] if order is WordOrder.LOW_FIRST else found
    assert meaning(Register("t", Table.INPUT, 0, form, word_order=order), low_first) == (12345.0, None)


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("address", {"address": 0xFFFF, "form": Form.INT32}),
        ("BIT", {"address": 0, "form": Form.BIT}),
        ("words", {"address": 0, "form": Form.TEXT}),
        ("poll_s", {"address": 0, "poll_s": 0.0}),
    ],
)
def test_a_register_that_cannot_exist_is_refused(fault: str, options) -> None:
    with pytest.raises(ModbusError, match=fault):
        Register("t", Table.HOLDING, **options)


def test_modbus_without_encryption_has_to_be_asked_for() -> None:
    with pytest.raises(ModbusError, match=r"PLAIN"):
        PollerSettings(Endpoint("plc.works.example", 502), REGISTERS)
    PollerSettings(Endpoint("plc.works.example", 502, Encryption.PLAIN), REGISTERS)
