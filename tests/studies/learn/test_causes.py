"""Causes of waiting and of long work, told from logs whose answer is plain to see."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.studies.learn.logs import history, records, row
from zhizao.quantities import distributions as q
from zhizao.studies.learn.jobs import jobs
from zhizao.studies.learn.setups import learn_setups
from zhizao.studies.learn.stops import learn_failures
from zhizao.studies.learn.week import HOUR_S


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return jobs(history(rows), records(rows))


def test_set_ups_of_half_the_lot_changes_have_half_their_length_on_average() -> None:
    rows = []
    for i in range(41):  # a unit's first lot tells nothing
        rows += [row(str(i), "cut", 10 * i, 10 * i + 2, activity="setup")] if i % 2 else []
        rows += [row(str(i), "cut", 10 * i + 2, 10 * i + 5)]
    setups, work, _ = learn_setups(table(rows))
    assert q.mean(setups["at cut"].takes) == pytest.approx(1 * HOUR_S, rel=0.02)
    assert set(work) == {3 * HOUR_S}


def test_set_up_that_goes_with_the_product_is_told_from_set_up_for_every_lot() -> None:
    rows = []
    for i in range(40):
        made = "p" if i % 4 < 2 else "q"
        rows += [row(str(i), "cut", 10 * i, 10 * i + 2, activity="setup", product=made)] if i % 2 == 0 else []
        rows += [row(str(i), "cut", 10 * i + 2, 10 * i + 5, product=made)]
    setups, _, _ = learn_setups(table(rows))
    assert setups["at cut"].by == "part"
    assert q.mean(setups["at cut"].takes) == pytest.approx(2 * HOUR_S)


def test_breakdowns_are_counted_per_hour_of_work() -> None:
    rows = [row(str(i), "cut", 10 * i, 10 * i + (8 if i % 5 else 9)) for i in range(50)]
    rows += [row(str(i), "cut", 10 * i + 4, 10 * i + 5, activity="failure") for i in range(0, 50, 5)]
    log = records(rows)
    modes, findings = learn_failures(log, history(rows), table(rows))
    assert q.mean(modes["at cut"].between) == pytest.approx(40 * HOUR_S)
    assert q.mean(modes["at cut"].repair) == pytest.approx(1 * HOUR_S)
    assert findings[0].observations == 10
