"""Releases, orders of several lots and scrap that a log tells only indirectly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.studies.learn.logs import records, row
from tests.studies.learn.test_hidden_setups import DAYS, form, work_alone
from zhizao import learn, read_log
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import OrderStream, Plant
from zhizao.quantities import mean
from zhizao.quantities.distributions import Distribution, variance
from zhizao.records import Records, with_events
from zhizao.studies.learn.log.releases import find_releases


def ordered(**more: Any) -> dict[str, Any]:
    shown = form()
    shown["orders"][0] |= more
    return shown


def test_due_dates_tell_releases() -> None:
    source = Plant.model_validate(ordered(due="3 d"))
    log = work_alone(source)
    found, findings = find_releases(log)
    true = with_events(run(source, RunSettings(DAYS, seed=7, log=LogLevel.EVENTS, threads=1)).records[0]).lots
    both = true.select("lot", true="release").join(found.lots.select("lot", "release"), on="lot")
    apart = (both["true"] - both["release"]).dt.total_seconds()
    assert both.height > 500
    assert (apart.abs() <= 1).all()
    assert {f.value for f in findings} == {"72.0 h before the due date"}


def test_due_dates_at_any_time_after_release_tell_none() -> None:
    log = work_alone(Plant.model_validate(ordered(due="uniform(2 d, 5 d)")))
    found, findings = find_releases(log)
    assert findings == []
    assert found is log


def test_releases_of_the_log_are_kept() -> None:
    source = Plant.model_validate(ordered(due="3 d"))
    full = with_events(run(source, RunSettings(DAYS, seed=7, log=LogLevel.EVENTS, threads=1)).records[0])
    assert find_releases(full) == (full, [])


@pytest.mark.parametrize("due", ["3 d", "uniform(2 d, 5 d)"])
def test_lots_that_are_due_at_one_moment_are_one_order(due: str) -> None:
    source = Plant.model_validate(ordered(due=due, pieces=40, every="gamma(4 h, cv 0.4)"))  # lots of 10
    learned = learn(work_alone(source))
    stream = learned.plant.orders[0]
    assert isinstance(stream, OrderStream)
    assert isinstance(stream.pieces, Distribution)
    assert mean(stream.pieces) == pytest.approx(40, rel=0.02)
    assert mean(stream.every) == pytest.approx(4 * 3600, rel=0.1)
    assert learned.evidence.filter(what="orders.lots")["value"][0] == "4.0 lots an order"
    if due == "3 d":  # releases are known, and so is how regular they are
        assert variance(stream.every) ** 0.5 / mean(stream.every) == pytest.approx(0.4, abs=0.1)


def test_orders_of_one_lot_stay_so() -> None:
    learned = learn(work_alone(Plant.model_validate(ordered(due="3 d"))))
    assert learned.plant.orders[0].pieces is None


def test_products_of_different_sizes_keep_their_own() -> None:
    """One stream of orders draws the product; its lot size comes with it."""
    source = form()
    source["products"] |= {"a": {"route": "a", "lot": 3}}
    learned = learn(work_alone(Plant.model_validate(source))).plant
    assert {name: product.lot for name, product in learned.products.items()} == {"a": 3, "b": 10, "c": 10}
    assert all(stream.pieces is None for stream in learned.orders)


def scrapping() -> Records:
    """Ten pieces of each lot are sawn, one of ten does not come to the mill."""
    rows = []
    for n in range(200):
        at = n * 0.5
        rows.append(row(f"l{n:03}", "saw", at, at + 0.4, pieces_in=10))
        rows.append(row(f"l{n:03}", "mill", at + 0.5, at + 0.9, pieces_in=9))
    return records(rows)


def test_pieces_that_do_not_come_to_the_next_operation_are_scrap() -> None:
    learned = learn(scrapping())
    found = learned.evidence.filter(what="operations.saw.defects.share")
    assert found["amount"][0] == pytest.approx(0.1)
    assert found["low"][0] < 0.1 < found["high"][0]
    steps = {o.id: o for route in learned.plant.routes.values() for o in route}
    assert steps["saw"].defects is not None
    assert steps["saw"].defects.share == pytest.approx(0.1)
    assert steps["mill"].defects is None


def test_what_was_inferred_is_not_called_unknown() -> None:
    assert "scrap" not in {one.what for one in learn(scrapping()).unknown}
    due, none = (learn(work_alone(Plant.model_validate(ordered(**more)))) for more in ({"due": "3 d"}, {}))
    assert "when orders are released" not in {one.what for one in due.unknown}
    assert {"when orders are released", "who does the work"} <= {one.what for one in none.unknown}


def test_scrap_that_rows_report_is_taken_as_it_is() -> None:
    log = scrapping()
    assert log.events is not None
    said = pl.when(pl.col("operation") == "saw").then(2).cast(pl.Int64).alias("pieces_scrap")
    learned = learn(replace(log, events=log.events.with_columns(said)))
    found = learned.evidence.filter(what="operations.saw.defects.share")
    assert found["amount"][0] == pytest.approx(0.2)


@pytest.mark.parametrize(("second", "by_row"), [(9, True), (11, False)])
def test_a_quantity_that_falls_is_that_of_the_row(tmp_path: Path, second: int, *, by_row: bool) -> None:
    lines = ["lot,product,operation,machine,start,end,quantity"]
    for n in range(40):
        lines.append(f"l{n},p,saw,m1,2026-01-05 {n // 4 + 6:02}:{n % 4 * 15:02},,10")
        lines.append(f"l{n},p,mill,m2,2026-01-06 {n // 4 + 6:02}:{n % 4 * 15:02},,{second}")
    (tmp_path / "log.csv").write_text("\n".join(lines))
    taken = read_log(tmp_path / "log.csv")
    assert taken.records.events is not None
    assert (taken.records.events["pieces_in"].null_count() == 0) == by_row
    assert taken.records.lots["pieces"].unique().to_list() == [10 if by_row else 11]
