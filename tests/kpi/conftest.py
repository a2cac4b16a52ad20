"""A day of one machine that anyone can check by hand."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from zhizao.plant.model import (
    Alternative,
    ByState,
    JobOrder,
    Operation,
    Personnel,
    Plant,
    Product,
    Takes,
    Tariff,
    TariffPeriod,
    WorkCenter,
    WorkUnit,
)
from zhizao.quantities.calendars import Calendar
from zhizao.quantities.distributions import Distribution
from zhizao.records import EVENTS, LOTS, Records, conform

DAY = datetime(2026, 1, 5)  # a Monday


def at(hour: float, day: int = 5) -> datetime:
    return datetime(2026, 1, day, int(hour), round(hour % 1 * 60))


@pytest.fixture
def plant() -> Plant:
    """One machine, Monday to Friday 08:00-16:00, 10 kW busy; energy costs 2 before noon and 1 after."""
    shift = Calendar(
        tuple((d * 86400.0 + 28800, d * 86400.0 + 57600) for d in range(5)), ((date(2026, 1, 6), ()),)
    )
    cut = Operation(
        id="cut", on=(Alternative(work_center="m"),), takes=Takes(per_piece=Distribution.constant(600.0))
    )
    return Plant(
        name="test",
        start=DAY,
        calendars={"day": shift},
        work_centers=(
            WorkCenter(
                id="m",
                units=(WorkUnit(id="m-1"),),
                calendar="day",
                power=ByState(idle=2.0, busy=10.0, setup=5.0),
                cost=60.0,
            ),
        ),
        personnel=(Personnel(id="ann", count=2, calendar="day", cost=30.0),),
        routes={"r": (cut,)},
        products={"p": Product(route="r", material=3.0, escape_cost=7.0, lot=10)},
        orders=(JobOrder(id="o", product="p", pieces=20),),
        tariff=Tariff(default=1.0, periods=(TariffPeriod(when="mon-fri 06:00-12:00", price=2.0),), co2=0.5),
    )


@pytest.fixture
def events() -> pl.DataFrame:
    """Set-up 08-09, lot A 09-11, lot B 11-14 with a failure 12-13."""
    place = {"work_center": "m", "unit": "m-1"}
    cut = {**place, "product": "p", "operation": "cut", "activity": "process", "personnel": "ann"}
    lot_a = {"lot": "A", "pieces_in": 10, "pieces_good": 9, "pieces_scrap": 1, "pieces_rework": 0}
    lot_b = {"lot": "B", "pieces_in": 10, "pieces_good": 10, "pieces_scrap": 0, "pieces_rework": 0}
    rows = [
        {**place, "lot": "A", "activity": "setup", "start": at(8), "end": at(9)},
        {**cut, **lot_a, "start": at(9), "end": at(11)},
        {**cut, **lot_b, "start": at(11), "end": at(14)},
        {**place, "lot": "B", "activity": "failure", "start": at(12), "end": at(13)},
    ]
    return conform(pl.DataFrame(rows), EVENTS)


@pytest.fixture
def lots() -> pl.DataFrame:
    """A: 3 h in the plant and in time; B: 6 h and one hour late, with a defective piece that nobody found."""
    same = {"product": "p", "pieces": 10, "release": at(8), "status": "completed", "pieces_rework": 0}
    rows = [
        {
            **same,
            "lot": "A",
            "due": at(12),
            "completed": at(11),
            "pieces_good": 9,
            "pieces_scrap": 1,
            "pieces_escaped": 0,
            "limit_breaks": 0,
        },
        {
            **same,
            "lot": "B",
            "due": at(13),
            "completed": at(14),
            "pieces_good": 10,
            "pieces_scrap": 0,
            "pieces_escaped": 1,
            "limit_breaks": 2,
        },
    ]
    return conform(pl.DataFrame(rows), LOTS)


@pytest.fixture
def records(events: pl.DataFrame, lots: pl.DataFrame) -> Records:
    return Records(DAY, datetime(2026, 1, 6), lots, events)
