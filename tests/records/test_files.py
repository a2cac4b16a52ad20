"""Frames come into form, or the user is reported which column and row is wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from zhizao.quantities.errors import LogError
from zhizao.records import (
    EVENTS,
    LOTS,
    Records,
    check_events,
    conform,
    empty_events,
    empty_lots,
    lots_from_events,
    read_frame,
    read_records,
    records_from_events,
    write_frame,
    write_records,
)


def _events(**changes: object) -> pl.DataFrame:
    row: dict[str, object] = {
        "lot": "L1",
        "unit": "saw-1",
        "work_center": "saw",
        "activity": "process",
        "start": datetime(2026, 1, 5, 8),
        "end": datetime(2026, 1, 5, 9),
        "pieces_in": 10,
        "pieces_good": 9,
        "pieces_scrap": 1,
    }
    return pl.DataFrame([row | changes])


def test_a_log_that_lacks_columns_gets_them_as_null() -> None:
    events = conform(_events(), EVENTS)
    assert events.columns == list(EVENTS)
    assert events["batch"].to_list() == [None]
    assert dict(events.schema) == {name: pl.Series([], dtype=kind).dtype for name, kind in EVENTS.items()}


def test_empty_frames_have_the_schema() -> None:
    assert conform(empty_events(), EVENTS).equals(empty_events())
    assert conform(empty_lots(), LOTS).equals(empty_lots())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pieces_in": "ten"}, r"'pieces_in', row 1: 'ten'"),
        ({"activity": "dance"}, r"'activity', row 1: 'dance'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(LogError, match=message):
        conform(_events(**changes), EVENTS)


def test_times_with_a_zone_are_refused() -> None:
    zoned = _events().with_columns(pl.col("start").dt.replace_time_zone("UTC"))
    with pytest.raises(LogError, match=r"'start'.*UTC.*local time"):
        conform(zoned, EVENTS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"end": datetime(2026, 1, 5, 7)}, "row 1: the end lies before the start"),
        ({"start": None}, "row 1: no start"),
        ({"lot": None}, "work without a lot"),
        ({"unit": None, "work_center": None}, "neither a unit nor a work center"),
        ({"pieces_good": -1}, "negative number of pieces"),
    ],
)
def test_a_row_that_cannot_have_happened_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(LogError, match=message):
        check_events(_events(**changes))


def test_all_faults_are_reported_together() -> None:
    both = pl.concat([_events(pieces_good=-1), _events(end=datetime(2026, 1, 5, 7))])
    with pytest.raises(LogError, match=r"row 2: the end lies.*\n.*row 1: a negative"):
        check_events(both)


@pytest.mark.parametrize("name", ["log.parquet", "log.csv"])
def test_a_frame_comes_back_from_its_file(tmp_path: Path, name: str) -> None:
    events = conform(_events(lot='L,"1"\n袋'), EVENTS)
    assert read_frame(write_frame(events, tmp_path / name), EVENTS).equals(events)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = write_frame(empty_lots(), tmp_path / "lots.parquet")
    before = target.read_bytes()
    with pytest.raises(pl.exceptions.PolarsError):
        write_frame(pl.DataFrame({"x": [[1]]}), tmp_path / "lots.csv")
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["lots.parquet"]


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"\.xlsx"):
        write_frame(empty_lots(), tmp_path / "lots.xlsx")


def test_a_csv_with_a_bad_time_names_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("lot,start\nL1,2026-01-05T08:00:00\nL2,yesterday\n", encoding="utf-8")
    with pytest.raises(LogError, match=r"log\.csv: column 'start', row 2: 'yesterday'"):
        read_frame(path, EVENTS)


def test_records_come_back_from_their_folder(tmp_path: Path) -> None:
    events = conform(_events(), EVENTS)
    start, end = datetime(2026, 1, 5), datetime(2026, 1, 6)
    records = Records(start, end, lots_from_events(events), events, personnel_s={"ann": 3600.0})
    back = read_records(write_records(records, tmp_path / "run"))
    assert (back.start, back.end, back.personnel_s) == (start, end, {"ann": 3600.0})
    assert back.events is not None
    assert back.events.equals(events)
    assert back.lots.equals(records.lots)
    assert back.states is None


def test_one_file_of_events_is_enough_for_records(tmp_path: Path) -> None:
    records = read_records(write_frame(conform(_events(), EVENTS), tmp_path / "log.parquet"))
    lot = records.lots.row(0, named=True)
    assert (lot["status"], lot["pieces"], lot["pieces_good"]) == ("completed", 10, 9)
    assert (records.start, records.end) == (lot["release"], lot["completed"])


def test_what_a_log_does_not_tell_stays_unknown() -> None:
    silent = conform(_events(pieces_scrap=None, pieces_good=None), EVENTS)
    lot = lots_from_events(silent).row(0, named=True)
    assert lot["pieces_scrap"] is None
    assert lot["pieces_good"] is None
    assert lot["pieces_escaped"] is None


def test_an_empty_log_makes_no_records() -> None:
    with pytest.raises(LogError, match="no rows"):
        records_from_events(empty_events())


def test_a_lot_whose_last_row_is_open_is_in_process() -> None:
    lot = lots_from_events(conform(_events(end=None), EVENTS)).row(0, named=True)
    assert (lot["status"], lot["completed"]) == ("in-process", None)
