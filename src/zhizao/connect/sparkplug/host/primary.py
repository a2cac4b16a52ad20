"""Primary host: hears edge nodes, commits their samples to a sink, and confirms them afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from zhizao.connect.sparkplug.host.nodes import Nodes, confirmation
from zhizao.connect.sparkplug.settings import HostSettings, Sink
from zhizao.connect.sparkplug.wire.commands import Message
from zhizao.connect.sparkplug.wire.connection import caller, now_ms
from zhizao.connect.sparkplug.wire.state import State, parse
from zhizao.connect.sparkplug.wire.topics import state_topic
from zhizao.records.link import Attempts, Link, linked

if TYPE_CHECKING:
    import polars as pl

LOG = logging.getLogger(__name__)


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
        self.error = ""
        """Why the last connection ended or could not be made."""
        self._link: Link | None = None
        self._leaving = False  # says that it is offline, and does not contradict that
        self._stop = asyncio.Event()
        self._contradiction: asyncio.Task[None] | None = None
        self._since = 0  # ms: of the last connection, also in its will

    @property
    def connected(self) -> bool:
        """Whether the broker is connected."""
        return self._link is not None

    def stop(self) -> None:
        """End `run` after an orderly death."""
        self._stop.set()

    async def run(self) -> None:
        """Connect, hear and commit, and connect again whenever the connection ends, until `stop`."""
        from aiomqtt import MqttError

        committer = asyncio.create_task(self._commit_on())
        stopper = asyncio.create_task(self._stop.wait())
        attempts = Attempts()
        try:
            while not self._stop.is_set() and not committer.done():
                try:
                    await self._connection(stopper, committer, attempts.connect_s)
                    attempts.worked()
                except MqttError as error:
                    broker = self.settings.broker
                    self.error = str(error)
                    LOG.warning("%s: broker %s:%s: %s", self.settings.host, broker.host, broker.port, error)
                    (attempts.worked if self.connected else attempts.failed)()
                finally:
                    self._link = None
                    self.nodes.lost_connection()
                await asyncio.wait([stopper], timeout=attempts.wait_s)
        finally:
            self._stop.set()
            await committer
            stopper.cancel()

    async def _connection(
        self, stopper: asyncio.Task[bool], committer: asyncio.Task[None], connect_s: float
    ) -> None:
        self._since = max(now_ms(), self._since + 1)  # a clock that was set back must not make us older
        topic = state_topic(self.settings.host)
        who = caller(f"zhizao-{self.settings.host}", will=(topic, State(False, self._since).payload(), True))
        async with linked(self.settings.broker, who, self._hear, connect_s=connect_s) as link:
            await link.subscribe(topic)
            for subscription in self.settings.subscriptions:
                await link.subscribe(subscription)
            await link.publish(topic, State(True, self._since).payload(), qos=1, retain=True)
            self._link, self._leaving, self.error = link, False, ""
            await asyncio.wait([link.listener, stopper, committer], return_when=asyncio.FIRST_COMPLETED)
            if link.listener.done():
                link.listener.result()
            self._leaving = True
            death = State(False, max(now_ms(), self._since))
            await link.publish(topic, death.payload(), qos=1, retain=True)

    async def _hear(self, topic: str, payload: bytes) -> None:
        if topic == state_topic(self.settings.host):
            self._still_here(payload)
        elif topic.startswith(state_topic("")):
            return
        elif len(self.nodes) >= self.settings.hold:
            self.refused += 1
        else:
            self.nodes.receive(topic, payload)

    def _still_here(self, payload: bytes) -> None:
        """Contradict a message that says we are offline: the will of an earlier connection came late.

        A task of its own: what hears must not wait for an answer that it has to hear itself.
        """
        state = parse(payload)
        if state is not None and not state.online and not self._leaving:
            online = State(True, self._since).payload()
            message = (state_topic(self.settings.host), online)
            self._contradiction = asyncio.create_task(self._say([message], qos=1, retain=True))

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
        attempts = Attempts()
        while True:
            try:
                await asyncio.to_thread(self.sink.append, samples)
            except Exception as error:
                LOG.error("%s: %d samples not committed: %s", self.settings.host, len(samples), error)
                if self._stop.is_set():
                    raise
                attempts.failed()
                await asyncio.wait([asyncio.create_task(self._stop.wait())], timeout=attempts.wait_s)
            else:
                self.committed += len(samples)
                return

    async def _say(self, messages: list[Message], *, qos: int = 0, retain: bool = False) -> None:
        """Publish what can be published now; whoever misses it asks or sends again."""
        from aiomqtt import MqttError

        for topic, payload in messages:
            if self._link is not None:
                with contextlib.suppress(MqttError):
                    await self._link.publish(topic, payload, qos=qos, retain=retain)
