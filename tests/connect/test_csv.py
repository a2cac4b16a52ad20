"""A factory's log in: from the user's file to records, with a clear word for every fault."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect.csv import ColumnMap, LogImport, guess_columns, read_log
from zhizao.connect.csv.text import check_lines
from zhizao.quantities.errors import LogError
from zhizao.records import EVENTS, LOTS, Finding

HEAD = "case_id,activity,machine,start_time,end_time\n"
ROW = "L1,Turn,M1,2026-01-05 08:00:00,2026-01-05 09:00:00\n"


def write(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def refused(folder: Path, text: str | bytes) -> str:
    path = write(folder, text)
    with pytest.raises(LogError) as caught:
        read_log(path)
    return str(caught.value)


def found(log: LogImport, check: str) -> Finding:
    finding = log.quality.of(check)
    assert finding is not None, [f.check for f in log.quality]
    return finding


def test_a_plain_log_becomes_records_in_our_schema(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, HEAD + ROW + "L1,Mill,M2,2026-01-05 10:00,2026-01-05 11:30\n"))
    assert log.records.events is not None
    assert dict(log.records.events.schema) == {k: pl.Schema({k: v})[k] for k, v in EVENTS.items()}
    assert list(log.records.lots.columns) == list(LOTS)
    assert log.records.start == datetime(2026, 1, 5, 8)
    assert log.records.end == datetime(2026, 1, 5, 11, 30)
    assert len(log.quality) == 0


def test_report_types_tell_set_up_from_production_and_breakdown(tmp_path: Path) -> None:
    text = "lot,operation,machine,start,end,report_type\n" + "".join(
        f"L1,Turn,M1,2026-01-05 0{i}:00,2026-01-05 0{i}:30,{kind}\n" for i, kind in enumerate("SDB")
    )
    events = read_log(write(tmp_path, text)).records.events
    assert events is not None
    assert events["activity"].to_list() == ["setup", "process", "failure"]


def test_the_twins_own_log_reads_back_unchanged(tmp_path: Path) -> None:
    row = dict.fromkeys(EVENTS, None) | {
        "lot": "a", "order": "o", "product": "p", "operation": "cut", "work_center": "c", "unit": "c-1",
        "activity": "setup", "start": datetime(2026, 1, 5), "end": datetime(2026, 1, 6), "pieces_in": 4,
    }  # fmt: skip
    frame = pl.DataFrame([row], schema=EVENTS)
    frame.write_csv(tmp_path / "own.csv")
    frame.write_parquet(tmp_path / "own.parquet")
    for name in ("own.csv", "own.parquet"):
        log = read_log(tmp_path / name)
        assert log.records.events is not None
        assert log.records.events.equals(frame)
        assert log.records.lots["pieces"].to_list() == [4]


def test_a_saved_column_map_reads_as_it_was(tmp_path: Path) -> None:
    columns = ColumnMap(
        "a", "b", None, "d", "e", product="p", kinds={"X": "setup"}, time_zone="Asia/Shanghai"
    )
    for name in ("map.json", "map.yaml"):
        columns.save(tmp_path / name)
        assert ColumnMap.load(tmp_path / name) == columns


def test_a_misspelt_entry_of_a_column_map_gets_the_nearest_name(tmp_path: Path) -> None:
    path = write(tmp_path, '{"lots": "a"}', "map.json")
    with pytest.raises(LogError, match="did you mean 'lot'"):
        ColumnMap.load(path)


def test_names_of_an_xes_export_are_known() -> None:
    columns = guess_columns(
        ["case:concept:name", "concept:name", "org:resource", "start_timestamp", "time:timestamp"]
    )
    assert (columns.lot, columns.operation, columns.end) == (
        "case:concept:name", "concept:name", "time:timestamp"
    )  # fmt: skip


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_a_byte_order_mark_and_decimal_commas_read_the_same(
    tmp_path: Path, separator: str
) -> None:
    text = "case_id,activity,machine,start,end,qty\nL1,Turn,M1,2026-01-05 08:00,2026-01-05 09:00,12#0\n"
    text = "﻿" + text.replace(",", separator).replace("#", ",")
    assert read_log(write(tmp_path, text)).records.lots["pieces"].to_list() == [12]


def test_a_chinese_log_in_its_own_encoding_is_read(tmp_path: Path) -> None:
    text = "工单,工序,设备,开始时间,结束时间\nL1,车削,M1,2026-01-05 08:00,2026-01-05 09:00\n"
    path = write(tmp_path, text.encode("gb18030"))
    for encoding in (None, "gb18030"):
        events = read_log(path, encoding=encoding).records.events
        assert events is not None
        assert events["operation"].to_list() == ["车削"]
    with pytest.raises(LogError, match=r"line 1: byte 0x.*gb18030"):
        read_log(path, encoding="utf-8")


def test_one_offset_throughout_is_dropped_and_noted(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, HEAD + "L1,T,M,2026-01-05T08:00+08:00,2026-01-05T09:00:00+08:00\n"))
    assert log.records.start == datetime(2026, 1, 5, 8)
    assert "+08:00" in found(log, "times").found


def test_days_first_are_understood_when_they_can_be_reported(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, HEAD + "L1,T,M,25/01/2026 08:00,25/01/2026 09:00\n"))
    assert log.records.start == datetime(2026, 1, 25, 8)


def test_a_day_that_could_be_a_month_is_asked_for(tmp_path: Path) -> None:
    assert "time_format" in refused(tmp_path, HEAD + "L1,T,M,05/01/2026 08:00,05/01/2026 09:00\n")


def test_duplicates_are_dropped_and_a_missing_end_stays_open_with_a_note(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, HEAD + ROW + ROW + "L1,Mill,M2,2026-01-05 10:00,\n"))
    assert (found(log, "duplicates").count, found(log, "missing ends").count) == (1, 1)
    assert log.records.lots["status"].to_list() == ["in-process"]
    assert log.table().height == len(log.quality)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the log is empty"),
        (HEAD, "the log is empty"),
        ("a,b\n1,2\n", "row 1: found no column for lot, operation or work_center or personnel, start or end"),
        (HEAD.replace("case_id", "colour") + ROW, 'found no column for lot among colour, activity'),
        (HEAD.replace(",", "#") + ROW.replace(",", "#"), "the separator is none of comma, semicolon, tab"),
        (HEAD + ROW + "L1,T,M,2026-01-05 08:00,2026-01-05 07:00\n", "end before they start: row 3"),
        (HEAD + ROW + "L1,T,M,soon,2026-01-05 07:00\n", "row 3: start is 'soon'"),
        (HEAD + ROW + ",T,M1,2026-01-05 08:00,2026-01-05 09:00\n", "rows have no lot: row 3 (1 of 2)"),
        (HEAD + "L1,T,M,2026-01-05T08:00Z,2026-01-05T09:00+08:00\n", "mixed time zones"),
        (HEAD + ROW + "L1,T,M,2026-01-05 08:00Z,2026-01-05 09:00Z\n", "mixed time zones: none in row 2"),
        (HEAD + ROW + ROW.replace("\n", ",more\n"), "row 3: found 6 fields, the header has 5"),
        (b"\xff\xfea\x00", "found one column only"),
        (HEAD + ROW + "L1,T,M,05.01.2026 08:00,05.01.2026 07:00\n", "row 3: start is '05.01.2026 08:00'"),
        (HEAD.replace("\n", ",qty\n") + ROW.replace("\n", ",few\n"), "row 2: pieces is 'few'"),
        (HEAD.replace("\n", ",report_type\n") + ROW.replace("\n", ",S\n") + ROW.replace("\n", ",Q\n"),
         "row 3: report_type is 'Q'"),
        (HEAD.replace("\n", ",part\n") + ROW.replace("\n", ",p\n") + ROW.replace("\n", ",q\n"),
         "overlapping ids: lot 'L1' is of product 'p' in row 2 and 'q' in row 3"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_row(tmp_path: Path, text: str | bytes, said: str) -> None:
    message = refused(tmp_path, text)
    assert said in message
    assert "log.csv" in message


def test_a_column_map_that_names_an_absent_column_lists_what_there_is(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ROW)
    with pytest.raises(LogError, match=r"no column 'who' .for personnel.; the file has case_id"):
        read_log(path, columns=replace(guess_columns(HEAD.strip().split(",")), personnel="who"))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"none\.csv: cannot be read"):
        read_log(tmp_path / "none.csv")


def test_a_line_over_the_limit_is_refused_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="line 2 is longer than 50 bytes"):
        check_lines(write(tmp_path, "short\n" + "x" * 60), limit=50)


def test_a_line_of_two_gigabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD)
    with path.open("r+b") as stream:
        stream.truncate(2 << 30)
    with pytest.raises(LogError, match="line 2 is longer than 1,000,000 bytes"):
        read_log(path)
    path.unlink()


def shop_log() -> Path:
    shared = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).parents[2] / ".." / "shared"))
    path = shared / "data" / "production" / "train.csv"
    if not path.is_file():
        pytest.skip(f"the machine shop's log is not at {path}; set ZHIZAO_SHARED")
    return path


def test_the_machine_shops_log_reads_without_help() -> None:
    log = read_log(shop_log())
    assert log.records.lots.height == 118
    assert log.records.events is not None
    assert log.records.events["end"].null_count() == 8
    assert log.columns.pieces == "order_qty"
    assert set(log.unmapped) == {"qty_mrb"}


def test_the_defects_of_the_machine_shops_log_are_found() -> None:
    log = read_log(shop_log())
    counts = {f.check: f.count for f in log.quality}
    assert counts["duplicates"] == 10
    assert counts["missing ends"] == 8
    assert counts["spans of 0"] == 224
    assert counts["unresolved spans"] == 21
    assert "75 min in 135 rows" in found(log, "default lengths").found
    assert "Packing" in found(log, "dates only").found
    assert counts["cut off at the left"] == 28
