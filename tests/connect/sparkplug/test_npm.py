"""The library `sparkplug-payload` of npm reads what we write, and we read what it writes."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.connect.sparkplug.broker import lacking, program
from tests.connect.sparkplug.capture import BORN_MS, hear, host, learned, messages, samples, taken
from zhizao.connect.sparkplug.wire.keys import FORM

_READ = """
const spb = require("sparkplug-payload").get("spBv1.0");
const show = (key, value) => typeof value === "bigint" ? Number(value) : value;
const sent = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = sent.map((hex) => spb.decodePayload(Buffer.from(hex, "hex")));
read.forEach((payload) => { payload.timestamp = Number(payload.timestamp); payload.seq = Number(payload.seq);
  payload.metrics.forEach((metric) => { metric.alias = Number(metric.alias);
    metric.timestamp = Number(metric.timestamp); }); });
console.log(JSON.stringify(read, show));
"""

_WRITE = """
const spb = require("sparkplug-payload").get("spBv1.0");
const at = 1772344800000;
const metric = (name, alias, type, value) => ({name, alias, type, value, timestamp: at});
const all = [["a", 1, "Int8", -5], ["b", 2, "UInt32", 4000000000], ["c", 3, "Int64", 123456789012],
  ["d", 4, "Float", 0.5], ["e", 5, "Double", 1e-9], ["f", 6, "Boolean", true], ["g", 7, "String", "läuft"]];
const birth = {timestamp: at, seq: 0, metrics: [{name: "bdSeq", type: "Int64", value: 0, timestamp: at},
  ...all.map((one) => metric(...one))]};
const data = {timestamp: at, seq: 1, metrics: all.map(([, alias, type, value]) =>
  ({alias, type, value, timestamp: at}))};
console.log(JSON.stringify([birth, data].map((one) => Buffer.from(spb.encodePayload(one)).toString("hex"))));
"""


@pytest.fixture
def node():
    """Run a script of Node.js that has the library; NODE_PATH says where it is."""
    program("node", "nodejs")

    def run(script: str, given: object = None):
        done = subprocess.run(
            ["node", "-e", script],
            input=json.dumps(given),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if "Cannot find module 'sparkplug-payload'" in done.stderr:
            lacking("needs sparkplug-payload (npm install -g sparkplug-payload, NODE_PATH=$(npm root -g))")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_it_reads_what_we_write(node) -> None:
    batch = samples([("press/Speed", 1, 1.5, 0), ("press/State", -9, "läuft", 0), ("press/Old", 2, None, 0)])
    one = learned(batch, messages(bdseq=7))
    sent = [*one.birth(), *one.data(batch), one.death()]
    birth, data, death = node(_READ, [payload.hex() for _, payload in sent])
    assert {m["name"]: m["type"] for m in birth["metrics"]}["press/Speed"] == "Double"
    assert [birth["seq"], data["seq"]] == [0, 1]
    names = {m["alias"]: m["name"] for m in birth["metrics"] if m["alias"]}
    assert [names[m["alias"]] for m in data["metrics"]] == batch["tag"].to_list()
    assert data["uuid"] == FORM
    assert death["metrics"][0]["value"]["low"] == 7  # its whole numbers of 64 bits are objects
    assert data["timestamp"] == BORN_MS


def test_we_read_what_it_writes(node) -> None:
    payloads = [bytes.fromhex(one) for one in node(_WRITE)]
    nodes = host()
    topics = ("spBv1.0/works/NBIRTH/plc", "spBv1.0/works/NDATA/plc")
    hear(nodes, zip(topics, payloads, strict=True))
    found = taken(nodes, source=None).select("tag", "number", "text").rows()
    expected = [-5.0, 4e9, 123456789012.0, 0.5, 1e-9, 1.0, None]
    assert [row[1] for row in found] == expected * 2
    assert [row[2] for row in found if row[2]] == ["läuft", "läuft"]
    assert not nodes.faults
