"""Servers die, networks stall and break: tags are marked, the client recovers, no value is wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from functools import partial
from urllib.parse import urlsplit

import pytest

from tests.connect.opcua.peers import (
    COUNTERS,
    Network,
    Process,
    check_history,
    count,
    free_port,
    reading,
    until,
)
from zhizao.connect.opcua import Server
from zhizao.records.samples import STALE, Value

RECOVERED_S = 5.0


def fresh(rows: list[Value], start: int) -> bool:
    """Whether every tag has had a good value since row `start`."""
    return {row[0] for row in rows[start:] if row[4] == 0} == set(COUNTERS)


async def killed(times: int, draw: random.Random) -> list[float]:
    """Kill a server under load again and again; give the seconds until all tags were good again."""
    server = Process(free_port())
    took: list[float] = []
    try:
        await server.start()
        async with reading(server.url) as (client, rows):
            await until(lambda: fresh(rows, 0))
            for _ in range(times):
                await asyncio.sleep(draw.uniform(0.1, 0.5))
                await server.kill()
                await until(lambda: {row[0] for row in rows[-20:] if row[4] == STALE} == set(COUNTERS))
                start = len(rows)
                await server.start()
                took.append(await until(partial(fresh, rows, start), RECOVERED_S))
            assert client.health.connections == times + 1
            check_history(rows)
    finally:
        await server.kill()
    return took


def test_a_killed_server_is_read_again() -> None:
    assert max(asyncio.run(killed(1, random.Random(1)))) < RECOVERED_S


@pytest.mark.slow
def test_a_server_that_is_killed_twenty_times_is_read_again() -> None:
    took = asyncio.run(killed(20, random.Random(2)))
    print(f"recovered after {max(took):.2f} s at most")
    assert max(took) < RECOVERED_S


async def beside_a_counter(server: Server, scene: Coroutine[None, None, None], sent: list[float]) -> None:
    """Play a scene while a server of this process counts."""
    await count(server, 0.001, sent=[])
    counting = asyncio.create_task(count(server, 20, sent=sent))
    try:
        await scene
    finally:
        counting.cancel()


def test_a_network_that_breaks_loses_nothing(loop: asyncio.Runner, shown: Server) -> None:
    sent: list[float] = []

    async def scene() -> None:
        async with Network(port_of(shown)) as network, reading(network.url) as (client, rows):
            await until(lambda: fresh(rows, 0))
            for _ in range(3):
                await asyncio.sleep(0.2)
                start = len(rows)
                network.cut()
                await until(lambda: not client.health.connected)
                await until(partial(fresh, rows, start), RECOVERED_S)
            await asyncio.sleep(0.2)
            assert (client.health.resumed, client.health.lost_messages) == (3, 0)
            check_history(rows)
            assert {tag: missing(rows, tag, sent) for tag in COUNTERS} == dict.fromkeys(COUNTERS, 0)

    loop.run(beside_a_counter(shown, scene(), sent))


def test_a_network_that_stalls_marks_the_tags_and_recovers(loop: asyncio.Runner, shown: Server) -> None:
    sent: list[float] = []

    async def scene() -> None:
        async with (
            Network(port_of(shown)) as network,
            reading(network.url, silence_s=1.0) as (client, rows),
        ):
            await until(lambda: fresh(rows, 0))
            network.stall()
            await until(lambda: {row[0] for row in rows[-20:] if row[4] == STALE} == set(COUNTERS))
            assert "nothing came" in client.health.error
            start = len(rows)
            await asyncio.sleep(0.5)
            network.go_on()
            await until(lambda: fresh(rows, start), RECOVERED_S)
            check_history(rows)

    loop.run(beside_a_counter(shown, scene(), sent))


def missing(rows: list[Value], tag: str, sent: list[float]) -> int:
    """How many values of a tag did not arrive, of those sent between the first and the last that did."""
    arrived = {row[2] for row in rows if row[0] == tag and row[2] is not None}
    return sum(min(arrived) <= value <= max(arrived) and value not in arrived for value in sent)


def port_of(server: Server) -> int:
    return urlsplit(server.url).port or 0
