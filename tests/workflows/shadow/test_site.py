"""A site file says what is wrong with it, all at once, with line and nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao.connect.modbus import Form, Table
from zhizao.connect.opcua import Anonymous, Plain
from zhizao.quantities import InputError
from zhizao.workflows.shadow.site import (
    ModbusSource,
    OpcuaSource,
    Site,
    SparkplugSource,
    broker,
    opcua_endpoint,
    read_site,
)

HEAD = "zhizao-site: 1\nplant: plant.yaml\n"


def written(folder: Path, text: str) -> Site:
    file = folder / "site.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return read_site(file)


def test_every_kind_of_source_is_read(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        "zone: Asia/Shanghai\n"
        "sources:\n"
        "  - {opcua: 'opc.tcp://press:4840', plain: true, anonymous: true}\n"
        "  - {sparkplug: 'mqtts://broker:8883', groups: [works], user: {name: z, password_env: MQTT}}\n"
        "  - {mqtt: 'mqtt://127.0.0.1', rules: [{topics: line/+/count, tag: '{1}/Good', value: /n}]}\n"
        "  - modbus: modbus://plc\n"
        "    registers: [{tag: P/1/Good, table: holding, address: 4, form: uint32}]\n"
        "retention: {live: 7 d, keep: 365 d}\n",
    )
    opcua, sparkplug, _, modbus = found.sources
    assert isinstance(opcua, OpcuaSource)
    endpoint = opcua_endpoint(found, opcua)
    assert isinstance(endpoint.security, Plain)
    assert isinstance(endpoint.login, Anonymous)
    assert isinstance(sparkplug, SparkplugSource)
    assert broker(found, sparkplug.sparkplug, sparkplug).encrypted
    assert isinstance(modbus, ModbusSource)
    assert (modbus.registers[0].table, modbus.registers[0].form) == (Table.HOLDING, Form.UINT32)
    assert found.retention.live == 7 * 86_400
    assert found.store_url == f"duckdb:///{tmp_path}/data/site.duckdb"


def test_all_faults_are_named_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        written(
            tmp_path,
            "zone: Asia/Shanghay\n"
            "sources:\n"
            "  - {opcua: 'opc.tcp://press:4840', plane: true}\n"
            "  - {server: press}\n"
            "  - {modbus: 'modbus://plc', registers: [{tag: a, table: holdings, address: 4}]}\n",
        )
    text = str(caught.value)
    for part in ("site.yaml:3: zone", "'Asia/Shanghai'", "site.yaml:5", "did you mean 'plain'?"):
        assert part in text
    for part in ("site.yaml:6", "write one of opcua: ADDRESS", "site.yaml:7", "did you mean 'holding'?"):
        assert part in text


def dialled(site: Site) -> object:
    source = site.sources[0]
    if isinstance(source, OpcuaSource):
        return opcua_endpoint(site, source)
    assert isinstance(source, SparkplugSource)
    return broker(site, source.sparkplug, source)


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("{opcua: 'opc.tcp://press:4840'}", "anonymous: true"),
        ("{sparkplug: 'http://broker'}", "right is mqtt://HOST:PORT"),
        ("{sparkplug: 'mqtt://me:secret@broker'}", "write user:"),
    ],
)
def test_an_address_that_cannot_be_dialled_is_refused_without_its_password(
    tmp_path: Path, source: str, right: str
) -> None:
    found = written(tmp_path, f"sources:\n  - {source}\n")
    with pytest.raises(InputError, match=right) as caught:
        dialled(found)
    assert "secret" not in str(caught.value)
