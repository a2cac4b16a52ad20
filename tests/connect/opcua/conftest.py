"""One event loop and one server of each kind for all tests: asyncua takes seconds to begin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from asyncua import Server as OtherServer
from asyncua import ua

from tests.connect.opcua.peers import Other, free_port, works
from zhizao.connect.opcua import Plain, Server


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.Runner]:
    """The servers go on whenever a test runs something in this loop."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def other(loop: asyncio.Runner) -> Iterator[Other]:
    """A server as somebody else builds it with asyncua."""

    async def start() -> Other:
        server = OtherServer()
        await server.init()
        url = f"opc.tcp://127.0.0.1:{free_port()}"
        server.set_endpoint(url)
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        server.set_identity_tokens([ua.AnonymousIdentityToken])
        space = await server.register_namespace("urn:other")
        await server.start()
        return Other(server, url, space)

    made = loop.run(start())
    yield made
    loop.run(made.server.stop())


@pytest.fixture(scope="session")
def shown(loop: asyncio.Runner) -> Iterator[Server]:
    """Our own server, which shows a plant to everybody on this host."""
    server = Server(works(), Plain(), url=f"opc.tcp://127.0.0.1:{free_port()}")
    loop.run(server.__aenter__())
    yield server
    loop.run(server.__aexit__(None, None, None))
