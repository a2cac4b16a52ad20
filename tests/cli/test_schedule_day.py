"""`zhizao schedule` and `zhizao simulate` in the daily life of a planner."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Zhizao
from zhizao.records.files import write_frame

PLANT = """
zhizao: 1
plant: a line
start: 2026-01-05
work_centers: [{id: m}, {id: n}]
routes: {r: [{id: a, on: m, takes: 10 min}, {id: b, on: n, takes: 20 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 1 h}]
"""
ORDERS = "order,product,pieces,release,due,priority\n" + "".join(f"O{n},p,1,,1 d,\n" for n in range(4))
LOG = """lot,order,product,operation,work_center,unit,activity,start,end
O0,O0,p,a,m,m-1,process,2026-01-05T00:00:00,2026-01-05T00:10:00
O1,O1,p,a,m,m-1,process,2026-01-05T00:10:00,2026-01-05T00:25:00
O0,O0,p,b,n,n-1,process,2026-01-05T00:10:00,2026-01-05T00:30:00
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {"plant.yaml": PLANT, "orders.csv": ORDERS, "log.csv": LOG}
    for name, text in made.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="\n")
    return {name.partition(".")[0]: tmp_path / name for name in (*made, "plan.csv")}


def test_a_plan_of_a_table_is_simulated_with_the_table(zhizao: Zhizao, files: dict[str, Path]) -> None:
    table = ("--orders", files["orders"])
    made = zhizao("schedule", files["plant"], *table, "--seconds", "0.5", "-o", files["plan"])
    assert made.code == 0, made.err
    said = zhizao(
        "simulate", files["plant"], *table, "--plan", files["plan"], "--replications", "2", "--json"
    )
    assert said.code == 0, said.err


def test_a_plan_is_moved_on_by_a_log(zhizao: Zhizao, files: dict[str, Path]) -> None:
    options = (files["plant"], "--orders", files["orders"], "--seconds", "0.5", "--json")
    assert zhizao("schedule", *options, "-o", files["plan"]).code == 0
    day = ("--actuals", files["log"], "--previous", files["plan"], "--freeze", "1 h", "--per-move", "0.5")
    said = zhizao("schedule", *options, *day)
    assert said.code == 0, said.err
    assert "actuals: state of 2026-01-05 00:30:00: 1 lots done, 0 in work, 3 waiting" in said.err
    found = json.loads(said.out)
    assert found["begins"] == "2026-01-05T00:30:00"
    assert found["moved"] == []
    assert any("0 of 5 operations ahead of the previous plan are moved" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--freeze", "1 h"), "--freeze needs --previous"),
        (("--per-move", "1"), "--per-move needs --previous"),
        (("--from", "log", "--actuals", "log"), "--from and --actuals: found both"),
    ],
)
def test_options_that_need_others_are_refused(
    zhizao: Zhizao, files: dict[str, Path], options: tuple[str, ...], message: str
) -> None:
    given = [files.get(option, option) for option in options]
    said = zhizao("schedule", files["plant"], "--orders", files["orders"], *given)
    assert said.code == 2
    assert message in said.err


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "orders.csv:1: header: found an empty table"),
        ("order,product,pieces\n", "orders.csv:1: header: found a header and no orders"),
        ("order,product,pieces\nA,p,1\nB,p,0\n", "orders.csv:3: orders.B.pieces: found '0'"),
        ("order,product,pieces\nA,p,24000000\n", "found 24,000,000 lots, most of them of A"),
    ],
)
def test_orders_that_cannot_be_planned_are_named(
    zhizao: Zhizao, files: dict[str, Path], table: str, message: str
) -> None:
    files["orders"].write_text(table, encoding="utf-8", newline="\n")
    said = zhizao("schedule", files["plant"], "--orders", files["orders"], "--seconds", "1")
    assert said.code == 2
    assert message in said.err


def test_an_impossible_plant_names_what_is_in_conflict(zhizao: Zhizao, files: dict[str, Path]) -> None:
    """Three people where two exist; people who are never there when the work center is open."""
    text = PLANT.replace("[{id: m}, {id: n}]", "[{id: m}, {id: n, calendar: night}]")
    text = text.replace("on: m,", "on: m, needs: {crew: 3},").replace("on: n,", "on: n, needs: {smith: 1},")
    text += 'calendars: {day: {mon-fri: ["08:00-16:00"]}, night: {mon-fri: ["20:00-23:00"]}}\n'
    text += "personnel: [{id: crew, count: 2}, {id: smith, count: 1, calendar: day}, {id: other, count: 9}]\n"
    files["plant"].write_text(text, encoding="utf-8", newline="\n")
    said = zhizao("schedule", files["plant"], "--orders", files["orders"])
    assert said.code == 2
    assert "routes.r.a.needs.crew: found 3 needed of crew; the plant has 2" in said.err
    assert "routes.r.b.needs: found no time in a week when 'n' is open and smith are there" in said.err
    assert "other" not in said.err


@pytest.mark.parametrize("name", ["plan.csv", "plan.parquet"])
def test_a_plan_from_a_file_lets_operations_wait(zhizao: Zhizao, files: dict[str, Path], name: str) -> None:
    """a of O0 waits for 12 min, and n for b of O0, though that of O1 is there before."""
    start = datetime(2026, 1, 5)
    rows = [
        ("O0", "O0", "p", "a", "m", "m-1", "process", start, start + timedelta(minutes=12), None),
        ("O1", "O1", "p", "a", "m", "m-1", "process", start + timedelta(minutes=17), None, None),
        ("O0", "O0", "p", "b", "n", "n-1", "process", start + timedelta(minutes=27), None, True),
        ("O1", "O1", "p", "b", "n", "n-1", "process", start + timedelta(minutes=47), None, True),
    ]
    columns = ["lot", "order", "product", "operation", "work_center", "unit", "activity", "start"]
    plan = pl.DataFrame(rows, schema=[*columns, "not_before", "frozen"], orient="row")
    path = files["plant"].with_name(name)
    write_frame(plan, path)
    files["orders"].write_text("".join(ORDERS.splitlines(keepends=True)[:3]), encoding="utf-8", newline="\n")
    log = files["plant"].with_name("events.parquet")
    said = zhizao("simulate", files["plant"], "--orders", files["orders"], "--plan", path, "--days", "1",
                  "--replications", "2", "--events", log)  # fmt: skip
    assert said.code == 0, said.err
    events = pl.read_parquet(log)
    starts = {(lot, o): (at - start).total_seconds() / 60
              for lot, o, at in events.select("order", "operation", "start").iter_rows()}  # fmt: skip
    assert starts == {("O1", "a"): 0, ("O0", "a"): 12, ("O0", "b"): 22, ("O1", "b"): 42}
