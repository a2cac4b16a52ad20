"""Subscriber: messages of a broker into an outbox."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from zhizao.connect.mqtt.rules import MqttError, Rule, read
from zhizao.records.endpoint import Endpoint
from zhizao.records.link import Attempts, Caller, Link, linked
from zhizao.records.samples import Outbox, Value, values

LOG = logging.getLogger(__name__)


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
        self.connected = False
        self.error = ""
        """Why the last connection ended or could not be made."""
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
        attempts = Attempts()
        who = Caller(self.settings.name, clean=False)
        while not self._stop.is_set() and not appender.done():
            try:
                async with linked(
                    self.settings.broker, who, self._hear, connect_s=attempts.connect_s
                ) as link:
                    for rule in self.settings.rules:
                        await link.subscribe(rule.topics)
                    attempts.worked()
                    self.connections += 1
                    self.connected, self.error = True, ""
                    await self._until(link, stopper, appender)
            except aiomqtt.MqttError as error:
                broker = self.settings.broker
                LOG.warning("%s: broker %s:%s: %s", self.settings.name, broker.host, broker.port, error)
                self.error = str(error)
                attempts.failed()
            finally:
                self.connected = False
            await asyncio.wait(
                [stopper, appender], timeout=attempts.wait_s, return_when=asyncio.FIRST_COMPLETED
            )
        self._stop.set()
        await appender

    @staticmethod
    async def _until(link: Link, stopper: asyncio.Task[bool], appender: asyncio.Task[None]) -> None:
        await asyncio.wait([link.listener, stopper, appender], return_when=asyncio.FIRST_COMPLETED)
        if link.listener.done():
            link.listener.result()

    async def _hear(self, topic: str, payload: bytes) -> None:
        self.hear(topic, payload)

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
