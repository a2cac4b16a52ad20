"""Cells and times as factories export them."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from zhizao.quantities import InputError
from zhizao.records.sheets import readings, sheet_of

WHEN = datetime(2026, 1, 5, 20, 15)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_german_export_has_names_and_decimal_points(encoding: str) -> None:
    text = "Zählerstand [m³];n\n1.250,5;1.250\n-3,25;2.500\n"
    frame = sheet_of(text.encode(encoding), "t.csv")
    assert frame.to_dict(as_series=False) == {
        "Zählerstand [m³]": ["1250.5", "-3.25"],
        "n": ["1250", "2500"],
    }


def test_a_chinese_export_in_gb_18030_has_its_names() -> None:
    assert sheet_of("时间,电量\n1,2\n".encode("gb18030"), "t.csv").columns == ["时间", "电量"]


def test_thousands_are_read_where_a_cell_settles_them() -> None:
    frame = sheet_of(b'a,b\n"1,250.5",0.125\n"12,000",1.250\n', "t.csv")
    assert frame.rows() == [("1250.5", "0.125"), ("12000", "1.250")]


def test_quoted_decimal_commas_are_read() -> None:
    assert sheet_of(b'a,b\n"1,25","2,500"\n', "t.csv").rows() == [("1.25", "2.500")]


def test_a_comma_that_may_be_either_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"t.csv:2: a: found '1,250', whose comma may be"):
        sheet_of(b'a,b\n"1,250",7\n"2,500",8\n', "t.csv")


def test_points_of_a_table_without_commas_stay_decimal() -> None:
    assert sheet_of(b"a;b\n1.250;x\n2.500;y\n", "t.csv")["a"].to_list() == ["1.250", "2.500"]


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match=r"t.csv:1: found two columns 'kwh'"):
        sheet_of(b"time,kwh,kwh\n1,2,3\n", "t.csv")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-01-05 20:15",
            "2026-01-05T20:15:00",
            "05.01.2026 20:15",
            "05.01.26 20:15:00",
            "2026/1/5 20:15",
        ),
        *("2026年1月5日 20:15", "2026-01-05 08:15 PM", "20260105 20:15", "05-Jan-2026 20:15", "46027.84375"),
        *("1767644100", "1767644100000", "05.01.2026, 20:15 Uhr"),
    ],
)
def test_a_time_has_one_reading(text: str) -> None:
    found = readings(pl.Series("time", [text]))
    assert [one.clock.to_list() for one in found] == [[WHEN]]


def test_day_and_month_are_open_until_a_row_settles_them() -> None:
    both = readings(pl.Series("time", ["01/02/2026 06:00", "03/04/2026 06:00"]))
    assert len(both) == 2
    settled = readings(pl.Series("time", ["01/02/2026 06:00", "13/04/2026 06:00"]))
    assert [one.clock.null_count() for one in settled] == [0, 1]


def test_offsets_give_utc_and_the_clock_as_written() -> None:
    (one,) = readings(pl.Series("time", ["2026-10-25T02:30:00+02:00", "2026-10-25 02:30:00+01:00"]))
    assert one.clock.n_unique() == 1
    assert one.utc is not None
    assert [moment.hour for moment in one.utc] == [0, 1]


def test_offsets_in_some_rows_only_fit_no_row_without() -> None:
    (one,) = readings(pl.Series("time", ["2026-10-25T02:30:00+02:00", "2026-10-25 02:30:00"]))
    assert one.clock.null_count() == 1


def test_a_chinese_character_whose_second_byte_is_plain_does_not_hide_the_encoding() -> None:
    text = "时间,温度,镕炉\n2026-01-05 08:00,20,30\n"
    content = text.encode("gb18030")
    assert any(byte < 0x80 for byte in "镕".encode("gb18030"))
    assert sheet_of(content, "t.csv").columns == ["时间", "温度", "镕炉"]
