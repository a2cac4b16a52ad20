"""Cells that are numbers, lengths, starts and ends: what an export means by them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect import read_log
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap, LogImport, guess_columns
from zhizao.records.intake.amounts import to_number


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["12,5", "3"], [12.5, 3]),
        (["1,250", "250"], [1250, 250]),  # thousands: some numbers do without
        (["12,000", "5,000"], [12, 5]),  # as SAP writes quantities, with three decimals in every row
        (["1,250", "2,375"], [1250, 2375]),
        (["0,250", "2,375"], [0.25, 2.375]),
        (["1.234,5", "12"], [1234.5, 12]),
        (["1,234.5", "12"], [1234.5, 12]),
        (["1'250", "12 ST"], [1250, 12]),
        (["few", "2"], [None, 2]),
    ],
)
def test_the_meaning_of_commas_is_decided_over_the_whole_column(
    cells: list[str], numbers: list[float | None]
) -> None:
    assert to_number(pl.Series(cells)).to_list() == numbers


def log_of(folder: Path, *lines: str, columns: ColumnMap | None = None) -> LogImport:
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return read_log(path, columns=columns)


def spans(log: LogImport) -> list[tuple[str, datetime | None, datetime | None]]:
    assert log.records.events is not None
    return log.records.events.select("operation", "start", "end").rows()


def clock(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 5, hour, minute)


def count(log: LogImport, check: str) -> int:
    finding = log.quality.of(check)
    assert finding is not None, [f.check for f in log.quality]
    return finding.count


def test_starts_and_ends_in_rows_of_their_own_are_paired(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,step,machine,timestamp,event",
        "L1,mill,M1,2026-01-05 08:00,track in", "L1,mill,M2,2026-01-05 08:30,track in",
        "L1,mill,M2,2026-01-05 09:00,track out", "L1,mill,M1,2026-01-05 10:00,track out",
        "L1,test,Q1,2026-01-05 11:00,track in",
    )  # fmt: skip
    assert log.columns.lifecycle == "event"
    # each end finds the start on its own machine; the last start has no end: it is running
    assert spans(log) == [
        ("mill", clock(8), clock(10)), ("mill", clock(8, 30), clock(9)), ("test", clock(11), None)
    ]  # fmt: skip


def test_an_end_belongs_to_the_earliest_open_start_of_its_instance(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,step,machine,timestamp,lifecycle,instance_id",
        "L1,mill,M1,2026-01-05 08:00,start,a", "L1,mill,M1,2026-01-05 08:30,start,b",
        "L1,mill,M1,2026-01-05 08:40,suspend,b", "L1,mill,M1,2026-01-05 09:00,complete,b",
        "L1,mill,M1,2026-01-05 10:00,complete,a", "L1,mill,M1,2026-01-05 12:00,complete,c",
    )  # fmt: skip
    assert spans(log)[:2] == [("mill", clock(8), clock(10)), ("mill", clock(8, 30), clock(9))]
    assert (count(log, "other transitions"), count(log, "ends without a start")) == (1, 1)


def test_at_one_moment_a_start_comes_before_an_end_whatever_the_order_of_rows(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,step,machine,time,transition",
        "L1,stamp,P,2026-01-05 08:00,complete", "L1,stamp,P,2026-01-05 08:00,start",  # at once
        "L1,bend,B,2026-01-05 08:10,start", "L1,bend,B,2026-01-05 08:20,complete",
        "L1,bend,B,2026-01-05 08:20,start", "L1,bend,B,2026-01-05 08:50,complete",  # one after the other
        "L1,stamp,P,2026-01-05 09:00,complete", "L1,stamp,P,2026-01-05 09:00,start",
    )  # fmt: skip
    assert spans(log) == [
        ("stamp", clock(8), clock(8)), ("bend", clock(8, 10), clock(8, 20)),
        ("bend", clock(8, 20), clock(8, 50)), ("stamp", clock(9), clock(9)),
    ]  # fmt: skip
    assert log.quality.of("missing ends") is None
    assert log.quality.of("ends without a start") is None


def test_two_instances_at_one_time_are_no_duplicates(tmp_path: Path) -> None:
    rows = [
        f"L1,weld,W,2026-01-05 {hour},{word},{number}"
        for hour, word in (("08:00", "start"), ("08:30", "complete"))
        for number in ("i1", "i2", "i2")
    ]
    log = log_of(tmp_path, "lot,step,machine,time,transition,instance_id", *rows)
    assert spans(log) == [("weld", clock(8), clock(8, 30))] * 2
    assert count(log, "duplicates") == 1


def test_reports_with_ids_of_their_own_are_no_duplicates_and_running_numbers_tell_nothing(
    tmp_path: Path,
) -> None:
    cells = "L1,weld,W,2026-01-05 08:00,2026-01-05 08:30"
    for name, kept in (("Rückmeldenummer", 2), ("event_id", 2), ("Lfd. Nr.", 1), ("row", 1), ("序号", 1)):
        log = log_of(tmp_path, f"lot,step,machine,start,end,{name}", f"{cells},70", f"{cells},71")
        assert len(spans(log)) == kept, name
        log = log_of(tmp_path, f"lot,step,machine,start,end,{name}", f"{cells},70", f"{cells},70")
        assert len(spans(log)) == 1, name


def test_words_that_tell_neither_start_nor_end_are_counted(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,step,machine,time,transition", "L1,weld,W,2026-01-05 08:00,start",
        "L1,weld,W,2026-01-05 08:10,coffee", "L1,weld,W,2026-01-05 08:30,complete",
    )  # fmt: skip
    assert count(log, "other transitions") == 1


def test_a_length_gives_the_side_that_is_missing(tmp_path: Path) -> None:
    log = log_of(tmp_path, "lot,step,machine,end,Dauer [min]", "L1,mill,M1,2026-01-05 10:00,90")
    assert spans(log) == [("mill", clock(8, 30), clock(10))]
    with pytest.raises(LogError, match="duration_unit"):
        log_of(tmp_path, "lot,step,machine,end,duration", "L1,mill,M1,2026-01-05 10:00,90")
    reported = ColumnMap(duration_unit="min")
    log = log_of(
        tmp_path, "lot,step,machine,end,duration", "L1,mill,M1,2026-01-05 10:00,90", columns=reported
    )
    assert count(log, "times from lengths") == 1


@pytest.mark.parametrize(("unit", "factor"), [("s", 60), ("min", 1), ("h", 1 / 60)])
def test_times_tell_the_unit_of_lengths(tmp_path: Path, unit: str, factor: float) -> None:
    rows = [f"L0,mill,M1,2026-01-05 08:00,,{20 * factor}"]
    for n in range(1, 8):
        hour = f"2026-01-05 {8 + n:02}"
        rows.append(f"L{n},mill,M1,{hour}:00,{hour}:{20 + n},{(20 + n) * factor}")
    log = log_of(tmp_path, "lot,step,machine,start,end,duration", *rows)
    assert spans(log)[0] == ("mill", clock(8), clock(8, 20))
    assert log.quality.of("unresolved spans") is None


def test_lengths_in_no_unit_are_left_where_both_times_are_there(tmp_path: Path) -> None:
    row = "L1,mill,M1,2026-01-05 08:00,2026-01-05 10:00,777"
    assert count(log_of(tmp_path, "lot,step,machine,start,end,duration", row), "lengths without a unit") == 1


def test_a_lone_start_lasts_until_the_lot_or_the_machine_goes_on(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,step,machine,start",
        "L1,mill,M1,2026-01-05 08:00", "L2,mill,M1,2026-01-05 09:00", "L1,test,Q1,2026-01-05 08:40",
        "L2,test,Q1,2026-01-05 10:00",
    )  # fmt: skip
    assert spans(log)[:3] == [
        ("mill", clock(8), clock(8, 40)),  # its lot goes on at 8:40, its machine at 9:00
        ("test", clock(8, 40), clock(10)),  # the next on Q1 starts at 10:00
        ("mill", clock(9), clock(10)),
    ]


def test_a_night_between_two_ends_is_no_work(tmp_path: Path) -> None:
    rows = [f"L{n},mill,M1,2026-01-05 {8 + n:02}:00" for n in range(6)]
    log = log_of(tmp_path, "lot,step,machine,end", *rows, "L9,mill,M1,2026-01-06 08:00")
    # an hour is usual; 19 hours are more than five times that
    assert spans(log)[-1] == ("mill", datetime(2026, 1, 6, 7), datetime(2026, 1, 6, 8))


def test_lots_that_end_together_on_one_machine_started_together(tmp_path: Path) -> None:
    rows = ("L1,bake,O1,2026-01-05 08:00", "L2,bake,O1,2026-01-05 10:00", "L3,bake,O1,2026-01-05 10:00")
    assert [start for _, start, _ in spans(log_of(tmp_path, "lot,step,machine,end", *rows))[1:]] == [
        clock(8)
    ] * 2


def test_a_few_ends_before_their_starts_are_repaired_and_many_are_refused(tmp_path: Path) -> None:
    good = [f"L1,mill,M1,2026-01-{5 + n:02} 08:00,2026-01-{5 + n:02} 09:00" for n in range(24)]
    bad = "L1,mill,M1,2026-01-30 09:00,2026-01-30 08:00"
    log = log_of(tmp_path, "lot,step,machine,start,end", *good, bad)
    assert count(log, "ends before starts") == 1
    assert spans(log)[-1] == ("mill", datetime(2026, 1, 30, 7), datetime(2026, 1, 30, 8))
    with pytest.raises(LogError, match="rows end before they start: row 7, 8"):
        log_of(tmp_path, "lot,step,machine,start,end", *good[:5], bad, bad.replace("L1", "L2"))


def test_a_machine_that_some_rows_lack_is_stood_for_by_the_operation(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "lot,step,machine,start,end",
        "L1,mill,M1,2026-01-05 08:00,2026-01-05 09:00", "L1,deburr,,2026-01-05 09:00,2026-01-05 10:00",
    )  # fmt: skip
    assert log.records.events is not None
    assert log.records.events["work_center"].to_list() == ["M1", "deburr"]
    assert count(log, "no machine") == 1


def test_numbered_operations_are_reported_apart_by_their_place(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "Auftrag,Vorgang,Arbeitsplatz,Beginn,Ende",
        "1,0010,DREH,2026-01-05 08:00,2026-01-05 09:00", "2,0010,FRAES,2026-01-05 08:00,2026-01-05 09:00",
    )  # fmt: skip
    assert [op for op, *_ in spans(log)] == ["DREH 0010", "FRAES 0010"]


def test_a_few_kinds_that_nobody_knows_are_read_as_process(tmp_path: Path) -> None:
    rows = [f"L1,mill,M1,2026-01-{1 + n:02} 08:00,2026-01-{1 + n:02} 09:00,D" for n in range(24)]
    odd = "L1,mill,M1,2026-01-30 08:00,2026-01-30 09:00,Q7"
    log = log_of(tmp_path, "lot,step,machine,start,end,report_type", *rows, odd)
    assert count(log, "unknown report types") == 1
    # a column none of whose words is known tells something else, and is left alone
    other = log_of(tmp_path, "lot,step,machine,start,end,report_type", odd)
    assert (other.columns.activity, other.unmapped) == (None, ("report_type",))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["AUFNR", "VORNR", "LTXA1", "ARBPL", "ISDD", "ISDZ", "IEDD", "IEDZ", "LMNGA", "XMNGA", "MATNR"],
         {"lot": "AUFNR", "operation": "LTXA1", "start": "ISDD", "start_clock": "ISDZ"}),
        (["Auftragsnummer", "Arbeitsgang", "Maschinen-Nr.", "Datum", "Beginn", "Ende", "Stückzahl"],
         {"start": "Datum", "end": "Datum", "start_clock": "Beginn", "end_clock": "Ende",
          "pieces": "Stückzahl"}),
        (["LotID", "StepName", "EqpID", "TrackInTime", "TrackOutTime"],
         {"lot": "LotID", "work_center": "EqpID", "start": "TrackInTime", "end": "TrackOutTime"}),
        (["批次号", "工序名称", "机台编号", "进站时间", "出站时间", "不良数", "时长（分钟）"],
         {"lot": "批次号", "work_center": "机台编号", "pieces_scrap": "不良数",
          "duration": "时长（分钟）"}),
        (["case:concept:name", "concept:name", "org:resource", "time:timestamp", "lifecycle:transition"],
         {"lot": "case:concept:name", "end": "time:timestamp", "lifecycle": "lifecycle:transition"}),
    ],
)  # fmt: skip
def test_names_of_real_exports_are_known(columns: list[str], expected: dict[str, str]) -> None:
    found = guess_columns(columns).used()
    assert {name: found.get(name) for name in expected} == expected


def test_a_day_with_two_times_of_day_may_end_on_the_next_day(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, "Auftrag;Arbeitsgang;Maschine;Datum;Beginn;Ende", "1;fräsen;M1;05.01.2026;22:30;01:15"
    )
    assert spans(log) == [("fräsen", clock(22, 30), datetime(2026, 1, 6, 1, 15))]


def test_a_title_and_a_separator_line_above_the_names_are_passed_over(tmp_path: Path) -> None:
    for above in (["sep=;"], ["BDE-Auswertung Werk 1", ""]):
        log = log_of(
            tmp_path, *above, "lot;step;machine;start;end", "L1;mill;M1;2026-01-05 08:00;2026-01-05 09:00"
        )
        assert len(spans(log)) == 1
