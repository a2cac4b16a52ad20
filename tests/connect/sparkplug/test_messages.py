"""What an edge node puts on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connect.sparkplug.capture import (
    BORN_MS,
    NODE,
    hear,
    host,
    learned,
    messages,
    read,
    samples,
    taken,
)
from zhizao.connect.sparkplug import EdgeSettings
from zhizao.connect.sparkplug.wire.commands import REBIRTH, command, orders
from zhizao.connect.sparkplug.wire.topics import SparkplugError, checked, parse
from zhizao.records.endpoint import Endpoint
from zhizao.records.samples import STALE

BATCH = samples(
    [
        ("press/Speed", -5.000_123, 1.5, 0),  # older than the birth
        ("oven/State", 1.000_999, "Running", 0),
        ("oven/Temperature", 2, None, STALE),
        ("press/Speed", 3, 2.5, 0x40000000),
    ]
)


def born(**options):
    one = learned(BATCH, messages(**options))
    return one, [(topic, read(payload)) for topic, payload in one.birth()]


def test_a_birth_announces_every_tag_with_type_and_alias() -> None:
    _, [(topic, birth)] = born(bdseq=9)
    assert topic == "spBv1.0/works/NBIRTH/edge 1"
    assert birth.seq == 0
    assert birth.HasField("seq")
    assert birth.timestamp == BORN_MS
    named = {metric.name: metric for metric in birth.metrics}
    assert (named["bdSeq"].long_value, named["bdSeq"].datatype) == (9, 4)
    assert {"press/Speed", "oven/State", "oven/Temperature"} < set(named)
    assert (named["press/Speed"].datatype, named["oven/State"].datatype) == (10, 12)
    aliases = [metric.alias for metric in birth.metrics if metric.HasField("alias")]
    assert len(set(aliases)) == len(aliases) == 3


def test_a_birth_offers_a_rebirth() -> None:
    _, [(_, birth)] = born()
    [control] = [metric for metric in birth.metrics if metric.name == REBIRTH]
    assert control.datatype == 11
    assert control.boolean_value is False
    assert control.HasField("boolean_value")
    assert not control.HasField("alias")


def test_the_current_value_of_a_tag_stands_in_the_next_birth() -> None:
    one, _ = born()
    list(one.data(BATCH))
    named = {metric.name: metric for metric in read(one.birth()[0][1]).metrics}
    assert named["press/Speed"].double_value == 2.5
    assert named["oven/State"].string_value == "Running"
    assert named["oven/Temperature"].is_null


def test_data_name_tags_by_alias_alone() -> None:
    one, [(_, birth)] = born()
    aliases = {metric.alias: metric.name for metric in birth.metrics if metric.alias}
    [(topic, payload)] = one.data(BATCH)
    data = read(payload)
    assert topic == "spBv1.0/works/NDATA/edge 1"
    assert not any(metric.HasField("name") or metric.HasField("datatype") for metric in data.metrics)
    assert [aliases[metric.alias] for metric in data.metrics] == BATCH["tag"].to_list()


def test_samples_older_than_the_birth_are_marked_historical() -> None:
    one, _ = born()
    [(_, payload)] = one.data(BATCH)
    assert [metric.is_historical for metric in read(payload).metrics] == [True, False, False, False]


def test_a_status_is_a_quality_that_everybody_understands() -> None:
    one, _ = born()
    [(_, payload)] = one.data(BATCH)
    properties = [metric.properties for metric in read(payload).metrics]
    found = [
        [(v.type, v.int_value) for k, v in zip(p.keys, p.values, strict=True) if k == "Quality"]
        for p in properties
    ]
    assert found == [[], [], [(3, 500)], [(3, 0)]]


def test_sequence_numbers_run_from_the_birth_to_255_and_begin_again_with_0() -> None:
    one, [(_, birth)] = born()
    numbers = [birth.seq] + [read(payload).seq for _ in range(300) for _, payload in one.data(BATCH)]
    assert numbers == [n % 256 for n in range(301)]
    assert read(one.birth()[0][1]).seq == 0


def test_a_death_holds_nothing_but_the_bdseq_of_its_birth() -> None:
    one, _ = born(bdseq=3)
    topic, payload = one.death()
    death = read(payload)
    assert topic == "spBv1.0/works/NDEATH/edge 1"
    assert not death.HasField("seq")
    assert [(metric.name, metric.long_value) for metric in death.metrics] == [("bdSeq", 3)]


def test_tags_of_a_device_are_born_and_sent_under_its_name() -> None:
    one, sent = born(devices=("oven",))
    assert [topic for topic, _ in sent] == ["spBv1.0/works/NBIRTH/edge 1", "spBv1.0/works/DBIRTH/edge 1/oven"]
    assert [birth.seq for _, birth in sent] == [0, 1]
    assert {metric.name for metric in sent[1][1].metrics} == {"State", "Temperature"}
    data = [(topic, read(payload)) for topic, payload in one.data(BATCH)]
    assert [topic.split("/")[2] for topic, _ in data] == ["NDATA", "DDATA"]
    assert [payload.seq for _, payload in data] == [2, 3]


@pytest.mark.parametrize("devices", [(), ("oven",), ("oven", "press")])
def test_our_host_gets_the_samples_of_the_outbox_to_the_microsecond(devices: tuple[str, ...]) -> None:
    one, nodes = learned(BATCH, messages(devices=devices)), host()
    hear(nodes, one.birth())
    hear(nodes, one.data(BATCH))
    assert taken(nodes).equals(BATCH)
    assert not nodes.faults


VALUE = st.one_of(st.none(), st.floats(allow_nan=False), st.text(st.characters(exclude_categories=["Cs"])))
ROW = st.tuples(
    st.sampled_from(["a/x", "a/y", "b/x", "z"]),
    st.integers(-(10**7), 10**7).map(lambda us: us / 1e6),
    VALUE,
    st.sampled_from([0, STALE, 0x40900000, 0xFFFFFFFF]),
)


@given(st.lists(ROW, min_size=1, max_size=30), st.integers(0, 2**50), st.integers(0, 2**40))
def test_whatever_an_outbox_holds_comes_out_at_the_host(rows, epoch: int, first: int) -> None:
    batch = samples(rows, epoch=epoch, first=first)
    one, nodes = learned(batch, messages(devices=("a",))), host()
    hear(nodes, one.birth())
    hear(nodes, one.data(batch))
    assert taken(nodes).equals(batch)


@pytest.mark.parametrize("name", ["", "a/b", "a+", "#", "a\0", "\ud800"])
def test_an_id_that_no_topic_can_hold_is_refused(name: str) -> None:
    with pytest.raises(SparkplugError, match="group"):
        checked("group", name)


@pytest.mark.parametrize(
    "topic",
    ["spAv1.0/g/NDATA/e", "spBv1.0/g/XDATA/e", "spBv1.0/g/DDATA/e", "spBv1.0/g/NDATA/e/d", "spBv1.0/g", ""],
)
def test_a_topic_of_another_form_is_refused(topic: str) -> None:
    with pytest.raises(SparkplugError, match="topic"):
        parse(topic)


def test_a_rebirth_request_is_read_and_has_no_sequence() -> None:
    topic, payload = command(NODE, {REBIRTH: True}, BORN_MS)
    assert topic == "spBv1.0/works/NCMD/edge 1"
    sent = read(payload)
    assert not sent.HasField("seq")
    assert sent.timestamp == BORN_MS
    asked = orders(payload)
    assert asked is not None
    assert asked.rebirth
    assert asked.committed is None


@given(st.binary(max_size=60))
def test_a_malformed_command_asks_for_nothing_that_was_not_sent(raw: bytes) -> None:
    asked = orders(raw)
    assert asked is None or asked.committed is None


def test_two_devices_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SparkplugError, match="devices"):
        EdgeSettings(Endpoint("127.0.0.1", 1883), "g", "e", tmp_path / "m", devices=("press", "Press"))
