"""Subscriber: messages of a broker into an outbox."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhizao.connect.mqtt.rules import MqttError, Rule, read
from zhizao.records.endpoint import Endpoint
from zhizao.records.samples import Outbox, Value, values

if TYPE_CHECKING:
    from aiomqtt import Client

LOG = logging.getLogger(__name__)

_RETRY_S = (0.1, 2.0)  # first and longest wait between attempts to connect
_TIMEOUT_S = 5.0
_KEEPALIVE_S = 10


@dataclass(frozen=True)
class SubscriberSettings:
    """Where to connect and what to read."""

    broker: Endpoint
    name: str  # of the client: the broker keeps messages for it while it is away
    rules: tuple[Rule, ...]
    append_every_s: float = 0.05  # values that arrive within are appended together

    def __post_init__(self) -> None:
        if not self.name:
            raise MqttError("name: found none; the broker keeps messages under it")
        if not self.rules:
            raise MqttError("rules: found none; name at least one filter of topics")


class Subscriber:
    """A client of plain MQTT that appends what it hears to an outbox.

    Quality of service 1 with a session that the broker keeps: messages that are sent with it while the client
    is away come afterwards. The broker takes a message as delivered when it is in our memory, at most
    `append_every_s` before it is on disk.
    """

    def __init__(self, settings: SubscriberSettings, outbox: Outbox) -> None:
        self.settings = settings
        self.outbox = outbox
        self.faults: Counter[str] = Counter()  # messages that did not fit their rule, by reason
        self.appended = 0
        self.connections = 0  # with all subscriptions
        self._values: list[Value] = []
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run` when all values are on disk."""
        self._stop.set()

    async def run(self) -> None:
        """Connect and hear, and connect again whenever the connection ends, until `stop`."""
        import aiomqtt

        appender = asyncio.create_task(self._append_on())
        stopper = asyncio.create_task(self._stop.wait())
        wait = _RETRY_S[0]
        while not self._stop.is_set() and not appender.done():
            try:
                async with self._client() as mqtt:
                    for rule in self.settings.rules:
                        await mqtt.subscribe(rule.topics, qos=1)
                    wait = _RETRY_S[0]
                    self.connections += 1
                    await self._until(mqtt, stopper, appender)
            except aiomqtt.MqttError as error:
                broker = self.settings.broker
                LOG.warning("%s: broker %s:%s: %s", self.settings.name, broker.host, broker.port, error)
                wait = min(2 * wait, _RETRY_S[1])
            await asyncio.wait([stopper, appender], timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        await appender

    def _client(self) -> Client:
        import aiomqtt

        broker = self.settings.broker
        user = broker.credentials
        return aiomqtt.Client(
            broker.host,
            broker.port,
            username=user.user if user else None,
            password=user.password.read() if user else None,
            identifier=self.settings.name,
            clean_session=False,
            timeout=_TIMEOUT_S,
            keepalive=_KEEPALIVE_S,
            tls_context=broker.tls(),
        )

    async def _until(self, mqtt: Client, stopper: asyncio.Task[bool], appender: asyncio.Task[None]) -> None:
        listener = asyncio.create_task(self._listen(mqtt))
        try:
            await asyncio.wait([listener, stopper, appender], return_when=asyncio.FIRST_COMPLETED)
            if listener.done():
                listener.result()
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _listen(self, mqtt: Client) -> None:
        async for message in mqtt.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            self.hear(message.topic.value, payload)

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a message; what does not fit is counted and named."""
        arrived = datetime.now(UTC)
        for rule in self.settings.rules:
            try:
                value = read(rule, topic, payload, arrived)
            except MqttError as error:
                self.faults[str(error)[:200]] += 1
                continue
            if value is not None:
                self._values.append(value)

    async def _append_on(self) -> None:
        while not self._stop.is_set() or self._values:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self.settings.append_every_s)
            taken, self._values = self._values, []
            if taken:
                await asyncio.to_thread(self.outbox.append, values(taken))
                self.appended += len(taken)
