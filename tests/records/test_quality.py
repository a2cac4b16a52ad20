"""The quality report: each defect is put into a clean log, found, counted and reported with its remedy."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from zhizao.records import EVENTS, Finding, Records, quality, records_from_events

MONDAY = datetime(2026, 1, 5, 6)
Row = dict[str, Any]


def shop(lots: int = 40) -> list[Row]:
    """Lots through turn, mill and pack, two a day on weekdays, nothing wrong; lengths vary by minutes."""
    rows = []
    for n in range(lots):
        day, half = divmod(n, 2)
        at = MONDAY + timedelta(weeks=day // 5, days=day % 5, hours=5 * half)
        for step, minutes in (("turn", 40), ("mill", 55), ("pack", 20)):
            end = at + timedelta(minutes=minutes + (n * 7) % 13)
            rows.append({"lot": f"L{n}", "operation": step, "unit": f"{step}-1", "work_center": step,
                         "activity": "process", "start": at, "end": end})  # fmt: skip
            at = end + timedelta(minutes=3)
    return rows


def records(rows: list[Row]) -> Records:
    full = [{**dict.fromkeys(EVENTS), **row} for row in rows]
    return records_from_events(pl.DataFrame(full, schema=dict(EVENTS)))


def found(rows: list[Row], check: str) -> Finding:
    finding = quality(records(rows)).of(check)
    assert finding is not None
    assert finding.remedy
    assert finding.done
    return finding


def checks(rows: list[Row]) -> list[str]:
    return [finding.check for finding in quality(records(rows))]


def test_a_clean_log_has_no_findings() -> None:
    assert checks(shop()) == []


def test_rows_that_are_the_same_are_counted_without_the_first() -> None:
    assert found([*shop(), *shop()[:3]], "duplicates").count == 3


def test_a_row_without_an_end_and_one_of_no_length_are_counted() -> None:
    rows = shop()
    rows[7]["end"] = None
    rows[8]["end"] = rows[8]["start"]
    assert found(rows, "missing ends").count == found(rows, "no length").count == 1
    assert found(rows, "missing ends").share == 1 / 120


def test_a_length_that_is_far_too_frequent_is_a_default() -> None:
    rows = shop()
    for row in rows[::4]:
        row["end"] = row["start"] + timedelta(minutes=75)
    assert "75 min in 30 rows" in found(rows, "default lengths").found


def test_an_operation_with_nearly_one_length_is_reported() -> None:
    rows = shop()
    for row in rows[1::3]:
        row["end"] = row["start"] + timedelta(minutes=50)
    assert "mill 50 min" in found(rows, "one length per operation").found


def test_an_operation_logged_by_the_day_is_reported() -> None:
    rows = shop()
    for row in rows[2::3]:
        row["start"] = row["start"].replace(hour=0, minute=0)
    finding = found(rows, "dates only")
    assert (finding.count, "pack" in finding.found) == (40, True)


def test_a_lot_in_two_places_at_once_is_counted() -> None:
    rows = shop()
    rows[1]["start"] -= timedelta(minutes=20)
    assert found(rows, "lot overlaps").count == 1


def test_two_jobs_at_once_on_a_unit_that_usually_has_one_are_counted() -> None:
    rows = shop()
    rows[3]["start"] = rows[0]["end"] - timedelta(minutes=10)
    finding = found(rows, "unit overlaps")
    assert (finding.count, "turn-1: up to 2 at once, usually 1" in finding.found) == (1, True)


def test_two_at_once_are_no_finding_where_they_are_usual() -> None:
    rows = shop()
    both = [{**row, "lot": row["lot"] + "b"} for row in rows]
    assert "unit overlaps" not in checks([*rows, *both])


def test_a_clock_that_is_behind_the_others_is_named_with_its_shift() -> None:
    rows = shop()
    for row in rows[1::3]:
        row["start"] -= timedelta(minutes=13)
        row["end"] -= timedelta(minutes=13)
    finding = found(rows, "clock shifts")
    assert (finding.count, "mill-1 by about 10 min" in finding.found) == (
        40,
        True,
    )  # 13 less the 3 of the way


def test_lots_that_the_log_begins_within_and_ends_within_are_cut_off() -> None:
    rows = [row for row in shop(60) if not (row["lot"] in ("L0", "L1") and row["operation"] == "turn")]
    rows = [row for row in rows if not (row["lot"] == "L59" and row["operation"] == "pack")]
    # lots in hand show within a lot's usual time, two and a half hours
    assert found(rows, "cut off at the left").count == 1
    assert found(rows, "cut off at the right").count == 1


def test_a_working_day_without_rows_is_reported_and_a_weekend_is_not() -> None:
    closed = datetime(2026, 1, 14)
    rows = [row for row in shop() if row["start"].date() != closed.date()]
    finding = found(rows, "empty days")
    assert (finding.count, finding.of, "2026-01-14" in finding.found) == (1, "days", True)


def test_names_written_in_two_ways_are_reported() -> None:
    rows = shop()
    rows[0]["operation"] = "Turn "
    assert "'Turn ' and 'turn'" in found(rows, "similar names").found


def test_the_report_is_a_table_and_json() -> None:
    rows = shop()
    rows[7]["end"] = None
    report = quality(records(rows))
    assert report.table().columns == ["check", "found", "count", "of", "share", "done", "remedy"]
    assert json.loads(report.to_json())["findings"][0]["check"] == "missing ends"
    assert report.table().height == len(report) == len(list(report))
    assert "<table" in report._repr_html_()
