"""Edge and host through a real broker, in one process."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiomqtt
import polars as pl
import pytest

from tests.connect.sparkplug.broker import listening, mosquitto, peer, program, wait_until
from tests.connect.sparkplug.capture import START, read
from tests.connect.sparkplug.peers import ListSink, SqliteOutbox, edge_settings
from zhizao.connect.sparkplug import Confirmation, EdgeNode, EdgeSettings, HostSettings, PrimaryHost
from zhizao.connect.sparkplug.wire.commands import REBIRTH, command
from zhizao.records.endpoint import Certificates, Credentials, Encryption, Endpoint, Secret
from zhizao.records.samples import STALE, values

Heard = list[tuple[str, bytes, bool, int]]


async def until(condition: Callable[[], bool], what: str, timeout_s: float = 8.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)
    assert condition(), what


@asynccontextmanager
async def running(*actors):
    tasks = [asyncio.create_task(actor.run()) for actor in actors]
    try:
        yield
    finally:
        for actor in actors:
            actor.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 15)


@asynccontextmanager
async def ear(port: int, topics: str = "spBv1.0/#"):
    """Everything that goes through the broker: topic, payload, retained, quality of service."""
    heard: Heard = []

    async def listen(mqtt: aiomqtt.Client) -> None:
        async for message in mqtt.messages:
            assert isinstance(message.payload, bytes)
            heard.append((message.topic.value, message.payload, message.retain, message.qos))

    async with aiomqtt.Client("127.0.0.1", port) as mqtt:
        await mqtt.subscribe(topics, qos=2)
        task = asyncio.create_task(listen(mqtt))
        yield heard, mqtt
        task.cancel()


def kinds(heard: Heard) -> list[str]:
    return [topic.split("/")[2] for topic, *_ in heard if "/STATE/" not in topic]


def filled(folder: Path, count: int = 1000) -> SqliteOutbox:
    outbox = SqliteOutbox(folder / "outbox.db")
    outbox.append(values([(f"press/{n % 7}", START, float(n), None, 0) for n in range(count)]))
    return outbox


def pair(port: int, folder: Path, **options) -> tuple[EdgeNode, PrimaryHost, ListSink]:
    sink = ListSink()
    edge = EdgeNode(replace(edge_settings(port, folder), **options), filled(folder))
    return edge, PrimaryHost(HostSettings(Endpoint("127.0.0.1", port), "main"), sink), sink


def ours(sink: ListSink) -> pl.DataFrame:
    return sink.rows().filter(pl.col("source") == "press shop")


def run(test: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(40):
            await test

    asyncio.run(bounded())


def test_every_sample_arrives_with_its_key_and_leaves_the_outbox(broker: int, tmp_path: Path) -> None:
    edge, host, sink = pair(broker, tmp_path)

    async def test() -> None:
        expected = edge.outbox.waiting(2000)
        async with running(edge, host):
            await until(lambda: not len(edge.outbox.waiting(1)), "an empty outbox")
        assert ours(sink).equals(expected)

    run(test())


def test_while_the_sink_fails_nothing_leaves_the_outbox(broker: int, tmp_path: Path) -> None:
    edge, host, sink = pair(broker, tmp_path)
    append, failing = sink.append, [True]

    def full(samples: pl.DataFrame) -> None:
        if failing[0]:
            raise OSError("no space left on device")
        append(samples)

    sink.append = full  # type: ignore[method-assign]

    async def test() -> None:
        async with running(edge, host):
            await until(lambda: edge.counts.sent >= 1000, "samples under way")
            await asyncio.sleep(0.3)
            assert len(edge.outbox.waiting(2000)) == 1000
            failing[0] = False
            await until(lambda: not len(edge.outbox.waiting(1)), "an empty outbox")
        kept = ours(sink).unique(["epoch", "sequence"])
        assert len(kept) == 1000

    run(test())


def test_the_host_says_online_and_offline_with_the_time_of_its_will(broker: int, tmp_path: Path) -> None:
    _, host, _ = pair(broker, tmp_path)

    async def test() -> None:
        async with ear(broker) as (heard, _):
            async with running(host):
                await until(lambda: len(heard) == 1, "a birth of the host")
            await until(lambda: len(heard) == 2, "a death of the host")
        states = [json.loads(payload) for _, payload, *_ in heard]
        assert {topic for topic, *_ in heard} == {"spBv1.0/STATE/main"}
        assert [state["online"] for state in states] == [True, False]
        assert states[0]["timestamp"] <= states[1]["timestamp"]
        assert [qos for *_, qos in heard] == [1, 1]
        async with ear(broker) as (heard, _):  # a newcomer gets what was retained
            await until(lambda: len(heard) == 1, "the state that was retained")
        assert heard[0][2]

    run(test())


def test_a_host_that_hears_of_its_own_death_contradicts(broker: int, tmp_path: Path) -> None:
    _, host, _ = pair(broker, tmp_path)

    async def test() -> None:
        async with ear(broker) as (heard, mqtt), running(host):
            await until(lambda: len(heard) == 1, "a birth of the host")
            await mqtt.publish("spBv1.0/STATE/main", b'{"online": false, "timestamp": 1}', qos=1)
            await until(lambda: len(heard) == 3, "a second birth of the host")
        assert heard[2][1] == heard[0][1]

    run(test())


def test_an_edge_waits_for_its_host_and_dies_with_it(broker: int, tmp_path: Path) -> None:
    edge, host, _ = pair(broker, tmp_path)

    async def test() -> None:
        async with ear(broker) as (heard, mqtt), running(edge):
            other = b'{"online": true, "timestamp": 5}'
            await mqtt.publish("spBv1.0/STATE/another", other, qos=1)
            await until(lambda: edge.counts.connections == 1, "a connection")
            await asyncio.sleep(0.3)
            assert kinds(heard) == []
            async with running(host):
                await until(lambda: "NDATA" in kinds(heard), "data")
            await until(lambda: "NDEATH" in kinds(heard), "a death")
            await until(lambda: edge.counts.connections == 2, "a new connection")
            await mqtt.publish("spBv1.0/STATE/main", b'{"online": true, "timestamp": 1}', qos=1)  # outdated
            await asyncio.sleep(0.3)
            assert kinds(heard).count("NBIRTH") == 1
        births = [read(payload) for topic, payload, *_ in heard if "/NBIRTH/" in topic]
        deaths = [read(payload) for topic, payload, *_ in heard if "/NDEATH/" in topic]
        assert births[0].metrics[0].long_value == deaths[0].metrics[0].long_value == 0

    run(test())


def test_what_an_edge_sends_has_quality_0_is_not_retained_and_begins_with_a_birth(
    broker: int, tmp_path: Path
) -> None:
    edge, host, _ = pair(broker, tmp_path, devices=("press",))

    async def test() -> None:
        async with ear(broker) as (heard, _), running(host):
            async with running(edge):
                await until(lambda: "DDATA" in kinds(heard), "data")
            await until(lambda: "NDEATH" in kinds(heard), "a death")
        sent = [(topic, retain, qos) for topic, _, retain, qos in heard if "NCMD" not in topic]
        nodes = [(topic.split("/")[2], retain, qos) for topic, retain, qos in sent if "STATE" not in topic]
        assert [kind for kind, *_ in nodes][:2] == ["NBIRTH", "DBIRTH"]
        assert not any(retain for _, retain, _ in nodes)
        assert {qos for kind, _, qos in nodes if kind != "NDEATH"} == {0}
        assert {qos for topic, _, _, qos in heard if "NCMD" in topic} == {0}

    run(test())


def test_a_rebirth_request_is_obeyed_with_the_same_bdseq(broker: int, tmp_path: Path) -> None:
    edge, host, _ = pair(broker, tmp_path)

    async def test() -> None:
        async with ear(broker) as (heard, mqtt), running(edge, host):
            await until(lambda: "NDATA" in kinds(heard), "data")
            topic, payload = command(edge.settings.node, {REBIRTH: True}, 1)
            await mqtt.publish(topic, payload)
            await until(lambda: kinds(heard).count("NBIRTH") == 2, "a second birth")
        births = [read(payload) for topic, payload, *_ in heard if "/NBIRTH/" in topic]
        assert births[0].metrics[0].long_value == births[1].metrics[0].long_value
        assert [birth.seq for birth in births] == [0, 0]

    run(test())


def test_bdseq_counts_connections_over_the_life_of_the_process(broker: int, tmp_path: Path) -> None:
    async def test() -> None:
        async with ear(broker, "spBv1.0/+/NBIRTH/#") as (heard, _):
            for count in (1, 2, 3):
                edge = EdgeNode(replace(edge_settings(broker, tmp_path), primary_host=None), filled(tmp_path))
                async with running(edge):
                    await until(lambda: len(heard) == count, "a birth")  # noqa: B023
        assert [read(payload).metrics[0].long_value for _, payload, *_ in heard] == [0, 1, 2]

    run(test())


def test_with_a_foreign_host_samples_leave_when_the_broker_has_them(broker: int, tmp_path: Path) -> None:
    edge, _, _ = pair(broker, tmp_path, primary_host=None, confirmation=Confirmation.BROKER)

    async def test() -> None:
        async with ear(broker) as (heard, _), running(edge):
            await until(lambda: not len(edge.outbox.waiting(1)), "an empty outbox")
            await until(lambda: kinds(heard).count("NDATA") == 2, "data")
        assert not any(m.name.startswith("zhizao/") for m in read(heard[0][1]).metrics)
        data = [read(payload) for topic, payload, *_ in heard if "/NDATA/" in topic]
        assert [m.double_value for payload in data for m in payload.metrics] == list(range(1000))

    run(test())


def test_tags_are_stale_when_the_broker_reports_the_death_of_an_edge(broker: int, tmp_path: Path) -> None:
    edge, host, sink = pair(broker, tmp_path)

    async def test() -> None:
        async with running(host):
            async with running(edge):
                await until(lambda: not len(edge.outbox.waiting(1)), "an empty outbox")
            await until(lambda: STALE in sink.rows()["status"].to_list(), "stale tags")
        stale = sink.rows().filter(pl.col("status") == STALE)
        assert sorted(stale["tag"]) == [f"press/{n}" for n in range(7)]

    run(test())


@pytest.mark.parametrize("role", ["edge", "host"])
def test_whoever_is_killed_leaves_the_will_of_its_connection(broker: int, tmp_path: Path, role: str) -> None:
    """Two tests of the wire in one: what a broker says when a process dies without a word."""
    victim, other = peer(role, broker, tmp_path, 200), peer("host", broker, tmp_path)

    async def test() -> None:
        async with ear(broker) as (heard, _):
            victim.start()
            if role == "edge":
                other.start()
            await until(lambda: len(heard) > (2 if role == "edge" else 0), "births", 20)
            victim.kill()
            last = "NDEATH" if role == "edge" else '"online": false'
            await until(lambda: last in str(heard[-1]) or any(last in str(h) for h in heard[1:]), "a will")
        if role == "edge":
            births = [read(payload) for topic, payload, *_ in heard if "/NBIRTH/" in topic]
            [death] = [(read(payload), *rest) for topic, payload, *rest in heard if "/NDEATH/" in topic]
            assert death[0].metrics[0].long_value == births[0].metrics[0].long_value
            assert death[1:] == (False, 1)  # not retained, quality of service 1
        else:
            states = [json.loads(payload) for _, payload, *_ in heard]
            assert states[1] == {**states[0], "online": False}
            assert [qos for *_, qos in heard] == [1, 1]

    try:
        run(test())
    finally:
        victim.kill()
        other.kill()


def test_an_edge_whose_host_is_offline_goes_to_the_next_broker(broker: int, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    second, port = mosquitto(tmp_path / "second")
    second.start()
    wait_until(lambda: listening(port), 5, "second broker")
    edge, _, _ = pair(broker, tmp_path, spare_brokers=(Endpoint("127.0.0.1", port),))
    _, host, sink = pair(port, tmp_path / "second")

    async def test() -> None:
        async with aiomqtt.Client("127.0.0.1", broker) as mqtt:
            await mqtt.publish("spBv1.0/STATE/main", b'{"online": false, "timestamp": 1}', qos=1, retain=True)
        async with running(edge, host):
            await until(lambda: not len(edge.outbox.waiting(1)), "an empty outbox")
        assert len(ours(sink)) >= 1000

    try:
        run(test())
    finally:
        second.kill()


# ---------------------------------------------------------------- security


def certificates(folder: Path) -> None:
    """An authority, and a certificate of it for the name `localhost`."""
    openssl = program("openssl", "openssl")
    short = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
    (folder / "names").write_text("subjectAltName=DNS:localhost\n", encoding="utf-8")
    for command_line in (
        ["req", "-x509", *short, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca"],
        ["req", *short, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=localhost"],
        [
            "x509",
            "-req",
            "-in",
            "own.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "own.pem",
            "-extfile",
            "names",
        ],
    ):
        subprocess.run([openssl, *command_line], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Port of a broker with TLS that wants a password."""
    certificates(tmp_path)
    monkeypatch.setenv("PLANT_PASSWORD", "s3cret-phrase")
    users = tmp_path / "users"
    made = [program("mosquitto_passwd", "mosquitto"), "-b", "-c", str(users), "press", "s3cret-phrase"]
    subprocess.run(made, check=True, capture_output=True)
    files = "".join(
        f"{option} {tmp_path / name}\n"
        for option, name in (("cafile", "ca.pem"), ("certfile", "own.pem"), ("keyfile", "own.key"))
    )
    process, port = mosquitto(tmp_path, f"{files}allow_anonymous false\npassword_file {users}\nuser root\n")
    process.start()
    wait_until(lambda: listening(port), 5, "broker")
    yield port
    process.kill()


