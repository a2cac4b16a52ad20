"""A connection to a broker that notices at once when it is gone, and how long to wait for the next."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhizao.records.endpoint import Endpoint

if TYPE_CHECKING:
    from aiomqtt import Client, Will

_ANSWER_S = 5.0  # for an answer of a broker that is connected
_KEEPALIVE_S = 10  # a silent network is noticed after one and a half times this
_WAIT_S = (0.1, 2.0)  # first and longest wait between attempts; recovery stays below 5 s
_CONNECT_S = (1.0, 10.0)  # first and longest patience with an attempt: a broker that died has no answer

Hear = Callable[[str, bytes], Awaitable[None]]


@dataclass
class Attempts:
    """Waits between attempts to connect; both double with every failure."""

    wait_s: float = _WAIT_S[0]
    connect_s: float = _CONNECT_S[0]

    def failed(self) -> None:
        """Be more patient next time."""
        self.wait_s = min(2 * self.wait_s, _WAIT_S[1])
        self.connect_s = min(2 * self.connect_s, _CONNECT_S[1])

    def worked(self) -> None:
        """Begin anew."""
        self.wait_s, self.connect_s = _WAIT_S[0], _CONNECT_S[0]


@dataclass(frozen=True)
class Caller:
    """Who connects.

    Parameters
    ----------
    identifier : a second client of the same name takes the connection over.
    clean : whether the broker forgets subscriptions and messages when the connection ends.
    will : what the broker publishes when the connection dies.
    """

    identifier: str
    clean: bool = True
    will: Will | None = None


class Link:
    """A connection that is up. What waits for an answer ends with the connection, not with its time limit."""

    def __init__(self, mqtt: Client, listener: asyncio.Task[None]) -> None:
        self.listener = listener
        """Done when the connection has ended; its result raises the reason."""
        self._mqtt = mqtt

    async def subscribe(self, topics: str) -> None:
        """Ask for topics, at least once each message; raise aiomqtt.MqttError if the connection ends."""
        await self._answered(self._mqtt.subscribe(topics, qos=1))

    async def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
        """Send a message; raise aiomqtt.MqttError if the connection ends before it is answered."""
        await self._answered(self._mqtt.publish(topic, payload, qos=qos, retain=retain))

    async def _answered(self, operation: Coroutine[object, object, object]) -> None:
        from aiomqtt import MqttError

        task = asyncio.ensure_future(operation)
        try:
            await asyncio.wait({task, self.listener}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                if self.listener.cancelled():  # the connection is closed from this side
                    raise MqttError("the connection was closed before the answer came")
                self.listener.result()
            await task
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def linked(broker: Endpoint, caller: Caller, hear: Hear, *, connect_s: float) -> AsyncIterator[Link]:
    """Connect, call `hear` with topic and payload of each message, and disconnect at the end.

    Parameters
    ----------
    broker : address, encryption and credentials; the secret is read now.
    connect_s : time limit for the connection, seconds. A broker that dies between connection and answer
        is not noticed otherwise.

    Raises
    ------
    aiomqtt.MqttError
        If there is no connection, or it ends.
    """
    import aiomqtt

    user = broker.credentials
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=user.user if user else None,
        password=user.password.read() if user else None,
        identifier=caller.identifier,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=caller.clean,
        will=caller.will,
        timeout=connect_s,
        keepalive=_KEEPALIVE_S,
        tls_context=broker.tls(),
    )
    async with client as mqtt:
        mqtt.timeout = _ANSWER_S
        listener = asyncio.create_task(_listen(mqtt, hear))
        try:
            yield Link(mqtt, listener)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)


async def _listen(mqtt: Client, hear: Hear) -> None:
    async for message in mqtt.messages:
        await hear(message.topic.value, message.payload if isinstance(message.payload, bytes) else b"")
