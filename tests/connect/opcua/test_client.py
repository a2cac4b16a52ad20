"""A client keeps what a server says: values, times, states; and names what it cannot read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua

from tests.connect.opcua.peers import Other, reading, until
from zhizao.connect.opcua import Anonymous, Client, Endpoint, Plain, Subscription
from zhizao.records.samples import values

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_values_keep_source_time_and_status(loop: asyncio.Runner, other: Other) -> None:
    async def scene() -> None:
        speed = await other.add("speed", 1.5)
        async with reading(other.url, {"Press/Speed": other.node("speed")}) as (_, rows):
            await until(lambda: len(rows) == 1)
            for second, status in enumerate((0, 0x40940000, 0x808B0000)):
                moment = NOON + timedelta(seconds=second)
                value = ua.DataValue(ua.Variant(2.5 + second), ua.StatusCode(status), SourceTimestamp=moment)
                await speed.write_value(value)
            await until(lambda: len(rows) == 4)
            assert rows[1:] == [
                ("Press/Speed", NOON, 2.5, None, 0),
                ("Press/Speed", NOON + timedelta(seconds=1), 3.5, None, 0x40940000),
                ("Press/Speed", NOON + timedelta(seconds=2), None, None, 0x808B0000),
            ]
            assert values(rows).height == 4

    loop.run(scene())


def test_arrays_become_a_tag_per_element_and_structures_are_named(loop: asyncio.Runner, other: Other) -> None:
    contents = {"on": True, "name": "ruby", "at": NOON, "axes": [1, 2], "argument": ua.Argument(Name="x")}

    async def scene() -> None:
        for name, content in contents.items():
            await other.add(name, content)
        async with reading(other.url, {name: other.node(name) for name in contents}) as (client, rows):
            await until(lambda: len(rows) == 5 and bool(client.readings.left_out))
            assert {row[0]: row[2] if row[2] is not None else row[3] for row in rows} == {
                "on": 1.0,
                "name": "ruby",
                "at": "2026-01-05T12:00:00+00:00",
                "axes[0]": 1.0,
                "axes[1]": 2.0,
            }
            assert client.readings.left_out == {"argument": "holds a structure (Argument); name its elements"}

    loop.run(scene())


def test_a_node_that_does_not_exist_is_named_and_read_once_it_does(
    loop: asyncio.Runner, other: Other
) -> None:
    async def scene() -> None:
        await other.add("here", 1)
        nodes = {"here": other.node("here"), "late": other.node("late"), "nonsense": "press.speed"}
        async with reading(other.url, nodes) as (client, rows):
            await until(lambda: len(rows) == 3)
            assert client.health.bad_nodes == {
                "late": f"{other.node('late')}: BadNodeIdUnknown",
                "nonsense": "press.speed: BadNodeIdInvalid",
            }
            assert ("late", None, None, 0x80340000) in [(row[0], *row[2:]) for row in rows]
            await other.add("late", 7)
            await until(lambda: ("late", 7.0) in [(row[0], row[2]) for row in rows])
            assert list(client.health.bad_nodes) == ["nonsense"]

    loop.run(scene())


def test_a_sink_that_fails_ends_the_run(loop: asyncio.Runner, other: Other) -> None:
    def full(_: object) -> None:
        raise MemoryError("disk is full")

    async def scene() -> None:
        await other.add("count", 1)
        endpoint = Endpoint(other.url, Plain(), Anonymous())
        client = Client(endpoint, Subscription({"count": other.node("count")}))
        with pytest.raises(MemoryError, match="disk is full"):
            await asyncio.wait_for(client.run(full), 5)

    loop.run(scene())
