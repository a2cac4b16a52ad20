"""A plant is shown to clients: structure, values, and no more than a hundred entries in a folder."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.connect.opcua.peers import reading, until, works
from zhizao.connect.opcua import Anonymous, Endpoint, Plain, SecurityError, Server, browse_async
from zhizao.quantities.errors import InputError

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_a_client_browses_the_plant_and_reads_its_units(loop: asyncio.Runner, shown: Server) -> None:
    async def scene() -> None:
        offered = await browse_async(Endpoint(shown.url, Plain(), Anonymous()))
        nodes = dict(offered.select("path", "node").iter_rows())
        assert nodes["Works/Press/Press-1/State"] == "ns=2;s=Press/Press-1/State"
        assert set(offered["access"]) == {"read"}
        tag = "Press/Press-1/State"
        async with reading(shown.url, {tag: nodes[f"Works/{tag}"]}) as (_, rows):
            await until(lambda: len(rows) == 1)
            assert rows[0][3] is None, "nothing is known of the unit yet"
            await shown.publish([(tag, NOW, None, "busy", 0)])
            await until(lambda: len(rows) == 2)
            assert rows[1] == (tag, NOW, None, "busy", 0)

    loop.run(scene())


def test_no_folder_has_more_than_a_hundred_entries(loop: asyncio.Runner, shown: Server) -> None:
    async def scene() -> None:
        await shown.publish([(f"Lots/L{number}/Product", NOW, None, "plate", 0) for number in range(330)])
        offered = await browse_async(Endpoint(shown.url, Plain(), Anonymous()))
        folders: dict[str, set[str]] = {}
        for path in offered["path"]:
            parts = path.split("/")
            for depth in range(1, len(parts)):
                folders.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
        assert max(Counter({folder: len(entries) for folder, entries in folders.items()}).values()) <= 100
        assert "Works/Lots/51 to 150/L50/Product" in set(offered["path"])
        assert "ns=2;s=Lots/L329/Product" in set(offered["node"])

    loop.run(scene())


def test_a_tag_keeps_its_type(loop: asyncio.Runner, shown: Server) -> None:
    async def scene() -> None:
        await shown.publish([("KPI/OEE", NOW, 0.8, None, 0)])
        with pytest.raises(InputError, match="KPI/OEE: found 'high'; a number is expected"):
            await shown.publish([("KPI/OEE", NOW, None, "high", 0)])

    loop.run(scene())


def test_other_hosts_reach_it_only_if_that_is_meant() -> None:
    with pytest.raises(SecurityError, match="set `exposed` if that is meant"):
        Server(works(), Plain(), url="opc.tcp://0.0.0.0:4840")
    assert (
        Server(works(), Plain(), url="opc.tcp://0.0.0.0:4840", exposed=True).url == "opc.tcp://0.0.0.0:4840"
    )
