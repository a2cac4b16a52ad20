"""What is particular to XES and to OCEL 2.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zhizao.connect import read_log
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap, LogImport

EVENT = (
    '<event><string key="concept:name" value="{op}"/><string key="org:resource" value="{machine}"/>'
    '<date key="time:timestamp" value="2026-01-05T{clock}"/>'
    '<date key="start_timestamp" value="2026-01-05T08:00"/>'
    "</event>"
)


def xes(folder: Path, *traces: str, head: str = "") -> LogImport:
    path = folder / "log.xes"
    path.write_text(f"{head}<log>\n" + "\n".join(traces) + "\n</log>\n", encoding="utf-8", newline="\n")
    return read_log(path)


def trace(name: str, *events: str, behind: str = "") -> str:
    return (
        f'<trace>\n<string key="concept:name" value="{name}"/>\n' + "\n".join(events) + f"{behind}\n</trace>"
    )


def event(op: str = "mill", machine: str = "M1", clock: str = "09:00") -> str:
    return EVENT.format(op=op, machine=machine, clock=clock)


def rows(log: LogImport, *names: str) -> list[tuple[Any, ...]]:
    assert log.records.events is not None
    return log.records.events.select(names).rows()


def test_a_trace_that_is_written_in_an_unusual_way_says_the_same(tmp_path: Path) -> None:
    usual = rows(
        xes(tmp_path, trace("L1", event("cut & weld".replace("&", "and")))), "lot", "operation", "end"
    )
    nested = event("cut and weld").replace('value="M1"/>', 'value="M1"><int key="deep" value="1"/></string>')
    quoted = event("cut and weld").replace('key="concept:name"', "key='concept:name'")
    remark = event("cut and weld").replace("<event>", "<event><!-- as reported -->")
    assert [
        rows(xes(tmp_path, trace("L1", e)), "lot", "operation", "end") for e in (nested, quoted, remark)
    ] == [usual] * 3
    log = xes(tmp_path, trace("L1", nested))
    assert "deep" not in log.unmapped  # it belongs to the machine, not to the event


def test_signs_that_markup_escapes_are_read(tmp_path: Path) -> None:
    assert rows(xes(tmp_path, trace("L&lt;1", event("cut &amp; weld"))), "lot", "operation") == [
        ("L<1", "cut & weld")
    ]


def test_attributes_of_a_lot_may_stand_behind_its_events(tmp_path: Path) -> None:
    behind = '<string key="product" value="shaft"/>'
    log = xes(
        tmp_path, trace("L1", event(), event("test", "Q1", "10:00"), behind=behind), trace("L2", event())
    )
    assert log.records.lots.select("lot", "product").rows() == [("L1", "shaft"), ("L2", None)]


def test_a_log_in_another_encoding_is_read_as_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    text = f'<?xml version="1.0" encoding="GB18030"?>\n<log>{trace("L1", event("车削"))}</log>'
    path.write_bytes(text.encode("gb18030"))
    assert rows(read_log(path), "operation") == [("车削",)]
    path.write_bytes(text.replace("GB18030", "EBCDIC-9").encode("gb18030"))
    with pytest.raises(LogError, match="line 1: the encoding 'EBCDIC-9' is not known"):
        read_log(path)


def test_a_cell_that_is_wrong_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"log\.xes: row 5: end is '2026-01-05Tlate'"):
        xes(tmp_path, trace("L1", event(), event(clock="late")))


# ---------------------------------------------------------------- OCEL
def ocel(
    folder: Path, objects: dict[str, str], *events: tuple[str, list[str]], reported: ColumnMap | None = None
) -> LogImport:
    listed = [
        {"id": f"e{n}", "type": step, "time": f"2026-01-05T{9 + n:02}:00:00Z",
         "relationships": [{"objectId": o, "qualifier": ""} for o in concerned]}
        for n, (step, concerned) in enumerate(events)
    ]  # fmt: skip
    things = [
        {
            "id": o,
            "type": kind,
            "attributes": [{"name": "quantity", "time": "1970-01-01T00:00:00Z", "value": 7}],
        }
        for o, kind in objects.items()
    ]
    path = folder / "log.json"
    path.write_text(json.dumps({"events": listed, "objects": things}), encoding="utf-8", newline="\n")
    return read_log(path, columns=reported)


OVEN = {"L1": "Lot", "L2": "Lot", "O1": "Oven", "C": "Customer"}


def test_an_event_of_two_lots_is_a_batch_of_both(tmp_path: Path) -> None:
    events = (("cut", ["L1"]), ("bake", ["L1", "L2", "O1"]), ("pay", ["C"]))
    log = ocel(tmp_path, OVEN, *events, reported=ColumnMap(work_center="Oven"))
    baked = [row for row in rows(log, "lot", "operation", "work_center", "batch") if row[1] == "bake"]
    assert sorted(baked) == [("L1", "bake", "O1", "e1"), ("L2", "bake", "O1", "e1")]
    assert log.records.lots["pieces"].to_list() == [7, 7]
    without = log.quality.of("events without a lot")
    assert without is not None
    assert without.count == 1


def test_the_type_that_most_events_concern_is_the_lot_where_no_name_tells(tmp_path: Path) -> None:
    things = {"a": "Bogie", "b": "Bogie", "M": "Press"}
    events = (("cut", ["a", "M"]), ("cut", ["b"]), ("weld", ["a"]))
    log = ocel(tmp_path, things, *events)
    reported = log.quality.of("lots")
    assert reported is not None
    assert "'Bogie' are the lots (most events concern them)" in reported.found
    assert set(log.records.lots["lot"]) == {"a", "b"}
    other = ocel(tmp_path, things, *events, reported=ColumnMap(lot_type="Press"))
    assert set(other.records.lots["lot"]) == {"M"}
