"""Primary host: hears edge nodes, commits their samples to a sink, and confirms them afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from zhizao.connect.sparkplug.host.nodes import Nodes, confirmation
from zhizao.connect.sparkplug.settings import HostSettings, Sink
from zhizao.connect.sparkplug.wire.commands import Message
from zhizao.connect.sparkplug.wire.connection import client, now_ms
from zhizao.connect.sparkplug.wire.state import State, parse
from zhizao.connect.sparkplug.wire.topics import state_topic

if TYPE_CHECKING:
    import polars as pl
    from aiomqtt import Client

LOG = logging.getLogger(__name__)

_RETRY_S = (0.1, 2.0)  # first and longest wait between attempts to connect; recovery stays below 5 s


class PrimaryHost:
    """A host application of Sparkplug B 3.0 that keeps every sample.

    Parameters
    ----------
    settings : broker, name, patience.
    sink : `append` is called from other threads, one call at a time; while it raises, samples are held.
    """

    def __init__(self, settings: HostSettings, sink: Sink) -> None:
        self.settings = settings
        self.sink = sink
        self.nodes = Nodes(settings)
        self.committed = 0  # samples
        self.refused = 0  # messages, while the sink did not keep up
        self._mqtt: Client | None = None
        self._stop = asyncio.Event()
        self._since = 0  # ms: of the last connection, also in its will

    def stop(self) -> None:
        """End `run` after an orderly death."""
        self._stop.set()

    async def run(self) -> None:
        """Connect, hear and commit, and connect again whenever the connection ends, until `stop`."""
        from aiomqtt import MqttError

        committer = asyncio.create_task(self._commit_on())
        stopper = asyncio.create_task(self._stop.wait())
        wait = _RETRY_S[0]
        try:
            while not self._stop.is_set() and not committer.done():
                try:
                    await self._connection(stopper, committer)
                    wait = _RETRY_S[0]
                except MqttError as error:
                    broker = self.settings.broker
                    LOG.warning("%s: broker %s:%s: %s", self.settings.host, broker.host, broker.port, error)
                    wait = _RETRY_S[0] if self._mqtt is not None else min(2 * wait, _RETRY_S[1])
                finally:
                    self._mqtt = None
                    self.nodes.lost_connection()
                await asyncio.wait([stopper], timeout=wait)
        finally:
            self._stop.set()
            await committer
            stopper.cancel()

    async def _connection(self, stopper: asyncio.Task[bool], committer: asyncio.Task[None]) -> None:
        self._since = max(now_ms(), self._since + 1)  # a clock that was set back must not make us older
        topic = state_topic(self.settings.host)
        will = (topic, State(False, self._since).payload(), True)
        name = f"zhizao-{self.settings.host}"
        async with client(self.settings.broker, identifier=name, will=will) as mqtt:
            await mqtt.subscribe(topic, qos=1)
            for subscription in self.settings.subscriptions:
                await mqtt.subscribe(subscription, qos=1)
            await mqtt.publish(topic, State(True, self._since).payload(), qos=1, retain=True)
            self._mqtt = mqtt
            listener = asyncio.create_task(self._listen(mqtt))
            try:
                await asyncio.wait([listener, stopper, committer], return_when=asyncio.FIRST_COMPLETED)
                if listener.done():
                    listener.result()
            finally:
                listener.cancel()
                await asyncio.gather(listener, return_exceptions=True)
            # nobody listens any more who would contradict
            death = State(False, max(now_ms(), self._since))
            await mqtt.publish(topic, death.payload(), qos=1, retain=True)

    async def _listen(self, mqtt: Client) -> None:
        own = state_topic(self.settings.host)
        states = state_topic("")
        async for message in mqtt.messages:
            topic = message.topic.value
            payload = message.payload if isinstance(message.payload, bytes) else b""
            if topic == own:
                await self._still_here(mqtt, payload)
            elif topic.startswith(states):
                continue
            elif len(self.nodes) >= self.settings.hold:
                self.refused += 1
            else:
                self.nodes.receive(topic, payload)

    async def _still_here(self, mqtt: Client, payload: bytes) -> None:
        """Contradict a message that says we are offline: the will of an earlier connection came late."""
        state = parse(payload)
        if state is not None and not state.online:
            await mqtt.publish(
                state_topic(self.settings.host), State(True, self._since).payload(), qos=1, retain=True
            )

    # ------------------------------------------------------------ commits

    async def _commit_on(self) -> None:
        """Commit what has come, again and again, and once more at the end."""
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self.settings.commit_every_s)
            await self._commit()
            await self._say(self.nodes.expire())

    async def _commit(self) -> None:
        held, positions = self.nodes.take()
        if len(held):
            await self._append(await asyncio.to_thread(held.frame))
        await self._say([confirmation(node, position) for node, position in positions.items()])

    async def _append(self, samples: pl.DataFrame) -> None:
        """Append until it succeeds, or we are stopped: what has not been confirmed comes again."""
        wait = _RETRY_S[0]
        while True:
            try:
                await asyncio.to_thread(self.sink.append, samples)
            except Exception as error:
                LOG.error("%s: %d samples not committed: %s", self.settings.host, len(samples), error)
                if self._stop.is_set():
                    raise
                wait = min(2 * wait, _RETRY_S[1])
                await asyncio.wait([asyncio.create_task(self._stop.wait())], timeout=wait)
            else:
                self.committed += len(samples)
                return

    async def _say(self, messages: list[Message]) -> None:
        """Publish what can be published now; whoever misses it asks or sends again."""
        from aiomqtt import MqttError

        for topic, payload in messages:
            if self._mqtt is not None:
                with contextlib.suppress(MqttError):
                    await self._mqtt.publish(topic, payload, qos=0)
