"""What a host believes of its nodes."""

from __future__ import annotations

import random

import polars as pl
import pytest

from tests.connect.sparkplug.capture import (
    BORN_MS,
    NODE,
    Clock,
    foreign,
    foreign_birth,
    foreign_data,
    hear,
    host,
    learned,
    messages,
    read,
    samples,
    taken,
)
from zhizao.connect.sparkplug.wire.payload_pb2 import Payload
from zhizao.records.samples import STALE

FIRST = samples([("press/Speed", at, at, 0) for at in range(4)])
NEXT = samples([("press/Speed", at, at, 0) for at in range(4, 8)], first=4)


def live(clock: Clock | None = None):
    """An edge and a host that has read its birth."""
    one, nodes = learned(FIRST, messages()), host(clock)
    hear(nodes, one.birth())
    return one, nodes


def rebirths(nodes) -> list[str]:
    return [topic for topic, payload in nodes.expire() if read(payload).metrics[0].boolean_value]


def test_what_is_sent_again_has_the_same_keys_and_is_confirmed_again() -> None:
    one, nodes = live()
    for batch in (FIRST, FIRST, NEXT):
        hear(nodes, one.data(batch))
    held, positions = nodes.take()
    found = held.frame().filter(pl.col("source") == "press shop")
    assert found.unique(["epoch", "sequence"], maintain_order=True).equals(pl.concat([FIRST, NEXT]))
    assert nodes.duplicates == 4
    assert positions == {NODE: (7, 7)}


def test_a_batch_that_does_not_follow_is_not_confirmed() -> None:
    one, nodes = live()
    hear(nodes, one.data(FIRST))
    hear(nodes, one.data(samples([("press/Speed", 9, 9, 0)], first=9)))
    assert nodes.take()[1] == {NODE: (7, 3)}
    assert rebirths(nodes) == ["spBv1.0/works/NCMD/edge 1"]


def test_data_without_a_birth_ask_for_a_rebirth_at_most_every_two_seconds() -> None:
    clock = Clock()
    nodes = host(clock)
    counted = 0
    for _ in range(9):  # 4 s
        hear(nodes, [foreign_data(5, 1, 1.0)])
        counted += len(rebirths(nodes))
        clock.now += 0.5
    assert counted == 3
    assert not len(nodes)


def test_messages_that_overtake_each_other_are_put_in_order() -> None:
    clock = Clock()
    one, nodes = live(clock)
    first, second = list(one.data(FIRST)), list(one.data(NEXT))
    hear(nodes, second)
    assert not len(taken(nodes))
    clock.now += 0.5
    hear(nodes, first)
    clock.now += 5.0
    assert rebirths(nodes) == []
    assert taken(nodes)["sequence"].to_list() == list(range(8))


def test_a_missing_message_leads_to_a_rebirth_after_the_reorder_time() -> None:
    clock = Clock()
    one, nodes = live(clock)
    list(one.data(FIRST))  # lost
    hear(nodes, one.data(NEXT))
    clock.now += 0.9
    assert rebirths(nodes) == []
    clock.now += 0.2
    assert rebirths(nodes) == ["spBv1.0/works/NCMD/edge 1"]
    hear(nodes, one.birth())
    for batch in (FIRST, NEXT):
        hear(nodes, one.data(batch))
    assert taken(nodes)["sequence"].to_list() == list(range(8))


def test_a_death_makes_all_tags_of_node_and_devices_stale() -> None:
    one, nodes = learned(FIRST, messages(devices=("press",))), host()
    hear(nodes, one.birth())
    nodes.take()
    hear(nodes, [one.death()])
    stale = taken(nodes, source=None)
    assert stale["status"].to_list() == [STALE]
    assert stale["tag"].to_list() == ["press/Speed"]
    assert stale["number"].to_list() == [None]
    assert not nodes.nodes[NODE].online


def test_a_death_of_an_earlier_connection_is_ignored() -> None:
    old, new, nodes = messages(bdseq=1), learned(FIRST, messages(bdseq=2)), host()
    hear(nodes, new.birth())
    hear(nodes, [old.death()])
    assert nodes.nodes[NODE].online
    assert nodes.faults["NDEATH of another birth"] == 1


def test_a_birth_after_a_death_says_that_the_values_are_good_again() -> None:
    one, nodes = live()
    hear(nodes, one.data(FIRST))
    hear(nodes, [one.death()])
    nodes.take()
    hear(nodes, one.birth())
    again = taken(nodes, source=None)
    assert again.select("source", "tag", "number", "status").rows() == [("main", "press/Speed", 3.0, 0)]


def test_the_death_of_a_device_leaves_the_node_alive() -> None:
    nodes = host()
    birth = Payload(timestamp=BORN_MS, seq=1)
    birth.metrics.add(name="Speed", alias=9, datatype=10, double_value=1)
    death = Payload(timestamp=BORN_MS + 5, seq=2)
    hear(nodes, [foreign_birth(x=1.0), foreign("DBIRTH", birth, "oven"), foreign("DDEATH", death, "oven")])
    found = taken(nodes, source=None)
    assert found.select("tag", "status").rows()[-1] == ("works/plc/oven/Speed", STALE)
    assert found["time"].cast(pl.Int64)[-1] == (BORN_MS + 5) * 1000
    assert found.filter(pl.col("status") == STALE).height == 1


