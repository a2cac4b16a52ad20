"""Faults in plant files: all at once, each with its line and what would be right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zhizao.plant import Plant, parse_plant, plant_text, read_plant, write_plant
from zhizao.quantities import Fault, InputError, PlantError

GOOD = """\
zhizao: 1
plant: small
calendars: {early: {mon-fri: [06:00-14:00]}, late: {mon-fri: [14:00-22:00]}}
work_centers:
  - {id: cut, units: 2, calendar: early, setup: {by: fabric, default: 5 min}}
  - {id: sew}
personnel: [{id: team, count: 2, skills: [sewing], calendar: late}]
routes:
  coat:
    - {id: c, on: cut, takes: 5 min}
    - {id: s, on: [sew], takes: {per_piece: lognormal(3 min, cv 0.8), load: 2 min}, needs: {sewing: 1}}
products: {coat: {route: coat, attributes: {fabric: wool}}}
orders:
  - {product: coat, every: exponential(3 h), due: +5 d}
measures: [{id: faster, set: {work_centers.sew.units: 2}}]
"""


def faults(old: str, new: str) -> tuple[Fault, ...]:
    assert old in GOOD
    with pytest.raises(PlantError) as caught:
        parse_plant(GOOD.replace(old, new), file="p.yaml")
    return caught.value.faults


@pytest.mark.parametrize("units", ["two", "'2'", "cut-1", "0", "-1", "1.5", "true"])
def test_units_that_are_neither_a_number_nor_a_list_are_refused(units: str) -> None:
    (fault,) = faults("cut, units: 2", f"cut, units: {units}")
    assert (fault.line, fault.where) == (5, "work_centers.cut.units")
    assert fault.right == "a whole number of units from 1 to 10000, or a list of ids or of {id, speed}"


def test_the_small_plant_has_no_fault() -> None:
    assert isinstance(parse_plant(GOOD), Plant)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("units: 2,", "unit: 2,", 5, "unknown field 'unit'.*did you mean 'units'"),
        ("units: 2,", "units: 0,", 5, "found 0; .*whole number of units from 1"),
        ("units: 2,", "units: true,", 5, "units: found"),
        ("product: coat, every", "product: coat, hold: true, every", 14, "hold: not honoured yet"),
        ("default: 5 min", "default: 5", 5, "no unit.*s, min, h, d, wk, ms"),
        ("default: 5 min", "default: 5 kW", 5, "which is a power"),
        ("default: 5 min", "default: -5 min", 5, "negative"),
        ("by: fabric", "by: fabrik", 5, "no product attribute 'fabrik'.*did you mean 'fabric'"),
        ("{fabric: wool}", "{colour: red}", 5, "no product attribute 'fabric'"),
        ("{id: s, ", "{id: s, delay_clock: open-hours, ", 11, "clock of a delay without a delay"),
        ("calendar: early", "calendar: erly", 5, "no calendar 'erly'.*did you mean 'early'"),
        ("{id: sew}", "{id: sew, dispatch: fifi}", 6, "did you mean 'fifo'"),
        ("{id: sew}", "{id: sew, off_shift: puse}", 6, "did you mean 'pause'"),
        ("{id: sew}", "{id: cut}", 6, "work center 'cut' again"),
        ("{id: sew}", "{id: sew, units: [cut-1]}", 6, "unit 'cut-1' again"),
        ("{id: sew}", "{id: sew, failures: [{between: 0, repair: 1 s}]}", 6, "above 0"),
        (
            "{id: sew}",
            "{id: sew, failures: [{clock: cycles, between: 3 h, repair: 1 s}]}",
            6,
            "write a count",
        ),
        (
            "{id: sew}",
            "{id: sew, buffer: {capacity: 3, full: block-before-servic}}",
            6,
            "block-before-service'",
        ),
        ("{id: sew}", "{id: sew, cost: 90}", 6, "no unit.*/h"),
        ("on: cut", "on: cuut", 10, "no work center 'cuut'.*did you mean 'cut'"),
        ("on: cut, takes: 5 min", "on: cut", 10, "no duration on 'cut'"),
        ("on: cut", "on: [cut, cut]", 10, "'cut' again"),
        (
            "takes: 5 min}",
            "takes: 5 min, needs: {team: 1}}",
            10,
            "no time in a week when 'cut' is open and team",
        ),
        (
            "takes: 5 min}",
            "takes: 5 min, defects: {then: rework s}}",
            10,
            "rework at 's', which comes too late",
        ),
        ("takes: 5 min}", "takes: 5 min, defects: {then: rework d}}", 10, "no operation of this route 'd'"),
        ("takes: 5 min}", "takes: 5 min, batch: {lots: 6..2}}", 10, "found 6..2.*the smaller number first"),
        ("takes: 5 min}", "takes: 5 min, batch: {lots: few}}", 10, "write a span.*2..6"),
        ("takes: 5 min}", "takes: 5 min, batch: {by: any}}", 10, "neither pieces nor lots"),
        ("takes: 5 min}", "takes: 5 min, batch: {lots: 2, pieces: 9}}", 10, "both pieces and lots"),
        ("takes: 5 min}", "takes: 5 min, batch: {lots: 2, by: fabrik}}", 10, "did you mean 'fabric'"),
        ("takes: 5 min}", "takes: 5 min, queue_at_most: {from: s, at_most: 8 h}}", 10, "'s'.*too late"),
        ("takes: 5 min}", "takes: 5 min, queue_at_most: {at_most: 8}}", 10, "no unit"),
        ("takes: 5 min}", "takes: 5 min, queue_at_most: {at_most: 8 h, then: rework s}}", 10, "too late"),
        ("takes: 5 min}", "takes: 5 min, same_unit_as: s}", 10, "'s', which comes too late"),
        ("load: 2 min}", "load: 2 min}, same_unit_as: c", 11, "found 'c' on cut, and this operation on sew"),
        ("load: 2 min}", "load: 2 min}, same_unit_as: d", 11, "no operation of this route 'd'"),
        (
            "plant: small",
            "plant: small\nwip: [{id: w, product: cot, pieces: 3, operation: s}]",
            3,
            "mean 'coat'",
        ),
        (
            "plant: small",
            "plant: small\nwip: [{id: w, product: coat, pieces: 3, operation: t}]",
            3,
            "route 'coat' 't'",
        ),
        (
            "plant: small",
            "plant: small\nwip: [{id: w, product: coat, pieces: 3, operation: s, release: 2 h}]",
            3,
            "release 7200 s after the plant's start",
        ),
        ("{id: sew}", "{id: sew, uses: {steam: 3}}", 6, "no utility 'steam'; the plant has no utility"),
        ("{id: sew}", "{id: sew, start_up: 5 min}", 6, "no calendar; a unit that never closes"),
        ("early, setup", "early, start_up: 25 h, setup", 5, "more than a day"),
        ("early, setup", "early, shut_down: 8 h, setup", 5, "no time left to work"),
        (
            "{id: sew}",
            "{id: sew, failures: [{between: 1 h, repair: 1 h, needs: {tem: 1}}]}",
            6,
            "mean 'team'",
        ),
        (
            "{id: sew}",
            "{id: sew, failures: [{between: 1 h, repair: 1 h, needs: {team: 3}}]}",
            6,
            "there are 2",
        ),
        ("{id: sew}", "{id: sew, maintenance: [{every: 1 h, for: 1 h, window: lat}]}", 6, "mean 'late'"),
        ("{id: sew}", "{id: sew, maintenance: [{every: 1 h, for: 1 h, ahead: 1 h}]}", 6, "found no group"),
        (
            "{id: sew}",
            "{id: sew, maintenance: [{clock: cycles, every: 9, for: 1 h, group: g, ahead: 1 h}]}",
            6,
            "leave out ahead",
        ),
        ("takes: 5 min}", "takes: 5 min, tools: {jig: 1}}", 10, "no tool 'jig'; the plant has no tool"),
        ("{sewing: 1}", "{sewing: {count: 1, during: setups}}", 11, "mean 'setup'"),
        ("count: 2, skills", "count: 2, tends: 0, skills", 7, "greater than or equal to 1"),
        ("products:", "utilities: [{id: air, limit: 0}]\nproducts:", 12, "greater than 0"),
        ("products:", "tools: [{id: jig}, {id: jig}]\nproducts:", 12, "tool 'jig' again"),
        ("cv 0.8", "0.8", 11, r"write it like lognormal\(45 min, cv 0.8\)"),
        ("{sewing: 1}", "{sewing: 3}", 11, "found 3 needed of sewing; the plant has 2"),
        ("{sewing: 1}", "{sewing: 1, team: 2}", 11, "found 3 needed of sewing and team"),
        ("{sewing: 1}", "{swing: 1}", 11, "did you mean 'sewing'"),
        ("{id: s,", "{id: c,", 11, "operation 'c' again"),
        ("route: coat,", "route: cot,", 12, "no route 'cot'.*did you mean 'coat'"),
        ("product: coat", "product: coa", 14, "no product 'coa'.*did you mean 'coat'"),
        ("product: coat,", "", 14, "neither product nor mix"),
        ("exponential(3 h)", "expnential(3 h)", 14, "did you mean 'exponential'"),
        ("cut, units", "cut, units: 3, units", 5, "key 'units' again"),
        ("sew.units: 2", "sow.units: 2", 15, "no 'sow'.*did you mean 'sew'"),
        ("sew.units: 2", "sew.units: -2", 15, "whole number of units"),
        ("sew.units: 2", "sew.calendar: lat", 15, "with this measure.*did you mean 'late'"),
        ("zhizao: 1", "zhizao: 2", 1, "write 1"),
        ("plant: small", "plant: small\nstart: 2026-01-05T06:00+08:00", 3, "no zone"),
        ("plant: small", "plant: small\nrelease: {kanban: 5}", 3, "kanban of the whole plant"),
        ("late: {mon-fri: [14:00-22:00]}", "late: {}", 3, "no weekly working time"),
        ("plant: small", "plant: [", 4, "fault in the YAML"),
    ],
)
def test_a_fault_is_reported_with_its_line_and_what_would_be_right(
    old: str, new: str, line: int, words: str
) -> None:
    found = faults(old, new)
    assert line in [fault.line for fault in found]
    with pytest.raises(PlantError, match=words):
        raise PlantError(found)


def test_faults_of_all_kinds_are_reported_in_one_run() -> None:
    with pytest.raises(PlantError) as caught:
        parse_plant(
            GOOD.replace("default: 5 min", "default: 5")
            .replace("on: cut", "on: cuut")
            .replace("on: [sew]", "on: [sow]")
        )
    assert [fault.line for fault in caught.value.faults] == [5, 10, 11]


def test_a_plant_without_orders_or_routes_is_a_fault() -> None:
    lines = "plant: p\nwork_centers: [{id: a}]\nroutes: {}\nproducts: {}\norders: []\n"
    with pytest.raises(PlantError, match=r"(?s)found no routes.*found no orders"):
        parse_plant(lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"# nothing\n", "empty file"),
        (b"just words", "no mapping"),
        (b"\x00\x01\x02", "binary file"),
        (b"plant: caf\xe9", "p.yaml:1: found bytes that are not UTF-8"),
        (b"a: &a [*a]", "nested too deeply"),
        (b"[" * 100_000, "nested too deeply"),
        (b"plant: !!python/object:os.system {}", "found the tag"),
        (b"a: b: c", "fault in the YAML"),
        (b"plant: \x07", "found the character"),
    ],
)
def test_a_file_that_is_no_plant_is_refused_clearly(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_plant(file)


def test_a_folder_and_a_missing_file_are_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found a folder"):
        read_plant(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_plant(tmp_path / "none.yaml")


def with_orders(folder: Path, table: str) -> Plant:
    (folder / "orders.csv").write_text(table, encoding="utf-8")
    (folder / "p.yaml").write_text(
        GOOD.replace("measures:", "  - {table: orders.csv}\nmeasures:"), encoding="utf-8"
    )
    return read_plant(folder / "p.yaml")


def test_orders_come_from_a_table_beside_the_plant(tmp_path: Path) -> None:
    plant = with_orders(
        tmp_path, "order,product,pieces,release,due,priority\n7,coat,30,2026-01-06 06:00,+2 d,\n"
    )
    order = plant.orders[1]
    assert order.model_dump() == {
        "id": "7", "product": "coat", "pieces": 30, "release": "30 h", "due": "78 h", "priority": None,
        "hot": False,
    }  # fmt: skip


def test_faults_in_a_table_have_the_line_of_the_table(tmp_path: Path) -> None:
    with pytest.raises(PlantError) as caught:
        with_orders(tmp_path, "order,product,pieces,release\n1,coat,x,\n1,cot,3,5\n2,coat\n")
    found = [(Path(fault.file).name, fault.line, fault.where) for fault in caught.value.faults]
    assert found == [
        ("orders.csv", 2, "orders.1.pieces"),
        ("orders.csv", 3, "orders.1.release"),
        ("orders.csv", 3, "orders.1.id"),
        ("orders.csv", 3, "orders.1.product"),
        ("orders.csv", 4, "row"),
    ]


def test_a_table_with_a_misspelt_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match=r"unknown column 'peices'.*did you mean 'pieces'"):
        with_orders(tmp_path, "order,product,peices\n1,coat,3\n")


def test_set_ups_come_from_a_matrix_beside_the_plant(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("from,to,takes\nwool,silk,12 min\n", encoding="utf-8")
    (tmp_path / "p.yaml").write_text(
        GOOD.replace("default: 5 min", "default: 5 min, matrix: m.csv"), encoding="utf-8"
    )
    setup = read_plant(tmp_path / "p.yaml").work_centers[0].setup
    assert setup is not None
    assert setup.times[0].model_dump(by_alias=True) == {"from": "wool", "to": "silk", "takes": "12 min"}


def test_when_every_work_center_has_a_fault_the_names_behind_them_are_checked_all_the_same() -> None:
    text = """
