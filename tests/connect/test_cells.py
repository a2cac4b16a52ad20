"""Cells as databases and spreadsheets write them: nothing, no date, offsets, the header once more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect import read_log
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap, LogImport

HEAD = "lot,operation,machine,start,end"
EIGHT, NINE = datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 9)


def log_of(folder: Path, *lines: str, columns: ColumnMap | None = None) -> LogImport:
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return read_log(path, columns=columns)


def column(log: LogImport, name: str) -> list[object]:
    assert log.records.events is not None
    return log.records.events[name].to_list()


def minutes(log: LogImport) -> list[float]:
    assert log.records.events is not None
    span = (pl.col("end") - pl.col("start")).dt.total_seconds() / 60
    return log.records.events.sort("lot").select(span).to_series().to_list()


def count(log: LogImport, check: str) -> int:
    finding = log.quality.of(check)
    return 0 if finding is None else finding.count


# ---------------------------------------------------------------- nothing
@pytest.mark.parametrize(
    "word",
    ["NULL", "null", "N/A", "n/a", "NaT", "nan", "None", "(null)", r"\N", "#N/A", "#NV", "-", "--",
     "9999-12-31 23:59:59", "0000-00-00 00:00:00", "0001-01-01", "9999-12-31T00:00:00Z", "31.12.9999",
     "00.00.0000", "99991231", "00000000"],
)  # fmt: skip
def test_a_word_or_a_year_that_means_nothing_is_an_empty_cell(tmp_path: Path, word: str) -> None:
    log = log_of(
        tmp_path, f"{HEAD},due,scrap", f"A,cut,M1,2026-03-02 08:00,2026-03-02 09:00,{word},1",
        f"B,cut,M1,2026-03-02 08:00,{word},2026-03-05,0",
    )  # fmt: skip
    assert column(log, "end") == [NINE, None]
    assert log.records.lots["due"].to_list() == [None, datetime(2026, 3, 5)]
    assert log.records.lots["status"].to_list() == ["completed", "in-process"]
    assert count(log, "missing ends") == 1
    assert (count(log, "no dates") == 2) == (word[0] in "09" or word.endswith(("9999", "0000")))


def test_a_number_that_is_not_there_is_no_zero(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, f"{HEAD},good,scrap", "A,cut,M1,2026-03-02 08:00,2026-03-02 09:00,N/A,NULL",
        "B,cut,M1,2026-03-02 08:00,2026-03-02 09:00,5,-",
    )  # fmt: skip
    assert column(log, "pieces_good") == [None, 5]
    assert log.records.lots["pieces_scrap"].to_list() == [None, None]


def test_days_that_are_none_in_typed_columns_are_empty_cells(tmp_path: Path) -> None:
    never = datetime(9999, 12, 31)
    frame = pl.DataFrame(
        {"lot": ["A", "B"], "operation": "cut", "start": [EIGHT, EIGHT], "end": [NINE, never]}
    )
    frame.write_parquet(tmp_path / "log.parquet")
    assert column(read_log(tmp_path / "log.parquet"), "end") == [NINE, None]


def test_a_spreadsheets_last_day_is_an_empty_cell(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEAD, "A,cut,M1,46083.25,46083.5", "B,cut,M1,46083.25,2958465")
    assert column(log, "end") == [datetime(2026, 3, 2, 12), None]


def test_the_offset_of_zero_is_not_the_year_zero(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEAD, "A,cut,M1,2026-03-02 08:00:00+0000,2026-03-02 09:00:00+0000")
    assert column(log, "end") == [NINE]


# ---------------------------------------------------------------- headers
def test_a_header_that_comes_again_is_dropped_and_reported(tmp_path: Path) -> None:
    row = "A,cut,M1,2026-03-02 08:00,2026-03-02 09:00"
    log = log_of(tmp_path, HEAD, row, HEAD, row.replace("A", "B"), HEAD)
    assert column(log, "lot") == ["A", "B"]
    assert count(log, "repeated header") == 2
    assert log.quality.rows == 4


def test_a_header_in_other_letters_is_one(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEAD, "A,cut,M1,2026-03-02 08:00,2026-03-02 09:00", HEAD.title())
    assert count(log, "repeated header") == 1


def test_headers_alone_are_an_empty_log(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no rows but headers"):
        log_of(tmp_path, HEAD, HEAD)


# ---------------------------------------------------------------- offsets
@pytest.mark.parametrize(
    "offset",
    ["+00", "+00:00", "-00", " UTC", "UTC", "Z", " GMT", "+08", " +0800", " UTC+08",
     "+01:00[Europe/Berlin]", " CET"],
)  # fmt: skip
def test_an_offset_in_any_form_is_read_and_reported(tmp_path: Path, offset: str) -> None:
    log = log_of(tmp_path, HEAD, f"A,cut,M1,2026-03-02 08:00:00{offset},2026-03-02 09:00:00.5{offset}")
    assert column(log, "start") == [EIGHT]
    assert minutes(log) == [pytest.approx(60)]
    assert count(log, "times") == 1


def test_one_offset_in_two_forms_is_one_offset(tmp_path: Path) -> None:
    log = log_of(tmp_path, HEAD, "A,cut,M1,2026-03-02 08:00:00Z,2026-03-02 09:00:00 UTC")
    assert minutes(log) == [60]


def test_a_named_zone_is_brought_to_the_plants(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, HEAD, "A,cut,M1,2026-03-02 07:00:00 UTC,2026-03-02 09:00 CET",
        columns=ColumnMap(time_zone="Europe/Berlin"),
    )  # fmt: skip
    assert column(log, "start") == [EIGHT]
    assert column(log, "end") == [NINE]


# ---------------------------------------------------------------- the nights when clocks change
AUTUMN = [  # 25 October 2026, 03:00 +02:00 becomes 02:00 +01:00
    ("2026-10-24T20:00:00+02:00", "2026-10-24T22:30:00+02:00", 150),
    ("2026-10-25T01:15:00+02:00", "2026-10-25T02:15:00+01:00", 120),
    ("2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00", 20),
    ("2026-10-25T04:00:00+01:00", "2026-10-25T06:00:00+01:00", 120),
]
SPRING = [  # 29 March 2026, 02:00 +01:00 becomes 03:00 +02:00
    ("2026-03-28T20:00:00+01:00", "2026-03-28T21:00:00+01:00", 60),
    ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", 60),
]
BERLIN = ColumnMap(time_zone="Europe/Berlin")


def utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    assert offset is not None
    return f"{moment.replace(tzinfo=None) - offset}Z"


@pytest.mark.parametrize("night", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_lengths_are_worked_out_before_the_offset_is_dropped(
    tmp_path: Path, night: list[tuple[str, str, int]]
) -> None:
    reported = [float(length) for *_, length in night]
    both = [HEAD, *(f"{n},bake,O{n},{a},{b}" for n, (a, b, _) in enumerate(night))]
    assert minutes(log_of(tmp_path, *both)) == reported
    assert minutes(log_of(tmp_path, *both, columns=BERLIN)) == reported
    in_utc = [HEAD, *(f"{n},bake,O{n},{utc(a)},{utc(b)}" for n, (a, b, _) in enumerate(night))]
    log = log_of(tmp_path, *in_utc, columns=BERLIN)
    assert minutes(log) == reported
    assert column(log, "start") == [datetime.fromisoformat(a).replace(tzinfo=None) for a, *_ in night]
    assert count(log, "change of clocks") == sum(a[-6:] != b[-6:] for a, b, _ in night)
    assert count(log, "ends before starts") == 0


def test_starts_and_ends_in_rows_of_their_own_are_matched_in_utc(tmp_path: Path) -> None:
    rows = [
        f"{n},bake,O{n},{word},{time}"
        for n, (a, b, _) in enumerate(AUTUMN)
        for word, time in (("complete", b), ("start", a))
    ]
    log = log_of(tmp_path, "lot,operation,machine,transition,time", *rows)
    assert minutes(log) == [length for *_, length in AUTUMN]
    assert count(log, "ends without a start") == 0


def test_starts_that_are_estimated_are_so_in_utc(tmp_path: Path) -> None:
    rows = [  # 03:00 +02:00 is 02:00 +01:00: an hour and a half lies between the first two ends
        "A,bake,O,2026-10-25T02:00:00+02:00", "B,bake,O,2026-10-25T02:30:00+01:00",
        "C,bake,O,2026-10-25T04:00:00+01:00",
    ]  # fmt: skip
    log = log_of(tmp_path, "lot,operation,machine,end", *rows)
    assert minutes(log)[1:] == [90, 90]
    assert column(log, "end") == [datetime(2026, 10, 25, h, m) for h, m in ((2, 0), (2, 30), (4, 0))]


def test_rows_an_hour_apart_in_utc_are_no_duplicates(tmp_path: Path) -> None:
    rows = [f"A,bake,O,2026-10-25T02:10:00+0{n}:00,2026-10-25T02:30:00+0{n}:00" for n in (2, 1)]
    assert minutes(log_of(tmp_path, HEAD, *rows)) == [20, 20]


def test_local_times_without_an_offset_follow_the_rules_of_the_zone_that_is_named(tmp_path: Path) -> None:
    rows = [
        HEAD, "A,bake,O1,2026-10-24 20:00,2026-10-25 06:00",  # the night has an hour more
        "B,bake,O2,2026-10-25 02:50,2026-10-25 02:10",  # only the later 02:10 comes after 02:50
        "C,bake,O3,2026-10-26 08:00,2026-10-26 09:00",
    ]  # fmt: skip
    assert minutes(log_of(tmp_path, *rows, columns=BERLIN)) == [660, 20, 60]


def test_typed_times_with_a_zone_keep_their_lengths(tmp_path: Path) -> None:
    def aware(*texts: str) -> pl.Series:
        return (
            pl.Series([utc(t)[:-1] for t in texts])
            .str.to_datetime()
            .dt.replace_time_zone("UTC")
            .dt.convert_time_zone("Europe/Berlin")
        )

    frame = pl.DataFrame({"lot": list("ABCD"), "operation": "bake"}).with_columns(
        aware(*(a for a, *_ in AUTUMN)).alias("start"), aware(*(b for _, b, _ in AUTUMN)).alias("end")
    )
    frame.write_parquet(tmp_path / "log.parquet")
    assert minutes(read_log(tmp_path / "log.parquet")) == [length for *_, length in AUTUMN]
