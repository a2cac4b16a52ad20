"""Elements add up, and Little's law holds where it must."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from math import isnan
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.shops import order, shop
from tests.engine.shops import records as run_records
from zhizao.kpi import Level, elements, elements_by, flow, values
from zhizao.kpi.clocks import open_intervals
from zhizao.plant.model import Plant
from zhizao.records import EVENTS, LOTS, Records, conform, empty_events, records_from_events

DAY = datetime(2026, 1, 5)


def _stays(stays: list[tuple[float, float]]) -> pl.DataFrame:
    """Lots by release and stay, both in hours."""
    rows = [
        {
            "lot": f"L{i}",
            "release": DAY + timedelta(hours=release),
            "completed": DAY + timedelta(hours=release + stay),
            "status": "completed",
            "pieces_good": 1,
        }
        for i, (release, stay) in enumerate(stays)
    ]
    return conform(pl.DataFrame(rows, schema_overrides={"lot": pl.String}), LOTS)


@given(st.lists(st.tuples(st.floats(0, 90), st.floats(0.01, 9)), min_size=1, max_size=30))
def test_littles_law_holds_for_lots_that_come_and_go_within_the_window(
    stays: list[tuple[float, float]],
) -> None:
    of = values(elements(Records(DAY, DAY + timedelta(hours=100), _stays(stays))))
    assert of["wip"] == pytest.approx(of["lot_rate"] / 24 * of["lead_time_mean"])


def test_a_lot_that_is_here_from_before_and_stays_counts_for_the_whole_window() -> None:
    lots = _stays([(-50, 500), (12, 500)]).with_columns(completed=None, status=pl.lit("in-process"))
    here = Records(DAY, DAY + timedelta(hours=24), conform(lots, LOTS))
    assert values(elements(here))["wip"] == pytest.approx(1.5)


def test_the_plant_is_the_sum_of_its_units(records: Records, plant: Plant) -> None:
    whole = elements(records, plant)
    (unit,) = elements_by(records, plant, Level.UNIT)
    (center,) = elements_by(records, plant, Level.WORK_CENTER)
    assert whole.time == unit.time == center.time
    assert whole.failure == unit.failure
    assert (unit.work_center, unit.unit, center.unit) == ("m", "m-1", None)


def test_the_window_is_full(records: Records, plant: Plant) -> None:
    time = elements(records, plant).time
    assert time.pbt_s + time.maintenance_s + time.off_s == pytest.approx(86400)


def test_a_route_that_is_not_in_the_plant_has_no_planned_time(records: Records, plant: Plant) -> None:
    assert records.events is not None
    other = dataclasses.replace(records, events=records.events.with_columns(operation=pl.lit("glue")))
    assert isnan(values(elements(other, plant))["effectiveness"])
    assert isnan(elements(other, plant).plan.planned_s)


def test_one_worker_at_two_machines_works_once(records: Records, plant: Plant) -> None:
    assert records.events is not None
    twice = pl.concat([records.events, records.events.with_columns(unit=pl.lit("m-2"))])
    assert elements(dataclasses.replace(records, events=twice), plant).cost.apwt_s == pytest.approx(5 * 3600)


def test_recorded_working_hours_are_taken_as_they_are(records: Records, plant: Plant) -> None:
    reported = dataclasses.replace(records, personnel_s={"ann": 7200.0})
    assert values(elements(reported, plant))["worker_efficiency"] == pytest.approx(2 / 16)


def test_failures_of_a_log_without_any_are_none_and_mtbf_is_unknown(records: Records) -> None:
    quiet = dataclasses.replace(records, events=empty_events())
    assert elements(quiet).failure.failures == 0
    assert isnan(values(elements(quiet))["mtbf"])


def test_a_window_in_which_no_lot_left_has_an_output_of_none(records: Records) -> None:
    """Else a run that is stuck would be left out of the mean over the runs."""
    lots = records.lots.with_columns(completed=None, status=pl.lit("in-process"))
    found = values(elements(dataclasses.replace(records, lot_table=conform(lots, LOTS))))
    assert found["throughput"] == found["output_rate"] == 0
    assert isnan(found["lead_time_mean"])
    assert isnan(found["defect_rate"])


def test_the_output_of_records_that_tell_of_no_lots_is_unknown(records: Records) -> None:
    alone = Records(records.start, records.end, records.lots.clear())
    assert isnan(values(elements(alone))["output_rate"])


def test_a_twin_that_let_no_lot_in_has_an_output_of_none() -> None:
    found = run_records(shop(orders=[order("A", release=9e6)]), 1)
    assert found.lots.height == 0
    assert values(elements(found))["throughput"] == 0


def test_a_night_between_two_shifts_is_no_work(records: Records, plant: Plant) -> None:
    assert records.events is not None
    overnight = records.events.with_columns(
        end=pl.when(pl.col("lot") == "B").then(datetime(2026, 1, 7, 9)).otherwise(pl.col("end"))
    )
    lots = records.lots.with_columns(
        completed=pl.when(pl.col("lot") == "B").then(datetime(2026, 1, 7, 9)).otherwise(pl.col("completed"))
    )
    late = Records(DAY, datetime(2026, 1, 8), lots, overnight)
    # B works Monday 11-16 and Wednesday 8-9; Tuesday is a holiday.
    assert elements(late, plant).flow.raw_s == pytest.approx((2 + 5 + 1) * 3600)


def test_the_hours_of_many_work_centers_are_read_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 centers on two calendars, each with one row over the night: each calendar is opened once."""
    centers = [{"id": f"m{n}", "calendar": "day" if n % 2 else "late"} for n in range(1998)]
    more = [{"id": "free"}, {"id": "over", "calendar": "day", "off_shift": "finish"}]
    form = {
        "plant": "p",
        "start": DAY,
        "calendars": {"day": {"mon-sun": ["08:00-16:00"]}, "late": {"mon-sun": ["10:00-18:00"]}},
        "work_centers": [*centers, *more],
        "routes": {"r": [{"id": "o", "on": ["m0"], "takes": "1 h"}]},
        "products": {"p": {"route": "r"}},
        "orders": [{"product": "p", "every": "1 h"}],
    }
    plant = Plant.model_validate(form)
    places = [center.id for center in plant.work_centers]
    night = {"start": DAY.replace(hour=15), "end": DAY.replace(day=6, hour=9, minute=30)}
    work = {"lot": places, "work_center": places, "activity": ["process"] * 2000}
    rows = pl.DataFrame(work | {name: [time] * 2000 for name, time in night.items()})
    opened: list[object] = []

    def counted(*args: Any) -> Any:
        opened.append(args)
        return open_intervals(*args)

    monkeypatch.setattr(flow, "open_intervals", counted)
    found = flow.lot_work_seconds(records_from_events(conform(rows, EVENTS)), plant)
    assert found is not None
    hours = dict(found.select("lot", pl.col("work_s") / 3600).iter_rows())
    assert (hours["m1"], hours["m0"], hours["free"], hours["over"]) == (1 + 1.5, 3.0, 18.5, 18.5)
    assert len(opened) == 2
