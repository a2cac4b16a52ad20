"""A site of plain MQTT topics and a Modbus device: broker and device are real, and one dies on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import polars as pl
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.connect.sparkplug.broker import free_port, mosquitto
from tests.workflows.shadow.test_shadow import TEXT
from zhizao.connect.store import open_store
from zhizao.plant import Condition, LotPlace
from zhizao.records import GOOD, STALE, UnitState
from zhizao.workflows.shadow.now import now
from zhizao.workflows.shadow.service import Service
from zhizao.workflows.shadow.site import read_site

SITE = """
zhizao-site: 1
plant: plant.yaml
store: duckdb:///data/site.duckdb
sources:
  - mqtt: mqtt://127.0.0.1:{broker}
    rules:
      - {{topics: line/+/status, tag: "cut/{{1}}/State", value: /state}}
      - {{topics: line/+/status, tag: "cut/{{1}}/Lot", value: /lot}}
      - {{topics: line/+/status, tag: "cut/{{1}}/Operation", value: /operation}}
      - {{topics: line/lots, tag: Lots/Released, as_text: true}}
  - modbus: modbus://127.0.0.1:{device}
    plain: true
    registers:
      - {{tag: weld/weld-1/State, table: holding, address: 4, form: uint16, poll_s: 0.1}}
tags:
  weld-1: {{states: {{"0": idle, "2": down}}}}
"""


@asynccontextmanager
async def welder(port: int, state: int) -> AsyncIterator[None]:
    """A device whose holding register 4 is a state."""
    registers = [SimData(0, values=[0, 0, 0, 0, state], datatype=DataType.REGISTERS)]
    server = ModbusTcpServer(
        SimDevice(1, ([SimData(0, values=[False], datatype=DataType.BITS)],) * 2 + (registers,) * 2),
        address=("127.0.0.1", port),
    )
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()


async def until(condition: Callable[[], bool], within_s: float, what: str) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.05)
    assert condition(), what


async def say(port: int, topic: str, text: str) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish(topic, text, qos=1)


async def followed(folder: Path) -> None:
    broker, port = mosquitto(folder)
    device = free_port()
    (folder / "site.yaml").write_text(SITE.format(broker=port, device=device), encoding="utf-8")
    service = Service(read_site(folder / "site.yaml"))
    moments: list[datetime] = []
    service.on_read.append(lambda _, moment: moments.append(moment))
    broker.start()
    task = asyncio.create_task(service.run())
    try:
        mqtt, modbus = (source.health for source in service.sources)
        async with welder(device, 2):
            await until(lambda: mqtt().connected and modbus().connected, 20, "both sources")
            await say(port, "line/lots", '{"lot": "A", "product": "lid", "pieces": 5}')
            await say(port, "line/cut-1/status", '{"state": "busy", "lot": "A", "operation": "cut-lid"}')
            await until(lambda: service.reader.states()["cut-1"] is not None, 20, "the cutter")
            state = now(service.plant, service.reader, moments[-1]).state
            assert [(lot.id, lot.at, lot.unit) for lot in state.lots] == [("A", LotPlace.IN_WORK, "cut-1")]
            assert {one.id: one.state for one in state.units}["weld-1"] is Condition.DOWN
        broker.kill()
        await until(lambda: not mqtt().connected and not modbus().connected, 20, "both sources are gone")
        assert "is the broker running?" in mqtt().error
        assert "does not answer" in modbus().error
        broker.start()
        async with welder(device, 0):
            await until(lambda: mqtt().connected and modbus().connected, 20, "both are back")
            await say(port, "line/cut-1/status", '{"state": "idle", "lot": null, "operation": null}')
            await say(port, "line/cut-1/status", "not JSON")
            await until(lambda: service.reader.states()["cut-1"] is UnitState.IDLE, 20, "the cutter")
            await until(lambda: service.reader.states()["weld-1"] is UnitState.IDLE, 20, "the welder")
            await until(lambda: any("found no 'state'" in note for note in mqtt().notes), 5, "the fault")
    finally:
        service.stop()
        await task
        broker.kill()


def test_topics_and_registers_are_read_as_one_plant(tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text(TEXT, encoding="utf-8")
    asyncio.run(followed(tmp_path))
    store = open_store(f"duckdb:///{tmp_path}/data/site.duckdb")
    try:
        assert store.gaps().is_empty()
        end = datetime.now(UTC) + timedelta(minutes=1)
        welds = store.query(["weld/weld-1/State"], end - timedelta(hours=1), end)
        assert welds.filter(pl.col("status") == GOOD)["number"].to_list() == [2.0, 0.0]
        assert STALE in welds["status"].to_list()
    finally:
        store.close()
