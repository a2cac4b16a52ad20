"""Edge node: sends the samples of an outbox, in order, and forgets only what has been committed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from zhizao.connect.sparkplug.edge.flight import Flight
from zhizao.connect.sparkplug.edge.memory import Memory
from zhizao.connect.sparkplug.edge.messages import Messages
from zhizao.connect.sparkplug.settings import Confirmation, EdgeSettings
from zhizao.connect.sparkplug.wire.commands import Message, orders
from zhizao.connect.sparkplug.wire.connection import caller, now_ms
from zhizao.connect.sparkplug.wire.state import Watch
from zhizao.connect.sparkplug.wire.topics import Kind, state_topic
from zhizao.records.endpoint import Endpoint
from zhizao.records.link import Attempts, Link, linked

if TYPE_CHECKING:
    from zhizao.records.samples import Outbox

LOG = logging.getLogger(__name__)

_LONGEST_RESEND_S = 30.0


@dataclass
class EdgeCounts:
    """What an edge node has done so far."""

    connections: int = 0
    births: int = 0
    sent: int = 0  # samples, repeated ones included
    resends: int = 0  # times that it began again with the oldest sample, for want of a confirmation
    refused: int = 0  # commands that were malformed, or confirmed what had not been sent


class _HostOfflineError(Exception):
    """The primary host is offline: this connection ends, and the next begins."""


class EdgeNode:
    """An edge node of Sparkplug B 3.0 that sends the samples of an outbox.

    Parameters
    ----------
    settings : broker, names, patience.
    outbox : its methods are called from other threads, one at a time.
    """

    def __init__(self, settings: EdgeSettings, outbox: Outbox) -> None:
        self.settings = settings
        self.outbox = outbox
        self.counts = EdgeCounts()
        self._memory = Memory.of(settings.memory)
        self._flight = Flight()
        self._watch = Watch()
        self._stop = asyncio.Event()
        self._heard = asyncio.Event()  # a command or a state came in
        self._rebirth = False
        self._resend_s = settings.resend_after_s

    def stop(self) -> None:
        """End `run` after an orderly death."""
        self._stop.set()
        self._heard.set()

    async def run(self) -> None:
        """Connect, send, and connect again whenever the connection ends, until `stop`."""
        from aiomqtt import MqttError

        attempts = Attempts()
        for broker in self._brokers():
            if self._stop.is_set():
                return
            before = self.counts.births
            try:
                await self._connection(broker, attempts.connect_s)
            except _HostOfflineError:
                LOG.info("%s: the primary host is offline", self.settings.node)
            except MqttError as error:
                LOG.warning("%s: broker %s:%s: %s", self.settings.node, broker.host, broker.port, error)
            (attempts.worked if self.counts.births > before else attempts.failed)()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), attempts.wait_s)

    def _brokers(self) -> Iterator[Endpoint]:
        while True:
            yield from (self.settings.broker, *self.settings.spare_brokers)

    async def _connection(self, broker: Endpoint, connect_s: float) -> None:
        """Keep one connection until it ends."""
        self._watch, self._rebirth = Watch(), False
        messages = self._messages()
        topic, payload = messages.death()
        name = f"zhizao-{self.settings.group}-{self.settings.edge}"
        who = caller(name, will=(topic, payload, False))
        async with linked(broker, who, self._hear, connect_s=connect_s) as link:
            self.counts.connections += 1
            await link.subscribe(self.settings.node.topic(Kind.NCMD))
            if self.settings.primary_host is not None:
                await link.subscribe(state_topic(self.settings.primary_host))
            await self._live(link, messages)

    def _messages(self) -> Messages:
        messages = Messages(
            self.settings.node,
            self.outbox.source,
            self.settings.devices,
            self._memory.connect(),
            self.settings.confirmation is Confirmation.CONSUMER,
            now_ms,
        )
        for tag, text in self._memory.tags.items():
            messages.learn(tag, text=text)
        return messages

    async def _hear(self, topic: str, payload: bytes) -> None:
        """Take states of the host and commands as they come."""
        if topic == self.settings.node.topic(Kind.NCMD):
            await self._obey(payload)
        else:
            self._watch.hear(payload)
        self._heard.set()

    async def _obey(self, payload: bytes) -> None:
        asked = orders(payload)
        if asked is None:
            self.counts.refused += 1
            return
        self._rebirth |= asked.rebirth
        if asked.committed is None or self.settings.confirmation is not Confirmation.CONSUMER:
            return
        if self._flight.confirm(*asked.committed):
            self._resend_s = self.settings.resend_after_s
            await asyncio.to_thread(self.outbox.committed, *asked.committed)
        else:
            self.counts.refused += 1

    async def _live(self, link: Link, messages: Messages) -> None:
        """Wait for the host, then send; die in order when asked to, or when the host goes offline."""
        offline = False
        try:
            while self.settings.primary_host is not None and not self._watch.online:
                if self._stop.is_set():
                    return
                if self._watch.latest is not None and self.settings.spare_brokers:
                    raise _HostOfflineError
                await self._pause(link)
            await self._send(link, messages)
        except _HostOfflineError:
            offline = True
        if messages.born:
            await _publish(link, [messages.death()], qos=1)
        if offline:
            raise _HostOfflineError

    async def _pause(self, link: Link) -> None:
        """Wait until something comes in, or for one poll; raise what ended the connection."""
        if link.listener.done():
            link.listener.result()
        self._heard.clear()
        if not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), self.settings.poll_s)

    async def _send(self, link: Link, messages: Messages) -> None:
        await self._birth(link, messages, await self._next_batch())
        while not self._stop.is_set():
            if self.settings.primary_host is not None and not self._watch.online:
                raise _HostOfflineError
            if self._rebirth:
                self._rebirth = False
                await self._birth(link, messages, None)
            if self._overdue():
                self.counts.resends += 1
                self._resend_s = min(2 * self._resend_s, _LONGEST_RESEND_S)
                self._flight.restart()
            if not await self._send_batch(link, messages):
                await self._pause(link)

    def _overdue(self) -> bool:
        flight = self._flight
        return bool(flight.sent) and time.monotonic() - flight.progress > self._resend_s

    async def _next_batch(self) -> pl.DataFrame | None:
        """Samples of one epoch, without a gap, after those under way; None for want of them or of window."""
        if self._flight.count >= self.settings.window:
            return None
        after = self._flight.position
        batch = await asyncio.to_thread(self.outbox.waiting, self.settings.batch, after=after)
        counts_up = pl.col("sequence") - pl.col("sequence").first() == pl.int_range(pl.len())
        return batch.filter((pl.col("epoch") == pl.col("epoch").first()) & counts_up) if len(batch) else None

    async def _birth(self, link: Link, messages: Messages, batch: pl.DataFrame | None) -> None:
        """Announce all tags, also those of a batch; what is not confirmed is sent again after it.

        A birth begins the sequence anew, so a host cannot see what was lost just before it.
        """
        unknown = messages.unknown(batch) if batch is not None else {}
        for tag, text in unknown.items():
            messages.learn(tag, text=text)
        if unknown:
            self._memory.tags.update(unknown)
            await asyncio.to_thread(self._memory.save)
        self._flight.restart()
        await _publish(link, messages.birth(), qos=0)
        self.counts.births += 1

    async def _send_batch(self, link: Link, messages: Messages) -> bool:
        """Send the next samples; False if there are none for now."""
        batch = await self._next_batch()
        if batch is None:
            return False
        if messages.unknown(batch):
            await self._birth(link, messages, batch)
            return True
        await _publish(link, messages.data(batch), qos=0)
        epoch, last = int(batch["epoch"][-1]), int(batch["sequence"][-1])
        self.counts.sent += len(batch)
        self._flight.add(epoch, last, len(batch))
        if self.settings.confirmation is Confirmation.BROKER:
            await self._broker_has_it(link, epoch, last)
        return True

    async def _broker_has_it(self, link: Link, epoch: int, last: int) -> None:
        """Wait for the answer to a packet behind the data: a broker takes packets in order."""
        await link.subscribe(self.settings.node.topic(Kind.NCMD))
        self._flight.confirm(epoch, last)
        await asyncio.to_thread(self.outbox.committed, epoch, last)


async def _publish(link: Link, messages: Iterator[Message] | list[Message], *, qos: int) -> None:
    for topic, payload in messages:
        await link.publish(topic, payload, qos=qos)
