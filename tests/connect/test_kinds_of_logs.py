"""Each kind of log that a factory has, from the file to a plant that was learned from it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import zhizao
from zhizao.cli import main
from zhizao.records.intake import ColumnMap

Job = tuple[str, str, str, str, datetime, datetime]  # lot, operation, machine, worker, start, end
MONDAY = datetime(2026, 3, 2, 6)
STEPS = (("turn", "T1", "Ann", 40), ("mill", "M1", "Bob", 55), ("test", "Q1", "Eve", 25))


def jobs() -> Iterator[Job]:
    """24 lots through three machines, on weekdays from 6:00 on; each step when lot and machine are free."""
    free = dict.fromkeys((machine for _, machine, _, _ in STEPS), MONDAY)
    for number in range(24):
        there = MONDAY + timedelta(days=number // 6, hours=number % 6)
        for step, machine, worker, minutes in STEPS:
            start = max(there, free[machine])
            there = free[machine] = start + timedelta(minutes=minutes + number % 3)
            yield f"L{number:02}", step, machine, worker, start, there


def table(*head: str, rows: Callable[[Job], tuple[object, ...]], separator: str = ",") -> str:
    text = io.StringIO()
    out = csv.writer(text, delimiter=separator, lineterminator="\n")
    out.writerow(head)
    out.writerows(rows(job) for job in jobs())
    return text.getvalue()


def plain_csv(folder: Path) -> Path:
    text = table("lot", "operation", "machine", "start", "end", rows=lambda j: (j[0], j[1], j[2], j[4], j[5]))
    return written(folder / "log.csv", text.encode())


def packed_csv(folder: Path) -> Path:
    return written(folder / "log.csv.gz", gzip.compress(plain_csv(folder).read_bytes()))


def worker_only(folder: Path) -> Path:
    text = table(
        "case_id", "activity", "worker", "start", "end", rows=lambda j: (j[0], j[1], j[3], j[4], j[5])
    )
    return written(folder / "workers.csv", text.encode())


def ends_only(folder: Path) -> Path:
    text = table("job", "step", "station", "timestamp", rows=lambda j: (j[0], j[1], j[2], j[5]))
    return written(folder / "ends.csv", text.encode())


def german(folder: Path) -> Path:
    def row(job: Job) -> tuple[object, ...]:
        return (job[0], job[1], job[2], f"{job[4]:%d.%m.%Y}", f"{job[4]:%H:%M:%S}", f"{job[5]:%d.%m.%Y}",
                f"{job[5]:%H:%M:%S}", "12,000", "1,000", "Müller")  # fmt: skip

    head = ("Auftrag", "Vorgang", "Arbeitsplatz", "Ist-Start Datum", "Ist-Start Uhrzeit", "Ist-Ende Datum",
            "Ist-Ende Uhrzeit", "Gutmenge", "Ausschuss", "Bediener")  # fmt: skip
    return written(folder / "bde.csv", table(*head, rows=row, separator=";").encode("cp1252"))


def chinese(folder: Path) -> Path:
    def row(job: Job) -> tuple[object, ...]:
        times = (f"{t.year}年{t.month}月{t.day}日 {t:%H:%M}" for t in job[4:])
        return (job[0], "加工" + job[1], job[2], *times, 12, 0, "张三")

    head = ("工单号", "工序", "设备", "开始时间", "结束时间", "合格数", "报废数", "操作员")
    return written(folder / "mes.csv", table(*head, rows=row).encode("gb18030"))


def xes(folder: Path) -> Path:
    def event(job: Job, tells: str, at: datetime) -> str:
        names = ("concept:name", "org:resource", "lifecycle:transition", "time:timestamp")
        values = (job[1], job[2], tells, f"{at.isoformat()}+08:00")
        own = zip(("string", "string", "string", "date"), names, values, strict=True)
        return "<event>" + "".join(f'<{k} key="{n}" value="{v}"/>' for k, n, v in own) + "</event>\n"

    lots: dict[str, str] = {}
    for job in jobs():
        both = event(job, "start", job[4]) + event(job, "complete", job[5])
        lots[job[0]] = lots.get(job[0], "") + both
    traces = (f'<trace><string key="concept:name" value="{lot}"/>\n{e}</trace>\n' for lot, e in lots.items())
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="2.0">\n' + "".join(traces) + "</log>\n"
    return written(folder / "log.xes.gz", gzip.compress(text.encode()))


def parquet(folder: Path) -> Path:
    head = ("Auftragsnummer", "Vorgangstext", "Maschine", "Beginn", "Ende")
    rows = [(j[0], j[1], j[2], j[4], j[5]) for j in jobs()]
    pl.DataFrame(rows, schema=head, orient="row").write_parquet(folder / "log.parquet")
    return folder / "log.parquet"


def ocel_json(folder: Path) -> Path:
    events = [
        {"id": f"e{n}", "type": j[1], "time": f"{j[5].isoformat()}Z",
         "attributes": [{"name": "start", "value": f"{j[4].isoformat()}Z"}],
         "relationships": [{"objectId": j[0], "qualifier": "of"}, {"objectId": j[2], "qualifier": "on"}]}
        for n, j in enumerate(jobs())
    ]  # fmt: skip
    things = {j[0]: "Lot" for j in jobs()} | {j[2]: "Machine" for j in jobs()}
    objects = [{"id": name, "type": kind, "attributes": []} for name, kind in things.items()]
    found = {"objectTypes": [], "eventTypes": [], "events": events, "objects": objects}
    return written(folder / "log.jsonocel", json.dumps(found).encode())


def ocel_xml(folder: Path) -> Path:
    lines = ["<log><event-types/><object-types/><objects>"]
    lines += [f'<object id="{lot}" type="lots"/>' for lot in dict.fromkeys(j[0] for j in jobs())]
    lines += [f'<object id="{m}" type="machines"/>' for m in dict.fromkeys(j[2] for j in jobs())]
    lines += ["</objects><events>"]
    for n, j in enumerate(jobs()):
        links = "".join(f'<relationship object-id="{o}" qualifier=""/>' for o in (j[0], j[2]))
        attribute = f'<attributes><attribute name="start">{j[4].isoformat()}Z</attribute></attributes>'
        head = f'<event id="e{n}" type="{j[1]}" time="{j[5].isoformat()}Z">'
        lines.append(f"{head}{attribute}<objects>{links}</objects></event>")
    return written(folder / "log.xmlocel", "\n".join([*lines, "</events></log>"]).encode())


def ocel_sqlite(folder: Path) -> Path:
    path = folder / "log.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(
            "CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);"
            "CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);"
            "CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);"
            "INSERT INTO object_map_type VALUES ('Work order', 'wo'), ('Equipment', 'eq');"
            "CREATE TABLE object_wo (ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT, product TEXT);"
            "CREATE TABLE object_eq (ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT);"
        )
        for step, *_ in STEPS:
            base.execute("INSERT INTO event_map_type VALUES (?, ?)", (step, step))
            base.execute(f"CREATE TABLE event_{step} (ocel_id TEXT, ocel_time TEXT, start TEXT)")
        for n, j in enumerate(jobs()):
            base.execute(f"INSERT INTO event_{j[1]} VALUES (?, ?, ?)", (f"e{n}", str(j[5]), str(j[4])))
            base.executemany("INSERT INTO event_object VALUES (?, ?, '')", [(f"e{n}", j[0]), (f"e{n}", j[2])])
        base.executemany(
            "INSERT INTO object_wo VALUES (?, '1970-01-01', NULL, 'x')", {(j[0],) for j in jobs()}
        )
        base.executemany("INSERT INTO object_eq VALUES (?, '1970-01-01', NULL)", {(j[2],) for j in jobs()})
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


WITH_MACHINES = (plain_csv, packed_csv, german, chinese, xes, parquet, ocel_json, ocel_xml, ocel_sqlite)
SECONDS = 60.0  # what reading and learning so small a log may take, beside the compiling of kernels


@pytest.mark.parametrize("make", WITH_MACHINES, ids=lambda make: make.__name__)
def test_every_form_of_one_log_gives_the_same_events(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    log = zhizao.read_log(make(tmp_path))
    assert log.records.events is not None
    seen = log.records.events.select("lot", "work_center", "start", "end").sort("lot", "start")
    same = sorted(((j[0], j[2], j[4], j[5]) for j in jobs()), key=lambda row: (row[0], row[2]))
    assert seen.rows() == [
        (lot, machine, cut(start, make), cut(end, make)) for lot, machine, start, end in same
    ]
    assert {op.removeprefix("加工") for op in log.records.events["operation"]} == {"turn", "mill", "test"}
    assert log.records.lots["status"].unique().to_list() == ["completed"]


def cut(at: datetime, make: Callable[[Path], Path]) -> datetime:
    return at.replace(second=0) if make is chinese else at


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Kernels compile once after an install; that is no part of the time that a log takes."""
    zhizao.learn(zhizao.read_log(plain_csv(tmp_path_factory.mktemp("first"))).records)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    "make", [worker_only, ends_only, german, xes, ocel_sqlite], ids=lambda make: make.__name__
)
def test_a_plant_is_learned_from_each_kind_of_log(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    began = time.monotonic()
    result = zhizao.learn(zhizao.read_log(make(tmp_path)).records, name=make.__name__)
    assert time.monotonic() - began < SECONDS
    assert len(result.plant.work_centers) == 3
    assert {op.id for route in result.plant.routes.values() for op in route} >= {"turn", "mill", "test"}


def test_without_a_machine_column_each_worker_is_a_place(tmp_path: Path) -> None:
    log = zhizao.read_log(worker_only(tmp_path))
    events = log.records.events
    assert events is not None
    assert (
        set(events["unit"]) == set(events["work_center"]) == set(events["personnel"]) == {"Ann", "Bob", "Eve"}
    )
    finding = log.quality.of("no machine")
    assert finding is not None
    assert (finding.count, finding.done.startswith("the worker")) == (72, True)


def test_a_log_of_ends_gets_starts_from_the_lot_and_the_machine_before(tmp_path: Path) -> None:
    log = zhizao.read_log(ends_only(tmp_path))
    assert log.records.events is not None
    got = log.records.events.sort("lot", "end").filter(pl.col("lot") == "L00").select("operation", "start")
    # L00 waits nowhere, so its mill and test start when the step before ended; nothing tells its first start
    assert got.rows()[1:] == [("mill", datetime(2026, 3, 2, 6, 40)), ("test", datetime(2026, 3, 2, 7, 35))]
    finding = log.quality.of("estimated starts")
    assert finding is not None
    assert finding.count == 72


# ---------------------------------------------------------------- what is wrong is reported
def refused(capsys: pytest.CaptureFixture[str], path: Path, *more: object) -> str:
    code = main(["check", str(path), *map(str, more)])
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert str(path) in said.err
    return said.err


@pytest.mark.parametrize(
    ("make", "said"),
    [(packed_csv, "was cut short"), (xes, "was cut short"), (ocel_json, "line 1: not JSON"),
     (ocel_xml, "not XML"), (ocel_sqlite, "not an OCEL 2.0 database"), (parquet, "not a Parquet file")],
    ids=lambda value: getattr(value, "__name__", "said"),
)  # fmt: skip
def test_a_file_cut_short_is_refused_with_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], Path], said: str
) -> None:
    path = make(tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert said in refused(capsys, path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "the log is empty"),
        ("empty.xes", b"<log></log>", "no events in traces"),
        ("half.xes", b"<log>\n<trace>\n<event>\n", "line 4: the log does not end with </log>"),
        ("other.xml", b"<plan><trace/></plan>", "line 1: not XES: found no element <log>"),
        (
            "bad.xes",
            b"<log>\n<trace>\n<event><string key='a' value='b'></event></trace></log>",
            "line 3: not XES",
        ),
        ("none.json", b'{"events": [], "objects": []}', "it has no events"),
        ("old.json", b'{"ocel:events": {}}', "this is OCEL 1.0"),
        ("list.json", b"[1, 2]", "not OCEL 2.0"),
        ("book.xlsx", b"PK\x03\x04rest", "save the sheet with the log as CSV"),
        (
            "no-case.csv",
            b"step,machine,start,end\nA,M,2026-01-05 08:00,2026-01-05 09:00\n",
            "no column for lot",
        ),
    ],
)
def test_what_is_no_log_is_refused_with_what_would_be_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, said: str
) -> None:
    assert said in refused(capsys, written(tmp_path / name, content))


