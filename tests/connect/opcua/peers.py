"""Peers for the tests: servers to kill, a network that stalls, a client with what it read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncua import Node, ua
from asyncua import Server as OtherServer

from zhizao.connect.opcua import Anonymous, Client, Endpoint, Plain, Server, Subscription
from zhizao.plant import Plant, parse_plant
from zhizao.records.samples import STALE, Value

WORKS = """
zhizao: 1
plant: Works
work_centers:
  - {id: Press, units: 2}
routes:
  plate: [{id: press, on: [Press], takes: {load: 1 min}}]
products:
  plate: {route: plate}
orders:
  - {product: plate, every: exponential(25 min)}
"""
COUNTERS = [f"Load/C{number}" for number in range(20)]
NODES = {tag: f"ns=2;s={tag}" for tag in COUNTERS}


@dataclass(frozen=True)
class Other:
    """A running server of asyncua itself."""

    server: OtherServer
    url: str
    space: int

    async def add(self, name: str, content: object) -> Node:
        return await self.server.nodes.objects.add_variable(ua.NodeId(name, self.space), name, content)

    def node(self, name: str) -> str:
        return f"ns={self.space};s={name}"


def works() -> Plant:
    return parse_plant(WORKS)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def microseconds(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


@contextlib.asynccontextmanager
async def reading(
    url: str, nodes: dict[str, str] | None = None, **settings: float
) -> AsyncIterator[tuple[Client, list[Value]]]:
    """Run a client without security, and give it with the list of what it hands on."""
    rows: list[Value] = []
    subscription = Subscription(nodes or NODES, publish_s=0.05, silence_s=settings.get("silence_s", 1.5))
    client = Client(Endpoint(url, Plain(), Anonymous()), subscription)
    task = asyncio.create_task(client.run(rows.extend))
    try:
        yield client, rows
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(what: Callable[[], bool], limit_s: float = 5.0) -> float:
    """Wait for something and say how many seconds it took."""
    start = time.monotonic()
    while not what():
        if time.monotonic() - start > limit_s:
            raise AssertionError(f"did not happen within {limit_s} s")
        await asyncio.sleep(0.01)
    return time.monotonic() - start


class Network:
    """A TCP proxy on loopback that can stall: bytes wait, connections stay open."""

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}"
        self._target = port
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Network:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go_on()
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0.05)

    def stall(self) -> None:
        self._flows.clear()

    def go_on(self) -> None:
        self._flows.set()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.append(far_writer)
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


class Process:
    """A server that counts, in a process of its own, to be killed and started again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = (sys.executable, "-m", "tests.connect.opcua.peers", str(self.port))
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        assert await asyncio.wait_for(self._process.stdout.readline(), 120) == b"ready\n"

    async def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


async def count(server: Server, seconds: float, *, step_s: float = 0.005, sent: list[float]) -> None:
    """Publish values that say their own time, in microseconds, for so long; note them in `sent`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        moment = datetime.now(UTC)
        value = float(microseconds(moment))
        sent.append(value)
        await server.publish([(tag, moment, value, None, 0) for tag in COUNTERS])
        await asyncio.sleep(step_s)


async def _main(port: int) -> None:
    async with Server(works(), Plain(), url=f"opc.tcp://127.0.0.1:{port}") as server:
        await count(server, 0.001, sent=[])
        print("ready", flush=True)
        await count(server, 300, sent=[])


def check_history(rows: list[Value]) -> None:
    """Nothing wrong, nothing twice, nothing out of order: every value says the time that it was set."""
    last: dict[str, datetime] = {}
    stale: dict[str, bool] = {}
    for tag, moment, number, text, status in rows:
        assert text is None
        assert tag not in last or moment > last[tag], f"{tag}: {moment} after {last[tag]}"
        last[tag] = moment
        if status == STALE:
            assert number is None
            assert not stale.get(tag), f"{tag} is stale twice"
            stale[tag] = True
        elif number is not None:
            after_an_outage = stale.pop(tag, False)
            assert number == microseconds(moment) or after_an_outage, f"{tag}: {number} at {moment}"


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
