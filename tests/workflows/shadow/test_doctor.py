"""What is wrong at a site is said in words, whether its service runs or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from tests.connect.sparkplug.broker import free_port
from tests.workflows.shadow.live import PLANT
from zhizao.connect.opcua import Plain, Server
from zhizao.connect.store import Spool, open_store
from zhizao.plant import read_plant
from zhizao.records import values
from zhizao.workflows.shadow.doctor import Finding, examine
from zhizao.workflows.shadow.emulate import Emulator, Pace, play_opcua
from zhizao.workflows.shadow.service import Service
from zhizao.workflows.shadow.site import Site
from zhizao.workflows.shadow.sources import spool_of


def site(folder: Path, url: str, **fields: object) -> Site:
    source = {"opcua": url, "anonymous": True, "plain": True} | fields
    made = Site.model_validate({"zhizao-site": 1, "plant": PLANT, "sources": [source]})
    return made.model_copy(update={"folder": folder})


def wrong(found: list[Finding]) -> dict[str, str]:
    return {one.what: one.words for one in found if not one.fine}


def test_a_service_that_does_not_run_leaves_samples_and_strangers(tmp_path: Path) -> None:
    url = "opc.tcp://press:4840"
    here = site(tmp_path, url, plain=False)
    rejected = tmp_path / "opcua" / "rejected"
    rejected.mkdir(parents=True)
    (rejected / "ab12.der").write_bytes(b"")
    (tmp_path / "data").mkdir()
    spool = Spool(spool_of(here, url), source=url)
    now = datetime.now(UTC)
    spool.append(values([("a", now, 1.0, None, 0), ("a", now, 2.0, None, 0), ("a", now, 3.0, None, 0)]))
    store = open_store(here.store_url)
    store.append(spool.waiting(10).filter(pl.col("sequence") != 1))
    store.close()
    spool.close()
    found = examine(here)
    assert {"service", "store", "certificate"} == set(wrong(found))
    assert "1 samples have not come" in wrong(found)["store"]
    assert "ab12.der" in wrong(found)["certificate"]
    assert any("3 samples wait in its spool" in one.words for one in found)


def test_a_source_that_is_down_is_named_and_found_again(tmp_path: Path) -> None:
    here = site(tmp_path, f"opc.tcp://127.0.0.1:{free_port()}")

    async def followed() -> list[list[Finding]]:
        service = Service(here)
        running = asyncio.create_task(service.run())
        looks = [await _when(here, "Connect call failed")]
        plant = Emulator(read_plant(PLANT), start=datetime.now().replace(microsecond=0))
        server = Server(plant.plant, Plain(), url=here.sources[0].opcua)  # type: ignore[union-attr]
        playing = asyncio.create_task(play_opcua(plant, server, Pace(speed=1.0, step_s=1.0)))
        looks.append(await _when(here, "all well"))
        service.stop()
        await running
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return looks

    down, up = asyncio.run(asyncio.wait_for(followed(), 40))
    assert "Connect call failed" in wrong(down)[here.sources[0].opcua]  # type: ignore[union-attr]
    assert wrong(up) == {}
    assert list(wrong(examine(here))) == ["service"]


async def _when(here: Site, words: str) -> list[Finding]:
    """Look until one finding has these words; `all well`: until nothing is wrong."""
    while True:
        found = await asyncio.to_thread(examine, here)
        well = "all well" in words and all(one.fine for one in found)
        if well or any(words in one.words for one in found):
            return found
        await asyncio.sleep(0.1)
