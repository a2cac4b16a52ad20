"""A client that reads the tags of one server for as long as it runs, whatever happens in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhizao.connect.opcua import connection
from zhizao.connect.opcua.decode import Message
from zhizao.connect.opcua.readings import Readings
from zhizao.connect.opcua.security import SecurityError
from zhizao.connect.opcua.settings import Endpoint, Subscription
from zhizao.records.samples import Value

if TYPE_CHECKING:
    from asyncua import Client as UaClient
    from asyncua import ua

_LOG = logging.getLogger(__name__)
_REQUESTS = 2  # publish requests under way: the server has one while the answer to another is read
_ITEMS = 200  # monitored items of one request: more take a slow server longer than a request may last
_AGAIN_S = (0.2, 1.0)  # first and longest wait before the next attempt to connect
_NODE_AGAIN_S = (1.0, 60.0)  # the same for a node that the server does not know
_REFUSED = 3  # attempts after which a session is given up that the server does not let go on
_RETRIED = {"BadTimeout", "BadTooManyPublishRequests"}  # the request is answered so, the subscription lives

Sink = Callable[[list[Value]], None]
"""Takes values and returns when they are durable; only then the server may forget them."""


@dataclass(slots=True)
class Health:
    """How a client is doing; `zhizao connect doctor` shows it."""

    connected: bool = False
    since: datetime | None = None
    """Since when it has been connected, or has not."""
    error: str = ""
    """Why the last connection ended or could not be made."""
    connections: int = 0
    resumed: int = 0
    """Connections that went on with the session of the one before: nothing was lost."""
    values: int = 0
    lost_messages: int = 0
    """Messages that the server sent and has forgotten before they could be sent again."""
    sampled_s: float = 0.0
    """How often the server looks at nodes, at worst; it does not report what changes in between."""
    bad_nodes: dict[str, str] = field(default_factory=dict)
    """Tags whose node the server refuses, and why; they are asked for again and again."""


@dataclass(slots=True)
class _BadNode:
    """A node that the server refused: when it is asked for again, and how long to wait after that."""

    due: float
    wait_s: float = _NODE_AGAIN_S[0]


@dataclass(slots=True)
class _Live:
    """What the server keeps for this client: session, subscription, the next message."""

    client: UaClient
    subscription: int = 0
    sign_of_life_s: float = 1.0
    sequence: int = 1
    acknowledge: list[tuple[int, int]] = field(default_factory=list)
    resumed: bool = False
    refused: int = 0


class Client:
    """Reads the tags of a server; connects again, and again, until it is cancelled.

    Examples
    --------
    >>> endpoint = Endpoint("opc.tcp://press:4840", Security(Path("opcua")), Anonymous())
    >>> client = Client(endpoint, Subscription({"Press/Press-1/State": "ns=2;s=Press.State"}))
    >>> asyncio.run(client.run(lambda rows: outbox.append(values(rows))))
    """

    def __init__(self, endpoint: Endpoint, subscription: Subscription) -> None:
        self.endpoint = endpoint
        self.subscription = subscription
        self.health = Health()
        self.readings = Readings(tuple(subscription.nodes))
        self._bad: dict[int, _BadNode] = {}
        self._live: _Live | None = None

    async def run(self, sink: Sink) -> None:
        """Hand every value to `sink`, and a `STALE` one for each tag when the server is lost.

        Errors of the sink end the run. So does an endpoint that is not trusted or offers no encryption when
        the first connection is made; later on such an endpoint is tried again like one that is down.
        """
        wait_s = _AGAIN_S[0]
        try:
            while True:
                try:
                    await self._connect()
                    wait_s = _AGAIN_S[0]
                    await self._serve(sink)
                except SecurityError as error:
                    if not self.health.connections:
                        raise
                    self._gone(sink, error)
                except connection.lost() as error:
                    self._gone(sink, error)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _AGAIN_S[1])
        finally:
            self._say(connected=False)
            if self._live is not None:
                await asyncio.shield(connection.close(self._live.client))

    def _say(self, *, connected: bool, error: str = "") -> None:
        """Note and log a change of the connection, once."""
        if connected != self.health.connected or error != self.health.error:
            word = "connected" if connected else f"not connected ({error or 'stopped'})"
            (_LOG.info if connected else _LOG.warning)("%s: %s", self.endpoint.url, word)
            self.health.since = datetime.now(UTC)
        self.health.connected, self.health.error = connected, error

    def _gone(self, sink: Sink, error: Exception) -> None:
        """Mark every tag: nobody knows its value any more."""
        self._say(connected=False, error=str(error) or type(error).__name__)
        if self._live is not None:
            self._live.client.disconnect_socket()
        self._hand_on(sink, self.readings.stale(datetime.now(UTC)))

    def _hand_on(self, sink: Sink, rows: list[Value]) -> None:
        if rows:
            sink(rows)
            self.health.values += len(rows)

    async def _connect(self) -> None:
        """Go on with the session of before, or make a new one with a new subscription."""
        if self._live is not None and await self._resume(self._live):
            return
        client = await connection.prepared(self.endpoint)
        await connection.open_session(client, self.endpoint)
        try:
            number, sign_of_life_s = await connection.create_subscription(client, self.subscription.publish_s)
        except BaseException:
            client.disconnect_socket()
            raise
        self._live = _Live(client, number, sign_of_life_s)
        self._bad = {handle: _BadNode(0.0) for handle in range(len(self.subscription.nodes))}
        self._connected()

    async def _resume(self, live: _Live) -> bool:
        """Whether the server lets the session of before go on; if not, it is forgotten."""
        try:
            live.resumed = await connection.open_session(live.client, self.endpoint, resume=True)
            if live.resumed and await connection.transfer(live.client, live.subscription):
                self.health.resumed += 1
                live.refused = 0
                self._connected()
                return True
        except (ConnectionRefusedError, TimeoutError):
            raise  # it is not back yet
        except connection.lost():
            live.refused += 1
            if live.refused >= _REFUSED:
                self._forget()
            raise
        self._live = None
        await connection.close(live.client)
        return False

    def _connected(self) -> None:
        self.health.connections += 1
        self._say(connected=True)

    async def _serve(self, sink: Sink) -> None:
        """Publish, ask for missing nodes and renew keys until one of them fails."""
        assert self._live is not None
        tasks = [
            asyncio.ensure_future(self._publish(self._live, sink)),
            asyncio.ensure_future(self._watch_nodes(self._live, sink)),
            asyncio.ensure_future(connection.renew_channel(self._live.client)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------------ messages

    async def _publish(self, live: _Live, sink: Sink) -> None:
        """Keep publish requests under way and hand on what comes, in the order of the server."""
        if live.resumed:
            await self._fill(live, sink, None)
        silence_s = max(self.subscription.silence_s, 2.5 * live.sign_of_life_s)
        waiting: list[asyncio.Task[Message]] = []
        try:
            while True:
                while len(waiting) < _REQUESTS:
                    waiting.append(asyncio.ensure_future(connection.publish(live.client, live.acknowledge)))
                    live.acknowledge = []
                done, _ = await asyncio.wait(waiting, timeout=silence_s, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    raise TimeoutError(f"nothing came for {silence_s:g} s, not even a sign of life")
                while waiting and waiting[0].done():
                    await self._take(live, sink, waiting.pop(0))
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _take(self, live: _Live, sink: Sink, task: asyncio.Task[Message]) -> None:
        """Hand on what one publish request brought."""
        from asyncua.ua import UaStatusCodeError

        try:
            message = task.result()
        except UaStatusCodeError as error:
            if type(error).__name__ in _RETRIED:
                return
            raise
        if message.ended is not None:
            self._forget()
            raise ConnectionError(f"the server ended the subscription (0x{message.ended:08X})")
        if message.subscription != live.subscription or message.sequence < live.sequence:
            return  # of a subscription of before, or filled in already
        if message.sequence > live.sequence:
            await self._fill(live, sink, message.sequence)
        self._accept(live, sink, message)
        if live.resumed and not message.more:
            live.resumed = False
            self._hand_on(sink, self.readings.restored())

    def _accept(self, live: _Live, sink: Sink, message: Message) -> None:
        """Hand on a message, then let the server forget it."""
        self._hand_on(sink, self.readings.values(message))
        if not message.keep_alive:
            live.sequence = message.sequence + 1
            live.acknowledge.append((live.subscription, message.sequence))

    async def _fill(self, live: _Live, sink: Sink, until: int | None) -> None:
        """Have messages sent again that did not arrive: those before `until`, or all that the server has."""
        while until is None or live.sequence < until:
            again = await connection.republish(live.client, live.subscription, live.sequence)
            if again is None and until is None:
                return
            if again is None:
                self.health.lost_messages += 1
                _LOG.warning("%s: message %d is lost", self.endpoint.url, live.sequence)
                live.sequence += 1
            else:
                self._accept(live, sink, again)

    def _forget(self) -> None:
        """Make a new session next time."""
        if self._live is not None:
            self._live.client.disconnect_socket()
        self._live = None

    # ------------------------------------------------------------------ nodes

    async def _watch_nodes(self, live: _Live, sink: Sink) -> None:
        """Ask for the nodes that are not monitored yet; again and again for those that the server refuses."""
        names = list(self.subscription.nodes.items())
        while True:
            now = time.monotonic()
            due = [handle for handle, bad in self._bad.items() if bad.due <= now]
            for start in range(0, len(due), _ITEMS):
                batch = {handle: names[handle][1] for handle in due[start : start + _ITEMS]}
                results = await connection.monitor(live.client, live.subscription, batch, self.subscription)
                for handle, result in results.items():
                    self.health.sampled_s = max(self.health.sampled_s, result.sampling_s)
                    self._note(handle, names[handle], result.status, sink)
            upcoming = min((bad.due for bad in self._bad.values()), default=now + _NODE_AGAIN_S[1])
            await asyncio.sleep(max(upcoming - time.monotonic(), 0.05))

    def _note(self, handle: int, named: tuple[str, str], status: ua.StatusCode, sink: Sink) -> None:
        """Note whether the server monitors a node; name it and wait longer if it does not."""
        tag, node = named
        if status.is_good():
            del self._bad[handle]
            self.health.bad_nodes.pop(tag, None)
            return
        bad = self._bad[handle]
        bad.due, bad.wait_s = time.monotonic() + bad.wait_s, min(2 * bad.wait_s, _NODE_AGAIN_S[1])
        if tag not in self.health.bad_nodes:
            _LOG.warning("%s: tag %s: node %s: %s", self.endpoint.url, tag, node, status.name)
            self._hand_on(sink, [(tag, datetime.now(UTC), None, None, status.value)])
        self.health.bad_nodes[tag] = f"{node}: {status.name}"
