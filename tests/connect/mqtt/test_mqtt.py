"""JSON messages of any topic become values."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connect.sparkplug.broker import listening, mosquitto, wait_until
from tests.connect.sparkplug.peers import SqliteOutbox
from zhizao.connect.mqtt import Rule, Subscriber, SubscriberSettings, TimeForm, read
from zhizao.connect.mqtt.rules import MqttError
from zhizao.records.endpoint import Endpoint

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "payload", "expected"),
    [
        (Rule("a/+/state"), b'"Running"', ("a/b/state", NOW, None, "Running", 0)),
        (Rule("a/+/state", "{1}/State"), b"Running", ("b/State", NOW, None, "Running", 0)),
        (Rule("a/#", "{1}", "/v"), b'{"v": 1.5}', ("b/state", NOW, 1.5, None, 0)),
        (Rule("a/#", "{1}", "/v/0/x~1y"), b'{"v": [{"x/y": true}]}', ("b/state", NOW, 1.0, None, 0)),
        (
            Rule("#", "t", "/v", "/t"),
            b'{"v": 1, "t": "2026-03-01T07:00:00+01:00"}',
            ("t", NOW, 1.0, None, 0),
        ),
        (
            Rule("#", "t", "/v", "/t", TimeForm.MILLISECONDS),
            b'{"v": null, "t": 1772344800000}',
            ("t", NOW, None, None, 0),
        ),
        (Rule("#", "t", as_text=True), b'{"lot": "A"}', ("t", NOW, None, '{"lot": "A"}', 0)),
        (Rule("#", "t", "/v", as_text=True), b'{"v": 1}', ("t", NOW, 1.0, None, 0)),
        (Rule("b/#"), b"1", None),
        (Rule("a/b"), b"1", None),
        (Rule("a/b/state/+"), b"1", None),
    ],
)
def test_a_message_is_read_by_its_rule(rule: Rule, payload: bytes, expected) -> None:
    assert read(rule, "a/b/state", payload, NOW) == expected


@pytest.mark.parametrize(
    ("rule", "payload", "fault"),
    [
        (Rule("#", "t", "/speed"), b'{"Speed": 1}', "found no 'speed' among Speed"),
        (Rule("#", "t", "/v"), b'{"v": [1]}', "found an array"),
        (Rule("#", "t", "/v", "/t"), b'{"v": 1, "t": "noon"}', "expected a time"),
        (Rule("#"), b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_message_that_does_not_fit_says_what_was_found(rule: Rule, payload: bytes, fault: str) -> None:
    with pytest.raises(MqttError, match=fault):
        read(rule, "a/b", payload, NOW)


@pytest.mark.parametrize(
    "options",
    [{"topics": "a/#/b"}, {"topics": "a+/b"}, {"topics": "a", "tag": "{1}"}, {"topics": "a", "value": "v"}],
)
def test_a_rule_that_cannot_be_is_refused(options) -> None:
    with pytest.raises(MqttError):
        Rule(**options)


@given(st.binary(max_size=60), st.text(max_size=30))
def test_no_message_is_fatal(tmp_path_factory, payload: bytes, topic: str) -> None:
    rules = (Rule("#", "t", "/v", "/t", TimeForm.SECONDS), Rule("#"))
    outbox = None
    subscriber = Subscriber(SubscriberSettings(Endpoint("127.0.0.1", 1883), "t", rules), outbox)  # type: ignore[arg-type]
    subscriber.hear(topic, payload)
    assert len(subscriber._values) + sum(subscriber.faults.values()) == 2


def test_messages_that_were_sent_while_the_broker_or_we_were_away_arrive(tmp_path: Path) -> None:
    storage = f"allow_anonymous true\npersistence true\npersistence_location {tmp_path}/\nuser root\n"
    broker, port = mosquitto(tmp_path, storage)
    outbox = SqliteOutbox(tmp_path / "outbox.db")
    settings = SubscriberSettings(
        Endpoint("127.0.0.1", port), "zhizao", (Rule("line/+/count", "{1}/Count", "/n"),)
    )

    async def publish(numbers: range) -> None:
        async with aiomqtt.Client("127.0.0.1", port) as mqtt:
            for n in numbers:
                await mqtt.publish("line/press/count", f'{{"n": {n}}}', qos=1)

    async def hear(count: int, numbers: range | None, *, kill: bool = False) -> None:
        subscriber = Subscriber(settings, outbox)
        task = asyncio.create_task(subscriber.run())
        async with asyncio.timeout(10):
            while subscriber.connections < 1:
                await asyncio.sleep(0.02)
            if kill:
                broker.kill()
                broker.start()
            while subscriber.connections < 1 + kill:
                await asyncio.sleep(0.02)
        if numbers is not None:
            await publish(numbers)
        async with asyncio.timeout(10):
            while len(outbox.waiting(1000)) < count:
                await asyncio.sleep(0.02)
        subscriber.stop()
        await task

    async def test() -> None:
        await hear(0, None)
        await publish(range(10))
        await hear(20, range(10, 20))
        await hear(30, range(20, 30), kill=True)

    broker.start()
    wait_until(lambda: listening(port), 5, "broker")
    try:
        asyncio.run(test())
    finally:
        broker.kill()
    found = outbox.waiting(1000)
    assert found["number"].to_list() == list(range(30))
    assert set(found["tag"]) == {"press/Count"}
