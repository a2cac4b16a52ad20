"""What a column is read for: its cells count more than its name."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from zhizao.cli import main
from zhizao.connect import read_log
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap, LogImport

TRACE = ("case:concept:name", "concept:name", "time:timestamp")
STEPS = ("saw", "weld", "paint")


def log_of(folder: Path, *lines: str, columns: ColumnMap | None = None) -> LogImport:
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return read_log(path, columns=columns)


def rows_of_lots(*of_lot: str) -> list[str]:
    """Three ends of each of two lots; the values of each lot stand in all of its rows."""
    return [
        f"{lot},{value},{step},2026-05-04 {first + n:02}:00"
        for lot, value, first in zip("AB", of_lot, (7, 8), strict=True)
        for n, step in enumerate(STEPS)
    ]


def hours(log: LogImport) -> float:
    events = log.records.events
    assert events is not None
    return float((events["end"] - events["start"]).dt.total_seconds().sum()) / 3600


def checks(log: LogImport) -> list[str]:
    return [finding.check for finding in log.quality]


# ---------------------------------------------------------------- one value per lot
@pytest.mark.parametrize("name", ["case:startdate", "startdate", "Startdatum", "开始日期", "case:start_time"])
def test_a_start_that_all_rows_of_a_lot_share_is_no_start_of_a_row(tmp_path: Path, name: str) -> None:
    rows = rows_of_lots("2026-05-04 06:00", "2026-05-04 06:30")
    log = log_of(tmp_path, f"{TRACE[0]},{name},{TRACE[1]},{TRACE[2]}", *rows)
    without = [",".join([*row.split(",")[::2], row.split(",")[3]]) for row in rows]
    plain = log_of(tmp_path, ",".join(TRACE), *without)
    assert log.records.events is not None
    assert plain.records.events is not None
    assert log.records.events.equals(plain.records.events)
    assert log.unmapped == (name,)
    assert "values of lots" in checks(log)
    assert "estimated starts" in checks(log)


@pytest.mark.parametrize("name", ["case:machine", "machine", "Anlage", "设备"])
def test_a_machine_that_all_rows_of_a_lot_share_is_no_place_of_a_row(tmp_path: Path, name: str) -> None:
    log = log_of(tmp_path, f"{TRACE[0]},{name},{TRACE[1]},{TRACE[2]}", *rows_of_lots("M9", "M8"))
    assert log.records.events is not None
    assert set(log.records.events["work_center"]) == set(STEPS)
    reported = log.quality.of("values of lots")
    assert reported is not None
    assert (repr(name) in reported.found, reported.remedy.endswith(f'"work_center": "{name}"')) == (
        True,
        True,
    )


def test_the_only_machine_is_the_place_of_all_rows(tmp_path: Path) -> None:
    log = log_of(tmp_path, f"{TRACE[0]},machine,{TRACE[1]},{TRACE[2]}", *rows_of_lots("M9", "M9"))
    assert log.records.events is not None
    assert set(log.records.events["work_center"]) == {"M9"}


def test_the_machine_of_lots_with_one_operation_is_their_place(tmp_path: Path) -> None:
    rows = [
        f"{lot},press,M{n},2026-05-04 {7 + 2 * n + k:02}:00,2026-05-04 {8 + 2 * n + k:02}:00,{kind}"
        for n, lot in enumerate("ABC")
        for k, kind in enumerate(("setup", "process"))
    ]
    log = log_of(tmp_path, "lot,operation,machine,start,end,report_type", *rows)
    assert log.records.events is not None
    assert set(log.records.events["work_center"]) == {"M0", "M1", "M2"}


def test_another_column_that_differs_within_lots_is_the_place(tmp_path: Path) -> None:
    rows = [f"{row},S-{row.split(',')[2]}" for row in rows_of_lots("M9", "M8")]
    log = log_of(tmp_path, f"{TRACE[0]},machine,{TRACE[1]},{TRACE[2]},station", *rows)
    assert log.columns.work_center == "station"


def test_a_column_that_the_map_names_is_believed(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, f"{TRACE[0]},machine,{TRACE[1]},{TRACE[2]}", *rows_of_lots("M9", "M8"),
        columns=ColumnMap(work_center="machine"),
    )  # fmt: skip
    assert log.records.events is not None
    assert set(log.records.events["work_center"]) == {"M8", "M9"}


def test_a_day_that_a_lot_shares_is_completed_by_its_times_of_day(tmp_path: Path) -> None:
    rows = [
        f"{lot},{step},2026-05-0{day},{7 + n:02}:00,{7 + n:02}:40"
        for day, lot in enumerate("AB", 4)
        for n, step in enumerate(STEPS)
    ]
    log = log_of(tmp_path, "lot,operation,Datum,Beginn,Ende", *rows)
    assert hours(log) == pytest.approx(4.0)
    assert "values of lots" not in checks(log)


def test_a_log_whose_only_time_is_of_the_lot_is_refused_with_the_reason(tmp_path: Path) -> None:
    rows = [",".join(row.split(",")[:3]) for row in rows_of_lots("2026-05-04 06:00", "2026-05-05 06:00")]
    with pytest.raises(
        LogError, match=r"found no column for start or end .*'date' has one value for all rows"
    ):
        log_of(tmp_path, "lot,date,operation", *rows)


# ---------------------------------------------------------------- starts and ends in words
PAIRS = [
    ("start", "complete"), ("Started", "Finished"),
    ("BEGIN", "END"), ("Track In", "Track Out"), ("in", "out"),
    ("Anmeldung", "Abmeldung"), ("gestartet", "beendet"), ("Arbeitsgang Beginn", "Arbeitsgang Ende"),
    ("OperationStarted", "OperationCompleted"), ("job start", "job done"), ("running", "closed"),
    ("开工", "完工"), ("加工开始", "加工结束"), ("Produktionsstart", "Produktionsende"), ("opened", "closed"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["status", "state", "registration_type", "action", "activity", "type", "X7"])
@pytest.mark.parametrize("words", PAIRS, ids="-".join)
def test_words_that_tell_starts_from_ends_pair_rows_whatever_the_name(
    tmp_path: Path, name: str, words: tuple[str, str]
) -> None:
    rows = [
        f"{lot};{step};{step}-1;{word};2026-05-04 {hour:02}:{minute}"
        for lot, first in (("A", 7), ("B", 12))
        for hour, step in enumerate(STEPS[:2], first)
        for word, minute in zip(words, ("10", "35"), strict=True)
    ]
    log = log_of(tmp_path, f"Order;Operation;Machine;{name};Time", *rows)
    events = log.records.events
    assert events is not None
    assert (log.columns.lifecycle, log.columns.operation) == (name, "Operation")
    assert events.height == 4
    assert hours(log) == pytest.approx(4 * 25 / 60)
    assert checks(log) == []


def test_check_tells_activities_and_hours_beside_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["lot,operation,machine,flag,time", *letters("S", "E")]), encoding="utf-8")
    assert main(["check", str(path)]) == 0
    assert "8 rows, 4 activities (1.667 h of work), 2 lots" in capsys.readouterr().out
    assert main(["check", str(path), "--json"]) == 0
    reported = json.loads(capsys.readouterr().out)
    assert (reported["rows"], reported["activities"], round(reported["work_h"], 4)) == (8, 4, 1.6667)


def letters(starts: str, ends: str, *, balanced: bool = True) -> list[str]:
    return [
        f"{lot},{step},{step}-1,{word if balanced else ends},2026-05-04 {hour:02}:{minute}"
        for lot, first in (("A", 7), ("B", 12))
        for hour, step in enumerate(STEPS[:2], first)
        for word, minute in ((starts, "10"), (ends if lot == "A" or balanced else starts, "35"))
    ]


@pytest.mark.parametrize("pair", ["SE", "BE", "IO", "AE", "se"])
def test_letters_for_start_and_end_are_believed_where_lots_have_as_many_of_both(
    tmp_path: Path, pair: str
) -> None:
    log = log_of(tmp_path, "lot,operation,machine,flag,time", *letters(*pair))
    assert log.columns.lifecycle == "flag"
    assert hours(log) == pytest.approx(4 * 25 / 60)
    other = log_of(tmp_path, "lot,operation,machine,shift,time", *letters(*pair, balanced=False))
    assert other.columns.lifecycle is None


@pytest.mark.parametrize(
    "words", [
        "setup start,setup end,process start,process end",
        "Rüsten Beginn,Rüsten Ende,Produktion Beginn,Produktion Ende",
    ],
)  # fmt: skip
def test_words_that_tell_the_kind_too_tell_both(tmp_path: Path, words: str) -> None:
    rows = [
        f"{lot},saw,S,{word},2026-05-04 {hour:02}:{minute}"
        for lot, hour in (("A", 7), ("B", 9))
        for word, minute in zip(words.split(","), ("00", "10", "10", "50"), strict=True)
    ]
    log = log_of(tmp_path, "lot,operation,machine,what,time", *rows)
    events = log.records.events
    assert events is not None
    span = (events["end"] - events["start"]).dt.total_minutes()
    assert list(zip(events["activity"], span, strict=True)) == [("setup", 10), ("process", 40)] * 2


def test_moving_in_and_out_is_no_transport(tmp_path: Path) -> None:
    rows = [row.replace("S,", "Move In,").replace("E,", "Move Out,") for row in letters("S", "E")]
    log = log_of(tmp_path, "lot,operation,machine,what,time", *rows)
    assert log.records.events is not None
    assert set(log.records.events["activity"]) == {"process"}


def test_a_status_between_start_and_end_is_left_out(tmp_path: Path) -> None:
    rows = [
        f"A,saw,S,{state},2026-05-04 07:{minute}"
        for state, minute in (
            ("queued", "00"), ("start", "05"), ("running", "10"), ("paused", "20"), ("done", "50"),
        )
    ]  # fmt: skip
    log = log_of(tmp_path, "lot,operation,machine,state,time", *rows)
    assert log.records.events is not None
    assert log.records.events.select("start", "end").rows() == [
        (datetime(2026, 5, 4, 7, 5), datetime(2026, 5, 4, 7, 50))
    ]


def test_a_status_of_the_whole_lot_pairs_nothing(tmp_path: Path) -> None:
    rows = [f"{row},{'done' if row[0] == 'A' else 'started'}" for row in rows_of_lots("x", "y")]
    log = log_of(tmp_path, f"{TRACE[0]},note,{TRACE[1]},{TRACE[2]},status", *rows)
    assert log.columns.lifecycle is None
    assert log.records.events is not None
    assert log.records.events.height == 6


def test_operations_called_start_and_end_are_operations(tmp_path: Path) -> None:
    rows = [
        f"{lot},{step},2026-05-04 {hour:02}:00"
        for lot in "AB"
        for hour, step in enumerate(("Start", *STEPS, "End"), 7)
    ]
    log = log_of(tmp_path, "lot,activity,timestamp", *rows)
    assert (log.columns.operation, log.columns.lifecycle) == ("activity", None)


def test_words_for_starts_and_ends_that_go_unread_are_reported(tmp_path: Path) -> None:
    rows = [
        f"A,{step},2026-05-04 {hour:02}:00,2026-05-04 {hour:02}:30,{word}"
        for hour, (step, word) in enumerate(zip(STEPS, ("start", "complete", "start"), strict=True), 7)
    ]
    log = log_of(tmp_path, "lot,operation,start,end,mark", *rows)
    reported = log.quality.of("words for starts and ends")
    assert reported is not None
    assert "'mark'" in reported.found
    silent = log_of(tmp_path, "lot,operation,start,end,mark", *rows, columns=ColumnMap(lifecycle=None))
    assert silent.quality.of("words for starts and ends") is None
