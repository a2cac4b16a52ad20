"""Numbers of pieces that 32 bits do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shops import MIN, op, order, raw_run, records, seconds, shop
from zhizao.engine import state as engine_state
from zhizao.kpi import elements, values

MANY = 3_000_000_000


def large(*route: Any, **product: Any) -> Any:
    return shop(
        [{"id": "m"}],
        [*route] or [op("a", "m")],
        [order("A", pieces=MANY)],
        products={"p": {"route": "r", "lot": MANY} | product},
    )


def test_pieces_beyond_32_bits_are_counted_in_lots_log_and_kpis() -> None:
    plant = large()
    found = records(plant, days=1)
    assert found.events is not None
    assert found.lots["pieces"].to_list() == found.lots["pieces_good"].to_list() == [MANY]
    assert found.events["pieces_in"].to_list() == found.events["pieces_good"].to_list() == [MANY]
    assert values(elements(found, plant))["throughput"] == MANY


def test_scrap_and_rework_beyond_32_bits_lose_no_piece() -> None:
    bad = {"share": 0.999, "found": 1.0, "then": "rework a", "at_most": 1, "else": "scrap"}
    lot = records(large(op("a", "m", defects=bad)), days=1).lots.row(0, named=True)
    assert lot["pieces_good"] + lot["pieces_scrap"] == MANY
    assert lot["pieces_rework"] == pytest.approx(0.999 * MANY, rel=1e-4)
    assert lot["pieces_scrap"] == pytest.approx(0.999**2 * MANY, rel=1e-4)


def test_a_lot_is_one_run_however_many_pieces_it_has() -> None:
    plant = large(op("a", "m", takes={"per_batch": "10 min", "pieces_per_batch": MANY}))
    assert seconds(records(plant, days=1).lots["completed"]) == [10 * MIN]


def test_batches_stock_and_splits_count_pieces_beyond_32_bits() -> None:
    plant = shop(
        [{"id": "m"}, {"id": "n"}],
        routes={
            "r": [op("a", "m", batch={"pieces": f"{MANY}..{2 * MANY}"}, split=MANY // 2)],
            "s": [op("b", "n", parts={"p": 2})],
        },
        products={"p": {"route": "r", "lot": MANY}, "q": {"route": "s", "lot": MANY}},
        orders=[order("A", pieces=2 * MANY), order("B", "q", pieces=MANY)],
    )
    found = records(plant, days=1)
    assert found.lots.filter(order="B", status="completed")["pieces_good"].to_list() == [MANY]
    assert found.lots.filter(order="A")["pieces_good"].to_list() == [MANY // 2] * 4
    assert found.events is not None
    assert found.events.filter(operation="a")["pieces_in"].sum() == 2 * MANY


def test_a_batch_of_more_lots_than_there_is_room_for_at_first_loses_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, rows_at_first in (("_LOG_ROWS", 8), ("_EXIT_ROWS", 4), ("_LOTS", 2), ("_BURST", 1)):
        monkeypatch.setattr(engine_state, name, rows_at_first)
    batch = {"pieces": f"500..{MANY}"}
    found = records(shop([{"id": "m"}], [op("a", "m", batch=batch)], [order("A", pieces=500)]), days=1)
    assert found.events is not None
    assert found.lots["completed"].is_not_null().sum() == found.events.height == 500


def test_the_work_on_very_many_pieces_is_the_sum_of_their_draws() -> None:
    """Mean and variance of the sum; a lot of 3e9 pieces is no reason to draw 3e9 numbers."""
    takes = {"per_piece": "exponential(0.001 ms)"}
    raw = raw_run(large(op("a", "m", takes=takes)), 1)
    spent = float(raw.log.end[0])
    assert spent == pytest.approx(MANY * 1e-6, abs=6 * MANY**0.5 * 1e-6)
    assert spent != MANY * 1e-6


def test_defects_are_shared_by_the_lots_of_a_very_large_split() -> None:
    """A fifth is defective in each part, and none is lost: all of it is found by the next operation."""
    route = [
        op("a", "m", defects={"share": 0.2, "found": 0.0, "then": "scrap"}, split=MANY // 3),
        op("b", "m", defects={"share": 0.0, "found": 1.0, "then": "scrap"}),
    ]
    lots = records(large(*route), days=1).lots
    assert lots.height == 3
    assert (lots["pieces_good"] + lots["pieces_scrap"] == MANY // 3).all()
    assert lots["pieces_scrap"].to_list() == pytest.approx([0.2 * MANY / 3] * 3, rel=1e-3)


@pytest.mark.parametrize("pieces", [10**15 + 1, 2**63, 10**30])
def test_more_pieces_than_the_twin_can_count_are_refused(pieces: int) -> None:
    with pytest.raises(ValueError, match=r"write a number up to 1,000,000,000,000,000"):
        shop(orders=[order("A", pieces=pieces)])
