"""Every KPI of a day that is worked out by hand (the day is in conftest.py)."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import polars as pl
import pytest

from zhizao.kpi import FORMULAS, HEADLINE, Level, compute, elements, formulas_at
from zhizao.plant.model import Plant
from zhizao.records import Records, empty_events, empty_lots

BY_HAND = {
    "throughput": 18.0,
    "output_rate": 19.0,
    "lot_rate": 2.0,
    "throughput_rate": 20 / 9,  # 20 pieces in 3 h + 6 h
    "allocation_ratio": 6 / 9,
    "lead_time_mean": 4.5,
    "lead_time_p50": 4.5,
    "lead_time_p90": 5.7,
    "lead_time_p95": 5.85,
    "flow_factor": 9 / 5,
    "wip": 9 / 24,
    "on_time_share": 0.5,
    "tardiness_mean": 0.5,
    "limit_break_share": 1 / 2,
    "unit_energy": 51 / 18,  # 5 set-up + 40 busy + 2 down + 4 idle
    "energy": 51.0,
    "unit_co2": 25.5 / 18,
    "unit_cost": (86 + 480 + 480 + 60 + 7) / 18,  # energy, machine, people, material, escape
    "cost_rate": 1113.0,
    "worker_efficiency": 5 / 16,
    "overtime": 0.0,
    "scrap_ratio": 1 / 20,
    "rework_ratio": 0.0,
    "first_pass_yield": 19 / 20,
    "defect_rate": (1 + 1) / 20,
    "escape_rate": 1 / 19,
    "oee": 0.5 * (200 / 240) * 0.95,
    "nee": (5 / 8) * (200 / 240) * 0.95,
    "availability": 0.5,
    "effectiveness": 200 / 240,
    "quality_ratio": 0.95,
    "utilization_efficiency": 4 / 6,
    "allocation_efficiency": 6 / 8,
    "technical_efficiency": 4 / 5,
    "setup_ratio": 1 / 5,
    "mtbf": 4.0,
    "mttr": 1.0,
    "corrective_maintenance_ratio": 1.0,
}


def _of(table: pl.DataFrame) -> dict[str, float | None]:
    return dict(table.select("kpi", "value").iter_rows())


@pytest.mark.parametrize("kpi", sorted(FORMULAS))
def test_a_kpi_is_what_it_is_by_hand(kpi: str, records: Records, plant: Plant) -> None:
    assert FORMULAS[kpi].compute(elements(records, plant)) == pytest.approx(BY_HAND[kpi])


def test_a_table_has_every_kpi_in_the_plants_currency(records: Records, plant: Plant) -> None:
    table = compute(records, plant)
    assert _of(table) == pytest.approx(BY_HAND)
    assert table.filter(pl.col("kpi") == "unit_cost")["unit"].item() == "CNY/piece"


def test_a_machine_has_the_kpis_of_equipment(records: Records, plant: Plant) -> None:
    table = compute(records, plant, by="unit")
    assert table.select("work_center", "work_unit").unique().row(0) == ("m", "m-1")
    asked = {f.id for f in formulas_at(Level.UNIT)}
    assert set(table["kpi"]) == asked
    expected = {kpi: BY_HAND[kpi] for kpi in asked} | {
        "cost_rate": 480 + 86
    }  # people and material are the plant's
    assert _of(table) == pytest.approx(expected)
    assert _of(compute(records, plant, by="work_center")) == pytest.approx(expected)


def test_a_log_alone_gives_what_it_can_and_no_more(records: Records) -> None:
    of = _of(compute(records))
    assert of["lead_time_mean"] == pytest.approx(4.5)
    assert of["availability"] == pytest.approx(4 / 24)  # no calendar: the whole day was planned
    assert of["output_rate"] == pytest.approx(19.0)
    for unknown in ("unit_cost", "unit_energy", "unit_co2", "oee", "effectiveness", "worker_efficiency"):
        assert of[unknown] is None


TRUTH = ("throughput", "unit_cost", "unit_energy", "unit_co2", "defect_rate", "escape_rate")


def test_what_inspection_missed_is_not_known_from_a_log(
    records: Records, lots: pl.DataFrame, plant: Plant
) -> None:
    blind = lots.with_columns(pieces_escaped=pl.lit(None, dtype=pl.Int64))
    of = _of(compute(dataclasses.replace(records, lot_table=blind), plant))
    assert [kpi for kpi in TRUTH if of[kpi] is not None] == []
    assert of["output_rate"] == pytest.approx(19.0)
    assert of["scrap_ratio"] == pytest.approx(1 / 20)


def test_a_log_that_does_not_tell_scrap_has_no_quality(records: Records, lots: pl.DataFrame) -> None:
    silent = lots.with_columns(
        pl.lit(None, dtype=pl.Int64).alias(name)
        for name in ("pieces_good", "pieces_scrap", "pieces_rework", "pieces_escaped")
    )
    of = _of(compute(dataclasses.replace(records, lot_table=silent)))
    quality = ("output_rate", "defect_rate", "escape_rate", "first_pass_yield")
    assert [kpi for kpi in (*TRUTH, *quality) if of[kpi] is not None] == []


def test_material_is_a_cost_when_a_lot_leaves_and_not_while_it_is_in_the_plant(
    records: Records, lots: pl.DataFrame, plant: Plant
) -> None:
    inside = pl.when(pl.col("lot") == "B")
    status = inside.then(pl.lit("in-process")).otherwise(pl.lit("completed")).cast(lots.schema["status"])
    left = inside.then(None).otherwise("completed")
    only_a = dataclasses.replace(records, lot_table=lots.with_columns(status=status, completed=left))
    material, escape = 30, 7
    assert _of(compute(only_a, plant))["cost_rate"] == pytest.approx(1113 - material - escape)


def test_a_cost_that_has_a_price_but_no_count_leaves_the_sum_unknown(
    records: Records, lots: pl.DataFrame, plant: Plant
) -> None:
    unsized = dataclasses.replace(records, lot_table=lots.with_columns(pieces=pl.lit(None, dtype=pl.Int64)))
    assert _of(compute(unsized, plant))["cost_rate"] is None


def test_recorded_states_are_taken_as_they_are(records: Records, plant: Plant) -> None:
    states = pl.DataFrame(
        {"work_center": ["m"] * 3, "unit": ["m-1"] * 3, "state": ["busy", "blocked", "off"]}
        | {"seconds": [3600.0 * 2, 3600.0 * 6, 3600.0 * 16], "energy_kwh": [7.0, 1.0, 0.0]}
        | {"energy_cost": [7.0, 1.0, 0.0]}
    )
    of = _of(compute(dataclasses.replace(records, states=states), plant))
    assert of["availability"] == pytest.approx(2 / 8)
    assert of["technical_efficiency"] == pytest.approx(2 / 8)
    assert of["unit_energy"] == pytest.approx(8 / 18)


def test_an_escaped_defect_counts_where_someone_knows_it(records: Records, lots: pl.DataFrame) -> None:
    known = dataclasses.replace(
        records, lot_table=lots.with_columns(pieces_escaped=pl.lit(2, dtype=pl.Int64))
    )
    of = _of(compute(known))
    assert of["defect_rate"] == pytest.approx((1 + 4) / 20)
    assert of["escape_rate"] == pytest.approx(4 / 19)
    assert of["throughput"] == pytest.approx(19 - 4)


def test_a_scrapped_lot_counts_as_scrap_and_not_as_lead_time(records: Records, lots: pl.DataFrame) -> None:
    scrapped = lots.with_columns(
        pl.when(pl.col("lot") == "B").then(pl.lit("scrapped")).otherwise(pl.lit("completed")).alias("status"),
        pl.when(pl.col("lot") == "B").then(None).otherwise(pl.col("pieces_good")).alias("pieces_good"),
        pl.when(pl.col("lot") == "B").then(10).otherwise(pl.col("pieces_scrap")).alias("pieces_scrap"),
    )
    of = _of(compute(dataclasses.replace(records, lot_table=scrapped)))
    assert of["defect_rate"] == pytest.approx(11 / 20)
    assert of["throughput"] == pytest.approx(9.0)
    assert of["lead_time_mean"] == pytest.approx(3.0)


def test_only_lots_that_leave_in_the_window_count(records: Records) -> None:
    morning = dataclasses.replace(records, end=datetime(2026, 1, 5, 12))
    of = _of(compute(morning))
    assert of["lead_time_mean"] == pytest.approx(3.0)
    assert of["wip"] == pytest.approx((3 + 4) / 12)
    assert of["throughput"] == pytest.approx(9 * 2)
    assert of["escape_rate"] == 0.0


def test_an_empty_log_knows_nothing_and_fails_at_nothing(plant: Plant) -> None:
    empty = Records(datetime(2026, 1, 5), datetime(2026, 1, 5), empty_lots(), empty_events())
    assert set(_of(compute(empty))) == set(FORMULAS)
    assert _of(compute(empty, plant))["lead_time_mean"] is None
    assert _of(compute(empty))["availability"] is None


def test_a_log_without_piece_counts_has_no_throughput_of_pieces(records: Records, lots: pl.DataFrame) -> None:
    nothing = lots.with_columns(
        pl.lit(None, dtype=pl.Int64).alias(name)
        for name in ("pieces", "pieces_good", "pieces_scrap", "pieces_rework")
    )
    of = _of(compute(dataclasses.replace(records, lot_table=nothing)))
    assert of["throughput"] is None
    assert of["defect_rate"] is None
    assert of["lot_rate"] == 2.0


def test_the_headline_is_five_kpis_that_say_what_is_better() -> None:
    assert len(HEADLINE) == 5
    assert {FORMULAS[kpi].better.value for kpi in HEADLINE} == {"higher", "lower"}


def test_every_formula_names_itself_as_the_table_does() -> None:
    assert all(kpi == formula.id and formula.description for kpi, formula in FORMULAS.items())
    assert set(BY_HAND) == set(FORMULAS)
