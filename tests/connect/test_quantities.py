"""Pieces of a log: what went in where only what came out is reported, and what stays unknown."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

import zhizao
from zhizao.kpi import elements, formula_of
from zhizao.records import lots_from_events, records_from_events
from zhizao.records.intake import LogImport

HEAD = "lot,product,operation,machine,start,end"


def log_of(folder: Path, head: str, *rows: str) -> LogImport:
    path = folder / "log.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8", newline="\n")
    return zhizao.read_log(path)


def row(lot: str, operation: str, hour: int, *pieces: object, minute: int = 0) -> str:
    span = f"2026-03-02 {hour:02}:{minute:02},2026-03-02 {hour:02}:{minute + 20:02}"
    return ",".join(map(str, (lot, "p", operation, f"M-{operation}", span, *pieces)))


def column(log: LogImport, name: str) -> list[int | None]:
    assert log.records.events is not None
    return log.records.events[name].to_list()


def sizes(log: LogImport) -> list[int | None]:
    return log.records.lots.sort("lot")["pieces"].to_list()


def test_the_input_is_good_and_scrap_where_no_column_tells_it(tmp_path: Path) -> None:
    log = log_of(tmp_path, f"{HEAD},good,scrap", row("A", "cut", 6, 23, 1), row("A", "mill", 8, 21, 2))
    assert column(log, "pieces_in") == [24, 23]
    assert sizes(log) == [24]


def test_an_empty_cell_of_scrap_counts_nothing_and_rework_counts_as_input(tmp_path: Path) -> None:
    rows = (row("A", "cut", 6, 20, "", 4), row("A", "mill", 8, 19, 5, ""))
    log = log_of(tmp_path, f"{HEAD},good,scrap,rework", *rows)
    assert column(log, "pieces_in") == [24, 24]


def test_pieces_marked_as_rework_are_not_counted_twice(tmp_path: Path) -> None:
    rows = (row("A", "cut", 6, 24, 0, "no"), row("A", "cut", 8, 3, 1, "yes"))
    log = log_of(tmp_path, f"{HEAD},good,scrap,rework", *rows)
    assert column(log, "pieces_in") == [24, 4]
    assert column(log, "pieces_rework") == [None, 3]


def test_a_lot_reported_in_parts_has_the_pieces_of_all_parts(tmp_path: Path) -> None:
    parts = [row("A", "cut", hour, 7, 1) for hour in (6, 7, 8)]
    log = log_of(tmp_path, f"{HEAD},good,scrap", *parts, row("A", "mill", 9, 21, 0))
    assert sizes(log) == [24]


def test_an_input_column_is_believed(tmp_path: Path) -> None:
    log = log_of(tmp_path, f"{HEAD},pieces_in,good,scrap", row("A", "cut", 6, 30, 23, 1))
    assert column(log, "pieces_in") == [30]


def test_good_pieces_alone_are_the_least_that_went_in_and_that_is_reported(tmp_path: Path) -> None:
    log = log_of(tmp_path, f"{HEAD},good", row("A", "cut", 6, 24), row("A", "mill", 8, 22))
    assert column(log, "pieces_in") == [None, None]
    assert sizes(log) == [24]
    reported = log.quality.of("sizes of lots")
    assert reported is not None
    assert reported.count == 1


def test_scrap_is_learned_as_its_share_of_the_pieces(tmp_path: Path) -> None:
    rows = [row(f"L{n:02}", "press", 6 + n % 16, 23 if n % 2 else 24, n % 2) for n in range(48)]
    result = zhizao.learn(log_of(tmp_path, f"{HEAD},good,scrap", *rows).records)
    (operation,) = next(iter(result.plant.routes.values()))
    assert operation.defects is not None
    assert operation.defects.share == pytest.approx(24 / (48 * 24), rel=1e-3)
    assert {product.lot for product in result.plant.products.values()} == {24}


def test_without_a_scrap_column_the_defect_rate_is_not_known_through_any_reader(tmp_path: Path) -> None:
    log = log_of(tmp_path, f"{HEAD},qty", row("A", "cut", 6, 24), row("B", "cut", 8, 24))
    assert log.records.lots["pieces_scrap"].null_count() == 2
    assert log.records.lots["pieces_rework"].null_count() == 2
    events = log.records.events
    assert events is not None
    for records in (
        log.records, records_from_events(events), replace(log.records, lot_table=lots_from_events(events)),
    ):  # fmt: skip
        assert math.isnan(formula_of("defect_rate").compute(elements(records)))


def test_a_scrap_column_of_zeros_is_a_known_rate_of_zero(tmp_path: Path) -> None:
    log = log_of(tmp_path, f"{HEAD},good,scrap", row("A", "cut", 6, 24, 0))
    assert log.records.lots["pieces_scrap"].to_list() == [0]
