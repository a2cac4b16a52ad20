"""Delays told by the log alone, and what must not be taken for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.studies.learn.logs import history, records, row
from zhizao.experiments.experiment import complete_run
from zhizao.studies.learn import calibrate, learn
from zhizao.studies.learn.delays import significant
from zhizao.studies.learn.dispatch import learn_dispatch
from zhizao.studies.learn.homes import learn_homes
from zhizao.studies.learn.jobs import jobs
from zhizao.studies.learn.spans import Spans, within
from zhizao.studies.learn.turns import Queue, delays_in_turn
from zhizao.studies.learn.week import DAY_S, WEEK_H, Opening


def queue(mean_s: float, *, last_first: bool = False) -> Queue:
    """One machine, two kinds of lots in turn of coming, of which every other has a delay that nobody sees."""
    rng = np.random.default_rng(5)
    ready = np.cumsum(rng.exponential(600.0, 6000))
    step = np.where(np.arange(6000) % 2, 0, -1)
    came = ready + np.where(step == 0, rng.exponential(mean_s, 6000), 0.0)
    order = np.argsort(came)
    start, free = np.zeros(6000), 0.0
    for lot in order:
        start[lot] = max(free, came[lot])
        free = start[lot] + 540.0
    told = (start == came) & (step == 0)
    if last_first:
        start = start[::-1].copy()
    return Queue(start, ready, np.zeros(6000), told, step)


def test_turns_tell_a_delay_that_queues_hide() -> None:
    found = delays_in_turn(queue(7200.0), np.array([3600.0]))
    assert found is not None
    (mean_s,), (error,) = found
    assert mean_s == pytest.approx(7200.0, abs=3 * error)
    assert error < 0.04 * 7200.0


def test_turns_tell_nothing_where_lots_do_not_go_in_turn() -> None:
    assert delays_in_turn(queue(7200.0, last_first=True), np.array([3600.0])) is None


def test_a_few_lots_that_waited_for_days_are_no_delay_of_all() -> None:
    rare = np.zeros(4000)
    rare[:50], rare[50] = 60.0, 9.8 * DAY_S  # as in the garment works: a mean of 212 s by one lot
    often = np.where(np.arange(4000) % 5 == 0, 900.0, 0.0)
    assert rare.mean() > often.mean()
    waits = {("rare", "m"): rare, ("often", "m"): often, ("once", "m"): np.array([900.0])}
    assert list(significant(waits)) == [("often", "m")]


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


def test_a_cancel_while_delays_are_settled_ends_the_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        line
        for i in range(20)
        for line in (row(str(i), "cut", 6 * i, 6 * i + 1), row(str(i), "sew", 6 * i + 3, 6 * i + 4))
    ]
    shares: list[float] = []

    def cancelled(scenario: Any, settings: Any, progress: Any) -> Any:
        def stop(share: float) -> None:
            shares.append(share)
            if share > 0.2:
                raise KeyboardInterrupt

        return complete_run(scenario, settings, stop)

    monkeypatch.setattr(calibrate, "complete_run", cancelled)
    with pytest.raises(KeyboardInterrupt):
        learn(records(rows), name="p")
    assert max(shares) < 1.0