def test_an_element_of_two_gigabytes_is_refused_without_reading_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "log.xes", b"<log><trace")
    with path.open("r+b") as stream:
        stream.truncate(2 << 30)
    assert "without a tag" in refused(capsys, path)
    path.unlink()


# ---------------------------------------------------------------- correcting the guess
def test_a_map_corrects_one_guess_and_leaves_the_others(tmp_path: Path) -> None:
    text = table(
        "lot", "kind", "operation", "machine", "a", "b", rows=lambda j: (j[0], "x", *j[1:3], j[4], j[5])
    )
    path = written(tmp_path / "log.csv", text.encode())
    log = zhizao.read_log(path, columns=ColumnMap(start="a", end="b"))
    assert (log.columns.lot, log.columns.start, log.columns.work_center) == ("lot", "a", "machine")


def test_check_shows_the_guess_saves_it_and_takes_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = german(tmp_path), tmp_path / "map.json"
    assert main(["check", str(path), "--save-columns", str(kept), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["columns"]["start_clock"] == "Ist-Start Uhrzeit"
    assert json.loads(kept.read_text(encoding="utf-8"))["encoding"] == "cp1252"
    assert main(["check", str(path), "--columns", str(kept), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["columns"] == first["columns"]


def test_a_wrong_map_names_the_nearest_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = written(tmp_path / "map.json", b'{"work_center": "machin"}')
    assert "did you mean 'machine'?" in refused(capsys, plain_csv(tmp_path), "--columns", wrong)


def test_a_type_of_objects_that_is_not_there_gets_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = written(tmp_path / "map.json", b'{"lot_type": "Lots"}')
    assert "did you mean 'Lot'?" in refused(capsys, ocel_json(tmp_path), "--columns", wrong)
    reported = zhizao.read_log(ocel_json(tmp_path)).quality.of("lots")
    assert reported is not None
    assert "'Lot' are the lots (by its name); other types: Machine" in reported.found


def test_columns_are_for_a_log_and_not_for_a_plant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = written(tmp_path / "plant.yaml", b"zhizao: 1\n")
    assert "is a plant file; --columns and --save-columns need an event log" in refused(
        capsys, plant, "--save-columns", tmp_path / "m.json"
    )