zhizao: 1
plant: two faults
work_centers: [{id: cut, power: {busy: 3 kg}}]
routes: {r: [{id: a, on: [cutt], takes: 1 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 3 min}]
"""
    with pytest.raises(PlantError) as caught:
        parse_plant(text)
    assert [(fault.line, fault.nearest) for fault in caught.value.faults] == [(4, None), (5, "cut")]


@pytest.mark.parametrize("form", ["wip: {table: wip.csv}", "wip: [{table: wip.csv}]"])
def test_lots_in_the_plant_come_from_a_table_beside_it(tmp_path: Path, form: str) -> None:
    (tmp_path / "wip.csv").write_text(
        "lot,product,pieces,operation,release,due\n7,coat,3,s,2026-01-03,+1 d\n8,coat,3,c,-2 h,\n",
        encoding="utf-8",
    )
    (tmp_path / "p.yaml").write_text(f"{GOOD}{form}\n", encoding="utf-8")
    lots = read_plant(tmp_path / "p.yaml").wip
    assert [(lot.id, lot.operation, lot.release, lot.due) for lot in lots] == [
        ("7", "s", -172_800.0, -86_400.0),
        ("8", "c", -7_200.0, None),
    ]


def test_a_fault_in_the_table_of_lots_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "wip.csv").write_text("lot,product,pieces,operation\n7,coat,3,z\n", encoding="utf-8")
    (tmp_path / "p.yaml").write_text(f"{GOOD}wip: {{table: wip.csv}}\n", encoding="utf-8")
    with pytest.raises(PlantError) as caught:
        read_plant(tmp_path / "p.yaml")
    assert [(Path(f.file).name, f.line, f.where) for f in caught.value.faults] == [
        ("wip.csv", 2, "wip.7.operation")
    ]


def test_holidays_count_from_the_start_of_the_plant_and_an_unknown_country_has_its_line() -> None:
    text = """
zhizao: 1
plant: yard
start: 2030-01-07
calendars: {day: {mon-fri: ["08:00-16:00"], off: [holidays CN]}}
work_centers: [{id: saw, calendar: day}]
routes: {beam: [{id: cut, on: saw, takes: 1 min}]}
products: {beam: {route: beam}}
orders: [{product: beam, every: 1 d}]
"""
    years = {day.year for day, _ in parse_plant(text).calendars["day"].exceptions}
    assert (min(years), max(years)) == (2030, 2040)
    with pytest.raises(PlantError) as raised:
        parse_plant(text.replace("holidays CN", "holidays Cn"))
    (fault,) = raised.value.faults
    assert (fault.line, fault.where, fault.nearest) == (5, "calendars.day", "CN")


# ---------------------------------------------------------------- past lots
PAST = """\
zhizao: 1
plant: small
work_centers: [{id: cut}, {id: sew}]
past_lots: {table: past-lots.csv, others: 4}
products: {coat: {route: past-lots}, hat: {route: past-lots}}
orders: [{product: coat, every: 3 h}]
"""
VISITS = """\
lot,product,pieces,operation,work_center,delay,delay_clock,takes
A,coat,20,cut,cut,,,2 h
A,coat,20,sew,sew,3 h,open-hours,1 h
A,coat,20,cut,cut,1 h,,0 s
B,hat,5,sew,sew,,,4 h
"""


def past_plant(folder: Path, visits: str = VISITS, text: str = PAST) -> Plant:
    (folder / "past-lots.csv").write_text(visits, encoding="utf-8")
    (folder / "p.yaml").write_text(text, encoding="utf-8")
    return read_plant(folder / "p.yaml")


@pytest.mark.parametrize("form", ["past_lots: past-lots.csv", "past_lots: {table: past-lots.csv}"])
def test_past_lots_come_from_a_table_beside_the_plant(tmp_path: Path, form: str) -> None:
    plant = past_plant(tmp_path, text=PAST.replace("past_lots: {table: past-lots.csv, others: 4}", form))
    first, second, third = plant.routes["A"]
    assert [(o.id, o.on[0].work_center) for o in plant.routes["A"]] == [
        ("cut", "cut"),
        ("sew", "sew"),
        ("cut #2", "cut"),
    ]
    assert (first.delay, second.delay_clock.value, third.delay_clock.value) == (
        None,
        "open-hours",
        "calendar",
    )
    assert plant.products["coat"].route == {"A": 1.0, "B": 10.0}
    assert plant.products["hat"].route == {"A": 10.0, "B": 1.0}


def test_a_plant_with_past_lots_is_written_and_read_back(tmp_path: Path) -> None:
    plant = past_plant(tmp_path)
    text = plant_text(plant)
    assert "route: past-lots" in text
    assert parse_plant(text) == plant


def test_past_lots_are_written_as_a_table_beside_the_plant(tmp_path: Path) -> None:
    plant = past_plant(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    write_plant(plant, other / "p.yaml", past_lots="lots.csv")
    assert (other / "lots.csv").read_text(encoding="utf-8").splitlines()[:3] == [
        "lot,product,pieces,operation,work_center,delay,delay_clock,setup_family,takes",
        "A,coat,20,cut,cut,,,,2 h",
        "A,coat,20,sew,sew,3 h,open-hours,,1 h",
    ]
    assert "routes" not in (other / "p.yaml").read_text(encoding="utf-8")
    assert read_plant(other / "p.yaml") == plant
    others = {"sample": 0.5, "takes": {"per_piece": "1 min"}, "on": ["sew", "cut"], "id": "s #1"}
    for field, value in others.items():
        more = plant.replace({f"routes.A.sew.{field}": value})
        with pytest.raises(InputError, match=r"routes\.A: found more than a table of past lots says"):
            write_plant(more, other / "p.yaml", past_lots="lots.csv")
    with pytest.raises(InputError, match="no past lots"):
        write_plant(parse_plant(GOOD), other / "p.yaml", past_lots="lots.csv")


@pytest.mark.parametrize(
    ("visits", "plant", "where", "words"),
    [
        (("B,hat,5", "B,hat,0"), None, "past-lots.csv:5", "greater than or equal to 1"),
        (
            ("A,coat,20,sew", "A,coat,21,sew"),
            None,
            "past-lots.csv:3",
            "found '21', and '20' in line 2.*same in all",
        ),
        (("sew,sew,3 h", "sew,swe,3 h"), None, "past-lots.csv:3", "no work center 'swe'.*did you mean 'sew'"),
        (("sew,sew,3 h", "sew,sew,3"), None, "past-lots.csv:3", "no unit"),
        (("open-hours", "open"), None, "past-lots.csv:3", "open-hours"),
        (("3 h,open-hours", ",open-hours"), None, "past-lots.csv:3", "clock of a delay without a delay"),
        (("delay,", "delai,"), None, "past-lots.csv:1", "did you mean 'delay'"),
        (("B,hat", ",hat"), None, "past-lots.csv:5", "a visit of no lot"),
        (("B,hat", "past-lots,hat"), None, "past-lots.csv:5", "a route called 'past-lots'"),
        (None, ("others: 4", "others: 0"), "", ""),
        (None, ("others: 4", "others: -1"), "p.yaml:4", "greater than or equal to 0"),
        (None, ("others: 4", "lots: {}"), "p.yaml:4", "both table and lots"),
        (None, ("{table: past-lots.csv, others: 4}", "none.csv"), "p.yaml:4", "no readable table"),
        (
            None,
            ("hat: {route: past-lots}", "hat: {route: {A: 1, B: 2}}"),
            "p.yaml:5",
            "not those of past_lots",
        ),
        (
            None,
            ("past_lots: {table: past-lots.csv, others: 4}", "routes: {r: [{id: a, on: cut, takes: 1 h}]}"),
            "p.yaml:5",
            "no past lot to draw",
        ),
        (None, ("hat: {route: past-lots}", "hat: {route: past-lots}, cap: {route: past-lots}"), "", ""),
        (
            None,
            ("others: 4}\nproducts: {", "others: 0}\nproducts: {cap: {route: past-lots}, "),
            "p.yaml:5",
            "others above 0",
        ),
    ],
)
def test_faults_of_past_lots_are_reported_where_they_are(
    tmp_path: Path, visits: tuple[str, str] | None, plant: tuple[str, str] | None, where: str, words: str
) -> None:
    table = VISITS.replace(*visits) if visits else VISITS
    text = PAST.replace(*plant) if plant else PAST
    if not where:
        assert past_plant(tmp_path, table, text)
        return
    with pytest.raises(PlantError, match=f"{where}.*{words}"):
        past_plant(tmp_path, table, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("equipment: works\nunits: [{id: tank}]\n", "p.yaml: found an equipment file; `zhizao recipe plant`"),
        ("phase: heat\nmodel: furnace\n", "p.yaml: found a phase file; `zhizao phase` runs it"),
    ],
)
def test_another_file_of_ours_is_named_with_its_command(text: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        parse_plant(text, file="p.yaml")
