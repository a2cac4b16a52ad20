"""The sources of a site, each run until it is stopped, and each saying how it is."""

from __future__ import annotations

import asyncio
import contextlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl
from pydantic import BaseModel

from zhizao.connect.modbus import Poller, PollerSettings
from zhizao.connect.mqtt import Subscriber, SubscriberSettings
from zhizao.connect.opcua import Client, Subscription, browse_async
from zhizao.connect.sparkplug import HostSettings, PrimaryHost
from zhizao.connect.store import Spool
from zhizao.connect.tags import TagRules
from zhizao.quantities import InputError
from zhizao.records import Value, values
from zhizao.workflows.shadow.intake import Intake
from zhizao.workflows.shadow.site import (
    ModbusSource,
    MqttSource,
    OpcuaSource,
    Site,
    Source,
    SparkplugSource,
    broker,
    device,
    opcua_endpoint,
)

AGAIN_S = 2.0
"""After this time a source is tried again that could not be read at all."""


class Health(BaseModel):
    """How a source is."""

    source: str
    connected: bool
    error: str = ""
    """Why it is not connected."""
    waiting: int = 0
    """Samples in its spool that are not in the store."""
    oldest: datetime | None = None
    """When the oldest of them came."""
    notes: list[str] = []
    """What else is wrong, in words."""


class Running(Protocol):
    """A source that runs."""

    name: str

    async def run(self) -> None:
        """Read until stopped; whatever can be repaired is tried again."""

    async def drain(self) -> None:
        """Bring what its spool holds into the store."""

    def stop(self) -> None:
        """End `run`."""

    def health(self) -> Health:
        """Say how it is."""


def sources_of(site: Site, rules: TagRules, intake: Intake) -> list[Running]:
    """Give the sources of a site, not running yet."""
    found: list[Running] = []
    for source in site.sources:
        if isinstance(source, SparkplugSource):
            found.append(_Sparkplug(site, source, intake))
        elif isinstance(source, OpcuaSource):
            found.append(_Opcua(site, source, rules, intake))
        elif isinstance(source, MqttSource):
            found.append(_Mqtt(site, source, intake))
        else:
            found.append(_Modbus(site, source, intake))
    return found


def address_of(source: Source) -> str:
    """Give the address of a source, which names it."""
    if isinstance(source, OpcuaSource):
        return source.opcua
    if isinstance(source, SparkplugSource):
        return source.sparkplug
    return source.mqtt if isinstance(source, MqttSource) else source.modbus


def spool_of(site: Site, address: str) -> Path:
    """Give the file of the spool of a source."""
    return site.at(site.spool) / f"{re.sub(r'[^A-Za-z0-9]+', '-', address).strip('-')}.spool"


class _Spooled:
    """What the sources have in common that keep their samples in a spool first."""

    def __init__(self, site: Site, address: str, intake: Intake) -> None:
        self.name = address
        self._intake = intake
        path = spool_of(site, address)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.spool = Spool(path, source=address)

    async def drain(self) -> None:
        await asyncio.to_thread(self._intake.drain, self.spool)

    def _health(self, *, connected: bool, error: str, notes: list[str]) -> Health:
        depth, oldest = self.spool.depth(), self.spool.oldest()
        return Health(
            source=self.name, connected=connected, error=error, waiting=depth, oldest=oldest, notes=notes
        )


