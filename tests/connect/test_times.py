"""Times as exports write them: one reading for the whole column, or a question."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from zhizao.quantities.errors import LogError
from zhizao.records.intake.times import TimeReading, read_times

NINE = datetime(2026, 3, 9, 7, 30)


def read(*cells: object, end: tuple[object, ...] = (), **reported: str) -> list[datetime]:
    frame = pl.DataFrame({"row": range(2, 2 + len(cells)), "start": cells})
    columns = ["start"]
    if end:
        frame, columns = frame.with_columns(end=pl.Series(end)), ["start", "end"]
    return read_times(frame, columns, TimeReading("log.csv", **reported))[0]["start"].to_list()


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09 07:30", "2026-03-09T07:30:00", "2026-03-09 07:30:00.000", "2026/3/9 7:30",
        "2026.03.09 07:30",
        "09.03.2026 07:30", "9.3.2026 07:30:00", "09.03.26 07:30", "09.03.2026, 07:30 Uhr",
        "2026年3月9日 07:30", "2026年3月9日 上午7:30", "2026年3月9日7时30分", "20260309073000",
        "202603090730",
        "20260309 07:30:00", "09-Mar-2026 07:30", "9 March 2026 07:30", "Mar 9, 2026 7:30 AM", "46090.3125",
        "46090,3125", "1773041400", "1773041400000",
    ],
)  # fmt: skip
def test_one_moment_in_many_forms(text: str) -> None:
    assert read(text) == [NINE]


def test_numbers_are_spreadsheet_days_or_a_count_since_1970() -> None:
    assert read(46090.3125) == [NINE]
    assert read(1773041400) == [NINE]
    assert read(1773041400_000_000) == [NINE]
    with pytest.raises(LogError, match="neither spreadsheet days nor seconds"):
        read(7.5)


def test_all_rows_together_tell_whether_the_day_comes_first() -> None:
    assert read("09/03/2026 07:30", "31/03/2026 07:30")[0] == NINE
    assert read("03/09/2026 07:30", "03/31/2026 07:30")[0] == NINE


def test_an_end_before_its_start_tells_which_order_cannot_be() -> None:
    # 9 March 22:00 to 10 March; read month first it would be 3 September to 3 October
    assert read("09/03/2026 22:00", "02/03/2026 07:30", end=("10/03/2026 02:00", "01/04/2026 08:00"))[
        0
    ] == datetime(2026, 3, 9, 22)


def test_an_order_that_nothing_tells_is_asked_for_with_the_remedy() -> None:
    with pytest.raises(LogError, match=r"log\.csv: column 'start' .such as '09/03/2026 07:30'.*time_format"):
        read("09/03/2026 07:30")
    assert read("09/03/2026 07:30", time_format="%d/%m/%Y %H:%M") == [NINE]


def test_an_order_that_makes_no_difference_is_not_asked_for() -> None:
    assert read("03/03/2026 07:30") == [datetime(2026, 3, 3, 7, 30)]


def test_offsets_of_summer_and_winter_are_one_local_time() -> None:
    assert read("2026-03-09T07:30+01:00", "2026-07-09T07:30+02:00") == [NINE, datetime(2026, 7, 9, 7, 30)]


def test_offsets_and_counts_are_brought_to_the_plants_zone() -> None:
    zone = "Asia/Shanghai"
    assert read("2026-03-08T23:30Z", "2026-03-09T00:30+01:00", time_zone=zone) == [NINE, NINE]
    assert read(1773012600, time_zone=zone) == [NINE]
    aware = pl.Series([datetime(2026, 3, 8, 23, 30)]).dt.replace_time_zone("UTC")
    assert read_times(pl.DataFrame({"row": [1], "end": aware}), ["end"], TimeReading("x", time_zone=zone))[0][
        "end"
    ].to_list() == [NINE]


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(LogError, match="time_zone is 'Shanghai'; name one such as"):
        read("2026-03-08T23:30Z", time_zone="Shanghai")


def test_a_cell_unlike_the_others_is_named_with_its_row() -> None:
    with pytest.raises(
        LogError, match=r"log\.csv: row 3: start is '9\.3\. früh', not a time such as 2026-03-09"
    ):
        read("2026-03-09 07:30", "9.3. früh")
    with pytest.raises(LogError, match="row 2: start is '0012-03-09 07:30'"):
        read("0012-03-09 07:30")