def test_samples_of_a_foreign_node_are_numbered_by_the_host() -> None:
    nodes = host()
    hear(nodes, [foreign_birth(x=1.0, y=2.0), foreign_data(1, 2, 5.0), foreign_data(2, 1, 6.0)])
    found = taken(nodes, source=None)
    assert found.select("source", "sequence", "tag", "number").rows() == [
        ("main", 0, "works/plc/x", 1.0),
        ("main", 1, "works/plc/y", 2.0),
        ("main", 2, "works/plc/y", 5.0),
        ("main", 3, "works/plc/x", 6.0),
    ]


@pytest.mark.parametrize(
    ("datatype", "value", "number", "text"),
    [
        (1, {"int_value": 0xFF}, -1.0, None),
        (2, {"int_value": 0xFFFE}, -2.0, None),
        (3, {"int_value": 0xFFFFFFFD}, -3.0, None),
        (4, {"long_value": 2**64 - 4}, -4.0, None),
        (7, {"int_value": 0xFFFFFFFF}, 4294967295.0, None),
        (8, {"long_value": 2**63}, 2.0**63, None),
        (9, {"float_value": 0.5}, 0.5, None),
        (11, {"boolean_value": True}, 1.0, None),
        (12, {"string_value": "Läuft"}, None, "Läuft"),
        (13, {"long_value": BORN_MS}, None, "2026-03-01T06:00:00+00:00"),
    ],
)
def test_each_type_of_value_is_read_as_it_is_meant(datatype, value, number, text) -> None:
    nodes = host()
    birth = Payload(timestamp=BORN_MS, seq=0)
    birth.metrics.add(name="bdSeq", datatype=4, long_value=0)
    birth.metrics.add(name="x", alias=1, datatype=datatype, **value)
    data = Payload(timestamp=BORN_MS, seq=1)
    data.metrics.add(alias=1, **value)
    hear(nodes, [foreign("NBIRTH", birth), foreign("NDATA", data)])
    assert taken(nodes, source=None).select("number", "text").rows() == [(number, text)] * 2


def test_an_array_is_one_tag_per_element_and_a_data_set_is_said_to_be_left_out() -> None:
    nodes = host()
    birth = Payload(timestamp=BORN_MS, seq=0)
    birth.metrics.add(name="bdSeq", datatype=4, long_value=0)
    birth.metrics.add(name="a", datatype=23, bytes_value=b"\x01\x00\xff\xff")
    birth.metrics.add(name="b", datatype=32, bytes_value=b"\x03\x00\x00\x00\xa0")
    birth.metrics.add(name="d", datatype=16).dataset_value.num_of_columns = 1
    hear(nodes, [foreign("NBIRTH", birth)])
    found = taken(nodes, source=None).select("tag", "number").rows()
    assert [(tag.rsplit("/", 1)[1], number) for tag, number in found] == [
        ("a[0]", 1.0),
        ("a[1]", -1.0),
        ("b[0]", 1.0),
        ("b[1]", 0.0),
        ("b[2]", 1.0),
    ]
    assert [reason for reason in nodes.faults if "DATASET is left out" in reason]


def test_a_lost_connection_makes_silent_nodes_stale_after_a_while() -> None:
    clock = Clock()
    _, nodes = live(clock)
    nodes.take()
    nodes.lost_connection()
    clock.now += 9
    assert len(rebirths(nodes)) == 1
    assert not len(nodes)
    clock.now += 2
    nodes.expire()
    assert taken(nodes, source=None)["status"].to_list() == [STALE]


def broken(dice: random.Random, sound: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """A message with changed, missing or foreign bytes, or another topic."""
    topic, payload = dice.choice(sound)
    raw = bytearray(payload)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(raw))
        raw[at : at + dice.randint(0, 2)] = dice.randbytes(dice.randint(0, 3))
        if not raw:
            raw = bytearray(b"\0")
    if dice.random() < 0.1:
        topic = dice.choice(["spBv1.0", "spBv1.0/works/DDATA/edge 1/x", "spBv1.0/////", topic + "/x"])
    return topic, bytes(raw)


def test_ten_thousand_malformed_messages_never_stop_the_host() -> None:
    dice = random.Random(5)
    one, nodes = learned(FIRST, messages(devices=("press",))), host()
    sound = [*one.birth(), *one.data(FIRST), one.death(), foreign_birth(x=1.0), foreign_data(1, 1, 2.0)]
    for _ in range(10_000):
        nodes.receive(*broken(dice, sound))
        nodes.receive(*dice.choice(sound))
        nodes.expire()
    assert sum(nodes.faults.values()) > 3_000
    taken(nodes, source=None)
    hear(nodes, one.birth())
    hear(nodes, one.data(NEXT))
    assert taken(nodes).equals(NEXT)