def endpoint(port: int, folder: Path, name: str = "localhost", authority: str | None = "ca.pem") -> Endpoint:
    known = Certificates(folder / authority if authority else None)
    user = Credentials("press", Secret(variable="PLANT_PASSWORD"))
    return Endpoint(name, port, Encryption.TLS, user, known)


async def connects(broker: Endpoint, folder: Path) -> EdgeNode:
    settings = EdgeSettings(broker, "works", "e", folder / "memory.json")
    edge = EdgeNode(settings, filled(folder))
    async with running(edge):
        await until(lambda: edge.counts.births > 0 or edge._memory.bdseq >= 1, "two attempts or one birth")
    return edge


def test_a_certificate_of_a_known_authority_for_the_right_name_is_accepted(
    secure: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def test() -> None:
        edge = await connects(endpoint(secure, tmp_path), tmp_path)
        assert edge.counts.births > 0
        assert "s3cret-phrase" not in repr(edge.settings) + caplog.text

    run(test())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(("name", "authority"), [("127.0.0.1", "ca.pem"), ("localhost", None)])
def test_a_wrong_name_or_an_unknown_authority_is_refused(
    secure: int, tmp_path: Path, name: str, authority: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        edge = await connects(endpoint(secure, tmp_path, name, authority), tmp_path)
        assert edge.counts.connections == 0

    run(test())
    assert "certificate verify failed" in caplog.text
    gc.collect()  # paho leaves the socket of a refused handshake to the garbage collector
