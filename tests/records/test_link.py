"""A broker that goes away while something waits for its answer is noticed at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from zhizao.records.endpoint import Endpoint
from zhizao.records.link import Attempts, Caller, Link, linked

ACCEPTED = bytes([0x20, 2, 0, 0])  # CONNACK of MQTT 3.1.1
Doing = Callable[[Link], Awaitable[None]]


async def nothing(topic: str, payload: bytes) -> None:
    del topic, payload


async def took(answer: bytes, doing: Doing) -> float:
    """Seconds until a link ends whose broker gives one answer, and dies at the next question."""
    import aiomqtt

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        if answer:
            writer.write(answer)
            await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    with pytest.raises(aiomqtt.MqttError):
        async with linked(Endpoint("127.0.0.1", port), Caller("one"), nothing, connect_s=0.5) as link:
            await doing(link)
    server.close()
    return time.monotonic() - began


@pytest.mark.parametrize(
    "doing",
    [
        lambda link: link.subscribe("a/#"),
        lambda link: link.publish("a", b"1", qos=1),
        lambda link: link.publish("a", b"1", qos=1, retain=True),
    ],
    ids=["subscribe", "publish", "retain"],
)
def test_an_answer_that_cannot_come_any_more_is_not_waited_for(doing: Doing) -> None:
    assert asyncio.run(took(ACCEPTED, doing)) < 4.0  # the time limit of an answer is 5 s


def test_a_broker_that_dies_before_it_answers_costs_the_patience_of_one_attempt() -> None:
    assert 0.4 < asyncio.run(took(b"", lambda link: link.subscribe("a/#"))) < 4.0


def test_patience_grows_with_every_failure_and_begins_anew() -> None:
    attempts = Attempts()
    waits = []
    for _ in range(6):
        waits.append((attempts.wait_s, attempts.connect_s))
        attempts.failed()
    assert waits == [(0.1, 1.0), (0.2, 2.0), (0.4, 4.0), (0.8, 8.0), (1.6, 10.0), (2.0, 10.0)]
    attempts.worked()
    assert (attempts.wait_s, attempts.connect_s) == (0.1, 1.0)


class Deaf:
    """A client whose messages are never answered."""

    async def publish(self, *_: Any, **__: Any) -> None:
        await asyncio.Event().wait()


def test_a_message_that_is_under_way_when_the_connection_is_closed_has_not_come() -> None:
    aiomqtt = pytest.importorskip("aiomqtt", reason="takes the extra [connect]")

    async def forever() -> None:
        await asyncio.Event().wait()

    async def run() -> None:
        listener = asyncio.create_task(forever())
        link = Link(Deaf(), listener)  # type: ignore[arg-type]
        sent = asyncio.create_task(link.publish("topic", b"", qos=1))
        await asyncio.sleep(0)
        listener.cancel()
        with pytest.raises(aiomqtt.MqttError, match="closed before the answer"):
            await sent

    asyncio.run(run())
