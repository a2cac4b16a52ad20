"""Names of columns in exports: lots beside orders, machines beside cost centers, abbreviations in use."""

from __future__ import annotations

from pathlib import Path

import pytest

import zhizao
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap, LogImport, guess_columns

SPAN = "2026-03-02 {0:02}:00,2026-03-02 {0:02}:50"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Auftrags-Nr.", "Los Nr.", "AVO", "Kostenstelle", "Maschine", "Beginn", "Ende"],
         {"order": "Auftrags-Nr.", "lot": "Los Nr.", "operation": "AVO", "work_center": "Kostenstelle",
          "unit": "Maschine"}),
        (["Fertigungsauftrag", "AVO-Nr.", "AVO-Bezeichnung", "KST", "Beginn", "Ende"],
         {"lot": "Fertigungsauftrag", "operation": "AVO-Bezeichnung", "work_center": "KST"}),
        (["Fertigungsauftrag", "Los", "Arbeitsvorgang", "Arbeitsplatz", "Kostenstelle", "Start", "Ende"],
         {"order": "Fertigungsauftrag", "lot": "Los", "operation": "Arbeitsvorgang",
          "work_center": "Arbeitsplatz"}),
        (["Betriebsauftrag", "Vorgang", "Anlage", "Beginn", "Ende"], {"lot": "Betriebsauftrag"}),
        (["Betriebsauftrags-Nr.", "Los-Nr.", "Vorgang", "Anlage", "Beginn", "Ende"],
         {"order": "Betriebsauftrags-Nr.", "lot": "Los-Nr."}),
        (["Work Order", "Lot", "Operation", "Cost Center", "Equipment ID", "Start", "End"],
         {"order": "Work Order", "lot": "Lot", "work_center": "Cost Center", "unit": "Equipment ID"}),
        (["Work Order", "Operation", "Machine", "Start", "End"], {"lot": "Work Order"}),
        (["WO No", "Lot Number", "Operation", "Machine", "Start", "End"],
         {"order": "WO No", "lot": "Lot Number"}),
        (["生产批次", "工单号", "工序名称", "设备编号", "开始时间", "结束时间"],
         {"lot": "生产批次", "order": "工单号", "operation": "工序名称", "work_center": "设备编号"}),
        (["生产任务单号", "工步名称", "机台名称", "开始时间", "结束时间"],
         {"lot": "生产任务单号", "operation": "工步名称", "work_center": "机台名称"}),
        (["Batch Number", "Step", "Machine", "Start", "End"], {"lot": "Batch Number"}),
    ],
)  # fmt: skip
def test_abbreviations_and_orders_beside_lots_are_known(columns: list[str], expected: dict[str, str]) -> None:
    found = guess_columns(columns).used()
    assert {name: found.get(name) for name in expected} == expected


def log_of(folder: Path, *lines: str, columns: ColumnMap | None = None) -> LogImport:
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return zhizao.read_log(path, columns=columns)


def shop(*heads: str) -> list[str]:
    """Two departments with machines 1 and 2 each, and a saw; `heads` name department and machine."""
    lines = [f"Lot,Operation,{heads[0]},{heads[1]},Start,End"]
    for n in range(40):
        for at, (step, center, machine) in enumerate(
            (("saw", "Sawing", "S1"), ("turn", "Lathes", f"M{n % 2 + 1}"), ("mill", "Mills", f"M{n % 2 + 1}"))
        ):
            span = f"2026-03-{2 + n % 20:02} {6 + 3 * at + n // 20:02}"
            lines.append(f"L{n:02},{step},{center},{machine},{span}:00,{span}:50")
    return lines


@pytest.mark.parametrize(
    ("heads", "columns"),
    [
        (("Kostenstelle", "Maschine"), None), (("Cost Center", "Machine"), None),
        (("工作中心", "设备"), None),
        (("Work Center", "Machine"), None), (("成本中心", "机床"), None),
        (("Kostenstelle", "Betriebsmittel"), None),
        (("Shop", "Asset"), ColumnMap(work_center="Shop", unit="Asset")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "map" if value else "guess",
)  # fmt: skip
def test_machines_of_one_name_are_reported_apart_by_their_work_center(
    tmp_path: Path, heads: tuple[str, str], columns: ColumnMap | None
) -> None:
    log = log_of(tmp_path, *shop(*heads), columns=columns)
    events = log.records.events
    assert events is not None
    assert set(events.select("work_center", "unit").unique().rows()) == {
        ("Sawing", "S1"), ("Lathes", "Lathes M1"), ("Lathes", "Lathes M2"), ("Mills", "Mills M1"),
        ("Mills", "Mills M2"),
    }  # fmt: skip
    reported = log.quality.of("machines of one name")
    assert reported is not None
    assert reported.count == 80
    plant = zhizao.learn(log.records).plant
    assert {center.id: len(center.units) for center in plant.work_centers} == {
        "Sawing": 1, "Lathes": 2, "Mills": 2,
    }  # fmt: skip


def test_machines_of_a_cost_center_that_do_unlike_work_are_work_centers(tmp_path: Path) -> None:
    lines = [
        "Lot,Operation,Kostenstelle,Maschine,Start,End",
        *(
            f"{lot},{step},4711,{machine},{SPAN.format(hour)}"
            for lot, first in (("A", 6), ("B", 10))
            for hour, (step, machine) in enumerate((("turn", "D1"), ("mill", "F1")), first)
        ),
    ]
    log = log_of(tmp_path, *lines)
    assert log.records.events is not None
    assert set(log.records.events.select("work_center", "unit").unique().rows()) == {
        ("D1", "D1"),
        ("F1", "F1"),
    }
    assert log.quality.of("unlike machines") is not None
    reported = log_of(tmp_path, *lines, columns=ColumnMap(work_center="Kostenstelle", unit="Maschine"))
    assert reported.records.events is not None
    assert set(reported.records.events["work_center"]) == {"4711"}


def test_machines_of_one_name_in_several_lines_are_reported(tmp_path: Path) -> None:
    log = log_of(tmp_path, *shop("Line", "Machine"))
    reported = log.quality.of("machines of one name")
    assert reported is not None
    assert (reported.count, reported.remedy.endswith('"work_center": "Line", "unit": "Machine"')) == (
        80,
        True,
    )


def test_a_row_without_a_work_center_is_of_the_one_of_its_machine(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,operation,work_center,machine,start,end", f"A,cut,W,M1,{SPAN.format(6)}",
        f"B,cut,,M1,{SPAN.format(7)}",
    )  # fmt: skip
    assert log.records.events is not None
    assert log.records.events["work_center"].to_list() == ["W", "W"]
    assert log.quality.of("machines of one name") is None


def test_a_batch_of_material_that_several_orders_use_is_no_lot(tmp_path: Path) -> None:
    rows = [
        f"{order},{batch},{step},{SPAN.format(hour)}"
        for n, (order, batch) in enumerate((("W1", "X"), ("W2", "X"), ("W3", "Y")))
        for hour, step in enumerate(("cut", "bend"), 6 + 3 * n)
    ]
    log = log_of(tmp_path, "工单号,批次号,工序,开始时间,结束时间", *rows)
    assert set(log.records.lots["lot"]) == {"W1", "W2", "W3"}
    assert log.quality.of("lots") is not None


def test_a_table_without_columns_is_said_to_have_none() -> None:
    with pytest.raises(
        LogError, match=r"tags.xml: found no columns; right is a table with a row of their names"
    ):
        guess_columns([], source="tags.xml")
