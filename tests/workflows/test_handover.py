"""KPIs that are handed over are those of the study and of the formulas, with what a reader needs."""

from __future__ import annotations

import polars as pl
import pytest

import zhizao
from tests.studies.plants import line
from zhizao.connect.aas import Origin
from zhizao.kpi import FORMULAS, Level, compute
from zhizao.studies.simulate import SimulateResult
from zhizao.workflows.handover import measured_kpis, simulated_kpis


@pytest.fixture(scope="module")
def result() -> SimulateResult:
    return zhizao.simulate(line(), days=3, replications=3, seed=3)


def test_simulated_kpis_of_the_plant_are_those_of_the_study(
    result: SimulateResult,
) -> None:
    kpis = simulated_kpis(result)
    rows = {row["kpi"]: row for row in result.table().iter_rows(named=True)}
    known = {one.id: one for one in kpis.plant if one.known}
    assert known.keys() == {name for name, row in rows.items() if row["mean"] is not None}
    for name, one in known.items():
        assert (one.value, one.unit, one.name) == (rows[name]["mean"], rows[name]["unit"], rows[name]["name"])
        assert one.source == FORMULAS[name].clause
        assert (one.low if one.has_interval else None) == rows[name]["low"]
    assert kpis.origin is Origin.SIMULATED
    assert kpis.facts == {"WindowDays": result.window.days, "Replications": 3, "Seed": 3}


def test_simulated_kpis_of_units_are_means_over_the_replications(
    result: SimulateResult,
) -> None:
    kpis = simulated_kpis(result)
    tables = [compute(records, result.plant, by=Level.UNIT) for records in result.records]
    unit, found = next(iter(kpis.units.items()))
    (one,) = [kpi for kpi in found if kpi.id == "availability"]
    row = (pl.col("work_unit") == unit) & (pl.col("kpi") == "availability")
    values = [table.filter(row)["value"].item() for table in tables]
    assert one.value == pytest.approx(sum(values) / 3)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert set(kpis.units) == {unit.id for center in result.plant.work_centers for unit in center.units}
    assert set(kpis.centers) == {center.id for center in result.plant.work_centers}


def test_measured_kpis_are_those_of_the_formulas_over_the_log(
    result: SimulateResult,
) -> None:
    records = result.records[0]
    kpis = measured_kpis(records, result.plant)
    expected = dict(compute(records, result.plant).select("kpi", "value").iter_rows())
    assert {one.id: one.value for one in kpis.plant if one.known} == {
        name: value for name, value in expected.items() if value is not None
    }
    assert not any(one.has_interval for one in kpis.plant)
    assert kpis.origin is Origin.MEASURED
    assert kpis.facts == {"WindowStart": records.start, "WindowEnd": records.end}
    centers = compute(records, result.plant, by=Level.WORK_CENTER).drop_nulls("value")
    assert sum(one.known for found in kpis.centers.values() for one in found) == centers.height
