"""What is read of a plant over real protocols is what it did, whoever is killed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connect.sparkplug.broker import free_port, mosquitto, wait_until
from tests.connect.store.cluster import PASSWORD, Cluster
from tests.connect.store.conftest import cluster as cluster
from tests.workflows.shadow.live import assert_follows, assert_whole, emulator, ended, read, service, site


def test_the_service_follows_a_plant_over_opcua(tmp_path: Path) -> None:
    url = f"opc.tcp://127.0.0.1:{free_port()}"
    site(tmp_path, f"opcua: '{url}', plain: true, anonymous: true")
    plant, run = (
        emulator(tmp_path, 6, "--opcua", url, "--plain", speed=4500),
        service(tmp_path, "2026-01-05T12:00"),
    )
    plant.start()
    run.start()
    try:
        ended(run, 60)
        assert_follows(tmp_path, 3)
    finally:
        plant.kill()
        run.kill()


def test_nothing_is_lost_over_sparkplug_when_service_and_broker_are_killed(tmp_path: Path) -> None:
    broker, port = mosquitto(tmp_path)
    url = f"mqtt://127.0.0.1:{port}"
    site(tmp_path, f"sparkplug: '{url}'")
    plant = emulator(tmp_path, 5, "--sparkplug", url, speed=2700)
    runs = [service(tmp_path, "2026-01-05T11:00", number) for number in range(2)]
    broker.start()
    runs[0].start()
    try:
        wait_until(lambda: '"connected": true' in runs[0].said(), 60, "a service that listens")
        plant.start()
        wait_until(lambda: len(read(tmp_path, 0)) > 3, 60, "first states")
        runs[0].kill()
        runs[1].start()
        broker.kill()
        broker.start()
        ended(runs[1], 60)
        ended(plant, 10)  # all of its values are confirmed
        assert_follows(tmp_path, 5)
        assert_whole(f"duckdb:///{tmp_path}/data/site.duckdb")
    finally:
        for process in (broker, plant, *runs):
            process.kill()


@pytest.mark.slow
def test_nothing_is_lost_when_the_database_is_killed(tmp_path: Path, cluster: Cluster) -> None:
    url, store = f"opc.tcp://127.0.0.1:{free_port()}", cluster.fresh()
    site(tmp_path, f"opcua: '{url}', plain: true, anonymous: true", store)
    plant = emulator(tmp_path, 5, "--opcua", url, "--plain", speed=3600)
    run = service(tmp_path, "2026-01-05T11:00")
    plant.start()
    run.start()
    try:
        wait_until(lambda: len(read(tmp_path, 0)) > 3, 30, "first states")
        cluster.kill()
        wait_until(lambda: "store: " in run.said(), 10, "a word about it")
        cluster.start()
        ended(run, 60)
        assert_follows(tmp_path, 5)
        assert_whole(store)
    finally:
        plant.kill()
        run.kill()
    assert PASSWORD not in run.log.read_text(encoding="utf-8")
