"""Delays told by the log alone, and what must not be taken for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.studies.learn.logs import history, records, row
from zhizao.studies.learn import learn
from zhizao.studies.learn.log.jobs import jobs
from zhizao.studies.learn.log.spans import Spans, within
from zhizao.studies.learn.log.week import DAY_S, WEEK_H, Opening
from zhizao.studies.learn.resources.dispatch import learn_dispatch
from zhizao.studies.learn.resources.homes import learn_homes
from zhizao.studies.learn.timing.delays import significant


def test_a_few_lots_that_waited_for_days_are_no_delay_of_all() -> None:
    rare = np.zeros(4000)
    rare[:50], rare[50] = 60.0, 9.8 * DAY_S  # as in the garment works: a mean of 212 s by one lot
    often = np.where(np.arange(4000) % 5 == 0, 900.0, 0.0)
    assert rare.mean() > often.mean()
    assert [significant(sample) for sample in (rare, often, np.array([900.0]))] == [False, True, False]


def test_a_day_off_is_no_time_with_room() -> None:
    week = Opening(np.ones(WEEK_H, bool), off=(1,))
    assert week.open_until(np.array([DAY_S, 2 * DAY_S, 3 * DAY_S])).tolist() == [DAY_S, DAY_S, 2 * DAY_S]
    found = within(Spans(np.array([0.0]), np.array([3 * DAY_S])), week)
    assert found.start.tolist() == [0.0, 2 * DAY_S]
    assert found.end.tolist() == [DAY_S, 3 * DAY_S]


def back(units: list[str]) -> pl.DataFrame:
    """Lots that are exposed on either unit, and again on the units given."""
    rows: list[dict[str, Any]] = []
    for i, unit in enumerate(units):
        first = {"work_center": "scanner", "unit": "ab"[i % 2]}
        rows.append(row(f"{i:03d}", "first", 4 * i, 4 * i + 1, **first))
        rows.append(row(f"{i:03d}", "second", 4 * i + 2, 4 * i + 3, **{**first, "unit": unit}))
    return jobs(history(rows), records(rows))


def test_lots_that_always_come_back_to_their_unit_are_bound_to_it() -> None:
    homes, units, (finding,) = learn_homes(back(["ab"[i % 2] for i in range(60)]))
    assert homes == {("second", "scanner"): "first"}
    assert units.to_list()[:4] == [None, "a", None, "b"]
    assert finding.amount == 1.0


@pytest.mark.parametrize("units", [["aabb"[i % 4] for i in range(60)], ["a"] * 60])
def test_lots_that_come_back_to_any_unit_or_to_one_for_all_are_not_bound(units: list[str]) -> None:
    assert learn_homes(back(units))[0] == {}


def test_equal_lots_are_not_told_apart_by_chance() -> None:
    """Half the lots take a minute a piece, and the shortest goes first; the others take as long whatever
    their pieces, and of them the first that came goes."""
    rng = np.random.default_rng(3)
    n = 400
    pieces = {f"{i:03d}": int(rng.integers(2, 30)) for i in range(n)}
    long_h = rng.uniform(1.5, 2.0, n)
    rows = [row(f"{i:03d}", "cut", 0.5 * i, 0.5 * i + 0.25, product="pq"[i % 2]) for i in range(n)]
    waiting, now, came = [], 0.0, 0
    while len(rows) < 2 * n:
        while came < n and 0.5 * came + 0.25 <= now:
            waiting.append(came)
            came += 1
        if not waiting:
            now = 0.5 * came + 0.25
            continue
        own = min(waiting, key=lambda i: (pieces[f"{i:03d}"] / 60 if i % 2 else 1.75, i))
        waiting.remove(own)
        takes = pieces[f"{own:03d}"] / 60 if own % 2 else float(long_h[own])
        rows.append(row(f"{own:03d}", "sew", now, now + takes, product="pq"[own % 2]))
        now += takes
    past = history(rows, pieces=pieces)
    table = jobs(past, records(rows, pieces=pieces))
    picked = learn_dispatch(table, table["work_s"].to_numpy(), {})[0]
    assert picked["at sew"].rule.value == "shortest-processing-time"
    assert picked["at sew"].share > 0.9


def test_a_cancel_ends_the_learning() -> None:
    rows = [
        line
        for i in range(20)
        for line in (row(str(i), "cut", 6 * i, 6 * i + 1), row(str(i), "sew", 6 * i + 3, 6 * i + 4))
    ]
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(records(rows), name="p", progress=stop)
    assert 0.5 < max(shares) < 1.0
