"""Tables of the fab testbed SMT2020 into a plant; the tables are made up, the testbed itself is read last."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import process_time

import pytest

from zhizao.connect.smt2020 import read_smt2020
from zhizao.plant import (
    Batch,
    Clock,
    DispatchRule,
    JobOrder,
    Operation,
    OrderStream,
    QueueLimit,
    Setup,
    SetupTime,
    Span,
    Takes,
    parse_plant,
    plant_text,
)
from zhizao.quantities import Distribution, InputError, PlantError

SHARED = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).parents[2] / ".." / "shared"))
HVLM = SHARED / "data" / "smt2020_hvlm"
MIN, HOUR, DAY = 60.0, 3600.0, 86400.0
RANKS = "rank_HP;rank_RSETUP;rank_FIFO"
LOAD = {"LTIME": "1.0", "LTUNITS": "min", "ULTIME": "1.0", "ULTUNITS": "min", "FWLRANK": RANKS}
TABLES: dict[str, list[dict[str, object]]] = {
    "tool.txt.1l": [
        {"STNFAM": "oven", "STNQTY": "2.0", "STNGRP": "Heat", "STNFAMLOC": "Fab", **LOAD},
        {"STNFAM": "gun", "STNQTY": "3.0", "STNGRP": "Shot", "STNFAMLOC": "Fab", "STNCAP": "2.0", **LOAD},
        {"STNFAM": "rest", "STNQTY": "400.0", "STNGRP": "Rest", "STNFAMLOC": "Delay", "FWLRANK": RANKS},
    ],
    "part.txt": [{"PARTFAM": "product_7", "PART": "part_7", "ROUTEFILE": "route_7.txt", "ROUTE": "r_7"}],
    "route_7.txt": [
        {"ROUTE": "r_7", "STEP": 1, "DESC": "001_Heat", "STNFAM": "oven", "PDIST": "uniform", "PTIME": 60,
         "PTIME2": 3, "PTUNITS": "min", "PTPER": "per_batch", "BATCHMN": 75, "BATCHMX": 100},
        {"ROUTE": "r_7", "STEP": 2, "DESC": "002_Shot", "STNFAM": "gun", "PDIST": "uniform", "PTIME": 2,
         "PTIME2": 0.1, "PTUNITS": "min", "PTPER": "per_piece", "PartInterval": 1.5, "PartIntUnits": "min",
         "SETUP": "gas_1", "WHEN": "need", "SVESTN": "yes", "FORSTEP": 5},
        {"ROUTE": "r_7", "STEP": 3, "DESC": "003_Rest", "STNFAM": "rest", "PDIST": "uniform", "PTIME": 2,
         "PTIME2": 0.5, "PTUNITS": "hr", "PTPER": "per_lot", "StepPercent": 40},
        {"ROUTE": "r_7", "STEP": 4, "DESC": "004_Look", "STNFAM": "oven", "PDIST": "constant", "PTIME": 30,
         "PTUNITS": "min", "PTPER": "per_lot", "RWKSTEP": 2, "REWORK": 1.5, "RWKTYPE": "lot", "STEP_CQT": 5,
         "CQT": 2, "CQTUNITS": "hr"},
        {"ROUTE": "r_7", "STEP": 5, "DESC": "005_Shot", "STNFAM": "gun", "PDIST": "uniform", "PTIME": 3,
         "PTIME2": 0.2, "PTUNITS": "min", "PTPER": "per_piece", "SETUP": "gas_2", "WHEN": "need"},
    ],
    "order.txt": [
        {"LOT": "Lot_7", "PART": "part_7", "PRIOR": 10, "PIECES": 25, "START": "01/01/18 00:00:00",
         "RDIST": "constant", "REPEAT": 50, "RUNITS": "min", "RPT#": 200000, "LOTSPERRPT": 1,
         "DUE": "01/03/18 12:00:00", "HOTLOT": "no"},
        {"LOT": "HotLot_7", "PART": "part_7", "PRIOR": 20, "PIECES": 25, "START": "01/01/18 06:00:00",
         "RDIST": "constant", "REPEAT": 2000, "RUNITS": "min", "RPT#": 20000, "LOTSPERRPT": 1,
         "DUE": "01/02/18 06:00:00", "HOTLOT": "no"},
    ],
    "WIP.txt": [
        {"LOT": "Init_Lot_7_1", "PART": "part_7", "PRIOR": 10, "PIECES": 25, "START": "01/01/18 00:00:00",
         "CURSTEP": 4, "DUE": "01/02/18 00:00:00"},
    ],
    "attach.txt": [
        {"CALNAME": "BREAK", "CALTYPE": "down", "RESTYPE": "stngrp", "RESNAME": "Shot",
         "FOADIST": "exponential", "FOA": 10080, "FOAUNITS": "min"},
        {"CALNAME": "oven_MN", "CALTYPE": "pm", "RESTYPE": "stnfam", "RESNAME": "oven", "FOADIST": "constant",
         "FOA": 27, "FOAUNITS": "day"},
        {"CALNAME": "gun_WK", "CALTYPE": "pm", "RESTYPE": "stnfam", "RESNAME": "gun", "FOADIST": "constant",
         "FOA": 1950},
    ],
    "downcal.txt": [
        {"DOWNCALNAME": "BREAK", "DOWNCALTYPE": "mttf_by_cal", "MTTFDIST": "exponential", "MTTF": 10080,
         "MTTFUNITS": "min", "MTTRDIST": "exponential", "MTTR": 600, "MTTRUNITS": "min"},
    ],
    "pmcal.txt": [
        {"PMCALNAME": "oven_MN", "PMCALTYPE": "mtbpm_by_cal", "MTBPM": 30, "MTBPMUNITS": "day",
         "MTTRDIST": "uniform", "MTTR": 12, "MTTR2": 2, "MTTRUNITS": "hr"},
        {"PMCALNAME": "gun_WK", "PMCALTYPE": "mtbpm_by_pieces", "MTBPM": 2000, "MTBPMUNITS": "pieces",
         "MTTRDIST": "uniform", "MTTR": 8, "MTTR2": 1, "MTTRUNITS": "hr"},
    ],
    "setup.txt": [
        {"CURSETUP": "gas_1", "NEWSETUP": "gas_2", "STIME": 7, "STUNITS": "min"},
        {"CURSETUP": "", "NEWSETUP": "gas_1", "STIME": 72, "STUNITS": "min"},
    ],
    "setupgrp.txt": [{"SETUPGRP": "Gas", "SETUP": "gas_1", "MINRUN": 7}, {"SETUPGRP": "", "SETUP": "gas_2"}],
    "fromto.txt": [
        {"FROMLOC": "Fab", "TOLOC": "Fab", "DDIST": "uniform", "DTIME": 7.5, "DTIME2": 2.5, "DUNITS": "min"},
    ],
}  # fmt: skip
Change = tuple[str, int, Mapping[str, object]]


def fab(at: Path, *changes: Change, without: tuple[str, ...] = ()) -> Path:
    """Write the tables; a change names a table, the number of a row (a new one at its end) and its cells."""
    folder = at / "fab"
    folder.mkdir()
    for name, given in TABLES.items():
        rows = [dict(row) for row in given]
        for _, number, cells in (change for change in changes if change[0] == name):
            rows += [{}] * (number == len(rows))
            rows[number] = {**rows[number], **cells}
        if name not in without:
            write(folder / name, rows)
    return folder


def write(path: Path, rows: list[dict[str, object]], encoding: str = "utf-8") -> None:
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [header, *([str(row.get(name, "")) for name in header] for row in rows)]
    path.write_text("\n".join("\t".join(line) for line in lines), encoding=encoding)


def route(folder: Path, *, compatible: bool = False) -> dict[str, Operation]:
    plant = read_smt2020(folder, compatible=compatible)
    return {operation.id: operation for operation in plant.routes["r_7"]}


def uniform(low: float, high: float) -> Distribution:
    return Distribution.uniform(low, high)


def constant(value: float) -> Distribution:
    return Distribution.constant(value)


# ---------------------------------------------------------------- the plant
def test_tools_become_work_centers_with_their_units(tmp_path: Path) -> None:
    plant = read_smt2020(fab(tmp_path))
    assert [(center.id, len(center.units)) for center in plant.work_centers] == [
        ("oven", 2), ("gun", 3), ("rest", 400),
    ]  # fmt: skip
    assert plant.start == datetime(2018, 1, 1)
    assert plant.products["part_7"].lot == 25


def test_a_uniform_time_is_its_mean_and_half_its_width(tmp_path: Path) -> None:
    heat = route(fab(tmp_path))["001_Heat"]
    assert heat.takes == Takes(per_lot=uniform(57 * MIN, 63 * MIN), load=constant(2 * MIN))
    assert heat.batch == Batch(pieces=Span(least=75, most=100))


def test_the_time_of_a_cascade_is_that_of_its_first_piece_and_the_intervals_of_the_rest(
    tmp_path: Path,
) -> None:
    shot = route(fab(tmp_path))["002_Shot"]
    assert shot.takes == Takes(per_lot=uniform(37.9 * MIN, 38.1 * MIN), load=constant(2 * MIN))  # 24 * 1.5
    assert shot.cascade == Takes(per_lot=constant(37.5 * MIN))


def test_pieces_of_a_lot_share_one_draw_where_all_lots_are_alike(tmp_path: Path) -> None:
    assert route(fab(tmp_path))["005_Shot"].takes == Takes(
        per_lot=uniform(70 * MIN, 80 * MIN), load=constant(2 * MIN)
    )


def test_where_lots_differ_in_size_each_piece_has_its_time(tmp_path: Path) -> None:
    steps = route(fab(tmp_path, ("order.txt", 1, {"PIECES": 4})))
    assert steps["005_Shot"].takes == Takes(per_piece=uniform(168, 192), load=constant(120))
    assert steps["002_Shot"].takes == Takes(
        per_lot=uniform(24, 36), per_piece=constant(90), load=constant(120)
    )
    assert steps["002_Shot"].cascade == Takes(per_piece=constant(90))


def test_a_step_says_what_later_ones_need(tmp_path: Path) -> None:
    last = route(fab(tmp_path))["005_Shot"]
    assert last.same_unit_as == "002_Shot"
    assert last.queue_at_most == QueueLimit(from_operation="004_Look", at_most=2 * HOUR)


def test_whole_lots_are_sampled_and_reworked(tmp_path: Path) -> None:
    steps = route(fab(tmp_path))
    assert steps["003_Rest"].sample == 0.4
    defects = steps["004_Look"].defects
    assert defects is not None
    assert (defects.per, defects.share, defects.then) == ("lot", 0.015, "rework 002_Shot")
    assert (defects.at_most, defects.otherwise) == (9, "pass")


def test_a_way_is_a_delay_where_both_places_are_in_the_table(tmp_path: Path) -> None:
    steps = route(fab(tmp_path))
    assert [step.id for step in steps.values() if step.delay is not None] == ["002_Shot", "005_Shot"]
    assert steps["002_Shot"].delay == uniform(5 * MIN, 10 * MIN)


def test_set_ups_have_their_times_and_shortest_run(tmp_path: Path) -> None:
    gun = read_smt2020(fab(tmp_path)).work_centers[1]
    assert gun.setup == Setup(
        default=constant(0),
        times=(
            SetupTime(to="gas_1", takes=constant(72 * MIN)),
            SetupTime(from_family="gas_1", to="gas_2", takes=constant(7 * MIN)),
        ),
        min_run=7,
    )


def test_the_time_of_a_step_goes_before_that_of_the_table_of_set_ups(tmp_path: Path) -> None:
    changed = fab(tmp_path, ("route_7.txt", 1, {"STIME": 15, "STUNITS": "min"}))
    setup = read_smt2020(changed).work_centers[1].setup
    assert setup is not None
    assert setup.times[0] == SetupTime(to="gas_1", takes=constant(15 * MIN))


def test_a_step_that_is_always_set_up_has_that_time_itself(tmp_path: Path) -> None:
    changed = fab(tmp_path, ("route_7.txt", 1, {"WHEN": "always"}))
    plant = read_smt2020(changed)
    takes, setup = plant.routes["r_7"][1].takes, plant.work_centers[1].setup
    assert takes is not None
    assert takes.per_batch == constant(72 * MIN)
    assert setup is not None
    assert setup.times[0] == SetupTime(to="gas_1", takes=constant(0))


@pytest.mark.parametrize(
    ("ranks", "of_gun", "of_rest"),
    [
        ("rank_HP;rank_RSETUP;rank_FIFO", DispatchRule.PRIORITY_SETUP, DispatchRule.PRIORITY),
        ("rank_HP;rank_RSETUP;rank_CR", DispatchRule.PRIORITY_SETUP_RATIO, DispatchRule.PRIORITY_RATIO),
        ("rank_FIFO", DispatchRule.FIFO, DispatchRule.FIFO),
    ],
)
def test_ranks_become_a_rule_and_set_ups_matter_only_where_there_are_some(
    tmp_path: Path, ranks: str, of_gun: DispatchRule, of_rest: DispatchRule
) -> None:
    changes = [("tool.txt.1l", number, {"FWLRANK": ranks}) for number in range(3)]
    centers = read_smt2020(fab(tmp_path, *changes)).work_centers
    assert (centers[1].dispatch, centers[2].dispatch) == (of_gun, of_rest)


def test_failures_are_attached_to_groups_and_maintenance_to_families(tmp_path: Path) -> None:
    oven, gun, _ = read_smt2020(fab(tmp_path)).work_centers
    failure = gun.failures[0]
    assert (failure.clock, failure.between) == (Clock.CALENDAR, Distribution.exponential(7 * DAY))
    assert (failure.repair, failure.idle_too) == (Distribution.exponential(600 * MIN), True)
    assert not oven.failures


def test_maintenance_counts_from_its_beginning_and_comes_to_the_units_in_turn(tmp_path: Path) -> None:
    oven, gun, _ = read_smt2020(fab(tmp_path)).work_centers
    plan = oven.maintenance[0]
    assert (plan.every, plan.takes) == (constant(29.5 * DAY), uniform(10 * HOUR, 14 * HOUR))
    assert (plan.when, plan.first, plan.in_turn) == ("idle", 27 * DAY, True)
    plan = gun.maintenance[0]
    assert (plan.clock, plan.every, plan.first) == (Clock.PIECES, constant(2000), 1950)


def test_orders_that_repeat_are_streams_due_so_long_after_release(tmp_path: Path) -> None:
    stream, hot = read_smt2020(fab(tmp_path)).orders
    assert isinstance(stream, OrderStream)
    assert isinstance(hot, OrderStream)
    assert (stream.every, stream.first, stream.due) == (constant(50 * MIN), 0.0, constant(2.5 * DAY))
    assert (hot.priority, hot.first, hot.due) == (20.0, 6 * HOUR, constant(1 * DAY))


def test_orders_that_end_are_listed_one_by_one(tmp_path: Path) -> None:
    few = ("order.txt", 1, {"RPT#": 2, "LOTSPERRPT": 2})
    orders = read_smt2020(fab(tmp_path, few)).orders[1:]
    assert all(isinstance(order, JobOrder) for order in orders)
    assert [(o.id, o.release) for o in orders if isinstance(o, JobOrder)] == [
        ("HotLot_7", 6 * HOUR),
        ("HotLot_7.2", 6 * HOUR),
        ("HotLot_7.3", 6 * HOUR + 2000 * MIN),
        ("HotLot_7.4", 6 * HOUR + 2000 * MIN),
    ]


def test_a_hot_lot_goes_before_all_others(tmp_path: Path) -> None:
    stream, hot = read_smt2020(fab(tmp_path, ("order.txt", 0, {"HOTLOT": "yes"}))).orders
    assert (stream.priority, hot.priority) == (31.0, 20.0)


def test_a_lot_in_the_fab_was_released_as_long_before_it_is_due_as_its_order_has(tmp_path: Path) -> None:
    (lot,) = read_smt2020(fab(tmp_path)).wip
    assert (lot.operation, lot.due, lot.release) == ("004_Look", 1 * DAY, -1.5 * DAY)


def test_batches_of_a_part_family_go_by_family(tmp_path: Path) -> None:
    criterion = {"BATCHCRITF": "crit_samepartfam|crit_samestepname"}
    heat = route(fab(tmp_path, ("tool.txt.1l", 0, criterion)))["001_Heat"]
    assert heat.batch is not None
    assert (heat.batch.by, heat.setup_family) == ("family", "product_7 1")


def test_the_compatible_reading_is_that_of_the_other_simulator(tmp_path: Path) -> None:
    folder = fab(tmp_path)
    plant, steps = read_smt2020(folder, compatible=True), route(folder, compatible=True)
    oven, gun, _ = plant.work_centers
    assert not gun.failures[0].idle_too
    assert (oven.maintenance[0].idle_too, oven.maintenance[0].when) == (False, "now")
    assert gun.setup is not None
    assert gun.setup.without_family == "clear"
    assert steps["001_Heat"].batch == Batch(pieces=Span(least=100, most=100), by="family")
    assert steps["001_Heat"].setup_family == "001_Heat"
    assert steps["004_Look"].defects is not None
    assert steps["004_Look"].defects.at_most == 1
    assert steps["001_Heat"].takes == Takes(per_lot=uniform(58.5 * MIN, 61.5 * MIN), load=constant(120))


# ---------------------------------------------------------------- tables of all sorts
def test_only_tools_parts_routes_and_orders_are_needed(tmp_path: Path) -> None:
    others = ("WIP.txt", "attach.txt", "downcal.txt", "pmcal.txt", "setup.txt", "setupgrp.txt", "fromto.txt")
    plant = read_smt2020(fab(tmp_path, without=others))
    assert not plant.wip
    assert plant.routes["r_7"][1].delay is None


def test_columns_stand_in_any_order_and_may_be_missing(tmp_path: Path) -> None:
    folder = fab(tmp_path)
    rows: list[dict[str, object]] = [
        {"ptime": 5, "STNFAM": "rest", "Step": "1.0", "IGNORE": "x"},
        {"ptime": 6, "STNFAM": "rest", "Step": "4"},
    ]
    write(folder / "route_7.txt", rows)
    first = read_smt2020(folder).routes["r_7"][0]
    assert (first.id, first.takes) == ("1", Takes(per_lot=constant(5 * MIN)))


@pytest.mark.parametrize(
    ("kind", "second", "time"),
    [
        ("constant", "", constant(600)),
        ("exponential", "", Distribution.exponential(600)),
        ("normal", 2, Distribution.normal(600, sd=120)),
        ("gamma", 5, Distribution.gamma(600, cv=0.5)),
        ("triangular", 4, Distribution.triangular(360, 600, 840)),
    ],
)
def test_times_may_be_of_other_kinds(tmp_path: Path, kind: str, second: object, time: Distribution) -> None:
    step = {"PDIST": kind, "PTIME": 10, "PTIME2": second}
    takes = route(fab(tmp_path, ("route_7.txt", 3, step)))["004_Look"].takes
    assert takes is not None
    assert takes.per_lot == time


def test_a_cascade_whose_time_cannot_be_shifted_keeps_its_mean(tmp_path: Path) -> None:
    shot = route(fab(tmp_path, ("route_7.txt", 1, {"PDIST": "exponential"})))["002_Shot"]
    assert shot.takes == Takes(
        per_lot=Distribution.exponential(120), per_piece=constant(86.4), load=constant(120)
    )  # 24 intervals of 90 s for 25 pieces


def test_tables_of_autosched_itself_are_wide_text_with_comments_and_a_list_of_files(tmp_path: Path) -> None:
    folder = fab(tmp_path, without=("order.txt",))
    write(folder / "order_high.txt", TABLES["order.txt"], "utf-16")
    write(folder / "order_low.txt", [{"LOT": "no", "PART": "nobody"}])
    options = ["SIM_START\t12/31/17 00:00:00", "ORDER_FILES\tfile\torder_high.txt", "\tfile\tWIP.txt"]
    lines = [*options, "\t~file\torder_low.txt"]
    (folder / "options.def").write_text("\n".join(lines), encoding="utf-8")
    plant = read_smt2020(folder)
    assert plant.start == datetime(2017, 12, 31)
    assert [order.first for order in plant.orders if isinstance(order, OrderStream)] == [DAY, 1.25 * DAY]
    assert [lot.due for lot in plant.wip] == [2 * DAY]


# ---------------------------------------------------------------- faults
def test_all_faults_are_reported_at_once_with_file_line_and_column(tmp_path: Path) -> None:
    changes: list[Change] = [
        ("route_7.txt", 0, {"STNFAM": "ovne", "PTIME": 60}),
        ("route_7.txt", 1, {"PTIME": "two"}),
        ("route_7.txt", 2, {"PTUNITS": "hours?"}),
        ("route_7.txt", 3, {"RWKSTEP": 5}),
        ("order.txt", 0, {"DUE": "soon"}),
        ("attach.txt", 0, {"RESNAME": "Shop"}),
        ("WIP.txt", 0, {"CURSTEP": 12}),
        ("tool.txt.1l", 1, {"STNQTY": 0}),
    ]
    with pytest.raises(PlantError) as caught:
        read_smt2020(fab(tmp_path, *changes))
    found = {(Path(fault.file).name, fault.line, fault.where) for fault in caught.value.faults}
    assert found == {
        ("route_7.txt", 2, "STNFAM"),
        ("route_7.txt", 3, "PTIME"),
        ("route_7.txt", 4, "PTUNITS"),
        ("route_7.txt", 5, "RWKSTEP"),
        ("order.txt", 2, "DUE"),
        ("attach.txt", 2, "RESNAME"),
        ("WIP.txt", 2, "CURSTEP"),
        ("tool.txt.1l", 3, "STNQTY"),
    }
    assert "did you mean 'oven'?" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "row", "cells", "words"),
    [
        ("route_7.txt", 0, {"PTPER": "per_wafer"}, "write per_lot, per_piece or per_batch"),
        ("route_7.txt", 0, {"BATCHMN": 125}, "BATCHMN is at most BATCHMX"),
        ("route_7.txt", 0, {"BATCHMN": 10, "BATCHMX": 20}, "a lot fits into a batch"),
        ("route_7.txt", 0, {"PDIST": "unifrom"}, "did you mean 'uniform'"),
        ("route_7.txt", 0, {"PTIME2": 61}, "PTIME: .*uniform"),
        ("route_7.txt", 2, {"StepPercent": 140}, "a percentage from 0 to 100"),
        ("route_7.txt", 4, {"STEP": 4}, "found the step 4 again"),
        ("route_7.txt", 3, {"STEP_CQT": 3}, "a later step of the route"),
        ("route_7.txt", 1, {"FORSTEP": 3}, "a step on the same STNFAM"),
        ("route_7.txt", 1, {"WHEN": "perhaps"}, "write need or always"),
        ("tool.txt.1l", 0, {"FWLRANK": "rank_CR;rank_HP"}, "found ranking by ratio, priority"),
        ("tool.txt.1l", 0, {"FWLRANK": "rank_FORTUNE"}, "found 'rank_fortune'"),
        ("tool.txt.1l", 0, {"BATCHCRITF": "crit_samecolour"}, "one of crit_sameroutestep"),
        ("part.txt", 0, {"ROUTEFILE": "route_8.txt"}, "did you mean 'route_7.txt'"),
        ("part.txt", 0, {"ROUTE": "r_8"}, "found no steps of 'r_8'"),
        ("part.txt", 1, {"PART": "part_7", "ROUTEFILE": "route_7.txt"}, "the part 'part_7' again"),
        ("order.txt", 0, {"PART": "part_8"}, "did you mean 'part_7'"),
        ("order.txt", 0, {"REPEAT": 0}, "a time above 0"),
        ("order.txt", 0, {"DUE": "12/31/17"}, "a date after START"),
        ("order.txt", 0, {"RDIST": "exponential", "RPT#": 3}, "a constant REPEAT"),
        ("order.txt", 0, {"HOTLOT": "very"}, "write yes or no"),
        ("attach.txt", 0, {"CALNAME": "BRAKE"}, "did you mean 'BREAK'"),
        ("attach.txt", 0, {"FOA": 9}, "found another time than MTTF"),
        ("attach.txt", 0, {"RESTYPE": "fab"}, "write stnfam, stngrp or stn"),
        ("downcal.txt", 0, {"DOWNCALTYPE": "mttf_by_moon"}, "mtbpm_by_cal"),
        ("WIP.txt", 1, {"LOT": "Init_Lot_7_1", "PART": "part_7"}, "found the lot 'Init_Lot_7_1' again"),
    ],
)
def test_what_is_wrong_in_a_cell_is_reported_with_what_would_be_right(
    tmp_path: Path, table: str, row: int, cells: dict[str, object], words: str
) -> None:
    with pytest.raises(PlantError, match=words):
        read_smt2020(fab(tmp_path, (table, row, cells)))


def test_a_table_without_a_needed_column_is_reported_with_the_columns_it_has(tmp_path: Path) -> None:
    folder = fab(tmp_path)
    write(folder / "downcal.txt", [{"DOWNCALNAME": "BREAK", "MTBF": 3, "MTTR": 1}])
    with pytest.raises(PlantError, match=r"downcal.txt:1: header: found no column MTTF.*did you mean 'MTTR'"):
        read_smt2020(folder)


def test_a_row_with_too_many_cells_and_an_empty_table_are_faults(tmp_path: Path) -> None:
    folder = fab(tmp_path)
    (folder / "fromto.txt").write_text("FROMLOC\tTOLOC\tDTIME\nFab\tFab\t7.5\tmin\n", encoding="utf-8")
    (folder / "setup.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(PlantError, match=r"(?s)fromto.txt:2: row: found 4 cells.*found an empty table"):
        read_smt2020(folder)


def test_a_folder_without_the_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_smt2020(tmp_path / "none")
    with pytest.raises(InputError, match=r"found no tool.txt and part.txt and order.txt; .* holds nothing"):
        read_smt2020(tmp_path)


def test_a_choice_between_tables_is_left_to_the_user(tmp_path: Path) -> None:
    folder = fab(tmp_path, without=("order.txt",))
    for name in ("order_high.txt", "order_low.txt"):
        write(folder / name, TABLES["order.txt"])
    with pytest.raises(InputError, match=r"order_high.txt, order_low.txt; name one of them order.txt"):
        read_smt2020(folder)
    write(folder / "tool.txt", TABLES["tool.txt.1l"])
    with pytest.raises(InputError, match=r"tool.txt, tool.txt.1l; keep one"):
        read_smt2020(folder)


@pytest.mark.parametrize("content", [b"\x00\x01", "STEP\tSTNFAM\tPTIME\n1\t\xe9\t2".encode("latin-1")])
def test_a_table_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = fab(tmp_path)
    (folder / "route_7.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"route_7.txt"):
        read_smt2020(folder)


# ---------------------------------------------------------------- the whole way
@pytest.mark.parametrize("compatible", [False, True])
def test_the_plant_is_the_same_when_written_and_read_again(tmp_path: Path, *, compatible: bool) -> None:
    plant = read_smt2020(fab(tmp_path), compatible=compatible)
    assert parse_plant(plant_text(plant)) == plant


@pytest.mark.skipif(not HVLM.is_dir(), reason="the tables of the testbed are not beside the repository")
def test_the_testbed_of_high_volume_and_low_mix_is_read_in_seconds() -> None:
    began = process_time()
    plant = read_smt2020(HVLM)
    assert process_time() - began < 15.0
    assert len(plant.work_centers) == 106
    assert sum(len(center.units) for center in plant.work_centers) == 1443
    assert {name: len(operations) for name, operations in plant.routes.items()} == {"r_3": 583, "r_4": 343}
    assert (len(plant.wip), len(plant.orders)) == (2255, 5)
    steps = [operation for operations in plant.routes.values() for operation in operations]
    assert sum(step.queue_at_most is not None for step in steps) == 41 + 25
    assert sum(step.same_unit_as is not None for step in steps) == 11 + 7
    assert sum(step.batch is not None for step in steps) == 17 + 11
    assert sum(len(center.maintenance) for center in plant.work_centers) == 292
    assert read_smt2020(HVLM) == plant
