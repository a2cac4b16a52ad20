"""One run without randomness until the orders are done."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.engine.shops import START, completions, op, order, orders, rows, shop
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine import moment as engine_moment
from zhizao.engine.follow import follow
from zhizao.quantities import InputError


def test_a_run_ends_when_the_orders_are_done() -> None:
    plant = shop(None, [op("a", "m", takes="exponential(10 min)")], orders(3, release=86400.0 * 40))
    found = follow(plant)
    assert found is not None
    assert found.done
    assert list(completions(found.records).values()) == [57610.0, 57620.0, 57630.0]


def test_lots_that_never_leave_are_reported_with_where_they_stand() -> None:
    """Of five lots two pairs are baked; one waits for a partner for ever."""
    plant = shop(None, [op("a", "m", batch={"lots": "2..2"})], orders(5))
    found = follow(plant)
    assert found is not None
    assert not found.done
    assert found.waiting == (("O4", "a"),)


def test_lots_that_wait_outside_are_reported_as_such() -> None:
    """Two lots of different products make no batch of one product, and the third is not let in."""
    pair = op("a", "m", batch={"lots": "2..2", "by": "product"})
    jobs = [order("O0"), order("O1", "q"), order("O2")]
    both = {"p": {"route": "r"}, "q": {"route": "r"}}
    found = follow(shop(None, [pair], jobs, products=both, release={"conwip": 2}))
    assert found is not None
    assert found.waiting == (("O0", "a"), ("O1", "a"), ("O2", None))


def test_a_run_that_is_cancelled_gives_nothing() -> None:
    assert follow(shop(None, None, orders(2)), go_on=lambda: False) is None


@pytest.mark.parametrize("rule", ["least-setup", "atc", "earliest-due-date"])
def test_a_log_with_set_ups_and_batches_given_as_its_plan_makes_the_same_run_again(rule: str) -> None:
    """The unit is taken when its set-up begins: at that moment the plan decides."""
    centers = [
        {"id": "m", "dispatch": rule, "setup": {"by": "product", "default": "30 min"}},
        {"id": "n", "units": 2, "dispatch": rule, "setup": {"by": "product", "default": "7 min"}},
    ]
    route = [op("a", "m", takes="13 min"), op("b", "n", takes="50 min", batch={"lots": "2..3", "by": "any",
                                              "wait_at_most": "2 h"})]  # fmt: skip
    jobs = [order(f"O{n}", "pqr"[n % 3], release=400.0 * n, due=40000.0 - 900 * n) for n in range(24)]
    products = {name: {"route": "r"} for name in "pqr"}
    plant = shop(centers, route, jobs, products=products)
    log = run(plant, RunSettings(days=9, log=LogLevel.EVENTS)).records[0].events
    assert log is not None
    fifo = plant.replace({f"work_centers.{center}.dispatch": "fifo" for center in "mn"})
    again, by_fifo = follow(fifo, log), follow(fifo)
    assert again is not None
    assert by_fifo is not None
    assert again.records.events is not None
    assert by_fifo.records.events is not None
    assert again.records.events.equals(log)
    assert not log.equals(by_fifo.records.events)


def test_work_is_planned_for_the_moment_at_which_its_set_up_begins() -> None:
    """B, set up for from 0:05 to 0:35, takes the unit before A, whose work is to begin at 0:10."""
    plant = shop(
        [{"id": "m", "setup": {"by": "product", "default": "30 min"}}],
        None,
        [order("A", release=300.0), order("B", "q", release=300.0), order("first")],
        products={"p": {"route": "r"}, "q": {"route": "r"}},
    )
    entry = {"operation": "a", "work_center": "m", "unit": "m-1"}
    planned = [("B", "setup", 5), ("B", "process", 35), ("A", "process", 10)]
    plan = pl.DataFrame(
        [
            entry | {"order": o, "lot": o, "activity": a, "start": START + timedelta(minutes=m)}
            for o, a, m in planned
        ]
    )
    found = follow(plant, plan)
    assert found is not None
    assert found.records.events is not None
    work = found.records.events.filter(activity="process").sort("start")
    assert work["order"].to_list() == ["first", "B", "A"]
    assert rows(found.records)[1] == ("m-1", 70.0, 80.0)


def test_a_moment_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No moment may take more turns than allowed; here hardly any are."""
    monkeypatch.setattr(engine_moment, "LEAST_TURNS", 0)
    monkeypatch.setattr(engine_moment, "TURNS_PER_STEP", 0)
    route = [op(f"o{n}", "m", takes="0 s") for n in range(20)]
    with pytest.raises(InputError, match="does not get past"):
        follow(shop([{"id": "m"}], route, orders(2000)))
