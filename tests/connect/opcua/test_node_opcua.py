"""Another implementation of OPC UA as peer: node-opcua reads our server, and we read its server.

`npm install --prefix FOLDER node-opcua` and `ZHIZAO_NODE_MODULES=FOLDER/node_modules`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.connect.opcua.peers import free_port, reading, until, works
from zhizao.connect.opcua import (
    Anonymous,
    Client,
    Endpoint,
    Security,
    SecurityError,
    Server,
    Subscription,
    browse_async,
)
from zhizao.records.samples import Value

SCRIPTS = Path(__file__).parent / "node"
STATE = "Press/Press-1/State"


@pytest.fixture
def modules(tmp_path: Path) -> dict[str, str]:
    """The environment in which node finds node-opcua, or a skip; on CI its absence is a failure."""
    found = os.environ.get("ZHIZAO_NODE_MODULES", "")
    if shutil.which("node") is None or not (Path(found) / "node-opcua").is_dir():
        reason = "needs node and node-opcua (npm install node-opcua; ZHIZAO_NODE_MODULES=…/node_modules)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {**os.environ, "NODE_PATH": found, "HOME": str(tmp_path)}


@asynccontextmanager
async def node(modules: dict[str, str], script: str, *rest: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a script under node and end it afterwards."""
    command = ("node", str(SCRIPTS / script), *rest)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=modules)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: asyncio.subprocess.Process, limit_s: float = 60.0) -> str:
    """Give the next line of the script's own; node-opcua writes others beside them."""
    assert process.stdout is not None
    while True:
        raw = await asyncio.wait_for(process.stdout.readline(), limit_s)
        assert raw, "the script ended"
        text = raw.decode().strip()
        if text == "ready" or text.startswith("{"):
            return text


async def read_by_node(process: asyncio.subprocess.Process, server: Server) -> None:
    """Publish states while a client of node-opcua reads them; it gets all, with their times and statuses."""
    start = datetime(2026, 1, 5, 12, tzinfo=UTC)
    await server.publish([(STATE, start, None, "idle", 0)])
    first, second = json.loads(await line(process)), json.loads(await line(process))
    assert (first["kind"], first["value"], first["status"]) == ("read", "idle", 0)
    assert (second["kind"], second["value"]) == ("changed", "idle")
    for number, (state, status) in enumerate([("busy", 0), ("down", 0), (None, 0x80310000)], 1):
        moment = start + timedelta(seconds=number)
        await server.publish([(STATE, moment, None, state, status)])
        got = json.loads(await line(process))
        assert (got["value"], got["status"]) == (state, status)
        assert datetime.fromisoformat(got["time"]) == moment


def test_a_client_of_node_opcua_reads_our_server(
    loop: asyncio.Runner, shown: Server, modules: dict[str, str], tmp_path: Path
) -> None:
    async def scene() -> None:
        async with node(
            modules, "client.js", shown.url, f"ns=2;s={STATE}", "4", "plain", str(tmp_path)
        ) as one:
            await read_by_node(one, shown)

    loop.run(scene())


def counted(rows: list[Value]) -> list[float]:
    return [row[2] for row in rows if row[0] == "count" and row[2] is not None]


def test_our_client_reads_a_server_of_node_opcua(
    loop: asyncio.Runner, modules: dict[str, str], tmp_path: Path
) -> None:
    async def scene() -> None:
        port = free_port()
        nodes = {"count": "ns=1;s=count", "state": "ns=1;s=state"}
        async with node(modules, "server.js", str(port), "plain", str(tmp_path)) as process:
            await line(process)
            async with reading(f"opc.tcp://127.0.0.1:{port}", nodes) as (client, rows):
                await until(lambda: len(counted(rows)) >= 50)
                assert client.health.lost_messages == 0
            numbers = counted(rows)
            assert numbers == [numbers[0] + step for step in range(len(numbers))], "nothing lost or reordered"
            assert [row[3] for row in rows if row[0] == "state"] == ["运行"]

    loop.run(scene())


def test_encrypted_both_ways(loop: asyncio.Runner, modules: dict[str, str], tmp_path: Path) -> None:
    async def scene() -> None:
        port, ours = free_port(), Security(tmp_path / "ours", host=socket.gethostname())
        endpoint = Endpoint(f"opc.tcp://127.0.0.1:{port}", ours, Anonymous())
        async with node(modules, "server.js", str(port), "secured", str(tmp_path / "theirs")) as process:
            await line(process)
            with pytest.raises(SecurityError, match="not trusted"):
                await browse_async(endpoint)
            for path in (ours.folder / "rejected").iterdir():
                path.rename(ours.folder / "trusted" / path.name)
            offered = await browse_async(endpoint)
            assert dict(offered.select("path", "node").iter_rows())["count"] == "ns=1;s=count"
            rows: list[Value] = []
            client = Client(endpoint, Subscription({"count": "ns=1;s=count"}))
            reader = asyncio.create_task(client.run(rows.extend))
            await until(lambda: len(counted(rows)) >= 10)
            reader.cancel()

    loop.run(scene())


def test_an_encrypted_client_of_node_opcua_must_be_trusted(
    loop: asyncio.Runner, modules: dict[str, str], tmp_path: Path
) -> None:
    async def scene() -> None:
        theirs, url = Security(tmp_path / "server"), f"opc.tcp://127.0.0.1:{free_port()}"
        command = ("client.js", url, f"ns=2;s={STATE}", "4", "secured", str(tmp_path / "client"))
        async with Server(works(), theirs, url=url) as server:
            async with node(modules, *command) as stranger:
                assert await asyncio.wait_for(stranger.wait(), 60) == 1
            for path in (theirs.folder / "rejected").iterdir():
                path.rename(theirs.folder / "trusted" / path.name)
            async with node(modules, *command) as trusted:
                await read_by_node(trusted, server)

    loop.run(scene())
