"""Causes of waiting and of long work, told from logs whose answer is plain to see."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.studies.learn.logs import history, records, row
from zhizao.plant.model import DispatchRule
from zhizao.quantities import distributions as q
from zhizao.studies.learn.log.jobs import jobs
from zhizao.studies.learn.log.week import HOUR_S
from zhizao.studies.learn.resources.batches import learn_batches
from zhizao.studies.learn.resources.dispatch import learn_dispatch
from zhizao.studies.learn.resources.people import learn_people
from zhizao.studies.learn.resources.setups import learn_setups
from zhizao.studies.learn.resources.stops import learn_failures


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


def test_people_who_work_at_the_same_machines_are_one_group() -> None:
    who = {"cut": ("Ann", "Bo", "Cy"), "sew": ("Di", "Ed")}
    rows = []
    for i in range(60):
        for place, names in who.items():
            worker = names[i % len(names)]
            rows.append(row(f"{place}{i}", place, i, i + 1.5, personnel=worker))
            rows.append(row(f"{place}{i} too", place, i, i + 1.2, personnel=worker))
    log = records(rows)
    past = history(rows)
    people, findings = learn_people(log, past, {"at cut": 4, "at sew": 4}, {}, jobs(past, log))
    assert {g.people for g in people.groups} == {("Ann", "Bo", "Cy"), ("Di", "Ed")}
    assert {(g.count, g.tends) for g in people.groups} == {(2, 2)}  # one comes while another is still there
    assert people.personnel() == ()
    assert {f.what.split(".")[-1] for f in findings} == {"count", "tends"}


def test_a_log_without_names_has_no_people() -> None:
    rows = [row("1", "cut", 0, 1)]
    past = history(rows)
    assert learn_people(records(rows), past, {"at cut": 1}, {}, jobs(past, records(rows)))[0].groups == ()


def test_a_batch_whose_first_lot_has_waited_long_enough_starts_without_the_rest() -> None:
    rows = []
    for i in range(30):
        size = 3 if i % 3 else 1  # two come later, or never do
        for k in range(size):
            ready = 20 * i + k
            rows.append(row(f"{i}.{k}", "cut", ready - 1, ready, unit=f"u{i}.{k}"))
            rows.append(row(f"{i}.{k}", "bake", 20 * i + (2 if size == 3 else 5), 20 * i + 10))
    (rule,) = learn_batches(table(rows))[0].values()
    assert rule.batch.lots is not None
    assert (rule.batch.lots.least, rule.batch.lots.most) == (3, 3)
    assert rule.batch.wait_at_most == 5 * HOUR_S


def test_a_rule_that_explains_nothing_is_not_named() -> None:
    rng = np.random.default_rng(2)
    rows = [row(f"{i:03d}", "cut", 0.001 * i, 0.001 * i + 0.001) for i in range(200)]
    rows += [row(f"{lot:03d}", "sew", 1 + at, 2 + at) for at, lot in enumerate(rng.permutation(200))]
    log = table(rows)
    picked, (finding,) = learn_dispatch(log, log["work_s"].to_numpy(), {})
    assert picked["at sew"].rule is DispatchRule.FIFO
    assert picked["at sew"].share < 0.1
    assert "assumed" in finding.value
