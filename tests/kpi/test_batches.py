"""The time of a batch counts once for its unit, and in full for each of its lots."""

from __future__ import annotations

from math import isnan

import polars as pl
import pytest

from tests.engine.shops import op, shop
from tests.engine.shops import records as ran
from tests.kpi.conftest import DAY, at
from zhizao.kpi import Elements, elements, values
from zhizao.plant.model import Plant
from zhizao.records import EVENTS, LOTS, Records, conform

OVEN = shop(
    [{"id": "oven"}],
    [op("bake", "oven", takes={"load": "20 min", "per_piece": "5 min"}, batch={"lots": "2..4"})],
    orders=[{"id": "o", "product": "p", "pieces": 20}],
    products={"p": {"route": "r", "lot": 10}},
    start=DAY,
)


def baked(batch: str | None, orders: tuple[str, str]) -> Records:
    """Maintenance until 8:00, then two lots of ten pieces are released, in the oven from 9:00 to 11:00."""
    row = {"product": "p", "operation": "bake", "work_center": "oven", "unit": "oven", "activity": "process"}
    span = {"start": at(9), "end": at(11), "batch": batch, "pieces_in": 10, "pieces_good": 10}
    lot = {"product": "p", "pieces": 10, "release": at(8), "completed": at(11), "status": "completed"}
    upkeep = {"work_center": "oven", "unit": "oven", "activity": "maintenance", "start": at(7), "end": at(8)}
    events = [upkeep, *({**row, **span, "lot": name} for name in ("A", "B"))]
    lots = [{**lot, "lot": n, "order": o, "pieces_good": 10} for n, o in zip("AB", orders, strict=True)]
    return Records(DAY, at(0, 6), conform(pl.DataFrame(lots), LOTS), conform(pl.DataFrame(events), EVENTS))


def of(records: Records, plant: Plant | None = OVEN) -> tuple[Elements, dict[str, float]]:
    found = elements(records, plant)
    return found, values(found)


@pytest.mark.parametrize("batch", ["B1", None], ids=["named", "not named"])
def test_the_time_of_a_batch_counts_once_for_an_order(batch: str | None) -> None:
    found, kpis = of(baked(batch, ("o", "o")))
    assert found.flow.order_aubt_s == 2 * 3600
    assert found.time.apt_s == 2 * 3600
    assert kpis["allocation_ratio"] == pytest.approx(2 / 3)
    assert kpis["throughput_rate"] == pytest.approx(20 / 3)


def test_orders_that_share_a_batch_share_its_time() -> None:
    found, kpis = of(baked("B1", ("o", "other")))
    assert found.flow.order_aubt_s == 2 * 3600
    assert kpis["allocation_ratio"] == pytest.approx(2 / 6)


def test_each_lot_of_a_batch_feels_all_of_its_time() -> None:
    assert of(baked("B1", ("o", "o")))[1]["flow_factor"] == pytest.approx((3 + 3) / (2 + 2))


@pytest.mark.parametrize("batch", ["B1", None], ids=["named", "not named"])
def test_a_batch_is_planned_as_the_twin_runs_it(batch: str | None) -> None:
    # 20 min to load the oven once, and 20 pieces of 5 min: 2 h, of 2 h that it took
    found, kpis = of(baked(batch, ("o", "o")))
    assert found.plan.planned_s == pytest.approx(2 * 3600)
    assert kpis["effectiveness"] == pytest.approx(1.0)


def test_a_batch_with_pieces_that_nobody_counted_has_no_plan() -> None:
    counted = baked("B1", ("o", "o"))
    assert counted.events is not None
    unknown = counted.events.with_columns(
        pl.when(pl.col("lot") == "A").then("pieces_in").alias("pieces_in"), pieces_good=None
    )
    records = Records(counted.start, counted.end, counted.lots, conform(unknown, EVENTS))
    assert isnan(of(records)[1]["effectiveness"])


def test_batches_of_the_twin_take_the_time_of_its_units_once() -> None:
    done = ran(
        OVEN.replace({"orders": [{"id": str(n), "product": "p", "pieces": 30} for n in range(5)]}), days=3
    )
    found, kpis = of(done)
    assert done.events is not None
    assert done.events["batch"].n_unique() < done.events.height == 15
    assert found.flow.order_aubt_s == pytest.approx(found.time.apt_s)
    assert kpis["effectiveness"] == pytest.approx(1.0)