class _Opcua(_Spooled):
    """A server of OPC UA."""

    def __init__(self, site: Site, source: OpcuaSource, rules: TagRules, intake: Intake) -> None:
        super().__init__(site, source.opcua, intake)
        self._source, self._rules = source, rules
        self._endpoint = opcua_endpoint(site, source)
        self._client: Client | None = None
        self._error = "not connected yet"
        self._missing: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def run(self) -> None:
        while not self._stopped:
            self._task = asyncio.create_task(self._read())
            with contextlib.suppress(asyncio.CancelledError):
                try:
                    await self._task
                except InputError as error:  # not trusted, not there, or the spool is full: say it, try again
                    self._error = str(error).removeprefix(f"{self.name}: ")
                    self._client = None
                    if not self._stopped:
                        self._task = asyncio.create_task(asyncio.sleep(AGAIN_S))
                        await self._task

    async def _read(self) -> None:
        nodes = await self._nodes()
        settings = Subscription(nodes, publish_s=self._source.publish, queue=self._source.queue)
        client = self._client = Client(self._endpoint, settings)
        known = await asyncio.to_thread(self._intake.last, list(nodes))
        if known is not None:  # nobody knows what happened between this moment and the first value to come
            self._keep(client.readings.stale(known))
        await client.run(self._keep)

    def _keep(self, rows: list[Value]) -> None:
        self.spool.append(values(rows))

    async def _nodes(self) -> dict[str, str]:
        if self._source.nodes != "browse":
            return dict(self._source.nodes)
        found = await browse_async(self._endpoint)
        nodes = _by_tag(found, self._rules.meanings)
        if not nodes:
            raise InputError(
                f"{self.name}: found none of the tags of {self._rules.plant.name} among {found.height} "
                "variables; `zhizao connect browse` lists them, `nodes:` names the node of each tag"
            )
        self._missing = [tag for tag in self._rules.meanings if tag not in nodes]
        return nodes

    def stop(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def health(self) -> Health:
        client = self._client
        if client is None:
            return self._health(connected=False, error=self._error, notes=[])
        said, notes = client.health, []
        if said.lost_messages or client.readings.overflows:
            lost, over = said.lost_messages, client.readings.overflows
            notes.append(f"{lost} messages and {over} values were lost by the server; a longer `queue` helps")
        notes += [f"tag {tag}: {why}" for tag, why in said.bad_nodes.items()]
        notes += [f"tag {tag}: {why}" for tag, why in client.readings.left_out.items()]
        return self._health(connected=said.connected, error=said.error, notes=notes)


def _by_tag(found: pl.DataFrame, tags: Any) -> dict[str, str]:
    """Give the node of each tag: of the variables whose path ends with it the one with the shortest path."""
    nodes: dict[str, str] = {}
    for path, node in sorted(found.select("path", "node").rows(), key=lambda row: len(row[0])):
        parts = path.split("/")
        for at in range(len(parts)):
            tag = "/".join(parts[at:])
            if tag in tags:
                nodes.setdefault(tag, node)
                break
    return nodes


def _unreached(error: str) -> str:
    """Say why a broker is not connected, and what to look at."""
    said = error or "not connected yet"
    if "ot authori" in said or "sername" in said:
        return f"{said}; the broker does not let us in: check `user` here and the password file and ACL there"
    return f"{said}; is the broker running?"


class _Sparkplug:
    """A broker, and the edge nodes behind it; their outboxes are the spools."""

    def __init__(self, site: Site, source: SparkplugSource, intake: Intake) -> None:
        self.name = source.sparkplug
        self._intake = intake
        endpoint = broker(site, source.sparkplug, source)
        self._settings = HostSettings(endpoint, source.host, source.groups)
        self._host = PrimaryHost(self._settings, self)

    def append(self, samples: pl.DataFrame) -> None:
        """Keep what outboxes have numbered, and what foreign nodes have sent.

        Of our own nodes the host also numbers values of births, and marks tags as stale when a node dies.
        Both only say that the way is broken; what happened meanwhile comes from the outbox, complete.
        """
        nodes = list(self._host.nodes.nodes.values())
        foreign = tuple(f"{state.node}/" for state in nodes if state.source is None)
        own = samples["source"] != self._host.settings.host
        if not own.all():
            named = [tag.startswith(foreign) if foreign else False for tag in samples["tag"]]
            samples = samples.filter(own | pl.Series(named, dtype=pl.Boolean))
        if len(samples):
            self._intake.append(samples)

    async def run(self) -> None:
        self._host = PrimaryHost(self._settings, self)  # one that has ended does not begin again
        await self._host.run()

    async def drain(self) -> None:
        """Nothing to do: edge nodes keep what is not in the store."""

    def stop(self) -> None:
        self._host.stop()

    def health(self) -> Health:
        nodes = list(self._host.nodes.nodes.values())
        notes = [f"edge node {state.node} is offline" for state in nodes if not state.online]
        notes += [f"{reason} ({count} times)" for reason, count in self._host.nodes.faults.items()]
        connected = self._host.connected
        if connected and not nodes:
            notes.append("no edge node has been heard; is one running, and may we read its group (ACL)?")
        error = "" if connected else _unreached(self._host.error)
        return Health(source=self.name, connected=connected, error=error, notes=notes)


class _Mqtt(_Spooled):
    """A broker with topics of any kind."""

    def __init__(self, site: Site, source: MqttSource, intake: Intake) -> None:
        super().__init__(site, source.mqtt, intake)
        self._settings = SubscriberSettings(broker(site, source.mqtt, source), source.name, source.rules)
        self._subscriber = Subscriber(self._settings, self.spool)

    async def run(self) -> None:
        self._subscriber = Subscriber(self._settings, self.spool)
        await self._subscriber.run()

    def stop(self) -> None:
        self._subscriber.stop()

    def health(self) -> Health:
        notes = [f"{reason} ({count} times)" for reason, count in self._subscriber.faults.items()]
        connected = self._subscriber.connected
        error = "" if connected else _unreached(self._subscriber.error)
        return self._health(connected=connected, error=error, notes=notes)


class _Modbus(_Spooled):
    """A device of Modbus TCP."""

    def __init__(self, site: Site, source: ModbusSource, intake: Intake) -> None:
        super().__init__(site, source.modbus, intake)
        self._poller = Poller(PollerSettings(device(source), source.registers, source.unit), self.spool)

    async def run(self) -> None:
        await self._poller.run()

    def stop(self) -> None:
        self._poller.stop()

    def health(self) -> Health:
        error = "" if self._poller.connected else "the device does not answer"
        return self._health(connected=self._poller.connected, error=error, notes=[])
